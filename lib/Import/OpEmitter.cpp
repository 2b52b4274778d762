//===- OpEmitter.cpp - makes onnx ops and their types -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpEmitter.h"
#include "Tensors.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/rt/Rt.h"
#include "lib/Transforms/ConstantEvaluator.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

using ParameterKind = ParameterSchema::Kind;

Type elementTypeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

/// The element type of every type variable of one op, from its inputs.
class TypeVariables {
public:
  explicit TypeVariables(const NodeForm &form) : form(form) {}

  LogicalResult bind(const ParameterSchema &parameter, Value input) {
    Type type = elementTypeOf(input);
    const ElementKind &kind = elementKindOf(type);
    if (!(parameter.types >> kind.number & 1))
      return form.error() << "input '" << parameter.name << "' is a tensor of " << kind.name << ", one of "
                          << elementTypeNames(parameter.types) << " was expected";
    if (parameter.variable.empty())
      return success();
    auto [entry, isNew] = bound.try_emplace(parameter.variable, type);
    if (!isNew && entry->second != type)
      return form.error() << "input '" << parameter.name << "' is a tensor of " << kind.name
                          << ", but another input is of " << elementKindOf(entry->second).name
                          << "; both must be of one type";
    return success();
  }

  /// The element type of an output; null where the schema does not determine it.
  Type typeOf(const ParameterSchema &output) const {
    if (Type type = bound.lookup(output.variable))
      return type;
    if (isPowerOf2_32(output.types))
      return findElementKind(Log2_32(output.types))->type(form.loc.getContext());
    return {};
  }

private:
  const NodeForm &form;
  StringMap<Type> bound;
};

/// Output types that an attribute determines, not an input: Cast, ConstantOfShape, the statistics of
/// LayerNormalization, QuantizeLinear and its opposite.
Type typeFromAttribute(const NodeForm &form) {
  MLIRContext *context = form.loc.getContext();
  if (auto value = dyn_cast_or_null<ElementsAttr>(form.attributes.get("value")))
    return value.getElementType();
  std::optional<int64_t> number = form.getInt("to");
  if (!number)
    number = form.getInt("stash_type");
  if (int64_t stated = form.getInt("output_dtype").value_or(0))
    number = stated;
  int64_t byDefault = form.op == "QuantizeLinear" ? ::onnx::TensorProto::UINT8 : ::onnx::TensorProto::FLOAT;
  const ElementKind *kind = findElementKind(number.value_or(byDefault));
  return kind ? kind->type(context) : Type();
}

/// The values of the schema's parameters in order, and how many each takes (the segments).
struct Segments {
  SmallVector<int32_t> sizes;
  unsigned elastic = 0;

  void add(const ParameterSchema &parameter, size_t size) {
    sizes.push_back(int32_t(size));
    elastic += parameter.kind != ParameterKind::Single;
  }
  /// Where more than one parameter may have several sizes, the op states them.
  void addTo(OperationState &state, StringRef name) const {
    if (elastic > 1)
      state.addAttribute(name, DenseI32ArrayAttr::get(state.getContext(), sizes));
  }
};

LogicalResult addOperands(const NodeForm &form, const OperatorSchema &schema, OperationState &state,
                          TypeVariables &variables) {
  Segments segments;
  for (auto [index, parameter] : enumerate(schema.inputs)) {
    size_t end = parameter.kind == ParameterKind::Variadic ? form.inputs.size() : index + 1;
    size_t before = state.operands.size();
    for (size_t i = index; i < end; ++i) {
      Value value = form.input(i);
      if (!value)
        continue;
      if (failed(variables.bind(parameter, value)))
        return failure();
      state.addOperands(value);
    }
    segments.add(parameter, state.operands.size() - before);
  }
  segments.addTo(state, "operandSegmentSizes");
  return success();
}

LogicalResult addResults(const NodeForm &form, const OperatorSchema &schema, OperationState &state,
                         const TypeVariables &variables) {
  Segments segments;
  for (auto [index, parameter] : enumerate(schema.outputs)) {
    size_t count = 1;
    if (parameter.kind == ParameterKind::Variadic)
      count = form.outputs.size() - index;
    else if (parameter.kind == ParameterKind::Optional)
      count = form.hasOutput(index);
    segments.add(parameter, count);
    if (!count)
      continue;
    Type type = variables.typeOf(parameter);
    if (!type)
      type = typeFromAttribute(form);
    if (!type || !(parameter.types >> elementKindOf(type).number & 1))
      return form.error() << "the element type of output '" << parameter.name << "' is not supported, one of "
                          << elementTypeNames(parameter.types) << " was expected";
    // The shape function replaces the rank.
    state.addTypes(SmallVector<Type>(count, RankedTensorType::get({}, type)));
  }
  segments.addTo(state, "resultSegmentSizes");
  return success();
}

} // namespace

LogicalResult OpEmitter::inferTypes(Operation *op) {
  auto model = dyn_cast<SymbolicShapeOpInterface>(op);
  if (!model)
    return op->emitError() << "'" << op->getName() << "' has no shape function";
  if (failed(model.inferSymbolicShapes(shapes)))
    return failure();
  for (Value result : op->getResults())
    result.setType(shapes.refinedType(result));
  return success();
}

