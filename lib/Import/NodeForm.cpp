//===- NodeForm.cpp - a node on its way to the dialect's form ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeForm.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

InFlightDiagnostic NodeForm::error() const {
  return emitError(loc) << "node '" << name << "' (" << op << ", opset " << opset << "): ";
}

void NodeForm::setInput(size_t index, Value value) {
  if (inputs.size() <= index)
    inputs.resize(index + 1);
  inputs[index] = value;
}

std::optional<int64_t> NodeForm::getInt(StringRef attribute) const {
  if (auto value = dyn_cast_or_null<IntegerAttr>(attributes.get(attribute)))
    return value.getInt();
  return std::nullopt;
}

std::optional<ArrayRef<int64_t>> NodeForm::getInts(StringRef attribute) const {
  if (auto value = dyn_cast_or_null<DenseI64ArrayAttr>(attributes.get(attribute)))
    return value.asArrayRef();
  return std::nullopt;
}

std::optional<float> NodeForm::getFloat(StringRef attribute) const {
  if (auto value = dyn_cast_or_null<FloatAttr>(attributes.get(attribute)))
    return float(value.getValueAsDouble());
  return std::nullopt;
}
