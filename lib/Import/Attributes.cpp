//===- Attributes.cpp - a node's attributes as MLIR attributes --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attributes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

using Proto = ::onnx::AttributeProto;
using Kind = AttributeSchema::Kind;

namespace {

/// Errors of one node's attributes that are reported.
constexpr unsigned kMaxFailures = 16;

struct KindInfo {
  Kind kind;
  Proto::AttributeType type;
  StringLiteral name;
};

constexpr KindInfo kKinds[] = {
    {Kind::Int, Proto::INT, "an integer"},      {Kind::Float, Proto::FLOAT, "a float"},
    {Kind::String, Proto::STRING, "a string"},  {Kind::Tensor, Proto::TENSOR, "a tensor"},
    {Kind::Ints, Proto::INTS, "integers"},      {Kind::Floats, Proto::FLOATS, "floats"},
    {Kind::Strings, Proto::STRINGS, "strings"},
};

const KindInfo &infoOf(Kind kind) {
  return *find_if(kKinds, [&](const KindInfo &info) { return info.kind == kind; });
}

/// The type of a value in words.
std::string typeName(Proto::AttributeType type) {
  auto info = find_if(kKinds, [&](const KindInfo &known) { return known.type == type; });
  if (info != std::end(kKinds))
    return info->name.str();
  return "a value of type " + StringRef(::onnx::AttributeProto_AttributeType_Name(type)).lower();
}

/// The kind that the value of an attribute has, whatever its `type` says; models before IR version 2 have no `type`.
Proto::AttributeType typeOfValue(const Proto &attribute) {
  if (attribute.has_i())
    return Proto::INT;
  if (attribute.has_f())
    return Proto::FLOAT;
  if (attribute.has_s())
    return Proto::STRING;
  if (attribute.has_t())
    return Proto::TENSOR;
  if (attribute.ints_size())
    return Proto::INTS;
  if (attribute.floats_size())
    return Proto::FLOATS;
  if (attribute.strings_size())
    return Proto::STRINGS;
  return Proto::UNDEFINED;
}

/// Reads one attribute as what its node and schema expect.
class AttributeReader {
public:
  AttributeReader(TensorReader &tensors, const NodeForm &form) : tensors(tensors), form(form) {}

  FailureOr<Attribute> read(const Proto &attribute, Kind kind) {
    if (kind == Kind::Other)
      return error(attribute) << "is not supported: it holds " << typeName(attribute.type());
    const KindInfo &expected = infoOf(kind);
    if (attribute.has_ref_attr_name())
      return error(attribute) << "refers to the function attribute '" << attribute.ref_attr_name()
                              << "', a value was expected";
    Proto::AttributeType value = typeOfValue(attribute);
    Proto::AttributeType type = attribute.type() == Proto::UNDEFINED ? value : attribute.type();
    // Empty lists, and zeros of some writers, leave no trace of the value.
    if (type != expected.type || (value != Proto::UNDEFINED && value != expected.type))
      return error(attribute) << "is " << typeName(type != expected.type ? type : value) << ", " << expected.name
                              << " was expected";
    return valueOf(attribute, kind);
  }

private:
  FailureOr<Attribute> valueOf(const Proto &attribute, Kind kind) {
    Builder builder(form.loc.getContext());
    switch (kind) {
    case Kind::Int:
      return Attribute(builder.getI64IntegerAttr(attribute.i()));
    case Kind::Float:
      return Attribute(builder.getF32FloatAttr(attribute.f()));
    case Kind::Ints:
      return Attribute(builder.getDenseI64ArrayAttr(ArrayRef<int64_t>(attribute.ints().data(), attribute.ints_size())));
    case Kind::Floats:
      return Attribute(
          builder.getDenseF32ArrayAttr(ArrayRef<float>(attribute.floats().data(), attribute.floats_size())));
    case Kind::String:
      return stringOf(attribute, attribute.s());
    case Kind::Strings:
      return stringsOf(attribute);
    case Kind::Tensor:
      return tensorOf(attribute);
    case Kind::Other:
      break;
    }
    return failure();
  }

  FailureOr<Attribute> stringOf(const Proto &attribute, const std::string &text) {
    const auto *begin = reinterpret_cast<const UTF8 *>(text.data());
    if (!isLegalUTF8String(&begin, begin + text.size()))
      return error(attribute) << "is not valid UTF-8";
    return Attribute(StringAttr::get(form.loc.getContext(), text));
  }

