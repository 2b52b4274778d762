//===- ExpandQuantization.cpp - products of quantised tensors -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

Type int32Of(Expander &e) {
  return IntegerType::get(e.node().loc.getContext(), 32);
}

Type float32Of(Expander &e) {
  return Float32Type::get(e.node().loc.getContext());
}

/// A parameter of the left operand: one number, or one per row, which then stands beside the rows.
Value perRow(Expander &e, Value parameter) {
  return e.rank(parameter) == 1 && e.knownSize(parameter, 0) != 1 ? e.unsqueeze(parameter, 1) : parameter;
}

/// The operand in 32 bits, without its zero point.
Value withoutZeroPoint(Expander &e, Value x, Value zeroPoint) {
  Value wide = e.cast(x, int32Of(e));
  return zeroPoint ? e.sub(wide, e.cast(zeroPoint, int32Of(e))) : wide;
}

Value matmulInteger(Expander &e, Value a, Value b, Value aZero, Value bZero) {
  return e.matmul(withoutZeroPoint(e, a, aZero ? perRow(e, aZero) : aZero), withoutZeroPoint(e, b, bZero));
}

void expandMatMulInteger(Expander &e) {
  e.result(0, matmulInteger(e, e.input(0), e.input(1), e.input(2), e.input(3)));
}

/// Rounded to the nearest integer (ties to even), shifted by the zero point and cut to the range of its type.
Value quantized(Expander &e, Value x, Value zeroPoint) {
  Type type = e.type(zeroPoint);
  bool isUnsigned = type.isUnsignedInteger();
  Value shifted = e.add(e.op("Round", x), e.cast(zeroPoint, e.type(x)));
  Value low = e.numberLike(isUnsigned ? 0 : -128, x), high = e.numberLike(isUnsigned ? 255 : 127, x);
  return e.cast(e.op("Clip", {shifted, low, high}), type);
}

/// An accumulator in the result's steps.
Value requantized(Expander &e, Value sum, Value scale, Value yScale, Value yZero) {
  Value real = e.mul(e.cast(sum, float32Of(e)), scale);
  return quantized(e, e.div(real, e.cast(yScale, float32Of(e))), yZero);
}

void expandQLinearMatMul(Expander &e) {
  Value sum = matmulInteger(e, e.input(0), e.input(3), e.input(2), e.input(5));
  Value scale = e.mul(e.cast(perRow(e, e.input(1)), float32Of(e)), e.cast(e.input(4), float32Of(e)));
  e.result(0, requantized(e, sum, scale, e.input(6), e.input(7)));
}

/// A parameter with one number per filter, beside the result's channels.
Value perFilter(Expander &e, Value parameter, int64_t rank) {
  if (e.rank(parameter) != 1 || e.knownSize(parameter, 0) == 1)
    return parameter;
  return e.unsqueeze(parameter, to_vector(seq<int64_t>(1, rank - 1)));
}

void expandQLinearConv(Expander &e) {
  Value x = e.input(0);
  SmallVector<NamedAttribute> window(e.node().attributes.begin(), e.node().attributes.end());
  Value sum = e.op("ConvInteger", {x, e.input(3), e.input(2), e.input(5)}, window);
  if (Value bias = e.input(8))
    sum = e.add(sum, perFilter(e, bias, e.rank(x)));
  Value scale = e.mul(e.cast(e.input(1), float32Of(e)), perFilter(e, e.cast(e.input(4), float32Of(e)), e.rank(x)));
  e.result(0, requantized(e, sum, scale, e.input(6), e.input(7)));
}

/// Eight bits over the range of the data, which is made to hold 0.
void expandDynamicQuantizeLinear(Expander &e) {
  Value x = e.input(0), zero = e.numberLike(0, x), steps = e.numberLike(255, x);
  auto scalar = e.attr("keepdims", int64_t(0));
  Value low = e.op("Min", {zero, e.op("ReduceMin", x, scalar)});
  Value high = e.op("Max", {zero, e.op("ReduceMax", x, scalar)});
  Value scale = e.div(e.sub(high, low), steps);
  Value offset = e.op("Round", e.op("Clip", {e.div(e.sub(zero, low), scale), zero, steps}));
  Value zeroPoint = e.cast(offset, IntegerType::get(e.node().loc.getContext(), 8, IntegerType::Unsigned));
  e.result(0, quantized(e, e.div(x, scale), zeroPoint));
  e.result(1, scale);
  e.result(2, zeroPoint);
}

constexpr NamedExpansion kExpansions[] = {
    {"DynamicQuantizeLinear", expandDynamicQuantizeLinear},
    {"MatMulInteger", expandMatMulInteger},
    {"QLinearConv", expandQLinearConv},
    {"QLinearMatMul", expandQLinearMatMul},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::quantizationExpansions() {
  return kExpansions;
}
