//===- GraphImporter.cpp - a model's graph as a function ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "Expander.h"
#include "Hints.h"
#include "Rules.h"
#include "Versions.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

/// A model with more broken nodes or tensors than this is not worth a longer list.
static constexpr unsigned kMaxFailures = 1000;

static std::string nodeNameAt(const ::onnx::NodeProto &node, size_t index) {
  return node.name().empty() ? formatv("{0}_{1}", node.op_type(), index).str() : node.name();
}

Location GraphImporter::locationOf(StringRef name) {
  MLIRContext *context = function.getContext();
  return NameLoc::get(StringAttr::get(context, name));
}

std::optional<Value> Scope::find(StringRef name) const {
  auto found = values.find(name);
  if (found != values.end())
    return found->second;
  return outer ? outer->find(name) : std::nullopt;
}

LogicalResult GraphImporter::define(Scope &scope, StringRef name, Value value,
                                    llvm::function_ref<InFlightDiagnostic()> error) {
  if (!scope.values.try_emplace(name, value).second)
    return error() << "defines the value '" << name << "', which is defined before; names must be unique";
  return success();
}

LogicalResult GraphImporter::run(ModuleOp module) {
  LogicalResult inputs = addFunction(module);
  LogicalResult initializers = addInitializers(graph, main);
  LogicalResult nodes = addNodes();
  LogicalResult outputs = addOutputs();
  return success(succeeded(inputs) && succeeded(initializers) && succeeded(nodes) && succeeded(outputs));
}

/// The function with its arguments; results follow from the graph.
LogicalResult GraphImporter::addFunction(ModuleOp module) {
  FailureOr<ProgramInputs> read = readInputs(graph, options, module.getLoc());
  ProgramInputs inputs = read.value_or(ProgramInputs());
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Type> types;
  for (const InputTensor &input : inputs.tensors)
    types.push_back(input.type);
  function = func::FuncOp::create(builder, module.getLoc(), "main", builder.getFunctionType(types, {}));
  writeSymbols(function, inputs.symbols);
  Block *entry = function.addEntryBlock();
  for (size_t i = 0; i < inputs.tensors.size(); ++i) {
    SmallVector<StringRef> dims(inputs.tensors[i].dims.begin(), inputs.tensors[i].dims.end());
    function.setArgAttr(i, kNameAttr, builder.getStringAttr(inputs.tensors[i].name));
    function.setArgAttr(i, kDimsAttr, builder.getStrArrayAttr(dims));
  }
  FailureOr<SymbolicShapes> arguments = SymbolicShapes::forArguments(function);
  bool ok = succeeded(read) && succeeded(arguments);
  shapes.emplace(succeeded(arguments) ? *arguments : SymbolicShapes(module.getContext(), {}));
  emitter.emplace(OpBuilder::atBlockEnd(entry), *shapes);

  // After an error no input has a value: nodes are then checked without.
  LogicalResult names = success();
  for (size_t i = 0; ok && succeeded(names) && i < inputs.tensors.size(); ++i) {
    auto error = [&] { return emitError(module.getLoc()) << "graph input " << i << " "; };
    StringRef name = inputs.tensors[i].name;
    entry->getArgument(i).setLoc(locationOf(name));
    names = name.empty() ? LogicalResult(error() << "has no name") : define(main, name, entry->getArgument(i), error);
  }
  for (const ::onnx::ValueInfoProto &input : graph.input())
    if (!ok)
      main.values.try_emplace(input.name());
  return success(ok && succeeded(names));
}

LogicalResult GraphImporter::addInitializer(const ::onnx::TensorProto &tensor, Scope &scope) {
  StringRef name = tensor.name();
  Location loc = locationOf(name);
  auto error = [&] { return emitError(loc) << "initializer '" << name << "' "; };
  if (name.empty())
    return emitError(function.getLoc()) << "an initializer has no name";
  FailureOr<Value> constant = Value();
  Expected<ElementsAttr> value = tensors.read(tensor, name, function.getContext());
  if (value)
    constant = emitter->constant(loc, *value);
  else
    constant = error() << "cannot be read: " << toString(value.takeError());
  LogicalResult defined = define(scope, name, constant.value_or(Value()), error);
  return success(succeeded(constant) && succeeded(defined));
}

LogicalResult GraphImporter::addInitializers(const ::onnx::GraphProto &graph, Scope &scope) {
  unsigned failures = 0;
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    failures += failed(addInitializer(tensor, scope));
    if (failures == kMaxFailures)
      return emitError(function.getLoc()) << "stopped after " << failures << " initializers with errors";
  }
  for (const ::onnx::SparseTensorProto &sparse : graph.sparse_initializer()) {
    scope.values.try_emplace(sparse.values().name());
    if (++failures < kMaxFailures)
      emitError(function.getLoc()) << "initializer '" << sparse.values().name()
                                   << "' is sparse, a dense tensor was expected; convert it before export";
  }
  return success(failures == 0);
}

