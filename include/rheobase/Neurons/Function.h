//===- Function.h - the scalar functions neurons stand for ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_FUNCTION_H
#define RHEOBASE_NEURONS_FUNCTION_H

#include "rheobase/Neurons/Table.h"

#include <string_view>
#include <vector>

namespace rheobase::neurons {

/// How the inputs of a function are distributed in a network, where nobody has measured it.
enum class Natural : uint8_t {
  Uniform,    ///< over the interval
  LogUniform, ///< over the interval: mantissas
  Normal,     ///< N(0, 1)
  HalfNormal, ///< |N(0, 1)|
  Softmax,    ///< z - max z over rows of 64 logits z of N(0, 1)
};

/// A scalar function, with the interval it is fitted on unless told otherwise.
struct Function {
  std::string_view name;
  /// The reference, in double, from + - * / and square roots alone: the same on every machine.
  double (*value)(double);
  Interval interval;
  Natural natural;
  /// The function is defined from here (excluded where `open`) upwards.
  double domainLower;
  bool domainOpen;
  /// Constant to 4e-4 (less than a fit's error) below, above the interval: a wider input range needs no wider fit.
  bool flatBelow;
  bool flatAbove;
};

/// All functions, in a fixed order.
const std::vector<Function> &functions();
/// The function of this name, or null.
const Function *findFunction(std::string_view name);

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_FUNCTION_H
