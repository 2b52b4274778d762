//===- Rounding.h - grids of a layer, and the nearest codes ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_ROUNDING_H
#define RHEOBASE_LIB_WEIGHTS_ROUNDING_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights {

/// The grid of every group of every output, no code yet. Errors weigh as much as their inputs do, where that is known.
Codes fitGrids(const Layer &layer, const Format &format, Criterion criterion);

/// Blocks of so many inputs, on the grids of their groups.
class BlockQuantiser : public Quantiser {
public:
  int64_t blockLength() const override { return length; }
  Codes take() override { return std::move(codes); }

protected:
  BlockQuantiser(int64_t length, const Layer &layer, Codes grids)
      : length(length), outputs(layer.outputs), groupLength(layer.inputs / grids.groups), codes(std::move(grids)) {}

  /// Of all outputs.
  const Grid *gridsOf(int64_t input) const { return &codes.grids[input / groupLength * outputs]; }

  int64_t length, outputs, groupLength;
  Codes codes;
};

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_ROUNDING_H
