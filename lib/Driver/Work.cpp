//===- Work.cpp - what the nodes of a network have to compute ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Work.h"

#include "Samples.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"

using namespace mlir;
using namespace rheobase;

namespace {

/// Operators that compute nothing: they move, or they are there already.
bool onlyMoves(Operation *op) {
  return isa<onnx::CastOp, onnx::ConcatOp, onnx::ConstantOp, onnx::ConstantOfShapeOp, onnx::DropoutOp, onnx::ExpandOp,
             onnx::FlattenOp, onnx::GatherOp, onnx::GatherElementsOp, onnx::GatherNDOp, onnx::IdentityOp, onnx::PadOp,
             onnx::RangeOp, onnx::ReshapeOp, onnx::ScatterNDOp, onnx::ShapeOp, onnx::SliceOp, onnx::SplitOp,
             onnx::SqueezeOp, onnx::TileOp, onnx::TransposeOp, onnx::TriluOp, onnx::UnsqueezeOp, onnx::WhereOp>(op);
}

bool isReduction(Operation *op) {
  return isa<onnx::ReduceMaxOp, onnx::ReduceMeanOp, onnx::ReduceMinOp, onnx::ReduceSumOp, onnx::AveragePoolOp,
             onnx::GlobalAveragePoolOp, onnx::GlobalMaxPoolOp, onnx::MaxPoolOp>(op);
}

bool isOfFloats(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

} // namespace

InputShapes rheobase::sampleShapes(const std::string &path) {
  std::vector<std::string> files;
  SampleSet samples;
  InputShapes shapes;
  if (path.empty() || !sampleFiles(path, files).empty() || !samples.load(files.front()).empty())
    return shapes;
  for (const auto &[name, array] : samples.all()) {
    shapes[name] = array.dims;
    shapes[name].front() = 1;
  }
  return shapes;
}

FailureOr<WorkCounter> WorkCounter::of(func::FuncOp func, const InputShapes &inputs) {
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
  if (failed(shapes))
    return failure();
  WorkCounter counter(*std::move(shapes));
  for (const Symbol &symbol : counter.shapes.symbols())
    counter.values.push_back(std::clamp(kAssumedSize, symbol.min, symbol.max ? symbol.max : kAssumedSize));
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto name = func.getArgAttrOfType<StringAttr>(i, kNameAttr);
    auto given = name ? inputs.find(name.str()) : inputs.end();
    ArrayRef<SymExpr> dims = counter.shapes.shapeOf(func.getArgument(i));
    if (given == inputs.end() || given->second.size() != dims.size())
      continue;
    for (auto [dim, size] : llvm::zip(dims, given->second))
      if (auto symbol = sym::asSymbol(dim))
        counter.values[*symbol] = size;
    // A batch that the model fixes holds several samples.
    if (auto fixed = dims.empty() ? std::nullopt : sym::asConstant(dims.front()))
      counter.batch = std::max(counter.batch, static_cast<double>(*fixed));
  }
  return counter;
}

double WorkCounter::size(SymExpr e) const {
  return static_cast<double>(sym::evaluate(e, values).value_or(1));
}

double WorkCounter::elements(Value value) const {
  double product = 1 / batch;
  for (SymExpr dim : shapes.shapeOf(value))
    product *= size(dim);
  return product;
}

double WorkCounter::macs(Value lhs, Value result) const {
  ArrayRef<SymExpr> dims = shapes.shapeOf(lhs);
  return elements(result) * (dims.empty() ? 1 : size(dims.back()));
}

double WorkCounter::operations(Operation *op) const {
  if (isa<onnx::MatMulOp, spk::MatmulOp, spk::SynapseOp, spk::ProductOp, spk::ScaledMatmulOp, spk::ScaledSynapseOp>(op))
    return macs(op->getOperand(0), op->getResult(0));
  if (auto conv = dyn_cast<onnx::ConvOp>(op)) {
    double results = elements(conv.getY()), taps = batch * elements(conv.getW());
    return results * taps / size(shapes.shapeOf(conv.getW()).front());
  }
  if (isa<spk::MbeOp>(op))
    return elements(op->getResult(0));
  bool counts = isa_and_present<onnx::OnnxDialect>(op->getDialect()) && op->getNumResults() > 0 && !onlyMoves(op) &&
                isOfFloats(op->getResult(0));
  if (!counts)
    return 0;
  return elements(isReduction(op) ? op->getOperand(0) : op->getResult(0));
}

double WorkCounter::total(func::FuncOp func) const {
  double sum = 0;
  func.walk([&](Operation *op) {
    if (op != func)
      sum += operations(op);
  });
  return sum;
}
