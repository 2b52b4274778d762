//===- Factors.h - constant weights become products of signs ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_FACTORS_H
#define RHEOBASE_CONVERSION_SPK_FACTORS_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Conversion/Spk/Weights.h"

namespace rheobase::spk {

/// What follows the name of a node whose weights are a pair.
inline constexpr llvm::StringLiteral kPairSuffix = ":pair";

/// A linear site all of whose weights become pairs of matrices of signs.
struct PairSite {
  ObserveOp observe;
  std::unique_ptr<weights::Format> format;
  llvm::SmallVector<onnx::MatMulOp> products;
  /// Of each product's pair.
  llvm::SmallVector<int64_t> ranks;
};

/// The sites whose format makes pairs: their own, or else the one with this name.
struct PairSites {
  std::vector<PairSite> found;
  /// At sites that pairs do not suit.
  llvm::SmallVector<onnx::MatMulOp> unsuited;
};

PairSites pairSites(mlir::func::FuncOp func, llvm::StringRef format);

/// Factors the weights of a site (spk-factor-weights); `inputs` is empty where nothing is known of what it observes.
/// Returns what became of each matrix.
std::vector<CodedMatrix> makePairs(PairSite &site, const weights::Algorithm &algorithm, const weights::Hessian &inputs);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_FACTORS_H
