//===- Model.h - a verified program -----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_MODEL_H
#define RHEOBASE_RUNTIME_MODEL_H

#include "Container.h"
#include "Expressions.h"
#include "Lifetimes.h"

#include "rheobase/Artifact/Program.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase::runtime {

/// Positions in the expression pool.
using ExpressionId = uint32_t;

struct Tensor {
  std::string name;
  artifact::DType dtype;
  std::vector<ExpressionId> dims;
  uint32_t buffer;
};

struct Tap {
  Tensor tensor;
  uint32_t after;
};

/// Positions of an input and of the output that is its value in the next run.
using State = artifact::State;

struct Buffer {
  artifact::BufferKind kind;
  uint32_t slot;
  uint64_t offset;
  ExpressionId bytes;
};

struct Dispatch {
  uint32_t kernel;
  std::string location;
  std::vector<uint32_t> buffers;
  std::vector<uint32_t> writes;
  std::vector<ExpressionId> sizes;
  ExpressionId grid;
  bool counting;
  std::optional<ExpressionId> scratch;
};

struct Measure {
  uint32_t before;
  uint32_t buffer;
  std::string location;
  std::vector<ExpressionId> values;
};

using Weights = artifact::Weights;

struct Code {
  std::string target;
  uint64_t features;
  int32_t rank;
  uint32_t section;
  std::vector<uint64_t> entries;
};

/// What a manifest says, after every number in it has been checked against the others and the sections: each position
/// is in range, constants lie in their section, entries in their image. Only `read` fills one.
struct Model {
  Model() = default;
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  /// `container` is verified.
  static Status read(const Container &container, Model &model);

  std::string name;
  std::string producer;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<artifact::Symbol> symbols;
  /// By symbol: whether it has a value before anything runs: some input has it as a dimension, alone or times a number,
  /// or it is the room of a state.
  std::vector<bool> knownAtFirst;
  /// Whether the session chooses the symbol: how much room states have.
  bool isRoom(size_t symbol) const;
  ExpressionPool expressions{symbols};
  std::vector<Tensor> inputs, outputs;
  std::vector<State> states;
  /// Positions of the inputs and outputs that are no state's: what the caller of a run gives, in this order.
  std::vector<uint32_t> callerInputs, callerOutputs;
  std::vector<Tap> taps;
  std::vector<Buffer> buffers;
  /// By buffer: how many of the first dispatches a part of the program may have without using it; 0 where it is
  /// measured.
  std::vector<size_t> firstUses;
  Lifetimes lifetimes;
  uint32_t slots = 0;
  std::vector<std::string> kernels;
  std::vector<Dispatch> dispatches;
  std::vector<Measure> measures;
  /// The number of dispatches, of all of them, that run before the last measure.
  size_t prelude() const { return measures.empty() ? 0 : measures.back().before; }
  std::vector<artifact::Counter> counters;
  std::vector<Weights> weights;
  std::vector<Code> code;

  /// The bytes of a constant buffer.
  uint64_t sizeOf(const Buffer &constant) const { return *expressions.literal(constant.bytes); }
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_MODEL_H
