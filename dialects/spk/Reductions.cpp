//===- Reductions.cpp - exact rewrites around a neuron ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalars.h"
#include "dialects/spk/Spk.h"

using namespace mlir;
using namespace rheobase::spk;

namespace {

struct Split {
  Value mantissa; ///< what the neuron sees
  Value scale;    ///< what its output is multiplied with: an exact power of two
  Value valid;    ///< i1; where it is false the result is 0
};

/// exp: z = i + f.
Split splitExp(Scalars &s, Value x) {
  Value z = s.mul(x, s.f32(1.4426950408889634));
  Value floor = math::FloorOp::create(s.b, s.loc, z);
  Value valid = arith::CmpFOp::create(s.b, s.loc, arith::CmpFPredicate::OGE, floor, s.f32(-126));
  Value capped = s.select(s.greater(floor, s.f32(127)), s.f32(127), floor);
  Value whole = s.select(valid, capped, s.f32(0));
  Value fraction = s.select(valid, s.sub(z, floor), s.f32(0));
  // +inf - +inf is NaN; such an argument is beyond the largest power anyway.
  Value isNumber = arith::CmpFOp::create(s.b, s.loc, arith::CmpFPredicate::ORD, fraction, fraction);
  fraction = s.select(isNumber, fraction, s.f32(0));
  Value exponent = arith::FPToSIOp::create(s.b, s.loc, s.b.getI32Type(), whole);
  return {fraction, s.number(s.shl(s.addI(exponent, s.i32(127)), 23)), valid};
}

/// reciprocal: x = M 2^E with M in [1/2, 1), scale 2^-E.
Split splitReciprocal(Scalars &s, Value x) {
  auto [safe, ok] = s.positiveNormal(x);
  Value raw = s.bits(safe);
  Value mantissa = s.number(s.orI(s.andI(raw, s.i32(0x007fffff)), s.i32(0x3f000000)));
  Value exponent = s.subI(s.shr(raw, 23), s.i32(126));
  // 2^-E is denormal for x >= 2^126, whose reciprocal is 0 in every code.
  Value small = arith::CmpIOp::create(s.b, s.loc, arith::CmpIPredicate::slt, exponent, s.i32(127));
  Value scale = s.number(s.shl(s.subI(s.i32(127), s.select(small, exponent, s.i32(126))), 23));
  return {mantissa, scale, arith::AndIOp::create(s.b, s.loc, ok, small)};
}

/// rsqrt: x = M 2^E with E even and M in [1/2, 2), scale 2^(-E/2).
Split splitRsqrt(Scalars &s, Value x) {
  auto [safe, ok] = s.positiveNormal(x);
  Value raw = s.bits(safe);
  Value exponent = s.subI(s.shr(raw, 23), s.i32(127));
  Value odd = s.andI(exponent, s.i32(1));
  // An odd exponent E' leaves M in [1, 2) with E = E' - 1 doubled away: M / 2 in [1/2, 1) with E = E' + 1.
  Value mantissaExponent = s.subI(s.i32(127), odd);
  Value mantissa = s.number(s.orI(s.andI(raw, s.i32(0x007fffff)), s.shl(mantissaExponent, 23)));
  Value half = s.shr(s.addI(exponent, odd), 1);
  return {mantissa, s.number(s.shl(s.subI(s.i32(127), half), 23)), ok};
}

Value assemble(Scalars &s, const Split &split, NeuronInterface neuron) {
  Value y = s.mul(neuron.emitOutput(s.b, s.loc, split.mantissa), split.scale);
  return s.select(split.valid, y, s.f32(0));
}

Value countOf(Scalars &s, const Split &split, NeuronInterface neuron) {
  return s.select(split.valid, neuron.emitSpikeCount(s.b, s.loc, split.mantissa), s.i32(0));
}

} // namespace

Value DirectAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  return neuron.emitOutput(b, loc, x);
}
Value DirectAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  return neuron.emitSpikeCount(b, loc, x);
}

Value ReluMinusAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  Value relu = s.select(s.greater(x, s.f32(0)), x, s.f32(0));
  return s.sub(relu, neuron.emitOutput(b, loc, s.abs(x)));
}
Value ReluMinusAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  return neuron.emitSpikeCount(b, loc, Scalars{b, loc}.abs(x));
}

Value OddAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  Value y = neuron.emitOutput(b, loc, s.abs(x));
  return s.select(s.less(x, s.f32(0)), s.negate(y), y);
}
Value OddAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  return neuron.emitSpikeCount(b, loc, Scalars{b, loc}.abs(x));
}

Value LogisticAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  Value y = neuron.emitOutput(b, loc, s.abs(x));
  return s.add(s.f32(0.5), s.select(s.less(x, s.f32(0)), s.negate(y), y));
}
Value LogisticAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  return neuron.emitSpikeCount(b, loc, Scalars{b, loc}.abs(x));
}

Value ExpAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return assemble(s, splitExp(s, x), neuron);
}
Value ExpAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return countOf(s, splitExp(s, x), neuron);
}

Value ReciprocalAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return assemble(s, splitReciprocal(s, x), neuron);
}
Value ReciprocalAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return countOf(s, splitReciprocal(s, x), neuron);
}

Value RsqrtAttr::emitOutput(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return assemble(s, splitRsqrt(s, x), neuron);
}
Value RsqrtAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x, NeuronInterface neuron) const {
  Scalars s{b, loc};
  return countOf(s, splitRsqrt(s, x), neuron);
}
