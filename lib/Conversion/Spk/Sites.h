//===- Sites.h - how exporters wrap what we look for ----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_SITES_H
#define RHEOBASE_LIB_CONVERSION_SPK_SITES_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"

namespace rheobase::spk {

inline bool isConstant(mlir::Value v) {
  return v.getDefiningOp<onnx::ConstantOp>() != nullptr;
}

/// Which values are made of integers and constants alone, as positions and masks are: no activations, so that nothing
/// is gained by encoding them and angles or distances would be lost.
class PositionValues {
public:
  bool contains(mlir::Value v);

private:
  llvm::DenseMap<mlir::Value, bool> known;
};

/// The site of a neuron behind `v`, or null.
ObserveOp neuronSiteBehind(mlir::Value v);
/// `v` without that site.
mlir::Value withoutNeuronSite(mlir::Value v);

/// The site of attention weights behind `v`, or null.
ObserveOp attentionSiteBehind(mlir::Value v);

/// The Softmax behind `v`, looking through the site of its weights and Where(IsNaN(p), 0, p), the guard against fully
/// masked rows; else null.
onnx::SoftmaxOp softmaxBehind(mlir::Value v);

/// x of mean(x^2) over the last axis, which is kept; null where `v` is none.
mlir::Value meanSquareOf(mlir::Value v);
/// x where `v` is x over the root of its rows' mean square, also as x times 1 / root; else null.
mlir::Value rmsNormInput(mlir::Value v);

/// The axis of a Softmax as a number of its input's axes, where it is the last one.
bool isOverLastAxis(onnx::SoftmaxOp softmax);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_SITES_H
