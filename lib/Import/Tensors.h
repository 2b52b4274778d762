//===- Tensors.h - tensor payloads as attributes ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_TENSORS_H
#define RHEOBASE_LIB_IMPORT_TENSORS_H

#include "ExternalData.h"
#include "Model.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"

namespace rheobase {

/// An element type that the compiler supports.
struct ElementKind {
  int number; // of TensorProto.DataType
  llvm::StringRef name;
  /// Bytes of one element in a file, or 1 where several share a byte.
  unsigned bytes;
  /// Elements that share a byte in a file; in memory each has one of its own.
  unsigned perByte = 1;

  mlir::Type type(mlir::MLIRContext *context) const;
};

/// Null for a number that is unknown or not supported.
const ElementKind *findElementKind(int64_t number);
const ElementKind &elementKindOf(mlir::Type type);

/// The name of any TensorProto.DataType, or its number.
std::string elementTypeName(int64_t number);

/// The names of a set of element types (bit n is number n), joined by commas.
std::string elementTypeNames(uint32_t mask);

/// The number of elements of a shape; fails where a dimension is negative, the rank is above 8 or the number is absurd.
llvm::Expected<uint64_t> countElements(llvm::ArrayRef<int64_t> dims);

/// Turns the tensors of one model into attributes.
///
/// Elements are not copied: large tensors are resources over the mapped bytes, which they keep mapped. Copies are made
/// of small tensors (dense attributes, readable by every fold), of bool tensors (which MLIR packs) and of tensors that
/// Protobuf wrote as a list of varints. A resource may start at any byte: Protobuf does not align.
class TensorReader {
public:
  TensorReader(const Model &model, ExternalData &external) : model(model), external(external) {}

  /// Fails with what is wrong, as the end of a sentence about the tensor.
  llvm::Expected<mlir::ElementsAttr> read(const ::onnx::TensorProto &tensor, llvm::StringRef name,
                                          mlir::MLIRContext *context);

private:
  llvm::Expected<ByteSource> elementsOf(const ::onnx::TensorProto &tensor, const ElementKind &kind, uint64_t count);
  llvm::Expected<ByteSource> unpacked(const ::onnx::TensorProto &tensor, const ElementKind &kind, uint64_t count);
  llvm::Expected<ByteSource> decode(const TensorPayload::Part &part, const ElementKind &kind, uint64_t count);

  const Model &model;
  ExternalData &external;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_TENSORS_H
