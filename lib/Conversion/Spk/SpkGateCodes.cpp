//===- SpkGateCodes.cpp - spk-gate-codes --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKGATECODES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkGateCodes : rheobase::spk::impl::SpkGateCodesBase<SpkGateCodes> {
  using SpkGateCodesBase::SpkGateCodesBase;

  void runOnOperation() override {
    if (rows < 1) {
      getOperation().emitError() << "rows is " << int64_t(rows) << ", 1 or more expected";
      return signalPassFailure();
    }
    llvm::MapVector<Operation *, int64_t> encodes;
    SmallVector<DecodeOp> decodes;
    getOperation().walk([&](EncodeOp op) { encodes.try_emplace(op, static_cast<int64_t>(encodes.size())); });
    getOperation().walk([&](DecodeOp op) { decodes.push_back(op); });
    Value gates = gatesArgument(static_cast<int64_t>(encodes.size()));
    for (DecodeOp decode : decodes)
      if (auto source = encodeBehind(decode.getTrain()))
        gate(decode, source, encodes[source], gates);
  }

private:
  static EncodeOp encodeBehind(Value train) {
    if (auto patches = train.getDefiningOp<PatchesOp>())
      train = patches.getInput();
    return train.getDefiningOp<EncodeOp>();
  }

  /// The new argument, as [1, codes].
  Value gatesArgument(int64_t codes) {
    func::FuncOp func = getOperation();
    OpBuilder b = OpBuilder::atBlockBegin(&func.front());
    auto type = RankedTensorType::get({rows, codes}, b.getF32Type());
    NamedAttribute attributes[] = {
        b.getNamedAttr(kNameAttr, b.getStringAttr(kGatesInput)),
        b.getNamedAttr(kDimsAttr, b.getStrArrayAttr({std::to_string(rows), std::to_string(codes)}))};
    (void)func.insertArgument(func.getNumArguments(), type, b.getDictionaryAttr(attributes), func.getLoc());
    Value gates = func.getArguments().back();
    Value first = TensorBuilder(b, func.getLoc()).vector({0});
    return onnx::GatherOp::create(b, func.getLoc(), type.clone(ArrayRef<int64_t>{1, codes}), gates, first,
                                  b.getI64IntegerAttr(0));
  }

  /// x + gate * (decoded - x), exactly x where the gate is 0.
  static void gate(DecodeOp decode, EncodeOp source, int64_t number, Value gates) {
    OpBuilder b(decode->getContext());
    b.setInsertionPointAfter(decode);
    Location loc = decode.getLoc();
    TensorBuilder tensors(b, loc);
    auto type = cast<RankedTensorType>(gates.getType());
    Value one = onnx::GatherOp::create(b, loc, type.clone(ArrayRef<int64_t>{1, 1}), gates, tensors.vector({number}),
                                       b.getI64IntegerAttr(1));
    Value x = source.getInput();
    if (auto patches = decode.getTrain().getDefiningOp<PatchesOp>())
      x = PatchesOp::create(b, loc, decode.getOutput().getType(), x, patches.getKernel(), patches.getStrides(),
                            patches.getDilations(), patches.getPads(), patches.getGroup());
    Value error = tensors.sub(decode.getOutput(), x);
    Value moved = tensors.add(x, tensors.mul(error, one));
    decode.getOutput().replaceAllUsesExcept(moved, error.getDefiningOp());
  }
};

} // namespace
