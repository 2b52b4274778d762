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

/// Longer texts are names: multiplied out, an expression may have exponentially many terms.
constexpr size_t kMaxExpression = 64;
constexpr size_t kMaxSymbols = 1024;
constexpr unsigned kMaxErrors = 1000;

bool isNumber(StringRef text) {
  return !text.empty() && all_of(text, isDigit);
}

bool isNameCharacter(char c) {
  return isAlnum(c) || c == '_' || c == '.';
}

/// What `rheobase.dims` can call a symbol.
bool isName(StringRef text) {
  return !text.empty() && !isNumber(text) && all_of(text, isNameCharacter);
}

/// The names that dimensions have in the model, and the symbols they stand for.
class OpenDims {
public:
  OpenDims(const llvm::StringMap<DimRange> &given, MLIRContext *context) : given(given), context(context) {}

  /// Tells of a name before any expression that may use it is read.
  void declare(StringRef name) {
    if (isName(name) && taken.insert(name).second)
      names.push_back(name.str());
  }

  /// The text in `rheobase.dims` of a dimension that the model calls `text`.
  std::string dimOf(StringRef text) {
    if (isName(text))
      return dimOfSymbol(text);
    if (std::optional<std::string> expression = dimOfExpression(text))
      return *expression;
    auto [entry, isNew] = renamed.try_emplace(text);
    if (isNew)
      entry->second = uniqueName(text.str());
    return dimOfSymbol(entry->second);
  }

  std::string dimOfUnnamed(const Twine &name) { return dimOfSymbol(uniqueName(name.str())); }

  const llvm::StringSet<> &all() const { return taken; }

  SmallVector<Symbol> symbols;

private:
  /// The symbol's number where the user gives one, else its name.
  std::string dimOfSymbol(StringRef name) {
    auto range = given.find(name);
    if (range != given.end() && range->second.min == range->second.max)
      return std::to_string(range->second.min);
    DimRange bounds = range == given.end() ? DimRange() : range->second;
    // A cache is empty before the first token.
    if (range == given.end() && name.contains_insensitive("past"))
      bounds.min = 0;
    if (used.insert(name).second)
      symbols.push_back({name.str(), bounds.min, bounds.max});
    return name.str();
  }

  /// A dimension such as "past + sequence", over names that are dimensions of their own.
  std::optional<std::string> dimOfExpression(StringRef text) {
    if (text.size() > kMaxExpression || names.size() > kMaxSymbols)
      return std::nullopt;
    SymExpr expression = sym::parse(text, names, context);
    bool mentionsAny = false;
    SmallVector<SymExpr> constants(names.size());
    for (size_t i = 0; expression && i < names.size(); ++i) {
      int64_t number;
      if (!sym::mentions(expression, i))
        continue;
      mentionsAny = true;
      if (!StringRef(dimOfSymbol(names[i])).getAsInteger(10, number))
        constants[i] = getAffineConstantExpr(number, context);
    }
    if (!mentionsAny)
      return std::nullopt;
    return sym::print(sym::substitute(expression, constants), names);
  }

  std::string uniqueName(std::string text) {
    for (char &c : text)
      c = isNameCharacter(c) ? c : '_';
    if (!isName(text))
      text = "_" + text;
    while (!taken.insert(text).second)
      text += "_";
    return text;
  }

  const llvm::StringMap<DimRange> &given;
  MLIRContext *context;
  /// The names that are dimensions of their own, in order of appearance.
  std::vector<std::string> names;
  llvm::StringSet<> taken, used;
  llvm::StringMap<std::string> renamed;
};

class InputReader {
public:
  InputReader(const ::onnx::GraphProto &graph, const ImportOptions &options, Location loc)
      : graph(graph), options(options), loc(loc), dims(options.dims, loc.getContext()) {}

  FailureOr<ProgramInputs> run();

private:
  void collectInputs();
  void readInput(const ::onnx::ValueInfoProto &input);
  void readShape(const ::onnx::ValueInfoProto &input, const ElementKind &kind);
  std::optional<std::string> readDim(StringRef input, int index, const Dimension &dim);
  void checkOptions();

  InFlightDiagnostic error(const Twine &name) {
    ++errors;
    return emitError(loc) << "graph input '" << name << "' ";
  }

