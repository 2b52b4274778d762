//===- Check.h - what of a model is supported, node by node --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_IMPORT_CHECK_H
#define RHEOBASE_IMPORT_CHECK_H

#include "rheobase/Import/Import.h"

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace rheobase {

/// One node of the model.
struct CheckedNode {
  std::string name;
  std::string op;
  std::string domain;
  int64_t opset = 0;
  bool supported = false;
  /// What conversion makes of it; empty where nothing was converted.
  std::string conversion;
  /// Why it is not supported, or why it stays on numbers when converted; empty where all is well.
  std::string reason;
  /// The nearest form that is supported; may be empty.
  std::string hint;
};

/// What an import says about every node, without keeping what it makes.
struct CheckReport {
  std::vector<CheckedNode> nodes;
  /// Errors of the model itself: the container, tensors, inputs and outputs.
  std::vector<std::string> errors;

  bool ok() const;
  /// An aligned table, then the model's errors, then one line of totals.
  void print(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
};

/// `module` takes what was imported, null after an error.
CheckReport checkOnnx(llvm::StringRef path, const ImportOptions &options, mlir::MLIRContext &context,
                      mlir::OwningOpRef<mlir::ModuleOp> *module = nullptr);
CheckReport checkOnnx(std::unique_ptr<llvm::MemoryBuffer> model, const ImportOptions &options,
                      mlir::MLIRContext &context);

} // namespace rheobase

#endif // RHEOBASE_IMPORT_CHECK_H
