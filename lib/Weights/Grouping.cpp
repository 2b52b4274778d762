//===- Grouping.cpp - which inputs share a scale -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grouping.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::weights;

static constexpr int64_t kGroups[] = {128, 64, 32};

/// To f16, ties to even; what is beyond its ends is moved there.
static float roundToHalf(float x) {
  constexpr float largest = 65504, smallestNormal = 0x1p-14f, tinyStep = 0x1p-24f;
  constexpr uint32_t cutBits = 13, halfCut = (uint32_t(1) << (cutBits - 1)) - 1;
  float magnitude = std::min(std::abs(x), largest);
  if (magnitude < smallestNormal)
    return std::copysign(std::max(std::nearbyint(magnitude / tinyStep), 1.0f) * tinyStep, x);
  auto bits = llvm::bit_cast<uint32_t>(magnitude);
  bits += halfCut + ((bits >> cutBits) & 1);
  bits = bits >> cutBits << cutBits;
  return std::copysign(std::min(llvm::bit_cast<float>(bits), largest), x);
}

std::optional<Grouping> Grouping::parse(llvm::StringRef text) {
  if (text.empty())
    return Grouping();
  Grouping found;
  if (!text.consume_front("g") || text.getAsInteger(10, found.group) || !llvm::is_contained(kGroups, found.group))
    return std::nullopt;
  return found;
}

std::vector<std::string> Grouping::names() {
  std::vector<std::string> names{""};
  for (int64_t group : kGroups)
    names.push_back(Grouping{group}.name());
  return names;
}

mlir::Type Grouping::scaleType(mlir::MLIRContext *context) const {
  mlir::Builder b(context);
  return group == 0 ? b.getF32Type() : b.getF16Type();
}

unsigned Grouping::scaleBits() const {
  constexpr unsigned single = 32, half = 16;
  return group == 0 ? single : half;
}

float Grouping::stored(float number) const {
  return group == 0 || number == 0 ? number : roundToHalf(number);
}
