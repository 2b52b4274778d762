//===- Import.h - ONNX models as MLIR ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_IMPORT_IMPORT_H
#define RHEOBASE_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace rheobase {

/// What the user says about a dimension that the model leaves open: one number (min == max), or a range.
struct DimRange {
  int64_t min = 1;
  /// The largest accepted value; 0 is unbounded.
  int64_t max = 0;
};

/// Limits guard against files that claim more than they hold; raise them for very large models.
struct ImportOptions {
  /// By symbol name. One number makes the dimension a constant.
  llvm::StringMap<DimRange> dims;
  /// The folder of the external data; empty: the model file's own folder. A model from memory has no folder of its own.
  std::string dataDirectory;
  /// Bytes of the model file, and of each external data file.
  uint64_t maxFileBytes = uint64_t(1) << 36;
  /// Bytes of a model without its tensors.
  uint64_t maxStructureBytes = uint64_t(1) << 28;
  /// Messages and strings in a model: nodes, attributes, names.
  uint64_t maxObjects = uint64_t(1) << 22;
};

/// Reads the ONNX model `path` into one module with one `func.func @main` over `onnx` ops at their newest forms.
///
/// Weights stay in the mapped file, which must not change while the module's context lives. Every error is reported
/// as a diagnostic, all of them before the import fails; the result is then null.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path, const ImportOptions &options,
                                             mlir::MLIRContext &context);

/// The same for a model in memory. `model` is kept for as long as the context lives, as weights refer to it.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(std::unique_ptr<llvm::MemoryBuffer> model, const ImportOptions &options,
                                             mlir::MLIRContext &context);

} // namespace rheobase

#endif // RHEOBASE_IMPORT_IMPORT_H
