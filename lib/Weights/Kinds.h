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
std::vector<std::string> uniformNames();
inline constexpr FormatKind kUniformKind{
    "int2 to int8 (a scale for each output) or uint2 to uint7 (and a zero), with g32, g64 or g128 for groups",
    parseUniform, uniformNames};

std::unique_ptr<Format> parseAffine(llvm::StringRef name);
std::vector<std::string> affineNames();
inline constexpr FormatKind kAffineKind{"affine2 to affine7 (a scale and an offset), with or without groups",
                                        parseAffine, affineNames};

std::unique_ptr<Format> parseOdd(llvm::StringRef name);
std::vector<std::string> oddNames();
inline constexpr FormatKind kOddKind{"sign, rescaw2 to rescaw8", parseOdd, oddNames};

std::unique_ptr<Format> parseTernary(llvm::StringRef name);
inline constexpr FormatKind kTernaryKind{"ternary", parseTernary};

std::unique_ptr<Format> parseCodebook(llvm::StringRef name);
inline constexpr FormatKind kCodebookKind{
    "vq4x16, vq4x256, vq8x16 or vq8x256 (inputs that share one of so many vectors; of signs with s behind)",
    parseCodebook};

std::unique_ptr<Format> parseWindows(llvm::StringRef name);
std::vector<std::string> windowNames();
inline constexpr FormatKind kWindowKind{"vq9x16s, vq9x32s or vq9x64s (windows that are one of so many of signs)",
                                        parseWindows, windowNames, /*isOnlyFound=*/true};

std::unique_ptr<Format> parseSparse(llvm::StringRef name);
inline constexpr FormatKind kSparseKind{
    "any of int, uint and ternary with -2:4, -1:4 or -4:8 (so many of inputs in a row are not 0) or -50% (so many are)",
    parseSparse};

std::unique_ptr<Format> parseLowRank(llvm::StringRef name);
inline constexpr FormatKind kLowRankKind{
    "lr32s to lr8192s (a pair of matrices of signs of a rank that is a multiple of 32) or lr1%s to lr400%s (of so many "
    "hundredths of a bit of a weight)",
    parseLowRank};

const Algorithm &roundToNearest();
const Algorithm &leastSquares();
const Algorithm &wanda();
const Algorithm &gptq();

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_KINDS_H
