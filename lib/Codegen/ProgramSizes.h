//===- ProgramSizes.h - sizes of tensors as index arithmetic of the program ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_PROGRAMSIZES_H
#define RHEOBASE_LIB_CODEGEN_PROGRAMSIZES_H

#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace rheobase::codegen {

/// Carries index arithmetic from @main into the rt.program, and finds the sizes of tensors in it. Where a size does not
/// come from symbols, an error is reported on its op, `failed` is set and 0 stands for it.
class ProgramSizes {
public:
  explicit ProgramSizes(mlir::OpBuilder &builder) : builder(builder) {}

  /// The value of an index (or integer) of @main.
  mlir::Value index(mlir::Value value);
  mlir::Value index(mlir::OpFoldResult value);
  /// Dimension `i` of a tensor of @main.
  mlir::Value dim(mlir::Value tensor, int64_t i);
  llvm::SmallVector<mlir::Value> dims(mlir::Value tensor);
  /// The values of the dimensions that the tensor's type leaves open, in order.
  llvm::SmallVector<mlir::Value> openDims(mlir::Value tensor);

  /// One of the program's symbols.
  mlir::Value symbol(llvm::StringRef name);
  /// A size as text in the names of a function's symbols; `where` begins the message where it cannot be read.
  mlir::Value named(mlir::func::FuncOp func, llvm::StringRef text, mlir::Location loc, const llvm::Twine &where);

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value ceilDiv(mlir::Value a, int64_t b);
  mlir::Value floorDiv(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);

  bool failed() const { return sawError; }

private:
  mlir::Value computeDim(mlir::Value tensor, int64_t i);
  mlir::Value index(SymExpr size, llvm::ArrayRef<std::string> names);
  mlir::Value argumentDim(mlir::BlockArgument argument, int64_t i);
  mlir::Value reshapeDim(mlir::Value tensor, mlir::Value shape, int64_t i);
  mlir::Value error(mlir::Location loc, const llvm::Twine &message);

  mlir::OpBuilder &builder;
  mlir::IRMapping mapping;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> known;
  llvm::StringMap<mlir::Value> symbols;
  llvm::DenseMap<int64_t, mlir::Value> constants;
  bool sawError = false;
};

/// Whether two sizes are computed alike; null is like null alone.
bool isSameSize(mlir::Value a, mlir::Value b);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_PROGRAMSIZES_H
