//===- VersionsInputs.cpp - attributes that became inputs --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Versions.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Moves a list of integers from an attribute to the input `index`; an absent attribute leaves the input absent.
LogicalResult moveInts(NodeForm &form, OpEmitter &emitter, StringRef attribute, size_t index) {
  std::optional<ArrayRef<int64_t>> values = form.getInts(attribute);
  if (!values)
    return success();
  FailureOr<Value> input = emitter.integers(form.loc, *values);
  if (failed(input))
    return failure();
  form.setInput(index, *input);
  form.attributes.erase(attribute);
  return success();
}

/// Moves a float to a rank-0 input of the element type of the first input.
LogicalResult moveScalar(NodeForm &form, OpEmitter &emitter, StringRef attribute, size_t index) {
  std::optional<float> value = form.getFloat(attribute);
  if (!value)
    return success();
  auto type = dyn_cast<FloatType>(cast<RankedTensorType>(form.inputs[0].getType()).getElementType());
  if (!type)
    return form.error() << "attribute '" << attribute << "' is a float, but the input is not of a float type";
  FailureOr<Value> input = emitter.scalar(form.loc, type, *value);
  if (failed(input))
    return failure();
  form.setInput(index, *input);
  form.attributes.erase(attribute);
  return success();
}

LogicalResult axesToInput(NodeForm &form, OpEmitter &emitter) {
  return moveInts(form, emitter, "axes", 1);
}

LogicalResult splitToInput(NodeForm &form, OpEmitter &emitter) {
  return moveInts(form, emitter, "split", 1);
}

LogicalResult sliceToInputs(NodeForm &form, OpEmitter &emitter) {
  return success(succeeded(moveInts(form, emitter, "starts", 1)) && succeeded(moveInts(form, emitter, "ends", 2)) &&
                 succeeded(moveInts(form, emitter, "axes", 3)));
}

LogicalResult clipToInputs(NodeForm &form, OpEmitter &emitter) {
  return success(succeeded(moveScalar(form, emitter, "min", 1)) && succeeded(moveScalar(form, emitter, "max", 2)));
}

LogicalResult padToInputs(NodeForm &form, OpEmitter &emitter) {
  return success(succeeded(moveInts(form, emitter, "pads", 1)) && succeeded(moveScalar(form, emitter, "value", 2)));
}

/// Without sizes, the outputs share the axis equally; opset 18 wants their number stated.
LogicalResult stateSplitCount(NodeForm &form, OpEmitter &emitter) {
  Builder builder(form.loc.getContext());
  if (!form.input(1))
    form.attributes.set("num_outputs", builder.getI64IntegerAttr(int64_t(form.outputs.size())));
  return success();
}

constexpr VersionStep kSteps[] = {
    {"Clip", 11, clipToInputs},      {"Pad", 11, padToInputs},
    {"Slice", 10, sliceToInputs},    {"Split", 13, splitToInput},
    {"Split", 18, stateSplitCount},  {"Squeeze", 13, axesToInput},
    {"Unsqueeze", 13, axesToInput},  {"ReduceSum", 13, axesToInput},
    {"ReduceMean", 18, axesToInput}, {"ReduceMax", 18, axesToInput},
    {"ReduceMin", 18, axesToInput},  {"ReduceProd", 18, axesToInput},
    {"ReduceL2", 18, axesToInput},   {"ReduceSumSquare", 18, axesToInput},
};

} // namespace

ArrayRef<VersionStep> rheobase::inputSteps() {
  return kSteps;
}
