//===- GraphText.h - graphs in a few lines of text ------------ -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_TRANSFORMS_GRAPHTEXT_H
#define RHEOBASE_TEST_UNIT_TRANSFORMS_GRAPHTEXT_H

#include "dialects/onnx/Onnx.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace rheobase::test {

/// A module with one function, from lines such as
///
///     x: f32[batch, 3, height]         an argument
///     c = [1, -1]                      a constant vector of i64; a number alone makes a scalar
///     w = dense<1.0> : tensor<2x3xf32>
///     y, z = Split(x, _, c) {axis = 1 : i64}
///
/// `_` is an absent operand or result. The last line's results are the function's. A symbol that starts with `z` may be
/// 0.
class Graph {
public:
  explicit Graph(llvm::StringRef text);

  mlir::MLIRContext *getContext() { return &context; }
  mlir::ModuleOp module() { return *parsed; }
  mlir::func::FuncOp function();
  mlir::Value result(unsigned i = 0);
  /// Runs passes on the function; false where one fails.
  bool run(llvm::StringRef pipeline);
  /// The errors (and remarks) so far, one a line.
  const std::string &messages() const { return log; }
  /// The names of the ops, in order, constants left out: "Reshape MatMul".
  std::string ops();
  /// The module, for messages of failing tests.
  std::string text();

private:
  mlir::MLIRContext context;
  std::string log;
  mlir::OwningOpRef<mlir::ModuleOp> parsed;
};

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_TRANSFORMS_GRAPHTEXT_H
