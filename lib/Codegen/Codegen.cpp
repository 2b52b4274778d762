//===- Codegen.cpp - from linalg on tensors to an artifact's program ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Codegen/Codegen.h"

#include "dialects/rt/Rt.h"
#include "lib/Codegen/ExportProgram.h"
#include "lib/Codegen/ObjectEmitter.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

void codegen::registerCodegenDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, rt::RtDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
}

LogicalResult codegen::runPasses(ModuleOp module, function_ref<void(OpPassManager &)> build) {
  PassManager passes(module->getName());
  // Fails where no program has registered them: then there are none to apply.
  (void)applyPassManagerCLOptions(passes);
  build(passes);
  return passes.run(module);
}

LogicalResult codegen::formProgram(ModuleOp module) {
  return runPasses(module, [](OpPassManager &passes) {
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    passes.addPass(createRtMoveTransposes());
    passes.addPass(createRtFuseElementwise());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    passes.addPass(createRtSplitColumns());
    passes.addPass(createRtAlignLayouts());
    passes.addPass(createRtFuseTiles());
    passes.addPass(createRtMergeLoops());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    passes.addPass(createRtFormDispatches());
    passes.addPass(createRtPlanBuffers());
    passes.addPass(createRtExpandMath());
  });
}

/// One code section: the kernels, vectorised, lowered and compiled for one target.
static FailureOr<artifact::CodeSection> emitSection(ModuleOp module, StringRef name, ArrayRef<std::string> kernels,
                                                    const CodegenOptions &options) {
  auto target = lookupTarget(name, module.getLoc());
  if (failed(target))
    return failure();
  OwningOpRef<ModuleOp> copy = module.clone();
  auto run = [&](std::unique_ptr<Pass> pass, StringRef step) {
    if (failed(runPasses(*copy, [&](OpPassManager &passes) { passes.addPass(std::move(pass)); })))
      return failure();
    if (options.dump)
      options.dump(name, step, *copy);
    return success();
  };
  if (failed(run(createRtVectorizeKernels(RtVectorizeKernelsOptions{name.str()}), "vectorized")) ||
      failed(run(createRtLowerKernels(), "llvm")))
    return failure();
  llvm::Expected<FlatImage> image = emitImage(*copy, *target, kernels);
  if (!image)
    return module.emitError() << "target " << name << ": " << llvm::toString(image.takeError());
  return artifact::CodeSection{target->name, target->needs, target->rank, std::move(image->bytes),
                               std::move(image->entries)};
}

FailureOr<artifact::Program> codegen::emitProgram(ModuleOp module, const CodegenOptions &options) {
  auto programs = module.getOps<rt::ProgramOp>();
  if (programs.empty())
    return module.emitError("the module holds no rt.program: run rt-form-dispatches first");
  artifact::Program result;
  result.name = options.name;
  if (failed(exportProgram(*programs.begin(), result)))
    return failure();
  for (auto [number, name] : llvm::enumerate(options.targets)) {
    if (options.progress)
      options.progress(name, static_cast<double>(number) / options.targets.size());
    auto section = emitSection(module, name, result.kernels, options);
    if (failed(section))
      return failure();
    result.code.push_back(std::move(*section));
  }
  if (options.progress)
    options.progress("code", 1.0);
  return result;
}

FailureOr<artifact::Program> codegen::compileProgram(ModuleOp module, const CodegenOptions &options) {
  if (failed(formProgram(module)))
    return failure();
  return emitProgram(module, options);
}
