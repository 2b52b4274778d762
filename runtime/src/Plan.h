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
  uint64_t room = 0; ///< bytes of the memory that it lies in: more than `bytes` where a state grows
};

/// Every size expression as a number and the arena allocated. Made anew only when a symbol changes, in the memory that
/// it has where that is enough: sizes that grow from call to call cost no allocation at each.
///
/// Where a run computes sizes, there is a plan for the dispatches up to each measure: it has room for what they use,
/// and the shapes of outputs come with the last one.
class Plan {
public:
  /// Of a session that runs counting dispatches too, or not.
  explicit Plan(bool counting) : counting(counting) {}

  /// Becomes the plan for the dispatches that run before measure number `measured`; for all where there is none of that
  /// number. Also checks what only numbers show: no size is negative, and no buffer is larger than the memory behind
  /// it. There is scratch memory for so many threads. What was in memory is lost; after an error the plan is good for
  /// nothing but another try.
  Status make(const Model &model, const std::vector<int64_t> &symbols, size_t measured, size_t threads);

  const std::vector<int64_t> &symbols() const { return symbolValues; }
  /// Whether it is for all dispatches, with the shapes of the outputs.
  bool isWhole() const { return whole; }
  /// Takes what the first `run` dispatches left for those behind them in the plan before over into this one's memory.
  void carryOver(const Model &model, const Plan &before, size_t run);
  /// The value of a size expression.
  int64_t value(ExpressionId id) const { return values[id]; }
  /// The work items and the sizes of dispatch `index`, which the session runs, as its kernel takes them.
  int64_t grid(size_t index) const { return sizeLists[sizeBegins[index]]; }
  const int64_t *sizes(size_t index) const { return sizeLists.data() + sizeBegins[index] + 1; }
  /// The memory of a buffer of the arena.
  uint8_t *buffer(size_t index) const { return arena.data() + places[index].begin; }
  /// The memory that is the thread's own during a dispatch: as much as any dispatch needs.
  uint8_t *scratch(size_t thread) const { return arena.data() + scratchBegin + thread * scratchSize; }
  /// Of buffers and scratch memory.
  size_t arenaSize() const { return arena.size(); }
  /// The least that the buffers which are needed at once, and scratch memory, could do with.
  uint64_t liveSize(const Model &model) const;

  /// The shape of a tap of a dispatch that the plan is for. Not among what every plan finds out: there are hundreds of
  /// taps, and a decoder needs a plan for each token.
  Status resolveTap(const Model &model, size_t tap, ResolvedTensor &to) const;

  std::vector<ResolvedTensor> inputs, outputs;

private:
  Status resolve(const Model &model, const Tensor &tensor, ResolvedTensor &to) const;
  Status resolveTensors(const Model &model);
  Status resolveRooms(const Model &model);
  bool isUsed(const Model &model, size_t buffer) const;
  Status need(const Model &model, ExpressionId id) const;
  Status checkBuffers(const Model &model);
  Status checkReads(const Model &model) const;
  Status checkReads(const Model &model, const Tensor &tensor, uint64_t bytes) const;
  Status placeBuffers(const Model &model);
  Status placeScratch(const Model &model, size_t threads);
  Status allocate();
  void collectSizes(const Model &model);
  Status listSizes(const Model &model);

  bool counting;
  size_t dispatchCount = 0;
  bool whole = false;
  std::vector<int64_t> symbolValues;
  std::vector<int64_t> values;
  /// By dispatch: where its work items and its sizes begin in the lists of what they are, and of which expressions.
  std::vector<size_t> sizeBegins;
  std::vector<int64_t> sizeLists;
  std::vector<ExpressionId> sizeIds;
  std::vector<size_t> gridPositions;
  std::vector<size_t> scratchUsers; ///< dispatches
  struct Place {
    uint64_t begin = 0, end = 0;
  };
  /// Of the arena's buffers that have room; of others from 0 to 0.
  std::vector<Place> places;
  uint64_t arenaBytes = 0, scratchBegin = 0, scratchSize = 0, scratchBytes = 0;
  Mapping arena;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_PLAN_H
