//===- GraphImporter.cpp - a model's graph as a function ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "Hints.h"
#include "Rules.h"
#include "Versions.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

/// A model with more broken nodes than this is not worth a longer list.
static constexpr unsigned kMaxFailedNodes = 1000;

Location GraphImporter::locationOf(StringRef name) {
  MLIRContext *context = function.getContext();
  return NameLoc::get(StringAttr::get(context, name));
}

LogicalResult GraphImporter::define(StringRef name, Value value, llvm::function_ref<InFlightDiagnostic()> error) {
  if (!values.try_emplace(name, value).second)
    return error() << "defines the value '" << name << "', which is defined before; names must be unique";
  return success();
}

LogicalResult GraphImporter::run(ModuleOp module) {
  if (failed(addFunction(module)))
    return failure();
  LogicalResult initializers = addInitializers();
  LogicalResult nodes = addNodes();
  LogicalResult outputs = addOutputs();
  return success(succeeded(initializers) && succeeded(nodes) && succeeded(outputs));
}

/// The function with its arguments; results follow from the graph.
LogicalResult GraphImporter::addFunction(ModuleOp module) {
  FailureOr<ProgramInputs> inputs = readInputs(graph, options, module.getLoc());
  if (failed(inputs))
    return failure();
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Type> types;
  for (const InputTensor &input : inputs->tensors)
    types.push_back(input.type);
  function = func::FuncOp::create(builder, module.getLoc(), "main", builder.getFunctionType(types, {}));
  writeSymbols(function, inputs->symbols);
  Block *entry = function.addEntryBlock();
  for (size_t index = 0; index < inputs->tensors.size(); ++index) {
    const InputTensor &input = inputs->tensors[index];
    SmallVector<StringRef> dims(input.dims.begin(), input.dims.end());
    function.setArgAttr(index, kNameAttr, builder.getStringAttr(input.name));
    function.setArgAttr(index, kDimsAttr, builder.getStrArrayAttr(dims));
    if (input.name.empty())
      return emitError(module.getLoc()) << "graph input " << index << " has no name";
    auto error = [&] { return emitError(module.getLoc()) << "graph input " << index << " "; };
    if (failed(define(input.name, entry->getArgument(index), error)))
      return failure();
  }
  FailureOr<SymbolicShapes> arguments = SymbolicShapes::forArguments(function);
  if (failed(arguments))
    return failure();
  shapes.emplace(*std::move(arguments));
  emitter.emplace(OpBuilder::atBlockEnd(entry), *shapes);
  return success();
}

LogicalResult GraphImporter::addInitializers() {
  bool failedAny = false;
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    StringRef name = tensor.name();
    Location loc = locationOf(name);
    auto error = [&] { return emitError(loc) << "initializer '" << name << "' "; };
    if (name.empty()) {
      emitError(function.getLoc()) << "an initializer has no name";
      failedAny = true;
      continue;
    }
    Expected<ElementsAttr> value = tensors.read(tensor, name, function.getContext());
    FailureOr<Value> constant = Value();
    if (value)
      constant = emitter->constant(loc, *value);
    else
      error() << "cannot be read: " << toString(value.takeError());
    failedAny |= failed(constant) || !*constant;
    failedAny |= failed(define(name, constant.value_or(Value()), error));
  }
  for (const ::onnx::SparseTensorProto &sparse : graph.sparse_initializer()) {
    failedAny = true;
    emitError(function.getLoc()) << "initializer '" << sparse.values().name()
                                 << "' is sparse, a dense tensor was expected; convert it before export";
    values.try_emplace(sparse.values().name());
  }
  return failure(failedAny);
}

LogicalResult GraphImporter::addNodes() {
  unsigned failures = 0;
  for (auto [index, node] : enumerate(graph.node())) {
    std::string name = node.name().empty() ? formatv("{0}_{1}", node.op_type(), index).str() : node.name();
    NodeForm form(locationOf(name));
    form.name = std::move(name);
    form.op = node.op_type();
    form.opset = opset;
    for (const std::string &output : node.output())
      form.outputs.push_back(output);
    if (observer)
      observer->beginNode();
    // A node that fails leaves its outputs without a value; nodes behind it are checked as far as that goes.
    bool ok = succeeded(addNode(node, form));
    failures += !ok;
    if (observer)
      observer->endNode(form, node.domain(), ok);
    if (failures == kMaxFailedNodes)
      return emitError(function.getLoc()) << "stopped after " << failures << " nodes with errors";
  }
  return success(failures == 0);
}

/// The operator's form in this model, or null after a report.
const OperatorSchema *GraphImporter::findForm(const ::onnx::NodeProto &node, const NodeForm &form) {
  const OperatorSchema *schema = isStandardDomain(node.domain()) ? formAt(form.op, opset) : nullptr;
  if (schema && node.overload().empty())
    return schema;
  InFlightDiagnostic error = form.error();
  if (!isStandardDomain(node.domain()))
    error << "operators of the domain '" << node.domain() << "' are not supported";
  else if (schema)
    error << "the overload '" << node.overload() << "' is not supported, none was expected";
  else if (!formsOf(form.op).empty())
    error << "the operator exists from opset " << formsOf(form.op).front().since << " on";
  else if (isStandardOperator(form.op))
    error << "the operator is not supported";
  else
    error << "there is no such operator";
  std::string hint = nearestForm(node.domain(), form.op);
  if (!hint.empty())
    error.attachNote() << kNearestForm << hint;
  return nullptr;
}

