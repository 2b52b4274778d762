//===- Mbe.cpp - the literal multi-basis exponential neuron ---------------------===//
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

/// The published form: one leading threshold for all bases, every basis sees the input itself.
class Mbe final : public ExponentialNeuron {
public:
  Mbe()
      : ExponentialNeuron({
            {"literal", signedFeed, false, false, /*fromZero=*/true, /*hasBias=*/false, reachesAboveZero, 1},
            {"shared", signedFeed, false, false, /*fromZero=*/false, /*hasBias=*/true, everywhere, 1},
        }) {}

  std::string_view name() const override { return "mbe"; }
  bool truncatesCodes() const override { return true; }
};

} // namespace

const Neuron &rheobase::neurons::mbe() {
  static const Mbe kind;
  return kind;
}
