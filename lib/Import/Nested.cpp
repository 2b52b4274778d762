//===- Nested.cpp - functions, and control flow that folds ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program is one list of ops. Functions are written where they are called, the branch of an If whose condition is
// known where the If is, and the body of a Loop or Scan once for each trip, whose number must be known.
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "GraphImporter.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

/// Functions that call each other, and loops in loops, may ask for any number of nodes.
static constexpr unsigned kMaxDepth = 32, kMaxNestedNodes = 1 << 17, kMaxTrips = 1 << 12;

/// Every node of a body or function carries the name of the node around it; a longer one is cut.
static constexpr size_t kMaxPrefix = 1024;

static std::string prefixOf(StringRef name) {
  return (name.take_front(kMaxPrefix) + "/").str();
}

bool rheobase::isNested(const ::onnx::NodeProto &node) {
  return isStandardDomain(node.domain()) &&
         is_contained(ArrayRef<StringRef>{"If", "Loop", "Scan"}, StringRef(node.op_type()));
}

static bool isSameDomain(StringRef a, StringRef b) {
  return a == b || (isStandardDomain(a) && isStandardDomain(b));
}

const ::onnx::FunctionProto *GraphImporter::findFunction(const ::onnx::NodeProto &node) const {
  for (const ::onnx::FunctionProto &function : model.proto.functions())
    if (function.name() == node.op_type() && isSameDomain(function.domain(), node.domain()) &&
        function.overload() == node.overload())
      return &function;
  return nullptr;
}

LogicalResult GraphImporter::addNested(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope) {
  if (scope.depth >= kMaxDepth)
    return form.error() << "is nested deeper than " << kMaxDepth << " functions and bodies; inline them";
  const ::onnx::FunctionProto *function = findFunction(node);
  FailureOr<Values> results = failure();
  if (function)
    results = call(*function, node, form, scope);
  else if (form.op == "If")
    results = importIf(node, form, scope);
  else
    results = form.op == "Loop" ? importLoop(node, form, scope) : importScan(node, form, scope);
  if (failed(results))
    return failure();
  for (auto [i, output] : enumerate(form.outputs)) {
    if (output.empty())
      continue;
    if (i >= results->size() || !(*results)[i])
      return form.error() << "output " << i << " ('" << output << "') has no value, " << results->size()
                          << " outputs were expected at most";
    scope.values[output] = (*results)[i];
  }
  return success();
}

/// The node with the attributes of its function's call in the place of what refers to them.
static ::onnx::NodeProto bound(const ::onnx::NodeProto &node, const Scope &scope) {
  ::onnx::NodeProto result = node;
  for (int i = result.attribute_size(); i-- > 0;) {
    ::onnx::AttributeProto &attribute = *result.mutable_attribute(i);
    if (attribute.ref_attr_name().empty())
      continue;
    auto argument = scope.arguments.find(attribute.ref_attr_name());
    if (argument == scope.arguments.end()) {
      result.mutable_attribute()->DeleteSubrange(i, 1);
      continue;
    }
    std::string name = attribute.name();
    attribute = *argument->second;
    attribute.set_name(name);
  }
  return result;
}

