//===- Shapes.cpp - symbolic shapes of the spk ops ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Ops whose result has the shape of their first operand.
template <typename OpTy> struct SameShape : SymbolicShapeOpInterface::ExternalModel<SameShape<OpTy>, OpTy> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    SmallVector<SymExpr> dims(shapes.shapeOf(op->getOperand(0)));
    shapes.setShape(op->getResult(0), dims);
    return success();
  }
};

struct RowStepShape : SymbolicShapeOpInterface::ExternalModel<RowStepShape, RowStepOp> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    SmallVector<SymExpr> dims(shapes.shapeOf(op->getOperand(0)));
    for (int64_t axis : cast<RowStepOp>(op).getAxes())
      dims[axis] = shapes.constant(1);
    if (std::optional<int64_t> group = cast<RowStepOp>(op).getGroup())
      dims.back() = shapes.constant(cast<RowStepOp>(op).getInput().getType().getShape().back() / *group);
    for (Value result : op->getResults())
      shapes.setShape(result, dims);
    return success();
  }
};

struct PlanesShape : SymbolicShapeOpInterface::ExternalModel<PlanesShape, PlanesOp> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    SmallVector<SymExpr> dims(shapes.shapeOf(op->getOperand(0)));
    dims.insert(dims.begin(), shapes.constant(cast<PlanesOp>(op).getSpikes().getType().getDimSize(0)));
    shapes.setShape(op->getResult(0), dims);
    return success();
  }
};

/// [.., m, k] times [.., k, n]; of two batch dimensions the one that is not 1 counts. No k is longer than the one that
/// the verifier proves accumulators for.
template <typename OpTy>
struct ContractionShape : SymbolicShapeOpInterface::ExternalModel<ContractionShape<OpTy>, OpTy> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    SmallVector<SymExpr> lhs(shapes.shapeOf(op->getOperand(0))), rhs(shapes.shapeOf(op->getOperand(1)));
    SymExpr m = lhs[lhs.size() - 2], n = rhs.back(), k = lhs.back(), limit = shapes.constant(kOpenContraction);
    if (!SymbolicShapes::asConstant(k) && failed(shapes.requireAtMost(k, limit, op)))
      return op->emitOpError("contracts ") << shapes.print(k) << " elements, at most " << kOpenContraction
                                           << " expected; lower its size with --dim NAME=MIN..MAX";
    lhs.pop_back_n(2);
    rhs.pop_back_n(2);
    size_t rank = std::max(lhs.size(), rhs.size());
    SmallVector<SymExpr> dims(rank, shapes.constant(1));
    for (const SmallVector<SymExpr> &side : {lhs, rhs})
      for (auto [dim, from] : llvm::zip(llvm::reverse(dims), llvm::reverse(side)))
        if (from != shapes.constant(1))
          dim = from;
    dims.push_back(m);
    dims.push_back(n);
    shapes.setShape(op->getResult(0), dims);
    return success();
  }
};

/// Weights are of fixed sizes.
struct LookupShape : SymbolicShapeOpInterface::ExternalModel<LookupShape, LookupOp> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    SmallVector<SymExpr> dims;
    for (int64_t size : cast<LookupOp>(op).getCodes().getType().getShape())
      dims.push_back(shapes.constant(size));
    shapes.setShape(op->getResult(0), dims);
    return success();
  }
};

struct PatchesShape : SymbolicShapeOpInterface::ExternalModel<PatchesShape, PatchesOp> {
  LogicalResult inferSymbolicShapes(Operation *op, SymbolicShapes &shapes) const {
    auto patches = cast<PatchesOp>(op);
    ArrayRef<SymExpr> in = shapes.shapeOf(op->getOperand(0));
    size_t spatial = patches.getKernel().size();
    if (in.size() != spatial + 2)
      return op->emitOpError("has an input of rank ") << in.size() << ", " << spatial + 2 << " expected for its kernel";
    SymExpr windows = shapes.constant(1);
    int64_t taps = 1;
    for (size_t i = 0; i < spatial; ++i) {
      int64_t reach = (patches.getKernel()[i] - 1) * patches.getDilations()[i] + 1;
      SymExpr room = in[1 + i] + (patches.getPads()[i] + patches.getPads()[spatial + i] - reach);
      windows = windows * (room.floorDiv(patches.getStrides()[i]) + 1);
      taps *= patches.getKernel()[i];
    }
    SymExpr group = shapes.constant(patches.getGroup());
    SmallVector<SymExpr> dims{in[0], group, windows, in.back().floorDiv(patches.getGroup()) * taps};
    shapes.setShape(op->getResult(0), dims);
    return success();
  }
};

} // namespace

void rheobase::spk::registerShapeModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SpkDialect *) {
    ObserveOp::attachInterface<SameShape<ObserveOp>>(*context);
    EncodeOp::attachInterface<SameShape<EncodeOp>>(*context);
    DecodeOp::attachInterface<SameShape<DecodeOp>>(*context);
    CodesOp::attachInterface<SameShape<CodesOp>>(*context);
    FromCodesOp::attachInterface<SameShape<FromCodesOp>>(*context);
    LookupOp::attachInterface<LookupShape>(*context);
    UnpackOp::attachInterface<SameShape<UnpackOp>>(*context);
    MbeOp::attachInterface<SameShape<MbeOp>>(*context);
    PlanesOp::attachInterface<PlanesShape>(*context);
    RowStepOp::attachInterface<RowStepShape>(*context);
    PatchesOp::attachInterface<PatchesShape>(*context);
    MatmulOp::attachInterface<ContractionShape<MatmulOp>>(*context);
    SynapseOp::attachInterface<ContractionShape<SynapseOp>>(*context);
    ScaledMatmulOp::attachInterface<ContractionShape<ScaledMatmulOp>>(*context);
    ScaledSynapseOp::attachInterface<ContractionShape<ScaledSynapseOp>>(*context);
    ProductOp::attachInterface<ContractionShape<ProductOp>>(*context);
  });
}
