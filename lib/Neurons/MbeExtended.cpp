//===- MbeExtended.cpp - the extended multi-basis exponential neuron ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"
#include "MbeFit.h"

using namespace rheobase::neurons;
using namespace rheobase::neurons::mbe_parts;

namespace {

/// What the published form lacks: a bias, a leading threshold and an offset for each basis, bases for the two signs.
class ExtendedMbe final : public ExponentialNeuron {
public:
  ExtendedMbe()
      : ExponentialNeuron({
            {"shared", signedFeed, false, false, false, true, everywhere, 1},
            {"basis", signedFeed, false, /*ownAlpha=*/true, false, true, everywhere, 1},
            {"offset", signedFeed, /*ownOffset=*/true, true, false, true, everywhere, 1},
            {"split", splitFeed, false, true, /*fromZero=*/true, true, hasZeroInside, 2},
            {"split-offset", splitFeed, true, true, true, true, hasZeroInside, 2},
            {"rectified", rectifiedFeed, true, true, true, true, hasZeroInside, 2},
        }) {}

  std::string_view name() const override { return "mbe-ext"; }
  bool truncatesCodes() const override { return false; }
};

} // namespace

const Neuron &rheobase::neurons::extendedMbe() {
  static const ExtendedMbe kind;
  return kind;
}
