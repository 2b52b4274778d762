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

/// Finds weights that somebody has rounded before: of the formats with at most so many bits, the one that stores least
/// of those in which every weight has a code. Nothing where there is none, or where so few inputs share a scale that
/// any numbers have codes.
std::optional<Recognised> recognise(const Layer &layer, unsigned mostBits);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_RECOGNITION_H
