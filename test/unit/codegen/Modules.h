//===- Modules.h - MLIR text for tests --------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_CODEGEN_MODULES_H
#define RHEOBASE_TEST_UNIT_CODEGEN_MODULES_H

#include "test/unit/codegen/ProgramRunner.h"

#include <random>

namespace rheobase::test {

/// An argument: its type, and its dimensions as `rheobase.dims` names them.
struct Argument {
  std::string name, type, dims;
};

/// A module whose @main has these arguments and results; `body` ends before the return. Symbols are named in the
/// arguments' dims.
std::string mainModule(const std::vector<Argument> &arguments, const std::vector<std::string> &resultTypes,
                       const std::string &body, const std::string &returned,
                       const std::vector<std::string> &symbols = {});

/// `%name = linalg.generic ...`; `maps` and `iterators` are comma-separated, operands are "%x, %y : type, type".
std::string generic(const std::string &name, const std::string &maps, const std::string &iterators,
                    const std::string &ins, const std::string &outs, const std::string &region,
                    const std::string &resultType);

/// Runs on every target with one range and with three; all runs must give the same bytes. Returns the outputs.
std::vector<Array> runEverywhere(ProgramRunner &runner, const std::vector<Array> &inputs);

/// Bytes as MLIR's dense<"0x..."> spells them.
std::string hexOf(const void *data, size_t size);

/// `%name = arith.constant dense<...>`, which is not a splat.
template <typename T>
std::string denseConstant(const std::string &name, const std::vector<T> &values, const std::string &type) {
  return "  %" + name + " = arith.constant dense<\"" + hexOf(values.data(), values.size() * sizeof(T)) +
         "\"> : " + type + "\n";
}

/// The element types of a product, and how its operands' bytes are read.
struct Types {
  std::string lhs, rhs, out;
  bool lhsUnsigned = false, rhsUnsigned = false;
};

/// The region of a product's generic: widen, multiply, add.
std::string multiplyAdd(const Types &types);

/// `%name`, a tensor of zeros; `sizes` are its open ones.
std::string zeroFilled(const std::string &name, const std::string &type, const std::string &element,
                       const std::string &sizes = "");

/// "2x3x" of a tensor's type.
std::string dimsOf(const std::vector<int64_t> &sizes);

std::vector<float> randomFloats(size_t count, float low = -1.0f, float high = 1.0f, unsigned seed = 1);
template <typename T> std::vector<T> randomIntegers(size_t count, int64_t low, int64_t high, unsigned seed = 1) {
  std::mt19937_64 engine(seed);
  std::uniform_int_distribution<int64_t> distribution(low, high);
  std::vector<T> values(count);
  for (T &value : values)
    value = static_cast<T>(distribution(engine));
  return values;
}

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_CODEGEN_MODULES_H
