//===- ExternalData.h - tensors in files beside the model ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_EXTERNALDATA_H
#define RHEOBASE_LIB_IMPORT_EXTERNALDATA_H

#include "ByteSource.h"

#include "onnx.pb.h"
#include "llvm/ADT/StringMap.h"

#include <string>

namespace rheobase {

/// The files that a model's tensors refer to, each mapped once. They lie in or below one folder; nothing else is
/// opened.
class ExternalData {
public:
  /// Without a directory every reference is an error. `model` is the model's own file, which no tensor may refer to.
  ExternalData(std::string directory, const ByteSource &model, uint64_t maxFileBytes)
      : directory(std::move(directory)), modelDevice(model.device), modelInode(model.inode), limit(maxFileBytes) {}

  /// The `size` bytes that the external data entries of `tensor` name.
  llvm::Expected<ByteSource> read(const ::onnx::TensorProto &tensor, uint64_t size);

private:
  llvm::Expected<ByteSource> open(llvm::StringRef location);
  llvm::Error check(llvm::StringRef location, llvm::StringRef checksum);

  std::string directory;
  uint64_t modelDevice, modelInode;
  uint64_t limit;
  llvm::StringMap<ByteSource> files;
  /// SHA-1 of the files for which some tensor states one, lower-case hexadecimal.
  llvm::StringMap<std::string> checksums;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_EXTERNALDATA_H
