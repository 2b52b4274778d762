//===- ComputedSizes.h - sizes that a model computes ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_COMPUTEDSIZES_H
#define RHEOBASE_LIB_IMPORT_COMPUTEDSIZES_H

#include "Expander.h"

namespace rheobase {

/// Arithmetic on int64 tensors without dimensions ("numbers") and vectors, from which shapes are measured: what the
/// operators whose shapes depend on the elements of an operand are written in.
class ComputedSizes {
public:
  using Value = mlir::Value;

  explicit ComputedSizes(Expander &e) : e(e) {}

  Value toInt64(Value value);
  /// A number as a vector of one element.
  Value toVector(Value number) { return e.unsqueeze(number, 0); }
  Value at(Value vector, int64_t index) { return e.gather(vector, e.scalar(index), 0); }
  Value max(Value a, Value b) { return e.op("Max", {a, b}); }
  Value clip(Value value, Value least, Value most) { return e.op("Max", {e.op("Min", {value, most}), least}); }
  Value sum(Value vector) { return e.reduce("ReduceSum", vector, 0, /*keepdims=*/false); }
  Value isEqual(Value a, Value b) { return e.op("Equal", {a, b}); }
  Value isLess(Value a, Value b) { return e.op("Less", {a, b}); }
  /// The quotient of two numbers that are not negative, rounded up.
  Value ceilDiv(Value a, Value b) { return e.div(e.sub(e.add(a, b), e.scalar(1)), b); }

  /// The operand `name`, one number from 0 to 2^40, as a size of the program; reports where it is no such number.
  Value count(Value operand, llvm::StringRef name);

  /// Axes counted from the front, for a tensor of `rank` dimensions.
  Value fromFront(Value axes, int64_t rank);
  /// Whether the vector `axes`, counted from the front, has `axis`.
  Value contains(Value axes, int64_t axis);
  /// The element of `values` at the place where `axes` has `axis`; `otherwise` where it has none.
  Value numberFor(Value values, Value axes, int64_t axis, int64_t otherwise);
  /// The first `count` of the elements of a vector for which `keep` (bools) is true; `count` is how many there are.
  Value compact(Value vector, Value keep, int64_t count);
  /// The places, in order, where a vector of bools is true.
  Value placesOf(Value bools);

  /// `count` numbers, not negative, from `start` on in steps of `step`; `count` becomes a size of the program.
  Value places(Value count, Value start, Value step);
  /// A vector along `axis` of tensors of `rank` dimensions.
  Value along(Value vector, int64_t axis, int64_t rank);
  /// The tensor at `places` (a vector, which may lie outside) along an axis, and `fill` outside.
  Value gatherOrFill(Value x, Value places, int64_t axis, Value fill);

private:
  Expander &e;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_COMPUTEDSIZES_H
