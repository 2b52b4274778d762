//===- Execute.cpp - compile and run a lowered function ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/rt/Rt.h"
#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::test;

std::unique_ptr<MLIRContext> rheobase::test::makeContext() {
  DialectRegistry registry;
  registry.insert<func::FuncDialect, onnx::OnnxDialect, rt::RtDialect, affine::AffineDialect, arith::ArithDialect,
                  linalg::LinalgDialect, math::MathDialect, tensor::TensorDialect>();
  onnx::registerShapeModels(registry);
  registerOnnxLowerings(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  auto context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

LogicalResult rheobase::test::lowerModule(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addNestedPass<func::FuncOp>(createConvertOnnxToLinalg());
  return passes.run(module);
}

static Type signlessType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isUnsignedInteger())
    return type;
  return tensor.clone(IntegerType::get(type.getContext(), tensor.getElementTypeBitWidth()));
}

/// Writes what only the compiler's own code generation knows in upstream terms: symbols are numbers, constants are
/// arith's, integers have no sign. Indices are not checked here.
static void concretise(func::FuncOp func, const std::map<std::string, int64_t> &symbols) {
  SmallVector<Operation *> ops;
  func.walk([&](Operation *op) { ops.push_back(op); });
  for (BlockArgument argument : func.getArguments())
    argument.setType(signlessType(argument.getType()));
  SmallVector<Type> results = llvm::map_to_vector(func.getResultTypes(), signlessType);
  func.setType(FunctionType::get(func.getContext(), func.getBody().getArgumentTypes(), results));
  for (Operation *op : ops) {
    for (Value result : op->getResults())
      result.setType(signlessType(result.getType()));
    OpBuilder b(op);
    Value made;
    if (auto symbol = dyn_cast<rt::SymbolOp>(op)) {
      made = arith::ConstantIndexOp::create(b, op->getLoc(), symbols.at(symbol.getName().str()));
    } else if (auto constant = dyn_cast<onnx::ConstantOp>(op)) {
      auto value = cast<DenseElementsAttr>(constant.getValue());
      auto type = cast<ShapedType>(constant.getOutput().getType());
      made = arith::ConstantOp::create(b, op->getLoc(), DenseElementsAttr::getFromRawBuffer(type, value.getRawData()));
    } else if (isa<tensor::BitcastOp>(op)) {
      made = op->getOperand(0);
    } else if (!isa<rt::CheckIndicesOp>(op)) {
      continue;
    }
    if (made)
      op->getResult(0).replaceAllUsesWith(made);
    op->erase();
  }
}

/// memref.copy would call a library.
static void expandCopies(ModuleOp module) {
  module.walk([](memref::CopyOp copy) {
    OpBuilder b(copy);
    linalg::makeMemRefCopyOp(b, copy.getLoc(), copy.getSource(), copy.getTarget());
    copy.erase();
  });
}

static LogicalResult compile(ModuleOp module) {
  PassManager passes(module.getContext());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  passes.addPass(bufferization::createOneShotBufferizePass(options));
  bufferization::BufferResultsToOutParamsPassOptions results;
  results.modifyPublicFunctions = true;
  passes.addPass(bufferization::createBufferResultsToOutParamsPass(results));
  bufferization::buildBufferDeallocationPipeline(passes, {});
  if (failed(passes.run(module)))
    return failure();
  expandCopies(module);

  PassManager rest(module.getContext());
  rest.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  rest.addPass(memref::createExpandStridedMetadataPass());
  rest.addPass(createLowerAffinePass());
  rest.addPass(arith::createArithExpandOpsPass());
  rest.addPass(createSCFToControlFlowPass());
  rest.addPass(createConvertMathToLLVMPass());
  rest.addPass(createConvertMathToLibmPass());
  rest.addPass(createFinalizeMemRefToLLVMConversionPass());
  rest.addPass(createConvertFuncToLLVMPass());
  rest.addPass(createArithToLLVMConversionPass());
  rest.addPass(createConvertControlFlowToLLVMPass());
  rest.addPass(createReconcileUnrealizedCastsPass());
  return rest.run(module);
}

/// A memref descriptor in memory: two pointers, the offset, sizes, strides.
static std::vector<int64_t> descriptorOf(Tensor &tensor) {
  int64_t pointer = reinterpret_cast<int64_t>(tensor.bytes.data());
  std::vector<int64_t> words = {pointer, pointer, 0};
  words.insert(words.end(), tensor.shape.begin(), tensor.shape.end());
  std::vector<int64_t> strides(tensor.shape.size(), 1);
  for (size_t i = strides.size(); i-- > 1;)
    strides[i - 1] = strides[i] * tensor.shape[i];
  words.insert(words.end(), strides.begin(), strides.end());
  return words;
}

llvm::Error rheobase::test::execute(ModuleOp module, const std::map<std::string, int64_t> &symbols,
                                    std::vector<Tensor> &inputs, std::vector<Tensor> &outputs) {
  static bool initialised = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  auto func = module.lookupSymbol<func::FuncOp>("main");
  if (!initialised || !func)
    return llvm::createStringError("no target or no main");
  func->setAttr("llvm.emit_c_interface", UnitAttr::get(module.getContext()));
  concretise(func, symbols);
  if (failed(compile(module)))
    return llvm::createStringError("the lowered module does not compile");
  ExecutionEngineOptions options;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::None;
  llvm::Expected<std::unique_ptr<ExecutionEngine>> engine = ExecutionEngine::create(module, options);
  if (!engine)
    return engine.takeError();
  std::vector<std::vector<int64_t>> descriptors;
  for (Tensor &tensor : inputs)
    descriptors.push_back(descriptorOf(tensor));
  for (Tensor &tensor : outputs)
    descriptors.push_back(descriptorOf(tensor));
  std::vector<void *> pointers, arguments;
  for (std::vector<int64_t> &words : descriptors)
    pointers.push_back(words.data());
  for (void *&pointer : pointers)
    arguments.push_back(static_cast<void *>(&pointer));
  return (*engine)->invokePacked("_mlir_ciface_main", arguments);
}
