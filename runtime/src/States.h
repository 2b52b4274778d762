//===- States.h - what a session keeps from run to run ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_STATES_H
#define RHEOBASE_RUNTIME_STATES_H

#include "Plan.h"

namespace rheobase::runtime {

/// The values of an artifact's states. A run reads each as an input of the program and leaves its next value as an
/// output; the caller sees neither. A state that has no value yet is zeros, of the shape that the caller's inputs imply
/// with every size that only states have at its least.
///
/// A state that grows lies in memory with room behind its rows: a run writes rows there, and they belong to the value
/// once it has succeeded. Only more room, and a value that the caller reads or writes, cost a copy.
class States {
public:
  explicit States(const Model &model)
      : model(model), values(model.states.size()), next(model.states.size()), rooms(model.symbols.size()) {}

  /// Every input of the program, in order: the caller's and the states'.
  Status joinInputs(const rhb_tensor *given, size_t count, std::vector<rhb_tensor> &all);
  /// Sees to it that what a run with these symbols appends has room, gives the rooms' symbols their values, and names
  /// the memory in `all`, as joinInputs has left it.
  Status makeRoom(std::vector<int64_t> &symbols, std::vector<rhb_tensor> &all);
  /// Every output of the program, in order; the states' next values get their memory.
  Status joinOutputs(const Plan &plan, const rhb_tensor *given, size_t count, std::vector<rhb_tensor> &all);
  /// The next values become the values, after a run that succeeded.
  void advance();
  void reset();

  Status read(size_t state, rhb_tensor &value) const;
  Status write(size_t state, const rhb_tensor &value);
  /// Whether some state has a value.
  bool hasValue() const;

private:
  struct Value {
    bool isSet = false;
    std::vector<int64_t> dims;
    /// The elements one behind the other. Of a state that grows they count only where `isPacked`.
    mutable std::vector<uint8_t> bytes;
    bool isPacked = true;
    /// Of a state that grows: the elements with room for so many rows.
    Mapping spread;
    int64_t room = 0;
  };
  Status makeInitial(const std::vector<rhb_tensor> &all);
  Status rowsAfter(size_t state, const std::vector<int64_t> &symbols, int64_t &count) const;
  Status spread(size_t state, int64_t room);
  artifact::DType dtypeOf(size_t state) const { return model.inputs[model.states[state].input].dtype; }
  rhb_tensor view(size_t state) const;
  rhb_tensor packedView(size_t state) const;

  const Model &model;
  std::vector<Value> values, next;
  /// By symbol: the room that the states have whose room it is.
  std::vector<int64_t> rooms;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_STATES_H
