//===- Islands.h - what is left on numbers ---------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_ISLANDS_H
#define RHEOBASE_CONVERSION_SPK_ISLANDS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace rheobase::spk {

/// A node that computes on numbers where a spiking form would be expected.
struct FloatIsland {
  mlir::Operation *op;
  /// The reason, and one thing to try.
  std::string why;
};

/// Of a converted function, in order: products and convolutions of activations, and functions that no neuron stands
/// for. Sums, means, scales, moves and comparisons are what a decoded value is for and are none.
std::vector<FloatIsland> floatIslands(mlir::func::FuncOp func);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_ISLANDS_H