LogicalResult GraphImporter::undefinedInput(const NodeForm &form, StringRef input) {
  if (is_contained(form.outputs, input))
    return form.error() << "input '" << input << "' is the output of the node itself";
  for (auto [index, node] : enumerate(graph.node()))
    if (is_contained(node.output(), input))
      return form.error() << "input '" << input << "' is the output of the later node '"
                          << (node.name().empty() ? formatv("{0}_{1}", node.op_type(), index).str() : node.name())
                          << "'; nodes must be sorted, without cycles";
  return form.error() << "input '" << input << "' is not defined by an input, an initializer or a node";
}

/// `blocked` is set where an input has no value because of an error before.
LogicalResult GraphImporter::resolveInputs(const ::onnx::NodeProto &node, NodeForm &form, bool &blocked) {
  bool failedAny = false;
  for (const std::string &input : node.input()) {
    auto found = values.find(input);
    if (!input.empty() && found == values.end())
      failedAny |= failed(undefinedInput(form, input));
    blocked |= found != values.end() && !found->second;
    form.inputs.push_back(found == values.end() ? Value() : found->second);
  }
  return failure(failedAny);
}

static LogicalResult checkInputCount(const NodeForm &form, const OperatorSchema &schema, const ::onnx::NodeProto &node) {
  using Kind = ParameterSchema::Kind;
  size_t present = node.input_size(), declared = schema.inputs.size();
  bool isVariadic = declared && schema.inputs.back().kind == Kind::Variadic;
  if (present > declared && !isVariadic)
    return form.error() << "has " << present << " inputs, at most " << declared << " were expected";
  for (size_t i = 0; i < std::max(present, declared); ++i) {
    const ParameterSchema &parameter = schema.inputs[std::min(i, declared - 1)];
    bool absent = i >= present || node.input(int(i)).empty();
    if (absent && parameter.kind != Kind::Optional)
      return form.error() << "input " << i << " ('" << parameter.name << "') is missing";
  }
  return success();
}

static LogicalResult checkOutputCount(const NodeForm &form, const OperatorSchema &schema) {
  using Kind = ParameterSchema::Kind;
  size_t required =
      count_if(schema.outputs, [](const ParameterSchema &output) { return output.kind != Kind::Optional; });
  bool isVariadic = !schema.outputs.empty() && schema.outputs.back().kind == Kind::Variadic;
  if (form.outputs.size() < required || (form.outputs.size() > schema.outputs.size() && !isVariadic))
    return form.error() << "has " << form.outputs.size() << " outputs, " << required << " to " << schema.outputs.size()
                        << " were expected";
  return success();
}

LogicalResult GraphImporter::addConstant(const ::onnx::NodeProto &node, const NodeForm &form) {
  if (node.input_size() || node.output_size() != 1)
    return form.error() << "has " << node.input_size() << " inputs and " << node.output_size()
                        << " outputs, no input and one output were expected";
  FailureOr<ElementsAttr> value = readConstant(node, tensors, form);
  if (failed(value))
    return failure();
  FailureOr<Value> constant = emitter->constant(form.loc, *value);
  if (failed(constant))
    return failure();
  values[node.output(0)] = *constant;
  return success();
}

LogicalResult GraphImporter::addNode(const ::onnx::NodeProto &node, NodeForm &form) {
  bool blocked = false;
  LogicalResult inputs = resolveInputs(node, form, blocked);
  for (StringRef output : form.outputs)
    if (!output.empty() && failed(define(output, Value(), [&] { return form.error(); })))
      return failure();
  if (form.op == "Constant" && isStandardDomain(node.domain()))
    return addConstant(node, form);

  const OperatorSchema *schema = findForm(node, form);
  if (!schema)
    return failure();
  form.version = schema->since;
  LogicalResult attributes = readAttributes(node, *schema, tensors, form);
  if (failed(checkInputCount(form, *schema, node)) || failed(checkOutputCount(form, *schema)) || failed(inputs) ||
      failed(attributes))
    return failure();
  if (blocked)
    return success();

  if (failed(bringToDialectForm(form, *emitter)))
    return failure();
  if (form.results.empty()) {
    if (failed(checkAttributeValues(form)))
      return failure();
    FailureOr<SmallVector<Value>> results = emitter->create(form);
    if (failed(results))
      return failure();
    form.results = *std::move(results);
  }
  for (auto [output, value] : zip(form.outputs, form.results))
    if (!output.empty())
      values[output] = value;
  return success();
}

LogicalResult GraphImporter::addOutputs() {
  OpBuilder &builder = emitter->getBuilder();
  bool failedAny = graph.output().empty();
  if (failedAny)
    emitError(function.getLoc()) << "the graph has no outputs";
  SmallVector<Value> results;
  llvm::StringSet<> seen;
  for (const ::onnx::ValueInfoProto &output : graph.output()) {
    auto error = [&] {
      failedAny = true;
      return emitError(function.getLoc()) << "graph output '" << output.name() << "' ";
    };
    auto found = values.find(output.name());
    if (!seen.insert(output.name()).second)
      error() << "appears twice, once was expected";
    else if (found == values.end())
      error() << "is not defined by an input, an initializer or a node";
    else if (!found->second)
      failedAny = true;
    else
      results.push_back(found->second);
  }
  if (failedAny)
    return failure();
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setFunctionType(builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, output] : enumerate(graph.output()))
    function.setResultAttr(index, kNameAttr, builder.getStringAttr(output.name()));
  return success();
}
