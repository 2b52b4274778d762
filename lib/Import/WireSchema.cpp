//===- WireSchema.cpp - the messages of onnx.proto -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WireSchema.h"

#include "llvm/ADT/ArrayRef.h"

using namespace rheobase::wire;

namespace {

constexpr FieldSchema one(Message parent, uint32_t number, const char *name, Kind kind) {
  return {parent, number, name, kind, false, Message::Model};
}
constexpr FieldSchema many(Message parent, uint32_t number, const char *name, Kind kind) {
  return {parent, number, name, kind, true, Message::Model};
}
constexpr FieldSchema one(Message parent, uint32_t number, const char *name, Message child) {
  return {parent, number, name, Kind::Child, false, child};
}
constexpr FieldSchema many(Message parent, uint32_t number, const char *name, Message child) {
  return {parent, number, name, Kind::Child, true, child};
}

using M = Message;
using K = Kind;

constexpr FieldSchema kFields[] = {
    one(M::Model, 1, "ir_version", K::Varint),
    one(M::Model, 2, "producer_name", K::Text),
    one(M::Model, 3, "producer_version", K::Text),
    one(M::Model, 4, "domain", K::Text),
    one(M::Model, 5, "model_version", K::Varint),
    one(M::Model, 6, "doc_string", K::Drop),
    one(M::Model, 7, "graph", M::Graph),
    many(M::Model, 8, "opset_import", M::OperatorSetId),
    many(M::Model, 14, "metadata_props", K::Drop),
    many(M::Model, 20, "training_info", K::Drop),
    many(M::Model, 25, "functions", M::Function),
    many(M::Model, 26, "configuration", K::Drop),

    one(M::OperatorSetId, 1, "domain", K::Text),
    one(M::OperatorSetId, 2, "version", K::Varint),

    many(M::Graph, 1, "node", M::Node),
    one(M::Graph, 2, "name", K::Text),
    many(M::Graph, 5, "initializer", M::Tensor),
    one(M::Graph, 10, "doc_string", K::Drop),
    many(M::Graph, 11, "input", M::ValueInfo),
    many(M::Graph, 12, "output", M::ValueInfo),
    many(M::Graph, 13, "value_info", K::Drop),
    many(M::Graph, 14, "quantization_annotation", K::Drop),
    many(M::Graph, 15, "sparse_initializer", M::SparseTensor),
    many(M::Graph, 16, "metadata_props", K::Drop),

    many(M::Node, 1, "input", K::Text),
    many(M::Node, 2, "output", K::Text),
    one(M::Node, 3, "name", K::Text),
    one(M::Node, 4, "op_type", K::Text),
    many(M::Node, 5, "attribute", M::Attribute),
    one(M::Node, 6, "doc_string", K::Drop),
    one(M::Node, 7, "domain", K::Text),
    one(M::Node, 8, "overload", K::Text),
    many(M::Node, 9, "metadata_props", K::Drop),
    many(M::Node, 10, "device_configurations", K::Drop),

    one(M::Attribute, 1, "name", K::Text),
    one(M::Attribute, 2, "f", K::Float),
    one(M::Attribute, 3, "i", K::Varint),
    one(M::Attribute, 4, "s", K::Bytes),
    one(M::Attribute, 5, "t", M::Tensor),
    one(M::Attribute, 6, "g", M::Graph),
    many(M::Attribute, 7, "floats", K::Float),
    many(M::Attribute, 8, "ints", K::Varint),
    many(M::Attribute, 9, "strings", K::Bytes),
    many(M::Attribute, 10, "tensors", M::Tensor),
    many(M::Attribute, 11, "graphs", M::Graph),
    one(M::Attribute, 13, "doc_string", K::Drop),
    one(M::Attribute, 14, "tp", M::Type),
    many(M::Attribute, 15, "type_protos", M::Type),
    one(M::Attribute, 20, "type", K::Varint),
    one(M::Attribute, 21, "ref_attr_name", K::Text),
    one(M::Attribute, 22, "sparse_tensor", M::SparseTensor),
    many(M::Attribute, 23, "sparse_tensors", M::SparseTensor),

    many(M::Tensor, 1, "dims", K::Varint),
    one(M::Tensor, 2, "data_type", K::Varint),
    one(M::Tensor, 3, "segment", K::Drop),
    one(M::Tensor, 4, "float_data", K::Payload),
    one(M::Tensor, 5, "int32_data", K::Payload),
    many(M::Tensor, 6, "string_data", K::Drop),
    one(M::Tensor, 7, "int64_data", K::Payload),
    one(M::Tensor, 8, "name", K::Text),
    one(M::Tensor, 9, "raw_data", K::Payload),
    one(M::Tensor, 10, "double_data", K::Payload),
    one(M::Tensor, 11, "uint64_data", K::Payload),
    one(M::Tensor, 12, "doc_string", K::Drop),
    many(M::Tensor, 13, "external_data", M::StringEntry),
    one(M::Tensor, 14, "data_location", K::Varint),
    many(M::Tensor, 16, "metadata_props", K::Drop),

    one(M::SparseTensor, 1, "values", M::Tensor),
    one(M::SparseTensor, 2, "indices", M::Tensor),
    many(M::SparseTensor, 3, "dims", K::Varint),

    one(M::StringEntry, 1, "key", K::Text),
    one(M::StringEntry, 2, "value", K::Text),

    one(M::ValueInfo, 1, "name", K::Text),
    one(M::ValueInfo, 2, "type", M::Type),
    one(M::ValueInfo, 3, "doc_string", K::Drop),
    many(M::ValueInfo, 4, "metadata_props", K::Drop),

    one(M::Type, 1, "tensor_type", M::TensorType),
    one(M::Type, 4, "sequence_type", M::WrappedType),
    one(M::Type, 5, "map_type", K::Drop),
    one(M::Type, 6, "denotation", K::Drop),
    one(M::Type, 7, "opaque_type", K::Drop),
    one(M::Type, 8, "sparse_tensor_type", M::TensorType),
    one(M::Type, 9, "optional_type", M::WrappedType),

    one(M::TensorType, 1, "elem_type", K::Varint),
    one(M::TensorType, 2, "shape", M::Shape),
    one(M::WrappedType, 1, "elem_type", M::Type),
    many(M::Shape, 1, "dim", M::Dimension),
    one(M::Dimension, 1, "dim_value", K::Varint),
    one(M::Dimension, 2, "dim_param", K::Text),
    one(M::Dimension, 3, "denotation", K::Drop),

    one(M::Function, 1, "name", K::Text),
    many(M::Function, 4, "input", K::Text),
    many(M::Function, 5, "output", K::Text),
    many(M::Function, 6, "attribute", K::Text),
    many(M::Function, 7, "node", M::Node),
    one(M::Function, 8, "doc_string", K::Drop),
    many(M::Function, 9, "opset_import", M::OperatorSetId),
    one(M::Function, 10, "domain", K::Text),
    many(M::Function, 11, "attribute_proto", M::Attribute),
    many(M::Function, 12, "value_info", K::Drop),
    one(M::Function, 13, "overload", K::Text),
    many(M::Function, 14, "metadata_props", K::Drop),
};

/// The table by message and field number.
struct Index {
  static constexpr uint32_t kNumbers = 32;
  const FieldSchema *fields[size_t(Message::Function) + 1][kNumbers] = {};

  Index() {
    for (const FieldSchema &field : kFields)
      fields[size_t(field.parent)][field.number] = &field;
  }
};

} // namespace

const FieldSchema *rheobase::wire::findField(Message message, uint32_t number) {
  static const Index index;
  return number < Index::kNumbers ? index.fields[size_t(message)][number] : nullptr;
}

llvm::StringRef rheobase::wire::nameOf(Message message) {
  static constexpr llvm::StringLiteral kNames[] = {
      "ModelProto",        "OperatorSetIdProto",
      "GraphProto",        "NodeProto",
      "AttributeProto",    "TensorProto",
      "SparseTensorProto", "StringStringEntryProto",
      "ValueInfoProto",    "TypeProto",
      "TypeProto.Tensor",  "TypeProto.Sequence",
      "TensorShapeProto",  "TensorShapeProto.Dimension",
      "FunctionProto",
  };
  return kNames[size_t(message)];
}
