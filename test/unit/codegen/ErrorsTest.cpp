//===- ErrorsTest.cpp - what code generation refuses, and how it says so ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ObjectEmitter.h"
#include "test/unit/codegen/Modules.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <dlfcn.h>

using namespace rheobase;
using namespace rheobase::test;

namespace {

void expectError(const std::string &text, const std::string &part, std::vector<std::string> targets = {"x86-64"}) {
  ProgramRunner runner(text, std::move(targets));
  EXPECT_FALSE(runner.ok());
  EXPECT_NE(runner.error().find(part), std::string::npos) << runner.error();
}

std::string sliceOf(const std::string &size) {
  return mainModule({{"x", "tensor<8xf32>", "8"}}, {"tensor<?xf32>"},
                    size + "  %y = tensor.extract_slice %x[0] [%n] [1] : tensor<8xf32> to tensor<?xf32>", "%y", {"s"});
}

std::string unary(const std::string &op, const std::string &element) {
  std::string type = "tensor<4x" + element + ">";
  return mainModule({{"x", type, "4"}}, {type},
                    "  %e = tensor.empty() : " + type + "\n" +
                        generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x : " + type,
                                "%e : " + type,
                                "  ^bb0(%p: " + element + ", %o: " + element + "):\n    %0 = " + op + " : " + element +
                                    "\n    linalg.yield %0 : " + element,
                                type),
                    "%y");
}

TEST(Errors, SizesMustComeFromSymbols) {
  expectError(sliceOf("  %n = rt.symbol \"q\"\n"), "the program has no symbol \"q\"");
  expectError(sliceOf("  %s = rt.symbol \"s\"\n  %n = arith.shli %s, %s : index\n"),
              "'arith.shli' cannot compute a size");
}

TEST(Errors, SymbolsMustBeComplete) {
  expectError("func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> attributes {rheobase.symbols = [{name = \"s\"}]} {\n"
              "  return %x : tensor<4xf32>\n}",
              "a symbol must be {name = \"...\", min = 1, max = 0}");
}

TEST(Errors, ElementTypesMustBeStorable) {
  expectError(unary("arith.addi %p, %p", "i12"), "tensors of 'i12' cannot be stored in an artifact");
}

TEST(Errors, FunctionsWithoutCodeAreNamed) {
  expectError(unary("math.atan %p", "f32"), "'math.atan' has no CPU code");
  // Found when linking: f64 multiply-add needs the instruction.
  expectError(unary("math.fma %p, %p, %p", "f64"),
              "target x86-64: code image: the code calls 'fma', which no kernel can");
  EXPECT_EQ(ProgramRunner(unary("math.fma %p, %p, %p", "f64"), {"x86-64-v3"}).error(), "");
}

TEST(Errors, ResourcesMustHoldTheirElements) {
  std::string text =
      mainModule({}, {"tensor<4xf32>"}, "  %c = arith.constant dense_resource<small> : tensor<4xf32>", "%c") +
      "\n{-# dialect_resources: { builtin: { small: \"0x040000000000803F\" } } #-}";
  expectError(text, "its resource has 4");
}

TEST(Errors, TargetsAreNamed) {
  expectError(unary("arith.negf %p", "f32"), "unknown CPU target 'x87'", {"x87"});
  EXPECT_TRUE(ProgramRunner(unary("arith.negf %p", "f32"), {"native"}).ok());
}

TEST(Errors, FillsMustBeConstant) {
  std::string body = "  %s = tensor.extract %v[] : tensor<f32>\n  %e = tensor.empty() : tensor<4xf32>\n"
                     "  %y = linalg.fill ins(%s : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>";
  expectError(mainModule({{"v", "tensor<f32>", ""}}, {"tensor<4xf32>"}, body, "%y"),
              "the value of a fill must be a constant");
}

TEST(Errors, EmitNeedsAProgram) {
  mlir::MLIRContext context;
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto module = mlir::parseSourceString<mlir::ModuleOp>("module {}", &context);
  EXPECT_TRUE(mlir::failed(codegen::emitProgram(*module, {})));
  EXPECT_EQ(message, "the module holds no rt.program: run rt-form-dispatches first");
}

/// The error of laying out a module in the llvm dialect.
std::string layoutError(const std::string &text, std::vector<std::string> kernels = {"k"}) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return "does not parse";
  auto target = codegen::lookupTarget("x86-64", module->getLoc());
  auto image = codegen::emitImage(*module, *target, kernels);
  return image ? "" : llvm::toString(image.takeError());
}

TEST(Errors, ImagesHoldNoWritableData) {
  std::string error = layoutError(
      "llvm.mlir.global internal @g(1 : i64) : i64\n"
      "llvm.func @k() -> i64 {\n  %0 = llvm.mlir.addressof @g : !llvm.ptr\n"
      "  %1 = llvm.mlir.constant(7 : i64) : i64\n  %2 = llvm.atomicrmw add %0, %1 monotonic : !llvm.ptr, i64\n"
      "  llvm.return %2 : i64\n}");
  EXPECT_NE(error.find("holds writable data, expected code and constants only"), std::string::npos) << error;
}

TEST(Errors, ImagesNeedTheirKernels) {
  std::string error = layoutError("llvm.func @k() {\n  llvm.return\n}", {"k", "other"});
  EXPECT_NE(error.find("kernel 'other' is missing from the object"), std::string::npos) << error;
}

/// The static archives beside the shared library would make a second copy of MLIR.
TEST(Linkage, MlirIsShared) {
  Dl_info info;
  void *shared = dlsym(RTLD_DEFAULT, "_ZN4mlir11MLIRContextC1ENS0_9ThreadingE");
  ASSERT_NE(shared, nullptr);
  ASSERT_NE(dladdr(shared, &info), 0);
  EXPECT_NE(std::string(info.dli_fname).find("libMLIR"), std::string::npos) << info.dli_fname;
}

} // namespace
