//===- Kinds.h - what the registers list ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_KINDS_H
#define RHEOBASE_LIB_WEIGHTS_KINDS_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights {

std::unique_ptr<Format> parseUniform(llvm::StringRef name);
inline constexpr FormatKind kUniformKind{
    "int2 to int8 (a scale for each output) or uint2 to uint7 (and a zero), with g32, g64 or g128 for groups",
    parseUniform};

const Algorithm &roundToNearest();
const Algorithm &leastSquares();
const Algorithm &gptq();

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_KINDS_H
