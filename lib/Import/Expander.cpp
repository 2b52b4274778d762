//===- Expander.cpp - operators written in others ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "Tensors.h"

#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

Expansion rheobase::findExpansion(StringRef op) {
  static const StringMap<Expansion> table = [] {
    StringMap<Expansion> all;
    for (ArrayRef<NamedExpansion> part :
         {attentionExpansions(), contractionExpansions(), elementwiseExpansions(), layoutExpansions(), lossExpansions(),
          normalizationExpansions(), quantizationExpansions(), recurrentExpansions(), resizeExpansions(),
          samplingExpansions(), selectionExpansions(), signalExpansions(), windowExpansions()})
      for (const NamedExpansion &each : part)
        all[each.op] = each.expand;
    return all;
  }();
  return table.lookup(op);
}

/// Whether the elements of an operand on which shapes depend are known well enough for the operator's shape function.
static bool isKnown(const NodeForm &form, Value operand, const SymbolicShapes &shapes) {
  if (!operand || ConstantData::of(operand))
    return true;
  std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(operand);
  // A Reshape tells one size from the others.
  return content && count(*content, SymExpr()) <= (form.op == "Reshape" ? 1 : 0);
}

Expansion rheobase::findExpansion(const NodeForm &form, const SymbolicShapes &shapes) {
  static const StringMap<MeasuredExpansion> table = [] {
    StringMap<MeasuredExpansion> all;
    for (ArrayRef<MeasuredExpansion> part : {measuredLayoutExpansions(), measuredReductionExpansions()})
      for (const MeasuredExpansion &each : part)
        all.try_emplace(each.op, each);
    return all;
  }();
  auto measured = table.find(form.op);
  if (measured != table.end())
    for (int position : ArrayRef(measured->second.sizes.positions, measured->second.sizes.count))
      if (!isKnown(form, form.input(position), shapes))
        return measured->second.expand;
  return findExpansion(form.op);
}

double Expander::floatOr(StringRef attribute, double otherwise) const {
  std::optional<float> value = form.getFloat(attribute);
  return value ? double(*value) : otherwise;
}

std::string Expander::textOr(StringRef attribute, StringRef otherwise) const {
  auto value = dyn_cast_or_null<StringAttr>(form.attributes.get(attribute));
  return (value ? value.getValue() : otherwise).str();
}

InFlightDiagnostic Expander::error() {
  failed = true;
  return form.error();
}

void Expander::result(size_t index, Value value) {
  if (made.size() <= index)
    made.resize(index + 1);
  made[index] = value;
}

//===----------------------------------------------------------------------===//
// What is known about a value
//===----------------------------------------------------------------------===//

Type Expander::type(Value value) const {
  return value ? llvm::cast<RankedTensorType>(value.getType()).getElementType()
               : Type(Float32Type::get(form.loc.getContext()));
}

ArrayRef<SymExpr> Expander::dims(Value value) const {
  return value ? emitter.getShapes().shapeOf(value) : ArrayRef<SymExpr>();
}

std::optional<int64_t> Expander::knownSize(Value value, int64_t axis) const {
  ArrayRef<SymExpr> all = dims(value);
  return axis >= 0 && axis < int64_t(all.size()) ? sym::asConstant(all[axis]) : std::nullopt;
}

ArrayRef<SymExpr> Expander::partialContent(Value value) const {
  return value ? emitter.getShapes().partialContentOf(value).value_or(ArrayRef<SymExpr>()) : ArrayRef<SymExpr>();
}

bool Expander::isAtLeast(SymExpr size, int64_t least) const {
  return size && emitter.getShapes().minOf(size).value_or(least - 1) >= least;
}

int64_t Expander::size(Value value, int64_t axis) {
  if (failed)
    return 1;
  if (std::optional<int64_t> known = knownSize(value, axis))
    return *known;
  if (axis < 0 || axis >= rank(value))
    error() << "a tensor of rank " << rank(value) << " found, at least " << axis + 1 << " was expected";
  else
    error() << "dimension " << axis << " is " << emitter.getShapes().print(dims(value)[axis])
            << ", a number was expected; fix it with --dim";
  return 1;
}

std::optional<SmallVector<int64_t>> Expander::knownInts(Value value) const {
  return value ? emitter.getShapes().constantContentOf(value) : std::nullopt;
}

SmallVector<int64_t> Expander::constantInts(Value value, StringRef name) {
  if (failed)
    return {};
  if (std::optional<SmallVector<int64_t>> known = knownInts(value))
    return *known;
  error() << "input '" << name << "' is computed, constant numbers were expected; export it as an initializer";
  return {};
}

SmallVector<double> Expander::knownNumbers(Value value) const {
  constexpr int64_t kMostNumbers = 1024;
  SmallVector<double> numbers;
  std::optional<ConstantData> data = value ? ConstantData::of(value) : std::nullopt;
  for (int64_t i = 0; data && data->size() <= kMostNumbers && i < data->size(); ++i)
    numbers.push_back(data->number(i));
  return numbers;
}

