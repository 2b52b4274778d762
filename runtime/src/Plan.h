//===- Plan.h - a program's sizes and memory for one set of symbols ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_PLAN_H
#define RHEOBASE_RUNTIME_PLAN_H

#include "Model.h"

namespace rheobase::runtime {

struct ResolvedTensor {
  std::vector<int64_t> dims;
  uint64_t bytes = 0;
};

/// Every size expression as a number and the arena allocated. Made anew only when a symbol changes.
class Plan {
public:
  /// Also checks what only numbers show: no size is negative, and no buffer is larger than the memory behind it.
  static Status make(const Model &model, std::vector<int64_t> symbols, Plan &plan);

  const std::vector<int64_t> &symbols() const { return symbolValues; }
  /// The value of a size expression.
  int64_t value(ExpressionId id) const { return values[id]; }
  /// The sizes of dispatch `index`, as its kernel takes them.
  const int64_t *sizes(size_t index) const { return sizeLists.data() + sizeBegins[index]; }
  uint8_t *slot(size_t index) const { return arena.data() + slotOffsets[index]; }
  size_t arenaSize() const { return arena.size(); }

  std::vector<ResolvedTensor> inputs, outputs, taps;

private:
  Status resolveTensors(const Model &model);
  Status checkBuffers(const Model &model) const;
  Status checkReads(const Model &model, const Tensor &tensor, uint64_t bytes) const;
  Status placeSlots(const Model &model);
  Status listSizes(const Model &model);

  std::vector<int64_t> symbolValues;
  std::vector<int64_t> values;
  std::vector<int64_t> sizeLists;
  std::vector<size_t> sizeBegins;
  std::vector<size_t> slotOffsets;
  Mapping arena;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_PLAN_H
