//===- VersionsSemantics.cpp - changes of meaning ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "Versions.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Until opset 12, Softmax, LogSoftmax and Hardmax saw a matrix: the axes before `axis` by those from it on. Only for
/// the last axis is that the newer meaning.
LogicalResult softmaxOverMatrix(NodeForm &form, OpEmitter &emitter) {
  Builder builder(form.loc.getContext());
  int64_t rank = cast<RankedTensorType>(form.inputs[0].getType()).getRank();
  int64_t axis = form.getInt("axis").value_or(1);
  if (axis < -rank || axis > rank)
    return form.error() << "attribute 'axis' is " << axis << ", " << -rank << " to " << rank
                        << " was expected for a tensor of rank " << rank;
  NamedAttribute lastAxis = builder.getNamedAttr("axis", builder.getI64IntegerAttr(-1));
  if (rank > 0 && (axis == rank - 1 || axis == -1)) {
    form.attributes.set(lastAxis.getName(), lastAxis.getValue());
    return success();
  }
  Expander e(form, emitter);
  Value shape = e.shapeOf(form.inputs[0]), matrix = e.op("Flatten", form.inputs[0], e.attr("axis", axis));
  Value restored = e.reshapeTo(e.op(form.op, matrix, lastAxis), shape);
  if (e.hasFailed())
    return failure();
  form.results.push_back(restored);
  return success();
}

LogicalResult dropSpatial(NodeForm &form, OpEmitter &emitter) {
  if (form.getInt("spatial").value_or(1) != 1)
    return form.error() << "attribute 'spatial' is " << *form.getInt("spatial")
                        << ", 1 was expected: statistics per element were removed from the standard";
  form.attributes.erase("spatial");
  return success();
}

/// The further outputs of the older forms are for training; the newer form has others in their place.
LogicalResult dropTrainingOutputs(NodeForm &form, OpEmitter &emitter) {
  for (size_t i = 1; i < form.outputs.size(); ++i)
    if (form.hasOutput(i))
      return form.error() << "output " << i << " ('" << form.outputs[i]
                          << "') exists only in training, one output was expected; export the model for inference";
  form.outputs.truncate(1);
  return success();
}

/// In inference the ratio is without effect. The mask had the type of the data before opset 10.
LogicalResult dropRatio(NodeForm &form, OpEmitter &emitter) {
  if (form.version < 10 && form.hasOutput(1))
    return form.error() << "output 1 ('" << form.outputs[1]
                        << "') is a mask of numbers, which opset 10 replaced by bools; export with opset 10 or newer";
  form.attributes.erase("ratio");
  return success();
}

constexpr VersionStep kSteps[] = {
    {"Softmax", 13, softmaxOverMatrix},
    {"LogSoftmax", 13, softmaxOverMatrix},
    {"Hardmax", 13, softmaxOverMatrix},
    {"BatchNormalization", 9, dropSpatial},
    {"BatchNormalization", 14, dropTrainingOutputs},
    {"Dropout", 12, dropRatio},
};

} // namespace

ArrayRef<VersionStep> rheobase::semanticSteps() {
  return kSteps;
}