  const ::onnx::GraphProto &graph;
  const ImportOptions &options;
  Location loc;
  OpenDims dims;
  std::vector<const ::onnx::ValueInfoProto *> inputs;
  std::vector<InputTensor> tensors;
  unsigned errors = 0;
};

const ::onnx::TensorShapeProto &shapeOf(const ::onnx::ValueInfoProto &input) {
  return input.type().tensor_type().shape();
}

FailureOr<ProgramInputs> InputReader::run() {
  collectInputs();
  for (const ::onnx::ValueInfoProto *input : inputs)
    for (const Dimension &dim : shapeOf(*input).dim())
      dims.declare(dim.dim_param());
  for (const ::onnx::ValueInfoProto *input : inputs)
    if (errors < kMaxErrors)
      readInput(*input);
  if (dims.symbols.size() > kMaxSymbols) {
    ++errors;
    emitError(loc) << "the model has " << dims.symbols.size() << " open dimensions, at most " << kMaxSymbols
                   << " are supported";
  }
  checkOptions();
  if (errors)
    return failure();
  return ProgramInputs{std::move(tensors), std::move(dims.symbols)};
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

std::optional<std::string> InputReader::readDim(StringRef input, int index, const Dimension &dim) {
  StringRef text = dim.dim_param();
  int64_t value = dim.dim_value();
  bool isValid = !isNumber(text) || !text.getAsInteger(10, value);
  if (!isValid || value < 0) {
    error(input) << "has a dimension of " << (isValid ? std::to_string(value) : text.str())
                 << ", a number from 0 to 2^63-1 was expected";
    return std::nullopt;
  }
  if (dim.has_dim_value() || isNumber(text))
    return std::to_string(value);
  return text.empty() ? dims.dimOfUnnamed(input + ".d" + Twine(index)) : dims.dimOf(text);
}

void InputReader::readInput(const ::onnx::ValueInfoProto &input) {
  StringRef name = input.name();
  const ::onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  const ElementKind *kind = findElementKind(tensor.elem_type());
  if (!input.type().has_tensor_type())
    error(name) << "is not a tensor, a tensor was expected";
  else if (!kind)
    error(name) << "has the element type " << elementTypeName(tensor.elem_type()) << ", one of "
                << elementTypeNames(~0u) << " was expected";
  else if (!tensor.has_shape())
    error(name) << "has no shape, its rank must be known; export the model with a shape for every input";
  else
    readShape(input, *kind);
}

void InputReader::readShape(const ::onnx::ValueInfoProto &input, const ElementKind &kind) {
  InputTensor result{input.name(), {}, {}};
  // An open dimension counts as 1.
  SmallVector<int64_t> sizes, counted;
  for (auto [index, dim] : enumerate(shapeOf(input).dim())) {
    std::optional<std::string> text = readDim(result.name, int(index), dim);
    if (!text)
      return;
    int64_t number;
    bool isStatic = !StringRef(*text).getAsInteger(10, number);
    sizes.push_back(isStatic ? number : ShapedType::kDynamic);
    counted.push_back(isStatic ? number : 1);
    result.dims.push_back(*std::move(text));
  }
  if (Expected<uint64_t> count = countElements(counted); !count) {
    error(result.name) << "cannot be used: " << toString(count.takeError());
    return;
  }
  result.type = RankedTensorType::get(sizes, kind.type(loc.getContext()));
  tensors.push_back(std::move(result));
}

SmallVector<StringRef> sortedKeys(const llvm::StringSet<> &set) {
  SmallVector<StringRef> keys;
  for (const auto &entry : set)
    keys.push_back(entry.getKey());
  sort(keys);
  return keys;
}

/// Every dimension that the user names must exist, with a range that makes sense.
void InputReader::checkOptions() {
  SmallVector<StringRef> wanted;
  for (const auto &entry : options.dims)
    wanted.push_back(entry.getKey());
  sort(wanted);
  for (StringRef name : wanted) {
    DimRange range = options.dims.lookup(name);
    if (!dims.all().contains(name)) {
      ++errors;
      emitError(loc) << "--dim names '" << name << "', which is not an open dimension of the model; it has "
                     << (dims.all().empty() ? "none" : join(sortedKeys(dims.all()), ", "));
    } else if (range.min < 0 || (range.max != 0 && range.max < range.min)) {
      ++errors;
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
