//===- ObservedImport.h - imports that are watched ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_OBSERVEDIMPORT_H
#define RHEOBASE_LIB_IMPORT_OBSERVEDIMPORT_H

#include "GraphImporter.h"

namespace rheobase {

/// As `importOnnx`, with an observer of the nodes.
mlir::OwningOpRef<mlir::ModuleOp> importFile(llvm::StringRef path, const ImportOptions &options,
                                             mlir::MLIRContext &context, NodeObserver *observer);
mlir::OwningOpRef<mlir::ModuleOp> importMemory(std::unique_ptr<llvm::MemoryBuffer> model, const ImportOptions &options,
                                               mlir::MLIRContext &context, NodeObserver *observer);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_OBSERVEDIMPORT_H
