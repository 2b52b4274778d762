//===- Events.h - layers that events may compute, and what they cost ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_EVENTS_H
#define RHEOBASE_CONVERSION_SPK_EVENTS_H

#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {

/// On a product: the share of its train's integers that are not 0, as samples showed (f64).
inline constexpr llvm::StringLiteral kActiveAttr = "rheobase.active";

/// A product of a train with a constant matrix whose sum may be made by walking events.
struct EventLayer {
  /// `spk.matmul` of integers, `onnx.MatMul` of numbers, or `spk.synapse` that walks events already.
  mlir::Operation *product;
  mlir::Value train;
  int64_t inputs, outputs;
  /// Weights of f32.
  bool onNumbers;

  /// What samples showed, where they ran.
  std::optional<double> active() const;
};

/// All such layers of a function in value form, in order.
llvm::SmallVector<EventLayer> eventLayers(mlir::func::FuncOp func);

/// Predicted nanoseconds of one row of a layer on one core, when `active` of its inputs are not 0.
struct FormCosts {
  double value, events;
  bool eventsWin() const { return events < value; }
};
FormCosts predictCosts(const EventLayer &layer, double active);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_EVENTS_H
