//===- Onnx.cpp - the onnx dialect --------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace rheobase::onnx;

#include "dialects/onnx/OnnxDialect.cpp.inc"

void OnnxDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/onnx/OnnxOps.cpp.inc"
      >();
}

Operation *OnnxDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) {
  return getValue();
}

#define GET_OP_CLASSES
#include "dialects/onnx/OnnxOps.cpp.inc"

rheobase::Narrowing rheobase::onnx::narrowingOf(CastOp op) {
  StringRef mode = op.getRoundMode();
  PowerRounding rounding = mode == "nearest" ? PowerRounding::Nearest
                           : mode == "down"  ? PowerRounding::Down
                                             : PowerRounding::Up;
  return {op.getSaturate() != 0, rounding};
}
