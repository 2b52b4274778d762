//===- Cases.h - operators with inputs and expected outputs ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_CONVERSION_CASES_H
#define RHEOBASE_TEST_UNIT_CONVERSION_CASES_H

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace rheobase::test {

/// A tensor of any element type: its numbers as text and as doubles, its bytes as the program wants them.
struct Tensor {
  std::string element; ///< as MLIR writes it, unsigned integers as ui8
  std::vector<int64_t> shape;
  std::vector<char> bytes;

  int64_t size() const;
  double number(int64_t i) const;
  /// Type of the tensor in MLIR; the sizes in `open` are written `?`.
  std::string type(const std::set<int64_t> &open) const;
};

unsigned bytesOf(const std::string &element);
Tensor makeTensor(const std::string &element, std::vector<int64_t> shape, const std::vector<std::string> &numbers);

/// One node, what it reads and what it must give. Operands are inputs and constants in their order in the file.
struct Case {
  std::string name, op, attributes;
  double tolerance = 0;
  bool isStatic = false;
  std::vector<std::string> operands; ///< empty for an input, else the constant's attribute
  std::vector<Tensor> inputs, outputs;

  /// The sizes that can be open: those of inputs above 1, except the sizes of constants.
  std::set<int64_t> openSizes() const;
  /// A module with the node alone, in which the sizes in `open` are symbols.
  std::string module(const std::set<int64_t> &open) const;
};

/// The symbol that stands for a size.
std::string symbolOf(int64_t size);

std::vector<Case> readCases(const std::string &path);

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_CONVERSION_CASES_H
