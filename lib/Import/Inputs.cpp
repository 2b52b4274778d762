//===- Inputs.cpp - the graph's inputs and open dimensions -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "Tensors.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

using Dimension = ::onnx::TensorShapeProto::Dimension;

namespace {

/// Longer texts are names: reading an expression recurses.
constexpr size_t kMaxExpression = 256;

class InputReader {
public:
  InputReader(const ::onnx::GraphProto &graph, const ImportOptions &options, Location loc)
      : graph(graph), options(options), loc(loc) {}

  FailureOr<ProgramInputs> run() {
    collectInputs();
    collectNames();
    for (const ::onnx::ValueInfoProto *input : inputs)
      readInput(*input);
    checkOptions();
    if (failedAny)
      return failure();
    return std::move(result);
  }

private:
  void collectInputs();
  void collectNames();
  void readInput(const ::onnx::ValueInfoProto &input);
  std::string readDim(StringRef input, int index, const Dimension &dim);
  std::string dimOfSymbol(StringRef name);
  SymExpr expressionOf(StringRef text);
  void checkOptions();

  InFlightDiagnostic error(const Twine &name) {
    failedAny = true;
    return emitError(loc) << "graph input '" << name << "' ";
  }

  const ::onnx::GraphProto &graph;
  const ImportOptions &options;
  Location loc;
  std::vector<const ::onnx::ValueInfoProto *> inputs;
  /// Every dimension name that is a name alone, in order of appearance.
  std::vector<std::string> names;
  llvm::StringSet<> known, used;
  ProgramInputs result;
  bool failedAny = false;
};

const ::onnx::TensorShapeProto &shapeOf(const ::onnx::ValueInfoProto &input) {
  return input.type().tensor_type().shape();
}

bool isName(StringRef text) {
  return !text.empty() && !isDigit(text[0]) && all_of(text, [](char c) { return isAlnum(c) || c == '_' || c == '.'; });
}

bool isNumber(StringRef text) {
  return !text.empty() && all_of(text, isDigit);
}

/// An initializer of the same name is a default value, which makes the input a constant.
void InputReader::collectInputs() {
  llvm::StringSet<> constants;
  for (const ::onnx::TensorProto &initializer : graph.initializer())
    constants.insert(initializer.name());
  for (const ::onnx::ValueInfoProto &input : graph.input())
    if (!constants.contains(input.name()))
      inputs.push_back(&input);
}

void InputReader::collectNames() {
  for (const ::onnx::ValueInfoProto *input : inputs)
    for (const Dimension &dim : shapeOf(*input).dim())
      if (isName(dim.dim_param()) && known.insert(dim.dim_param()).second)
        names.push_back(dim.dim_param());
}

/// The dimension that a name stands for: its number if the user gives one, else the name, as a symbol.
std::string InputReader::dimOfSymbol(StringRef name) {
  auto range = options.dims.find(name);
  DimRange given = range == options.dims.end() ? DimRange() : range->second;
  if (range != options.dims.end() && given.min == given.max)
    return std::to_string(given.min);
  if (used.insert(name).second)
    result.symbols.push_back({name.str(), given.min, given.max});
  return name.str();
}

/// A dimension such as "past + sequence", over names that are dimensions of their own; else null.
SymExpr InputReader::expressionOf(StringRef text) {
  if (isName(text) || text.size() > kMaxExpression)
    return {};
  return sym::parse(text, names, loc.getContext());
}

std::string InputReader::readDim(StringRef input, int index, const Dimension &dim) {
  StringRef text = dim.dim_param();
  if (dim.has_dim_value() || isNumber(text)) {
    int64_t value = dim.dim_value();
    if ((dim.has_dim_value() || !text.getAsInteger(10, value)) && value >= 0)
      return std::to_string(value);
    error(input) << "has a dimension of " << (dim.has_dim_value() ? std::to_string(value) : text.str())
                 << ", a number from 0 to 2^63-1 was expected";
    return "0";
  }
  if (text.empty()) {
    std::string name = (input + ".d" + Twine(index)).str();
    while (!known.insert(name).second)
      name += "_";
    return dimOfSymbol(name);
  }
  SymExpr expression = expressionOf(text);
  if (!expression) {
    known.insert(text);
    return dimOfSymbol(text);
  }
  SmallVector<SymExpr> constants(names.size());
  for (auto [i, name] : enumerate(names)) {
    // Names that only the expression uses would have no value in a call: the dimensions they are of come first.
    int64_t number;
    if (sym::mentions(expression, i) && !StringRef(dimOfSymbol(name)).getAsInteger(10, number))
      constants[i] = getAffineConstantExpr(number, loc.getContext());
  }
  return sym::print(sym::substitute(expression, constants), names);
}

void InputReader::readInput(const ::onnx::ValueInfoProto &input) {
  StringRef name = input.name();
  if (!input.type().has_tensor_type()) {
    error(name) << "is not a tensor, a tensor was expected";
    return;
  }
  const ::onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  const ElementKind *kind = findElementKind(tensor.elem_type());
  if (!kind) {
    error(name) << "has the element type " << elementTypeName(tensor.elem_type()) << ", one of "
                << elementTypeNames(~0u) << " was expected";
    return;
  }
  if (!tensor.has_shape()) {
    error(name) << "has no shape, its rank must be known; export the model with a shape for every input";
    return;
  }
  InputTensor result{name, {}, {}};
  SmallVector<int64_t> sizes, staticSizes;
  for (auto [index, dim] : enumerate(shapeOf(input).dim())) {
    result.dims.push_back(readDim(name, int(index), dim));
    int64_t number;
    bool isStatic = !StringRef(result.dims.back()).getAsInteger(10, number);
    sizes.push_back(isStatic ? number : ShapedType::kDynamic);
    staticSizes.push_back(isStatic ? number : 1);
  }
  if (Expected<uint64_t> count = countElements(staticSizes); !count) {
    error(name) << "cannot be used: " << toString(count.takeError());
    return;
  }
  result.type = RankedTensorType::get(sizes, kind->type(loc.getContext()));
  this->result.tensors.push_back(std::move(result));
}

/// Every dimension that the user names must exist, with a range that makes sense.
void InputReader::checkOptions() {
  SmallVector<StringRef> wanted;
  for (const auto &entry : options.dims)
    wanted.push_back(entry.getKey());
  sort(wanted);
  // What the user closed is a dimension of the model too.
  SmallVector<StringRef> open;
  for (const auto &entry : known)
    open.push_back(entry.getKey());
  sort(open);
  for (StringRef name : wanted) {
    DimRange range = options.dims.lookup(name);
    if (!known.contains(name)) {
      failedAny = true;
      emitError(loc) << "--dim names '" << name << "', which is not an open dimension of the model; it has "
                     << (open.empty() ? std::string("none") : join(open, ", "));
    } else if (range.min < 0 || (range.max != 0 && range.max < range.min)) {
      failedAny = true;
      emitError(loc) << "--dim gives '" << name << "' the range " << range.min << " to " << range.max
                     << ", a range from at least 0 upwards was expected";
    }
  }
}

} // namespace

FailureOr<ProgramInputs> rheobase::readInputs(const ::onnx::GraphProto &graph, const ImportOptions &options,
                                              Location loc) {
  return InputReader(graph, options, loc).run();
}
