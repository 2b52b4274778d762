//===- WeightChecks.cpp - what a manifest says of weights -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckedMath.h"
#include "ModelChecks.h"

#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::DType;

static constexpr uint64_t kBitsOfByte = 8, kMostIndexBits = 8, kMostBits = 64;
/// Weights of which some may be stored alone, and what says which, of each.
static constexpr uint64_t kRun = 4, kPlaceBits = 2;

namespace {
/// One matrix.
class Checker {
public:
  Checker(const Model &model, const Weights &weights, Bytes constants)
      : model(model), weights(weights), constants(constants), node(weights.node.c_str()) {}

  Status run() const;

private:
  Status lie(const char *field, uint64_t found, const char *expected) const {
    return error(RHB_CORRUPT, "damaged manifest: weights of '%s': %s is %llu, %s expected", node, field,
                 (unsigned long long)found, expected);
  }
  Status checkNumbers() const;
  Status checkBuffer(uint32_t number, const char *field, uint64_t bytes, bool exactly) const;
  Status checkScales() const;
  template <typename Bits> Status checkFinite(Bits infinity) const;

  const Model &model;
  const Weights &weights;
  Bytes constants;
  const char *node;
};

/// A product of sizes that a file claims; beyond 64 bits all of them, which no section has.
uint64_t product(std::initializer_list<uint64_t> factors) {
  uint64_t result = 1;
  for (uint64_t factor : factors)
    if (!checkedMul(result, factor, result))
      return UINT64_MAX;
  return result;
}
} // namespace

Status Checker::checkNumbers() const {
  if (weights.bits == 0 || weights.bits > kMostBits)
    return lie("bits", weights.bits, "1 to 64");
  if (weights.length == 0 || weights.inputs % weights.length != 0)
    return lie("length", weights.length, "a divisor of the inputs");
  if (weights.kept == 0 || weights.kept > kRun ||
      (weights.kept < kRun && (weights.codebook || weights.inputs % kRun != 0)))
    return lie("kept", weights.kept, "1 to 4, and all but of codes in fours");
  if (weights.groups == 0 ? weights.scales.has_value() || weights.zeros.has_value() || weights.codebook.has_value()
                          : !weights.scales || weights.inputs % weights.groups != 0)
    return lie("groups", weights.groups, "a divisor of the inputs where there are scales");
  if (weights.groups != 0 && weights.columns < weights.outputs)
    return lie("columns", weights.columns, "one for each output");
  if (weights.scales && weights.scaleType != DType::F32 && weights.scaleType != DType::F16)
    return lie("scale_type", static_cast<uint64_t>(weights.scaleType), "f32 or f16");
  if (weights.codebook ? weights.bits > kMostIndexBits : weights.length != 1)
    return lie("codebook", weights.length, "vectors of indices of at most 8 bits");
  return nullptr;
}

Status Checker::checkBuffer(uint32_t number, const char *field, uint64_t bytes, bool exactly) const {
  if (number >= model.buffers.size())
    return outOfRange(field, number, model.buffers.size(), node);
  const Buffer &buffer = model.buffers[number];
  if (buffer.kind != artifact::BufferKind::Constant)
    return error(RHB_CORRUPT, "damaged manifest: weights of '%s': %s are buffer %u, a constant expected", node, field,
                 number);
  uint64_t found = model.sizeOf(buffer);
  if (exactly ? found == bytes : found >= bytes)
    return nullptr;
  return error(RHB_CORRUPT,
               "damaged manifest: weights of '%s': %s have %llu bytes in the constants section, %s%llu expected", node,
               field, (unsigned long long)found, exactly ? "" : "at least ", (unsigned long long)bytes);
}

template <typename Bits> Status Checker::checkFinite(Bits infinity) const {
  const Buffer &buffer = model.buffers[*weights.scales];
  for (uint64_t i = 0, end = model.sizeOf(buffer) / sizeof(Bits); i < end; ++i) {
    Bits bits = 0;
    memcpy(&bits, constants.data + buffer.offset + i * sizeof(Bits), sizeof(Bits));
    // All bits of the exponent are set where a number is infinite or none.
    if ((bits & infinity) == infinity)
      return error(RHB_CORRUPT,
                   "damaged constants section: weights of '%s': scales has an infinity or NaN at %llu, a finite number "
                   "expected",
                   node, (unsigned long long)i);
  }
  return nullptr;
}

Status Checker::checkScales() const {
  constexpr uint32_t infinity = 0x7f800000;
  constexpr uint16_t shortInfinity = 0x7c00;
  bool isShort = weights.scaleType == DType::F16;
  uint64_t rows = product({weights.groups, weights.hasOffsets ? 2U : 1U});
  if (Status status =
          checkBuffer(*weights.scales, "scales", product({rows, weights.columns, isShort ? 2U : 4U}), /*exactly=*/true))
    return status;
  return isShort ? checkFinite(shortInfinity) : checkFinite(infinity);
}

Status Checker::run() const {
  if (Status status = checkNumbers())
    return status;
  uint64_t columns = weights.groups == 0 ? weights.outputs : weights.columns,
           bits = weights.kept == kRun
                      ? product({weights.inputs / weights.length, columns, weights.bits})
                      : product({weights.inputs / kRun, weights.kept, columns, weights.bits + kPlaceBits});
  if (Status status = checkBuffer(weights.codes, "codes", bits == UINT64_MAX ? bits : bits / kBitsOfByte,
                                  /*exactly=*/weights.groups != 0))
    return status;
  if (weights.codebook)
    if (Status status =
            checkBuffer(*weights.codebook, "codebook", product({uint64_t(1) << weights.bits, weights.length}),
                        /*exactly=*/true))
      return status;
  if (weights.zeros)
    if (Status status =
            checkBuffer(*weights.zeros, "zeros", product({weights.groups, weights.columns}), /*exactly=*/true))
      return status;
  return weights.scales ? checkScales() : nullptr;
}

Status rheobase::runtime::checkWeights(const Model &model, Bytes constants) {
  for (const Weights &weights : model.weights)
    if (Status status = Checker(model, weights, constants).run())
      return status;
  return nullptr;
}