NodeForm GraphImporter::formOf(const ::onnx::NodeProto &node, size_t index, const Scope &scope) {
  std::string name = scope.prefix + nodeNameAt(node, index);
  NodeForm form(locationOf(name));
  form.name = std::move(name);
  form.op = node.op_type();
  form.opset = scope.opset;
  for (const std::string &output : node.output())
    form.outputs.push_back(output);
  return form;
}

LogicalResult GraphImporter::addNodes() {
  unsigned failures = 0;
  for (auto [index, node] : enumerate(graph.node())) {
    NodeForm form = formOf(node, index, main);
    if (observer)
      observer->beginNode();
    // A node that fails leaves its outputs without a value; nodes behind it are checked as far as that goes.
    bool ok = succeeded(addNode(node, form, main));
    failures += !ok;
    if (observer)
      observer->endNode(form, node.domain(), ok);
    if (failures == kMaxFailures)
      return emitError(function.getLoc()) << "stopped after " << failures << " nodes with errors";
  }
  return success(failures == 0);
}

/// The operator's form in this model, or null after a report.
const OperatorSchema *GraphImporter::findForm(const ::onnx::NodeProto &node, const NodeForm &form) {
  const OperatorSchema *schema = isStandardDomain(node.domain()) ? formAt(form.op, form.opset) : nullptr;
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

LogicalResult GraphImporter::undefinedInput(const NodeForm &form, StringRef input, Scope &scope) {
  if (is_contained(form.outputs, input))
    return form.error() << "input '" << input << "' is the output of the node itself";
  if (scope.producers.empty())
    for (auto [index, node] : enumerate(scope.nodes))
      for (const std::string &output : node.output())
        scope.producers.try_emplace(output, index);
  auto found = scope.producers.find(input);
  if (found == scope.producers.end())
    return form.error() << "input '" << input << "' is not defined by an input, an initializer or a node";
  return form.error() << "input '" << input << "' is the output of the later node '"
                      << nodeNameAt(scope.nodes.Get(int(found->second)), found->second)
                      << "'; nodes must be sorted, without cycles";
}

/// `blocked` is set where an input has no value because of an error before.
LogicalResult GraphImporter::resolveInputs(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope, bool &blocked) {
  for (const std::string &input : node.input()) {
    std::optional<Value> found = input.empty() ? Value() : scope.find(input);
    if (!found)
      return undefinedInput(form, input, scope);
    blocked |= !input.empty() && !*found && !scope.isAbsent(input);
    form.inputs.push_back(*found);
  }
  return success();
}

static LogicalResult checkInputCount(const NodeForm &form, const OperatorSchema &schema,
                                     const ::onnx::NodeProto &node) {
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

LogicalResult GraphImporter::addConstant(const ::onnx::NodeProto &node, const NodeForm &form, Scope &scope) {
  if (node.input_size() || node.output_size() != 1)
    return form.error() << "has " << node.input_size() << " inputs and " << node.output_size()
                        << " outputs, no input and one output were expected";
  FailureOr<ElementsAttr> value = readConstant(node, tensors, form);
  if (failed(value))
    return failure();
  FailureOr<Value> constant = emitter->constant(form.loc, *value);
  if (failed(constant))
    return failure();
  scope.values[node.output(0)] = *constant;
  return success();
}

/// The values of a node's outputs: of one op, or of those that its operator is written in.
static FailureOr<SmallVector<Value>> makeOps(const NodeForm &form, OpEmitter &emitter) {
  Expansion expand = findExpansion(form, emitter.getShapes());
  if (!expand)
    return emitter.create(form);
  if (failed(OpEmitter::checkInputTypes(form)))
    return failure();
  Expander expander(form, emitter);
  expand(expander);
  if (expander.hasFailed())
    return failure();
  SmallVector<Value> results = expander.results();
  for (size_t i = 0; i < form.outputs.size(); ++i)
    if (form.hasOutput(i) && (i >= results.size() || !results[i]))
      return form.error() << "output " << i << " ('" << form.outputs[i] << "') is not supported";
  return results;
}

LogicalResult GraphImporter::addNode(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope) {
  bool blocked = false;
  LogicalResult inputs = resolveInputs(node, form, scope, blocked);
  for (StringRef output : form.outputs)
    if (!output.empty() && failed(define(scope, output, Value(), [&] { return form.error(); })))
      return failure();
  if (form.op == "Constant" && isStandardDomain(node.domain()))
    return addConstant(node, form, scope);
  if (isNested(node) || findFunction(node)) {
    if (failed(inputs) || blocked)
      return inputs;
    return addNested(node, form, scope);
  }

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
    FailureOr<SmallVector<Value>> results = makeOps(form, *emitter);
    if (failed(results))
      return failure();
    form.results = *std::move(results);
  }
  for (auto [output, value] : zip(form.outputs, form.results))
    if (!output.empty())
      scope.values[output] = value;
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
    auto found = main.values.find(output.name());
    if (!seen.insert(output.name()).second)
      error() << "appears twice, once was expected";
    else if (found == main.values.end())
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
