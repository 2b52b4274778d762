//===- WireSchema.h - the messages of onnx.proto ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the bounded walk must know of each field: how it is written, and whether to copy, follow, take or leave it.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_WIRESCHEMA_H
#define RHEOBASE_LIB_IMPORT_WIRESCHEMA_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace rheobase::wire {

enum class Message : uint8_t {
  Model,
  OperatorSetId,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  StringEntry,
  ValueInfo,
  Type,
  TensorType,
  WrappedType,
  Shape,
  Dimension,
  Function,
};

enum class Kind : uint8_t {
  Varint,
  Float,
  /// Any bytes.
  Bytes,
  /// UTF-8 without NUL.
  Text,
  /// A message that is walked.
  Child,
  /// A tensor's elements, taken out.
  Payload,
  /// Known, and of no use to the compiler: documentation, metadata, training.
  Drop,
};

struct FieldSchema {
  Message parent;
  uint32_t number;
  const char *name;
  Kind kind;
  bool repeated;
  /// The message of a Child.
  Message child;
};

const FieldSchema *findField(Message message, uint32_t number);

/// The message's name in onnx.proto.
llvm::StringRef nameOf(Message message);

} // namespace rheobase::wire

#endif // RHEOBASE_LIB_IMPORT_WIRESCHEMA_H