/// An op over a few numbers that are known becomes those that it makes: conditions, bounds and sizes are asked for
/// while a graph is imported.
FailureOr<bool> OpEmitter::foldSmall(Operation *op, SmallVectorImpl<Value> &values) {
  constexpr int64_t kMaxElements = 64;
  auto isSmall = [](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return type.hasStaticShape() && type.getNumElements() <= kMaxElements;
  };
  if (op->getNumOperands() == 0 || !all_of(op->getOperands(), isSmall) || !all_of(op->getResults(), isSmall))
    return false;
  SmallVector<ElementsAttr> results = evaluateConstants(op);
  if (results.empty())
    return false;
  for (ElementsAttr result : results) {
    FailureOr<Value> folded = constant(op->getLoc(), result);
    if (failed(folded))
      return failure();
    values.push_back(*folded);
  }
  op->erase();
  return true;
}

LogicalResult OpEmitter::checkInputTypes(const NodeForm &form) {
  TypeVariables variables(form);
  const OperatorSchema &schema = knownForm(form.op);
  for (auto [index, value] : enumerate(form.inputs))
    if (value && failed(variables.bind(schema.inputs[std::min(index, schema.inputs.size() - 1)], value)))
      return failure();
  return success();
}

FailureOr<SmallVector<Value>> OpEmitter::create(const NodeForm &form) {
  const OperatorSchema &schema = knownForm(form.op);
  OperationState state(form.loc, (rheobase::onnx::OnnxDialect::getDialectNamespace() + "." + form.op).str());
  TypeVariables variables(form);
  if (failed(addOperands(form, schema, state, variables)) || failed(addResults(form, schema, state, variables)))
    return failure();
  state.addAttributes(form.attributes.getAttrs());
  Operation *op = builder.create(state);
  if (failed(inferTypes(op)))
    return failure();

  SmallVector<Value> made;
  FailureOr<bool> folded = foldSmall(op, made);
  if (failed(folded))
    return failure();
  if (!*folded)
    made.assign(op->result_begin(), op->result_end());

  // One value per output of the node; null where an optional output is absent.
  SmallVector<Value> values;
  unsigned next = 0;
  for (size_t i = 0; i < form.outputs.size(); ++i) {
    bool absent =
        schema.outputs[std::min(i, schema.outputs.size() - 1)].kind == ParameterKind::Optional && !form.hasOutput(i);
    values.push_back(absent ? Value() : made[next++]);
  }
  return values;
}

FailureOr<Value> OpEmitter::constant(Location loc, ElementsAttr value) {
  auto op = rheobase::onnx::ConstantOp::create(builder, loc, value);
  if (failed(inferTypes(op)))
    return failure();
  return op.getOutput();
}

FailureOr<Value> OpEmitter::integers(Location loc, ArrayRef<int64_t> values) {
  return constant(loc, builder.getI64TensorAttr(values));
}

FailureOr<Value> OpEmitter::scalar(Location loc, Type elementType, double value) {
  auto type = RankedTensorType::get({}, elementType);
  return constant(loc, DenseElementsAttr::get(type, builder.getFloatAttr(elementType, value)));
}

/// A size named after the node that computes it; the letters are those that an expression over symbols can have.
SymExpr OpEmitter::newSymbol(const NodeForm &form) {
  auto function = cast<func::FuncOp>(builder.getBlock()->getParentOp());
  std::string stem = "size_" + form.name;
  for (char &c : stem)
    c = isAlnum(c) ? c : '_';
  std::string name = stem;
  for (unsigned i = 1; is_contained(shapes.symbolNames(), name); ++i)
    name = stem + "_" + std::to_string(i);
  SymExpr symbol = shapes.addSymbol({name, /*min=*/0, /*max=*/0});
  SmallVector<Symbol> declared = readSymbols(function).value_or(SmallVector<Symbol>());
  declared.push_back(shapes.symbols().back());
  writeSymbols(function, declared);
  return symbol;
}

FailureOr<Value> OpEmitter::measure(const NodeForm &form, Value source, ArrayRef<SymExpr> known) {
  auto type = cast<RankedTensorType>(source.getType());
  if (type.getRank() > 1 || !type.hasStaticShape() || !type.getElementType().isInteger(64))
    return form.error() << "sizes are computed as a tensor of type " << type
                        << ", a vector of int64 of a fixed length was expected; fix its length with --dim";
  SmallVector<std::string> texts;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    SymExpr size = i < int64_t(known.size()) ? known[i] : SymExpr();
    texts.push_back(shapes.print(size ? size : newSymbol(form)));
  }
  SmallVector<StringRef> refs(texts.begin(), texts.end());
  auto op = rt::MeasureOp::create(builder, form.loc, type, source, builder.getStrArrayAttr(refs));
  if (failed(inferTypes(op)))
    return failure();
  return op.getResult();
}
