//===- Views.cpp - Reshape and its kin, Transpose ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// Operators whose result is the first operand under other dimensions: the shape functions say which.
static LogicalResult lowerView(Operation *op, LoweringContext &ctx) {
  SymTensor input = ctx.operand(op->getOperand(0));
  ctx.replace(op->getResult(0), reshape(ctx, input, ctx.dimsOf(op->getResult(0))));
  return success();
}

static LogicalResult lowerTranspose(TransposeOp op, LoweringContext &ctx) {
  SymTensor input = ctx.operand(op.getData());
  auto reversed = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, input.rank())));
  auto permutation = op.getPerm() ? SmallVector<int64_t>(*op.getPerm()) : reversed;
  bool moves = !llvm::equal(permutation, llvm::seq<int64_t>(0, input.rank()));
  ctx.replace(op.getTransposed(), moves ? transpose(ctx, input, permutation) : input);
  return success();
}

static LogicalResult lowerDropout(DropoutOp op, LoweringContext &ctx) {
  if (Value training = op.getTrainingMode()) {
    std::optional<SmallVector<int64_t>> mode = ctx.shapes.constantContentOf(training);
    if (!mode || *mode != SmallVector<int64_t>{0})
      return ctx.unsupported(op, "a training_mode that may be true", "inference", "export the model in eval mode");
  }
  SymTensor input = ctx.operand(op.getData());
  ctx.replace(op.getOutput(), input);
  if (op.getMask())
    ctx.replace(op.getMask(), filled(ctx, input.dims, numberAttr(ctx.builder.getI1Type(), 1)));
  return success();
}

/// Constants stay; what reads them sees signless elements, or codes.
static LogicalResult lowerConstant(ConstantOp op, LoweringContext &ctx) {
  RankedTensorType type = op.getOutput().getType();
  ctx.builder.setInsertionPointAfter(op);
  if (isNarrow(type.getElementType())) {
    ElementsAttr codes = codesOf(op.getValue());
    if (!codes)
      return ctx.unsupported(op, "elements that are missing", "as many as its type says", "import the model again");
    ctx.replace(op.getOutput(), ConstantOp::create(ctx.builder, codes).getOutput());
    return success();
  }
  ctx.replace(op.getOutput(), withType(ctx.builder, op.getOutput(), type.clone(storedType(type.getElementType()))));
  return success();
}

void lower::addViewLowerings(LoweringInterface &table) {
  for (StringRef name : {ReshapeOp::getOperationName(), FlattenOp::getOperationName(), SqueezeOp::getOperationName(),
                         UnsqueezeOp::getOperationName(), IdentityOp::getOperationName()})
    table.add(name, lowerView);
  table.add<TransposeOp>(lowerTranspose);
  table.add<DropoutOp>(lowerDropout);
  table.add<ConstantOp>(lowerConstant);
}
