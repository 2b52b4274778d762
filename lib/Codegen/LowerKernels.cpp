//===- LowerKernels.cpp - the rt-lower-kernels pass -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTLOWERKERNELS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;

namespace {

/// Rebuilds a kernel's arguments from those of the artifact's calling convention.
class ArgumentLoader {
public:
  ArgumentLoader(func::FuncOp kernel, const LLVMTypeConverter &types)
      : kernel(kernel), types(types), builder(OpBuilder::atBlockBegin(&kernel.getBody().front())),
        loc(builder.getUnknownLoc()) {}

  void run();

private:
  Value load(Value array, Type type, int64_t position);
  Value describeMemref(MemRefType type, Value pointer);

  func::FuncOp kernel;
  const LLVMTypeConverter &types;
  OpBuilder builder;
  Location loc;
  Value buffers, sizes, scratch;
  int64_t nextSize = 0;
};

} // namespace

Value ArgumentLoader::load(Value array, Type type, int64_t position) {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value address =
      LLVM::GEPOp::create(builder, loc, pointer, type, array, ArrayRef<LLVM::GEPArg>(LLVM::GEPArg(position)));
  return LLVM::LoadOp::create(builder, loc, type, address);
}

/// A contiguous memref; the sizes of its open dimensions come next in the array of sizes.
Value ArgumentLoader::describeMemref(MemRefType type, Value pointer) {
  auto descriptor = MemRefDescriptor::poison(builder, loc, types.convertType(type));
  descriptor.setAllocatedPtr(builder, loc, pointer);
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setConstantOffset(builder, loc, 0);
  SmallVector<Value> dims;
  for (int64_t size : type.getShape())
    dims.push_back(ShapedType::isDynamic(size)
                       ? load(sizes, builder.getI64Type(), nextSize++)
                       : LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(size)).getResult());
  Value stride = LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
  for (int64_t i = type.getRank(); i-- > 0;) {
    descriptor.setSize(builder, loc, i, dims[i]);
    descriptor.setStride(builder, loc, i, stride);
    if (i > 0)
      stride = LLVM::MulOp::create(builder, loc, stride, dims[i]);
  }
  return UnrealizedConversionCastOp::create(builder, loc, type, Value(descriptor)).getResult(0);
}

void ArgumentLoader::run() {
  Block &block = kernel.getBody().front();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  SmallVector<BlockArgument> old(block.getArguments());
  buffers = block.addArgument(pointer, loc);
  sizes = block.addArgument(pointer, loc);
  Value range[] = {block.addArgument(i64, loc), block.addArgument(i64, loc)};
  scratch = block.addArgument(pointer, loc);

  int64_t nextBuffer = 0;
  for (auto [i, argument] : llvm::enumerate(old))
    if (auto type = dyn_cast<MemRefType>(argument.getType())) {
      bool isScratch = kernel.removeArgAttr(i, rt::kScratchAttr) != nullptr;
      argument.replaceAllUsesWith(describeMemref(type, isScratch ? scratch : load(buffers, pointer, nextBuffer++)));
    }
  for (auto [i, argument] : llvm::enumerate(old)) {
    if (isa<MemRefType>(argument.getType()))
      continue;
    // The last two are the range of work items.
    int64_t fromEnd = old.size() - i;
    Value number = fromEnd <= 2 ? range[2 - fromEnd] : load(sizes, i64, nextSize++);
    argument.replaceAllUsesWith(arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number));
  }
  block.eraseArguments(0, old.size());
  kernel.setType(builder.getFunctionType(block.getArgumentTypes(), i64));
  kernel.setPublic();
}

namespace {

struct LowerKernels : codegen::impl::RtLowerKernelsBase<LowerKernels> {
  void runOnOperation() override {
    LLVMTypeConverter types(&getContext());
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (!kernel.isDeclaration())
        ArgumentLoader(kernel, types).run();

    OpPassManager pipeline("builtin.module");
    pipeline.addPass(memref::createExpandStridedMetadataPass());
    pipeline.addPass(createLowerAffinePass());
    pipeline.addPass(arith::createArithExpandOpsPass());
    pipeline.addPass(createCanonicalizerPass());
    pipeline.addPass(createCSEPass());
    pipeline.addPass(createLoopInvariantCodeMotionPass());
    pipeline.addPass(createSCFToControlFlowPass());
    pipeline.addPass(createConvertVectorToLLVMPass());
    pipeline.addPass(createConvertMathToLLVMPass());
    pipeline.addPass(createFinalizeMemRefToLLVMConversionPass());
    pipeline.addPass(createArithToLLVMConversionPass());
    pipeline.addPass(createConvertFuncToLLVMPass());
    pipeline.addPass(createConvertControlFlowToLLVMPass());
    pipeline.addPass(createUBToLLVMConversionPass());
    pipeline.addPass(createReconcileUnrealizedCastsPass());
    if (failed(runPipeline(pipeline, getOperation())))
      signalPassFailure();
  }
};

} // namespace