  FailureOr<Attribute> stringsOf(const Proto &attribute) {
    SmallVector<Attribute> texts;
    for (const std::string &text : attribute.strings()) {
      FailureOr<Attribute> read = stringOf(attribute, text);
      if (failed(read))
        return failure();
      texts.push_back(*read);
    }
    return Attribute(ArrayAttr::get(form.loc.getContext(), texts));
  }

  FailureOr<Attribute> tensorOf(const Proto &attribute) {
    // Names of values are unique, those of nodes need not be: numbering equal names of resources would cost the square.
    StringRef name = form.outputs.empty() ? StringRef(form.name) : form.outputs.front();
    Expected<ElementsAttr> value = tensors.read(attribute.t(), name, form.loc.getContext());
    if (!value)
      return error(attribute) << "is a tensor that cannot be read: " << toString(value.takeError());
    return Attribute(*value);
  }

  InFlightDiagnostic error(const Proto &attribute) { return form.error() << "attribute '" << attribute.name() << "' "; }

  TensorReader &tensors;
  const NodeForm &form;
};

std::string attributeNames(const OperatorSchema &schema) {
  if (schema.attributes.empty())
    return "the operator has none";
  SmallVector<StringRef> names;
  for (const AttributeSchema &attribute : schema.attributes)
    names.push_back(attribute.name);
  return "the operator has " + join(names, ", ");
}

} // namespace

LogicalResult rheobase::readAttributes(const ::onnx::NodeProto &node, const OperatorSchema &schema,
                                       TensorReader &tensors, NodeForm &form) {
  AttributeReader reader(tensors, form);
  llvm::StringSet<> seen;
  unsigned failures = 0;
  auto fail = [&](const Twine &text) {
    ++failures;
    form.error() << text;
  };
  for (const Proto &attribute : node.attribute()) {
    if (failures == kMaxFailures)
      break;
    StringRef name = attribute.name();
    const AttributeSchema *expected = schema.findAttribute(name);
    if (!seen.insert(name).second) {
      fail("attribute '" + name + "' appears twice, once was expected");
    } else if (!expected) {
      fail("attribute '" + name + "' is not one of the operator's; " + attributeNames(schema));
    } else {
      FailureOr<Attribute> value = reader.read(attribute, expected->kind);
      failures += failed(value);
      if (succeeded(value))
        form.attributes.set(name, *value);
    }
  }
  for (const AttributeSchema &attribute : schema.attributes)
    if (attribute.required && !seen.contains(attribute.name))
      fail("attribute '" + attribute.name + "' is missing, " + infoOf(attribute.kind).name + " was expected");
  return success(failures == 0);
}

FailureOr<ElementsAttr> rheobase::readConstant(const ::onnx::NodeProto &node, TensorReader &tensors,
                                               const NodeForm &form) {
  static const OperatorSchema kSchema = {"Constant",
                                         1,
                                         {},
                                         {},
                                         {{"value", Kind::Tensor, false},
                                          {"value_float", Kind::Float, false},
                                          {"value_floats", Kind::Floats, false},
                                          {"value_int", Kind::Int, false},
                                          {"value_ints", Kind::Ints, false},
                                          {"value_string", Kind::Other, false},
                                          {"value_strings", Kind::Other, false},
                                          {"sparse_value", Kind::Other, false}}};
  NodeForm value = form;
  if (failed(readAttributes(node, kSchema, tensors, value)))
    return failure();
  size_t count = value.attributes.getAttrs().size();
  if (count != 1)
    return form.error() << "has " << count << " values, exactly one was expected";
  Attribute attribute = value.attributes.begin()->getValue();
  if (auto elements = dyn_cast<ElementsAttr>(attribute))
    return elements;
  Builder builder(form.loc.getContext());
  auto list = [&](Type type, size_t size) { return RankedTensorType::get(int64_t(size), type); };
  if (auto integers = dyn_cast<DenseI64ArrayAttr>(attribute))
    return ElementsAttr(DenseElementsAttr::get(list(builder.getI64Type(), integers.size()), integers.asArrayRef()));
  if (auto floats = dyn_cast<DenseF32ArrayAttr>(attribute))
    return ElementsAttr(DenseElementsAttr::get(list(builder.getF32Type(), floats.size()), floats.asArrayRef()));
  auto scalar = cast<TypedAttr>(attribute);
  return ElementsAttr(DenseElementsAttr::get(RankedTensorType::get({}, scalar.getType()), Attribute(scalar)));
}
