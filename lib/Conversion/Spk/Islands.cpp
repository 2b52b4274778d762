//===- Islands.cpp - what is left on numbers --------------------------------- ===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Islands.h"

#include "Sites.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Sums, scales, maxima, means and moves: what decoded values are for.
bool isPlain(Operation *op) {
  return isa<onnx::AbsOp, onnx::AddOp, onnx::AveragePoolOp, onnx::BatchNormalizationOp, onnx::CastOp, onnx::CeilOp,
             onnx::ClipOp, onnx::ConcatOp, onnx::ConstantOp, onnx::ConstantOfShapeOp, onnx::DropoutOp, onnx::ExpandOp,
             onnx::FlattenOp, onnx::FloorOp, onnx::GatherOp, onnx::GatherElementsOp, onnx::GatherNDOp,
             onnx::GlobalAveragePoolOp, onnx::GlobalMaxPoolOp, onnx::IdentityOp, onnx::LeakyReluOp, onnx::MaxOp,
             onnx::MaxPoolOp, onnx::MinOp, onnx::MulOp, onnx::NegOp, onnx::PReluOp, onnx::PadOp, onnx::RangeOp,
             onnx::ReduceMaxOp, onnx::ReduceMeanOp, onnx::ReduceMinOp, onnx::ReduceSumOp, onnx::ReluOp, onnx::ReshapeOp,
             onnx::RoundOp, onnx::ScatterNDOp, onnx::SignOp, onnx::SliceOp, onnx::SplitOp, onnx::SqueezeOp, onnx::SubOp,
             onnx::TileOp, onnx::TransposeOp, onnx::TriluOp, onnx::UnsqueezeOp, onnx::WhereOp>(op);
}

/// Why an operator is left on numbers; empty where that is right.
std::string whyFloat(Operation *op) {
  if (isPlain(op))
    return "";
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  std::string wide;
  llvm::raw_string_ostream(wide) << "its elements are " << element
                                 << ", and neurons and codes are made for f32; export the model in float32";
  if (auto conv = dyn_cast<onnx::ConvOp>(op))
    return isConstant(conv.getW()) ? "its spatial sizes are open; fix them with --dim NAME=VALUE"
                                   : "its weights are computed, constant weights expected; export them as constants";
  if (isa<onnx::MatMulOp>(op)) {
    bool coded = llvm::all_of(op->getOperands(), [](Value v) { return isConstant(v) || v.getDefiningOp<DecodeOp>(); });
    if (coded)
      return "";
    return element.isF32()
               ? "it has an operand that is not encoded, as vectors are not; give it matrices, of one row where need be"
               : wide;
  }
  if (auto softmax = dyn_cast<onnx::SoftmaxOp>(op))
    return element.isF32() && !isOverLastAxis(softmax) ? "it is not over the last axis; transpose before it" : wide;
  if (auto norm = dyn_cast<onnx::LayerNormalizationOp>(op))
    return element.isF32()
               ? "it is not over the last axis alone, or its mean or deviation is read; normalise the last axis"
               : wide;
  if (isa<onnx::GeluOp, onnx::TanhOp, onnx::SigmoidOp, onnx::ExpOp, onnx::ReciprocalOp, onnx::SqrtOp>(op))
    return wide;
  if (isa<onnx::DivOp>(op))
    return isConstant(op->getOperand(1)) || element.isF32() ? "" : wide;
  return "no neuron stands for it; express it by operators that have one (docs/neurons.md)";
}

} // namespace

std::vector<FloatIsland> rheobase::spk::floatIslands(func::FuncOp func) {
  PositionValues positions;
  std::vector<FloatIsland> islands;
  func.walk([&](Operation *op) {
    if (!isa_and_present<onnx::OnnxDialect>(op->getDialect()) || op->getNumResults() == 0 ||
        positions.contains(op->getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
      return;
    if (std::string why = whyFloat(op); !why.empty())
      islands.push_back({op, std::move(why)});
  });
  return islands;
}
