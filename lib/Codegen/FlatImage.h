//===- FlatImage.h - an object file as one position-independent image ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_FLATIMAGE_H
#define RHEOBASE_LIB_CODEGEN_FLATIMAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rheobase::codegen {

struct FlatImage {
  std::vector<uint8_t> bytes;
  /// The offset of each asked-for symbol.
  std::vector<uint64_t> entries;
};

/// Lays the code and read-only data of an x86-64 ELF object out one after the other and resolves the references between
/// them. Anything that would need a loader is an error: undefined symbols, absolute addresses, writable data.
llvm::Expected<FlatImage> layOutImage(llvm::MemoryBufferRef object, llvm::ArrayRef<std::string> symbols);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_FLATIMAGE_H