/// All nodes, up to the first error.
LogicalResult GraphImporter::addNodesOf(Scope &scope) {
  for (auto [index, node] : enumerate(scope.nodes)) {
    NodeForm form = formOf(node, index, scope);
    if (++nestedNodes > kMaxNestedNodes)
      return form.error() << "is behind " << kMaxNestedNodes << " nodes of functions and bodies, fewer were expected";
    bool refers = scope.isInFunction &&
                  any_of(node.attribute(), [](const auto &attribute) { return attribute.has_ref_attr_name(); });
    if (failed(refers ? addNode(bound(node, scope), form, scope) : addNode(node, form, scope)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

FailureOr<GraphImporter::Values> GraphImporter::call(const ::onnx::FunctionProto &function,
                                                     const ::onnx::NodeProto &node, const NodeForm &form,
                                                     const Scope &scope) {
  Scope inner(function.node(), scope.opset);
  inner.isInFunction = true;
  inner.prefix = prefixOf(form.name);
  inner.depth = scope.depth + 1;
  for (const ::onnx::OperatorSetIdProto &import : function.opset_import())
    if (isStandardDomain(import.domain()))
      inner.opset = import.version();
  OpsetRange range = opsets();
  if (inner.opset < range.oldest || inner.opset > range.newest)
    return form.error() << "calls a function of opset " << inner.opset << ", " << range.oldest << " to " << range.newest
                        << " is supported";
  if (form.inputs.size() > size_t(function.input_size()))
    return form.error() << "has " << form.inputs.size() << " inputs, at most " << function.input_size()
                        << " were expected";
  for (auto [i, name] : enumerate(function.input())) {
    Value value = form.input(i);
    if (!value)
      inner.absent.insert(name);
    if (failed(define(inner, name, value, [&] { return form.error(); })))
      return failure();
  }
  for (const ::onnx::AttributeProto &attribute : function.attribute_proto())
    inner.arguments[attribute.name()] = &attribute;
  for (const ::onnx::AttributeProto &attribute : node.attribute())
    inner.arguments[attribute.name()] = &attribute;
  if (failed(addNodesOf(inner)))
    return failure();
  Values results;
  for (const std::string &output : function.output()) {
    std::optional<Value> value = inner.find(output);
    if (!value)
      return form.error() << "calls a function that does not define its output '" << output << "'";
    results.push_back(*value);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

std::optional<int64_t> GraphImporter::knownNumber(Value value) const {
  std::optional<SmallVector<int64_t>> content = shapes->constantContentOf(value);
  return content && content->size() == 1 ? std::optional(content->front()) : std::nullopt;
}

static const ::onnx::AttributeProto *findAttribute(const ::onnx::NodeProto &node, StringRef name) {
  for (const ::onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

static FailureOr<const ::onnx::GraphProto *> graphOf(const ::onnx::NodeProto &node, const NodeForm &form,
                                                     StringRef name) {
  const ::onnx::AttributeProto *attribute = findAttribute(node, name);
  if (!attribute || !attribute->has_g())
    return form.error() << "attribute '" << name << "' is missing, a graph was expected";
  return &attribute->g();
}

FailureOr<GraphImporter::Values> GraphImporter::importBody(const ::onnx::GraphProto &body, const NodeForm &form,
                                                           const Scope &scope, ArrayRef<Value> inputs, StringRef name) {
  Scope inner(body.node(), scope.opset, &scope);
  inner.prefix = prefixOf(prefixOf(form.name) + name.str());
  inner.isInFunction = scope.isInFunction;
  inner.arguments = scope.arguments;
  inner.depth = scope.depth + 1;
  if (inputs.size() != size_t(body.input_size()))
    return form.error() << "its body has " << body.input_size() << " inputs, " << inputs.size() << " were expected";
  for (auto [input, value] : zip(body.input(), inputs))
    if (failed(define(inner, input.name(), value, [&] { return form.error(); })))
      return failure();
  if (failed(addInitializers(body, inner)) || failed(addNodesOf(inner)))
    return failure();
  Values results;
  for (const ::onnx::ValueInfoProto &output : body.output()) {
    std::optional<Value> value = inner.find(output.name());
    if (!value || !*value)
      return form.error() << "its body does not define its output '" << output.name() << "'";
    results.push_back(*value);
  }
  return results;
}

FailureOr<GraphImporter::Values> GraphImporter::importIf(const ::onnx::NodeProto &node, const NodeForm &form,
                                                         const Scope &scope) {
  std::optional<int64_t> condition = form.input(0) ? knownNumber(form.input(0)) : std::nullopt;
  if (form.inputs.size() != 1 || !condition)
    return form.error() << "its condition depends on the data, one that is known when compiling was expected; export "
                           "the model with the condition fixed";
  StringRef name = *condition ? "then_branch" : "else_branch";
  FailureOr<const ::onnx::GraphProto *> branch = graphOf(node, form, name);
  if (failed(branch))
    return failure();
  return importBody(**branch, form, scope, {}, name);
}

/// One tensor of the outputs of all trips, along a new dimension.
static Value stacked(Expander &e, ArrayRef<Value> parts, int64_t axis) {
  SmallVector<Value> rows;
  for (Value part : parts)
    rows.push_back(e.unsqueeze(part, axis));
  return rows.size() == 1 ? rows.front() : e.concat(rows, axis);
}

FailureOr<GraphImporter::Values> GraphImporter::importLoop(const ::onnx::NodeProto &node, const NodeForm &form,
                                                           const Scope &scope) {
  FailureOr<const ::onnx::GraphProto *> body = graphOf(node, form, "body");
  if (failed(body))
    return failure();
  if (form.inputs.size() < 2)
    return form.error() << "has " << form.inputs.size() << " inputs, at least 2 were expected";
  auto unknown = [&](StringRef what) {
    return form.error() << what
                        << " depends on the data, one that is known when compiling was expected; export one "
                           "step, with the state as inputs and outputs";
  };
  std::optional<int64_t> trips = form.input(0) ? knownNumber(form.input(0)) : std::nullopt;
  std::optional<int64_t> goesOn = form.input(1) ? knownNumber(form.input(1)) : std::optional<int64_t>(1);
  if ((form.input(0) && !trips) || !goesOn)
    return unknown("its number of trips");
  Expander e(form, *emitter);
  Values state(form.inputs.begin() + 2, form.inputs.end());
  SmallVector<Values> scans;
  int64_t trip = 0;
  for (; *goesOn && (!trips || trip < *trips); ++trip) {
    if (trip == kMaxTrips)
      return form.error() << "makes more than " << kMaxTrips << " trips, fewer were expected";
    Values inputs{e.scalar(trip), e.number(1, IntegerType::get(form.loc.getContext(), 1))};
    inputs.append(state);
    FailureOr<Values> results = importBody(**body, form, scope, inputs, std::to_string(trip));
    if (failed(results) || e.hasFailed())
      return failure();
    if (results->size() < 1 + state.size())
      return form.error() << "its body has " << results->size() << " outputs, at least " << 1 + state.size()
                          << " were expected";
    goesOn = knownNumber(results->front());
    if (!goesOn)
      return unknown("its condition");
    state.assign(results->begin() + 1, results->begin() + 1 + state.size());
    scans.resize(results->size() - 1 - state.size());
    for (auto [i, scan] : enumerate(scans))
      scan.push_back((*results)[1 + state.size() + i]);
  }
  if (trip == 0 && form.outputs.size() > state.size())
    return form.error() << "makes no trip, so that what it collects has no shape; at least one was expected";
  for (ArrayRef<Value> scan : scans)
    state.push_back(stacked(e, scan, 0));
  return e.hasFailed() ? FailureOr<Values>(failure()) : state;
}

/// Element `i` of a list attribute of integers, 0 where it is absent.
static int64_t listElement(const ::onnx::NodeProto &node, StringRef name, size_t i) {
  const ::onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute && i < size_t(attribute->ints_size()) ? attribute->ints(int(i)) : 0;
}

FailureOr<GraphImporter::Values> GraphImporter::importScan(const ::onnx::NodeProto &node, const NodeForm &form,
                                                           const Scope &scope) {
  FailureOr<const ::onnx::GraphProto *> body = graphOf(node, form, "body");
  if (failed(body))
    return failure();
  const ::onnx::AttributeProto *attribute = findAttribute(node, "num_scan_inputs");
  int64_t count = attribute ? attribute->i() : 0;
  if (scope.opset < 9 || count < 1 || count > int64_t(form.inputs.size()) || is_contained(form.inputs, Value()))
    return form.error() << "scans " << count << " of " << form.inputs.size() << " inputs in opset " << scope.opset
                        << ", 1 to all of them in opset 9 or newer was expected";
  Expander e(form, *emitter);
  Values state(form.inputs.begin(), form.inputs.end() - count), scanned(form.inputs.end() - count, form.inputs.end());
  SmallVector<int64_t> axes;
  for (auto [i, input] : enumerate(scanned))
    axes.push_back(e.axis(listElement(node, "scan_input_axes", i), e.rank(input)));
  int64_t trips = e.size(scanned.front(), axes.front());
  for (auto [i, input] : enumerate(scanned))
    if (int64_t size = e.size(input, axes[i]); size != trips && !e.hasFailed())
      return form.error() << "scans inputs of " << trips << " and " << size
                          << " elements, as many of each were expected";
  if (trips < 1 || trips > kMaxTrips)
    return form.error() << "makes " << trips << " trips, 1 to " << kMaxTrips << " were expected";
  SmallVector<Values> collected;
  for (int64_t trip = 0; trip < trips && !e.hasFailed(); ++trip) {
    Values inputs = state;
    for (auto [i, input] : enumerate(scanned)) {
      bool backwards = listElement(node, "scan_input_directions", i) != 0;
      inputs.push_back(e.gather(input, e.scalar(backwards ? trips - 1 - trip : trip), axes[i]));
    }
    if (e.hasFailed())
      break;
    FailureOr<Values> results = importBody(**body, form, scope, inputs, std::to_string(trip));
    if (failed(results))
      return failure();
    if (results->size() < state.size())
      return form.error() << "its body has " << results->size() << " outputs, at least " << state.size()
                          << " were expected";
    state.assign(results->begin(), results->begin() + state.size());
    collected.resize(results->size() - state.size());
    for (auto [i, parts] : enumerate(collected))
      parts.push_back((*results)[state.size() + i]);
  }
  for (auto [i, parts] : enumerate(collected)) {
    if (listElement(node, "scan_output_directions", i) != 0)
      std::reverse(parts.begin(), parts.end());
    int64_t rank = parts.empty() ? 0 : e.rank(parts.front()) + 1;
    state.push_back(stacked(e, parts, e.axis(listElement(node, "scan_output_axes", i), rank)));
  }
  return e.hasFailed() ? FailureOr<Values>(failure()) : state;
}
