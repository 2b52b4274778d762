//===- Recognition.h - weights that lie on a grid already ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_RECOGNITION_H
#define RHEOBASE_WEIGHTS_RECOGNITION_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights {

/// A format and codes that give a matrix to the last bit.
struct Recognised {
  std::unique_ptr<Format> format;
  Codes codes;
};

/// Finds weights that somebody has rounded before, to the last bit unless some slack is given: of the formats with at
/// most so many bits, the one that stores least of those in which every weight has a code. Nothing where there is none,
/// or where so few inputs share a scale that any numbers have codes.
std::optional<Recognised> recognise(const Layer &layer, unsigned mostBits, float slack = 0);

/// What is left of a grid behind the f32 arithmetic that a training loop writes it in, (2 / s) * k - 1 times a scale
/// say, and behind a scale that a normalisation has multiplied in: a few roundings, as a share of the largest weight.
inline constexpr float kRoundings = 0x1p-21f;

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_RECOGNITION_H
