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
#include "rheobase/Neurons/Fit.h"

#include <string>

namespace rheobase::spk {

/// A neuron with what brings arguments into its interval.
struct FittedNeuron {
  NeuronInterface neuron;
  ReductionInterface reduction;
};

/// Makes the neurons of one kind and one number of steps.
class NeuronFactory {
public:
  NeuronFactory(mlir::MLIRContext *context, std::string kind, int steps)
      : context(context), kind(std::move(kind)), steps(steps) {}

  mlir::MLIRContext *getContext() const { return context; }

  /// The neuron for `function`: "gelu", "gelu_tanh", "tanh", "sigmoid", "silu", "exp", "reciprocal" or "rsqrt". An
  /// error names what was asked for.
  neurons::Result<FittedNeuron> make(llvm::StringRef function) const;

private:
  neurons::Result<FittedNeuron> fitted(llvm::StringRef function, ReductionInterface reduction) const;
  NeuronInterface attributeOf(const neurons::Table &table) const;

  mlir::MLIRContext *context;
  std::string kind;
  int steps;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_NEURONFACTORY_H