SmallVector<double> Expander::constantNumbers(Value value, StringRef name) {
  SmallVector<double> numbers = knownNumbers(value);
  if (numbers.empty() && !failed)
    error() << "input '" << name << "' is computed, constant numbers were expected; export it as an initializer";
  return numbers;
}

int64_t Expander::axis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  if (!failed)
    error() << "axis " << axis << " found, " << -rank << " to " << rank - 1 << " was expected for a tensor of rank "
            << rank;
  return 0;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

SmallVector<Value> Expander::ops(StringRef op, Values inputs, Attributes attributes, size_t outputs) {
  SmallVector<Value> none(outputs);
  if (failed)
    return none;
  NodeForm made(form.loc);
  made.name = form.name;
  made.op = op.str();
  made.opset = form.opset;
  made.inputs.assign(inputs.begin(), inputs.end());
  made.outputs.assign(outputs, form.name);
  made.attributes.append(attributes.begin(), attributes.end());
  if (Expansion nested = findExpansion(made, emitter.getShapes())) {
    Expander inner(made, emitter);
    nested(inner);
    failed = inner.hasFailed();
    SmallVector<Value> results = inner.results();
    results.resize(outputs);
    return failed ? none : results;
  }
  made.version = knownForm(op).since;
  FailureOr<SmallVector<Value>> results = emitter.create(made);
  failed = llvm::failed(results);
  return failed ? none : *results;
}

Value Expander::op(StringRef op, Values inputs, Attributes attributes) {
  return ops(op, inputs, attributes, 1).front();
}

NamedAttribute Expander::attr(StringRef name, int64_t value) const {
  Builder b(form.loc.getContext());
  return b.getNamedAttr(name, b.getI64IntegerAttr(value));
}
NamedAttribute Expander::attr(StringRef name, StringRef value) const {
  Builder b(form.loc.getContext());
  return b.getNamedAttr(name, b.getStringAttr(value));
}
NamedAttribute Expander::attr(StringRef name, Ints values) const {
  Builder b(form.loc.getContext());
  return b.getNamedAttr(name, b.getDenseI64ArrayAttr(values));
}
NamedAttribute Expander::attrOfFloat(StringRef name, double value) const {
  Builder b(form.loc.getContext());
  return b.getNamedAttr(name, b.getF32FloatAttr(float(value)));
}

Value Expander::cast(Value value, Type to) {
  if (failed || type(value) == to)
    return value;
  return op("Cast", value, attr("to", elementKindOf(to).number));
}

static Value orFail(FailureOr<Value> value, bool &failed) {
  failed = failed || llvm::failed(value);
  return failed ? Value() : *value;
}

Value Expander::vector(Ints values) {
  return failed ? Value() : orFail(emitter.integers(form.loc, values), failed);
}

Value Expander::scalar(int64_t value) {
  return number(double(value), IntegerType::get(form.loc.getContext(), 64));
}

/// A constant of any type with the given numbers, as a vector or, `flat` false, without dimensions.
static ElementsAttr constantOf(ArrayRef<double> values, Type type, bool isVector) {
  SmallVector<int64_t, 1> shape;
  if (isVector)
    shape.push_back(values.size());
  ConstantBuilder builder(RankedTensorType::get(shape, type));
  for (auto [i, value] : enumerate(values))
    builder.setNumber(i, value);
  return builder.finish();
}

Value Expander::number(double value, Type type) {
  return failed ? Value() : orFail(emitter.constant(form.loc, constantOf(value, type, false)), failed);
}

Value Expander::numbers(ArrayRef<double> values, Type type) {
  return failed ? Value() : orFail(emitter.constant(form.loc, constantOf(values, type, true)), failed);
}

Value Expander::slice(Value value, int64_t axis, int64_t start, int64_t end, int64_t step) {
  return op("Slice", {value, vector(start), vector(end), vector(axis), vector(step)});
}

Value Expander::reduce(StringRef name, Value value, Ints axes, bool keepdims) {
  return op(name, {value, vector(axes)}, attr("keepdims", int64_t(keepdims)));
}

Value Expander::shapeOf(Value value, int64_t begin, int64_t end) {
  return op("Shape", value, {attr("start", begin), attr("end", end)});
}

Value Expander::range(Value count) {
  return op("Range", {numberLike(0, count), count, numberLike(1, count)});
}

Value Expander::measured(Value value, ArrayRef<SymExpr> known) {
  ArrayRef<SymExpr> content = partialContent(value);
  if (failed || (!content.empty() && !is_contained(content, SymExpr())))
    return value;
  if (knownSize(value, 0) == 0)
    return vector({});
  SmallVector<SymExpr> sizes(known);
  sizes.resize(std::max(sizes.size(), content.size()));
  for (auto [size, element] : zip(sizes, content))
    size = size ? size : element;
  return orFail(emitter.measure(form, value, sizes), failed);
}
