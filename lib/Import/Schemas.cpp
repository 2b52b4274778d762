//===- Schemas.cpp - the forms of every operator ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schemas.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace rheobase;

namespace {

struct Row {
  const char *name;
  int64_t since;
  const char *inputs;
  const char *outputs;
  const char *attributes;
  const char *types;
};

constexpr Row kRows[] = {
#define OPSETS(oldest, dialect, newest)
#define IR_VERSIONS(oldest, newest)
#define OPERATOR(name, since, inputs, outputs, attributes, types) {name, since, inputs, outputs, attributes, types},
#define KNOWN(name)
#include "Schemas.inc"
};

constexpr OpsetRange kOpsets = {
#define OPSETS(oldest, dialect, newest) oldest, dialect, newest
#define IR_VERSIONS(oldest, newest)
#define OPERATOR(name, since, inputs, outputs, attributes, types)
#define KNOWN(name)
#include "Schemas.inc"
};

constexpr std::pair<int64_t, int64_t> kIrVersions = {
#define OPSETS(oldest, dialect, newest)
#define IR_VERSIONS(oldest, newest) oldest, newest
#define OPERATOR(name, since, inputs, outputs, attributes, types)
#define KNOWN(name)
#include "Schemas.inc"
};

constexpr const char *kOtherOperators[] = {
#define OPSETS(oldest, dialect, newest)
#define IR_VERSIONS(oldest, newest)
#define OPERATOR(name, since, inputs, outputs, attributes, types)
#define KNOWN(name) name,
#include "Schemas.inc"
};

SmallVector<StringRef> words(StringRef text) {
  SmallVector<StringRef> result;
  text.split(result, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return result;
}

uint32_t maskOf(StringRef text) {
  uint32_t mask = 0;
  text.getAsInteger(0, mask);
  return mask;
}

/// "name?:T" with the masks of the type variables.
ParameterSchema parameter(StringRef text, const StringMap<uint32_t> &variables) {
  auto [name, type] = text.split(':');
  auto kind = ParameterSchema::Kind::Single;
  if (name.consume_back("?"))
    kind = ParameterSchema::Kind::Optional;
  else if (name.consume_back("*"))
    kind = ParameterSchema::Kind::Variadic;
  bool isVariable = variables.contains(type);
  return {name, kind, isVariable ? type : StringRef(), isVariable ? variables.lookup(type) : maskOf(type)};
}

AttributeSchema attribute(StringRef text) {
  using Kind = AttributeSchema::Kind;
  auto [name, kindName] = text.split(':');
  bool required = name.consume_back("!");
  Kind kind = StringSwitch<Kind>(kindName)
                  .Case("INT", Kind::Int)
                  .Case("FLOAT", Kind::Float)
                  .Case("STRING", Kind::String)
                  .Case("TENSOR", Kind::Tensor)
                  .Case("INTS", Kind::Ints)
                  .Case("FLOATS", Kind::Floats)
                  .Case("STRINGS", Kind::Strings)
                  .Default(Kind::Other);
  return {name, kind, required};
}

OperatorSchema schemaOf(const Row &row) {
  StringMap<uint32_t> variables;
  for (StringRef variable : words(row.types)) {
    auto [name, mask] = variable.split('=');
    variables[name] = maskOf(mask);
  }
  OperatorSchema schema{row.name, row.since, {}, {}, {}};
  for (StringRef text : words(row.inputs))
    schema.inputs.push_back(parameter(text, variables));
  for (StringRef text : words(row.outputs))
    schema.outputs.push_back(parameter(text, variables));
  for (StringRef text : words(row.attributes))
    schema.attributes.push_back(attribute(text));
  return schema;
}

/// The table, read once.
struct Table {
  StringMap<SmallVector<OperatorSchema>> operators;
  /// The number of the form that all others are brought to, which is the one with element types.
  StringMap<size_t> known;
  SmallVector<StringRef> names;
  StringSet<> others;

  Table() {
    for (const Row &row : kRows) {
      if (names.empty() || names.back() != row.name)
        names.push_back(row.name);
      SmallVector<OperatorSchema> &forms = operators[row.name];
      if (*row.types)
        known[row.name] = forms.size();
      forms.push_back(schemaOf(row));
    }
    for (const char *name : kOtherOperators)
      others.insert(name);
  }
};

const Table &table() {
  static const Table instance;
  return instance;
}

} // namespace

const AttributeSchema *OperatorSchema::findAttribute(StringRef name) const {
  for (const AttributeSchema &attribute : attributes)
    if (attribute.name == name)
      return &attribute;
  return nullptr;
}

OpsetRange rheobase::opsets() {
  return kOpsets;
}

std::pair<int64_t, int64_t> rheobase::irVersions() {
  return kIrVersions;
}

bool rheobase::isStandardDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

ArrayRef<OperatorSchema> rheobase::formsOf(StringRef name) {
  auto found = table().operators.find(name);
  return found == table().operators.end() ? ArrayRef<OperatorSchema>() : ArrayRef<OperatorSchema>(found->second);
}

ArrayRef<StringRef> rheobase::supportedOperators() {
  return table().names;
}

const OperatorSchema *rheobase::formAt(StringRef name, int64_t opset) {
  const OperatorSchema *result = nullptr;
  for (const OperatorSchema &schema : formsOf(name))
    if (schema.since <= opset)
      result = &schema;
  return result;
}

const OperatorSchema &rheobase::knownForm(StringRef name) {
  return formsOf(name)[table().known.lookup(name)];
}

bool rheobase::isStandardOperator(StringRef name) {
  return table().others.contains(name) || !formsOf(name).empty();
}
