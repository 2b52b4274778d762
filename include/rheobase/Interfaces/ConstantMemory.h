//===- ConstantMemory.h - where the bytes of constants lie -------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights outweigh everything else a compilation holds, and MLIR keeps a resource for as long as its context. Here is
// how they go earlier: the bytes of what a phase has replaced, and the pages of a mapped file that were read.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_CONSTANTMEMORY_H
#define RHEOBASE_INTERFACES_CONSTANTMEMORY_H

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace rheobase {

/// Zeros, aligned to 64. Many of them have pages of their own, which the system has back as soon as they are freed.
std::shared_ptr<char> zeroedBytes(size_t size);

/// Takes over the mapping of a file for reading: the last share that goes unmaps it.
std::shared_ptr<const void> ownMappedFile(void *data, size_t size);

/// Gives back the memory of the mapped files. What is read of them again comes from the system's cache of files.
void giveBackMappedPages();

/// Frees every constant of the context that none of the modules, which are all that is in use, mentions, and gives back
/// the mapped pages. Modules may be null, but one.
void releaseConstants(llvm::ArrayRef<mlir::ModuleOp> inUse);

} // namespace rheobase

#endif // RHEOBASE_INTERFACES_CONSTANTMEMORY_H
