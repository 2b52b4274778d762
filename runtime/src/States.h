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
class States {
public:
  explicit States(const Model &model) : model(model), values(model.states.size()), next(model.states.size()) {}

  /// Every input of the program, in order: the caller's and the states'.
  Status joinInputs(const rhb_tensor *given, size_t count, std::vector<rhb_tensor> &all);
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
    std::vector<uint8_t> bytes;
  };
  Status makeInitial(const std::vector<rhb_tensor> &all);
  static rhb_tensor view(Value &value, artifact::DType dtype);

  const Model &model;
  std::vector<Value> values, next;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_STATES_H
