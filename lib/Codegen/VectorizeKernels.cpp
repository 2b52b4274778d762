//===- VectorizeKernels.cpp - the rt-vectorize-kernels pass ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/LegalizeFloats.h"
#include "lib/Codegen/RegisterTables.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTVECTORIZEKERNELS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// A kernel's ops in order: views and constants, fills, and one op that computes.
static void vectorizeKernel(func::FuncOp kernel, const Target &target) {
  Block &block = kernel.getBody().front();
  OpBuilder builder = OpBuilder::atBlockTerminator(&block);
  Type index = builder.getIndexType(), i64 = builder.getI64Type();
  Value begin = block.addArgument(index, builder.getUnknownLoc());
  Value end = block.addArgument(index, builder.getUnknownLoc());

  Fills fills;
  Value status;
  SmallVector<Operation *> done;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    bool emitted =
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case([&](linalg::FillOp fill) {
              fills[fill.getOutputs().front()] = fill.getInputs().front();
              return true;
            })
            .Case([&](linalg::GenericOp generic) { return emitGeneric(builder, generic, fills, begin, end), true; })
            .Case([&](rt::TilesOp tiles) { return emitTiles(builder, tiles, target, begin, end), true; })
            .Case([&](rt::MatmulOp matmul) { return emitMatmul(builder, matmul, target, begin, end), true; })
            .Case(
                [&](rt::PackedMatmulOp packed) { return emitPackedMatmul(builder, packed, target, begin, end), true; })
            .Case([&](rt::ListEventsOp list) { return emitListEvents(builder, list, begin, end), true; })
            .Case([&](rt::AddRowsOp rows) { return emitAddRows(builder, rows, target, begin, end), true; })
            .Case([&](rt::PackOp pack) { return emitPack(builder, pack, begin, end), true; })
            .Case([&](rt::AddCountOp count) { return emitAddCount(builder, count, begin, end), true; })
            .Case([&](rt::ScatterOp scatter) { return emitScatter(builder, scatter, begin, end), true; })
            .Case([&](rt::CheckIndicesOp check) {
              status = emitCheckIndices(builder, check, begin, end);
              return true;
            })
            .Default(false);
    if (emitted)
      done.push_back(&op);
  }
  for (Operation *op : llvm::reverse(done))
    op->erase();
  if (!status)
    status = arith::ConstantIntOp::create(builder, builder.getUnknownLoc(), i64, 0);
  block.getTerminator()->setOperands(status);
  kernel.setType(builder.getFunctionType(block.getArgumentTypes(), i64));
}

namespace {

struct VectorizeKernels : codegen::impl::RtVectorizeKernelsBase<VectorizeKernels> {
  using Base::Base;

  void runOnOperation() override {
    auto found = lookupTarget(target, getOperation().getLoc());
    if (failed(found))
      return signalPassFailure();
    // The program speaks of kernels by the arguments they had.
    for (auto program : llvm::make_early_inc_range(getOperation().getOps<rt::ProgramOp>()))
      program.erase();
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (!kernel.isDeclaration())
        vectorizeKernel(kernel, *found);
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (!kernel.isDeclaration())
        storeBrainsAsWords(kernel);
    RewritePatternSet patterns(&getContext());
    populateLegalizeFloatsPatterns(patterns, *found);
    populateRegisterTablePatterns(patterns, *found);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
