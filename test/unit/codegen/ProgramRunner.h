//===- ProgramRunner.h - compile MLIR text and run the program in the test's process ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_CODEGEN_PROGRAMRUNNER_H
#define RHEOBASE_TEST_UNIT_CODEGEN_PROGRAMRUNNER_H

#include "rheobase/Artifact/Program.h"
#include "rheobase/Codegen/Codegen.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstring>
#include <string>
#include <vector>

namespace rheobase::test {

/// A tensor's bytes and shape.
struct Array {
  std::vector<int64_t> dims;
  std::vector<uint8_t> bytes;

  template <typename T> static Array of(std::vector<int64_t> dims, const std::vector<T> &values) {
    const auto *begin = reinterpret_cast<const uint8_t *>(values.data());
    return {std::move(dims), std::vector<uint8_t>(begin, begin + values.size() * sizeof(T))};
  }
  template <typename T> std::vector<T> as() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty())
      std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
};

struct RunResult {
  /// The first status that was not 0, and the location of its dispatch.
  int64_t status = 0;
  std::string location;
  std::vector<Array> outputs;
  std::vector<int64_t> counters;
};

/// A compiled program; runs its kernels straight from their code sections, with guard bytes around every buffer.
class ProgramRunner {
public:
  /// Compiles @main, or the rt.program where there is one; `error` holds the diagnostics where that fails.
  ProgramRunner(const std::string &text, std::vector<std::string> targets = hostTargets());

  bool ok() const { return compiled; }
  const std::string &error() const { return diagnostics; }
  const artifact::Program &program() const { return result; }

  /// Runs with each dispatch cut into `ranges` ranges, which run from the last to the first. `target` is a number of a
  /// code section.
  RunResult run(const std::vector<Array> &inputs, size_t target = 0, int64_t ranges = 1, bool counting = false);

  /// How many work items dispatch `number` has for these values of the symbols.
  int64_t grid(size_t number, const std::vector<int64_t> &symbols) const;

  /// The targets this machine can run.
  static std::vector<std::string> hostTargets();

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  artifact::Program result;
  std::string diagnostics;
  bool compiled = false;
};

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_CODEGEN_PROGRAMRUNNER_H
