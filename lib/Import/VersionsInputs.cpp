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

/// Moves a list of floats to an input, a vector of float32.
LogicalResult moveFloats(NodeForm &form, OpEmitter &emitter, StringRef attribute, size_t index) {
  auto values = dyn_cast_or_null<DenseF32ArrayAttr>(form.attributes.get(attribute));
  if (!values)
    return success();
  Builder builder(form.loc.getContext());
  auto type = RankedTensorType::get(int64_t(values.size()), builder.getF32Type());
  FailureOr<Value> input = emitter.constant(form.loc, DenseElementsAttr::get(type, values.asArrayRef()));
  if (failed(input))
    return failure();
  form.setInput(index, *input);
  form.attributes.erase(attribute);
  return success();
}

/// Moves one integer to an input, a vector of one element or, `scalar`, a number without dimensions.
LogicalResult moveInt(NodeForm &form, OpEmitter &emitter, StringRef attribute, size_t index, bool scalar,
                      std::optional<int64_t> otherwise = std::nullopt) {
  std::optional<int64_t> value = form.getInt(attribute);
  if (!value)
    value = otherwise;
  if (!value)
    return success();
  Builder builder(form.loc.getContext());
  SmallVector<int64_t, 1> shape;
  if (!scalar)
    shape.push_back(1);
  auto type = RankedTensorType::get(shape, builder.getI64Type());
  FailureOr<Value> input = emitter.constant(form.loc, DenseElementsAttr::get(type, *value));
  if (failed(input))
    return failure();
  form.setInput(index, *input);
  form.attributes.erase(attribute);
  return success();
}

LogicalResult countToInput(NodeForm &form, OpEmitter &emitter) {
  return moveInt(form, emitter, "k", 1, /*scalar=*/false);
}

/// The axis used to be 1 unless said otherwise.
LogicalResult axisToInput(NodeForm &form, OpEmitter &emitter) {
  return moveInt(form, emitter, "axis", 2, /*scalar=*/true, /*otherwise=*/1);
}

LogicalResult scalesToInput(NodeForm &form, OpEmitter &emitter) {
  return moveFloats(form, emitter, "scales", 1);
}

/// Opset 11 put the region before the scales, and made a choice of how places are computed, which was this one.
LogicalResult stateResizing(NodeForm &form, OpEmitter &emitter) {
  Builder builder(form.loc.getContext());
  form.setInput(2, form.input(1));
  form.setInput(1, Value());
  form.attributes.set("coordinate_transformation_mode", builder.getStringAttr("asymmetric"));
  form.attributes.set("nearest_mode", builder.getStringAttr("floor"));
  return success();
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
    {"ReduceL1", 18, axesToInput},   {"ReduceLogSum", 18, axesToInput},
    {"TopK", 10, countToInput},      {"ReduceLogSumExp", 18, axesToInput},
    {"DFT", 20, axisToInput},        {"Upsample", 9, scalesToInput},
    {"Resize", 11, stateResizing},
};

} // namespace

ArrayRef<VersionStep> rheobase::inputSteps() {
  return kSteps;
}
