//===- Formats.cpp - the register of formats ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

static constexpr FormatKind kKinds[] = {kUniformKind};

/// Rounds half to even without depending on the floating-point environment.
static float roundHalfEven(float v) {
  float floor = std::floor(v), rest = v - floor;
  if (rest != 0.5f)
    return rest < 0.5f ? floor : floor + 1;
  return std::fmod(floor, 2.0f) == 0 ? floor : floor + 1;
}

int Grid::nearest(float weight) const {
  return static_cast<int>(std::clamp(roundHalfEven(weight / scale), static_cast<float>(low), static_cast<float>(high)));
}

llvm::ArrayRef<FormatKind> rheobase::weights::formatKinds() {
  return kKinds;
}

std::unique_ptr<Format> rheobase::weights::parseFormat(llvm::StringRef name) {
  for (const FormatKind &kind : formatKinds())
    if (std::unique_ptr<Format> format = kind.parse(name))
      return format;
  return nullptr;
}

std::string rheobase::weights::formatPatterns() {
  return llvm::join(llvm::map_range(formatKinds(), [](const FormatKind &kind) { return kind.pattern; }), ", ");
}

std::unique_ptr<Format> rheobase::weights::bytesPerOutput() {
  return parseFormat("int8");
}
