//===- Execute.h - compile and run a lowered function ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_CONVERSION_EXECUTE_H
#define RHEOBASE_TEST_UNIT_CONVERSION_EXECUTE_H

#include "Cases.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <map>

namespace rheobase::test {

/// A context with what the lowering and the plain way to machine code need.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Runs convert-onnx-to-linalg over the module.
mlir::LogicalResult lowerModule(mlir::ModuleOp module);

/// Compiles the lowered `main` by upstream passes (loops, no vectors) and runs it. The symbols get the given values.
/// The outputs' shapes must be right, their bytes are overwritten.
llvm::Error execute(mlir::ModuleOp module, const std::map<std::string, int64_t> &symbols, std::vector<Tensor> &inputs,
                    std::vector<Tensor> &outputs);

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_CONVERSION_EXECUTE_H
