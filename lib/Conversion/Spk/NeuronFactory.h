//===- NeuronFactory.h - fitted neurons as attributes ----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_NEURONFACTORY_H
#define RHEOBASE_LIB_CONVERSION_SPK_NEURONFACTORY_H

#include "dialects/spk/Spk.h"
#include "rheobase/Neurons/Neuron.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace rheobase::spk {

/// A neuron with what brings arguments into its interval.
struct FittedNeuron {
  NeuronInterface neuron;
  ReductionInterface reduction;
};

/// Makes the neurons of one kind and one number of steps, each once.
class NeuronFactory {
public:
  NeuronFactory(mlir::MLIRContext *context, const neurons::Neuron &kind, int steps)
      : context(context), kind(kind), steps(steps) {}

  mlir::MLIRContext *getContext() const { return context; }
  const neurons::Neuron &getKind() const { return kind; }

  /// The neuron for `function`: "gelu", "gelu_tanh", "tanh", "sigmoid", "silu", "exp", "reciprocal" or "rsqrt", for
  /// inputs that calibration saw in `range`. Where it cannot be made, an error at `op`, once for each function and
  /// range, and nothing.
  std::optional<FittedNeuron> make(mlir::Operation *op, llvm::StringRef function,
                                   std::optional<neurons::Interval> range = {});
  /// Whether some neuron could not be made.
  bool hasFailed() const { return failed; }

private:
  neurons::Result<FittedNeuron> fit(llvm::StringRef function, std::optional<neurons::Interval> interval) const;
  NeuronInterface attributeOf(const neurons::Table &table) const;

  mlir::MLIRContext *context;
  const neurons::Neuron &kind;
  int steps;
  /// By function and interval of inputs, both ends 0 where none is known.
  std::map<std::tuple<std::string, float, float>, std::optional<FittedNeuron>> made;
  bool failed = false;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_NEURONFACTORY_H
