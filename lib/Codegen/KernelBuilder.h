//===- KernelBuilder.h - one kernel over memrefs and the call of it ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_KERNELBUILDER_H
#define RHEOBASE_LIB_CODEGEN_KERNELBUILDER_H

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace rheobase::codegen {

/// The memref through which a kernel sees a tensor: row-major, bool as i8, integers without sign.
mlir::MemRefType memrefTypeOf(mlir::RankedTensorType type);

/// The kernels of a module: equal ones are kept once.
class KernelTable {
public:
  explicit KernelTable(mlir::ModuleOp module) : module(module) {}
  /// Takes `kernel` into the module under a name that starts with `prefix`, or drops it and gives the name of its
  /// equal.
  mlir::FlatSymbolRefAttr intern(mlir::func::FuncOp kernel, llvm::StringRef prefix);

private:
  mlir::ModuleOp module;
  llvm::StringMap<mlir::FlatSymbolRefAttr> names;
};

/// Builds a kernel and, when finished, the dispatch that calls it.
class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &program, KernelTable &table);
  ~KernelBuilder();

  /// Adds a memref argument for `buffer`, with the values of the memref's open dimensions.
  mlir::Value addBuffer(mlir::Value buffer, mlir::MemRefType type, llvm::ArrayRef<mlir::Value> openDims,
                        bool written = false);
  /// Adds an index argument; `value` is index arithmetic of the program. Constants become constants of the kernel,
  /// unless `keepArgument` asks for a kernel that serves all values.
  mlir::Value addIndex(mlir::Value value, bool keepArgument = false);

  /// Ends the kernel and dispatches it over `grid` work items.
  rt::DispatchOp finish(llvm::StringRef prefix, mlir::Value grid, mlir::Location loc, bool counting);

  /// Inserts into the kernel's body.
  mlir::OpBuilder body;

private:
  mlir::OpBuilder &program;
  KernelTable &table;
  mlir::func::FuncOp kernel;
  llvm::SmallVector<mlir::Value> buffers, bufferSizes, indexSizes;
  llvm::SmallVector<int32_t> writes;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_KERNELBUILDER_H
