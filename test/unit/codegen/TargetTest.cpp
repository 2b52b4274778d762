//===- TargetTest.cpp - the instructions that targets get ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What this machine cannot run is disassembled.
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "llvm-c/Disassembler.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/TargetSelect.h"
#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;

/// A matmul of bytes: signed by signed, with both operands computed, 25 rows and more columns than a tile has.
static std::string byteMatmul() {
  std::string y = "tensor<25x70xi32>";
  std::string body =
      "  %z = arith.constant 0 : i32\n  %e = tensor.empty() : " + y +
      "\n  %f = linalg.fill ins(%z : i32) outs(%e : " + y + ") -> " + y + "\n" +
      generic("y",
              "affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, "
              "affine_map<(m, n, k) -> (m, n)>",
              "parallel, parallel, reduction", "%q, %r : tensor<25x64xi8>, tensor<70x64xi8>", "%f : " + y,
              "  ^bb0(%a: i8, %b: i8, %o: i32):\n    %x = arith.extsi %a : i8 to i32\n    %w = "
              "arith.extsi %b : i8 to i32\n    %p = arith.muli %x, %w : i32\n    %s = arith.addi %o, "
              "%p : i32\n    linalg.yield %s : i32",
              y);
  return mainModule({{"q", "tensor<25x64xi8>", "25, 64"}, {"r", "tensor<70x64xi8>", "70, 64"}}, {y}, body, "%y");
}

namespace {
/// How many instructions of a code section, read from its first kernel on, have these texts in them. Data between
/// kernels may show as wrong instructions.
class Disassembly {
public:
  explicit Disassembly(const artifact::CodeSection &section) {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllDisassemblers();
    LLVMDisasmContextRef context =
        LLVMCreateDisasmCPUFeatures("x86_64-unknown-linux-gnu", "", "+avx512f,+avx512vl,+avx512bw,+avx512vnni,+avxvnni",
                                    nullptr, 0, nullptr, nullptr);
    std::vector<uint8_t> bytes = section.image;
    for (size_t at = 0; at < bytes.size();) {
      char text[256];
      size_t size = LLVMDisasmInstruction(context, bytes.data() + at, bytes.size() - at, at, text, sizeof(text));
      if (size != 0)
        instructions.emplace_back(text);
      at += std::max<size_t>(size, 1);
    }
    LLVMDisasmDispose(context);
  }
  size_t count(llvm::StringRef name, llvm::StringRef operand = "") const {
    return std::count_if(instructions.begin(), instructions.end(),
                         [&](llvm::StringRef text) { return text.contains(name) && text.contains(operand); });
  }

private:
  std::vector<std::string> instructions;
};
} // namespace

TEST(Targets, UseTheDotProductsOfTheirLevel) {
  ProgramRunner runner(byteMatmul(), {"x86-64", "x86-64-v3", "x86-64-v3-vnni", "x86-64-v4-vnni"});
  ASSERT_TRUE(runner.ok()) << runner.error();
  const std::vector<artifact::CodeSection> &code = runner.program().code;
  Disassembly sse(code[0]), avx2(code[1]), avxVnni(code[2]), avx512(code[3]);
  EXPECT_EQ(sse.count("vpdpbusd") + avx2.count("vpdpbusd"), 0u);
  EXPECT_EQ(sse.count("%ymm") + sse.count("%zmm"), 0u);
  EXPECT_GT(sse.count("pmaddwd", "%xmm"), 0u);
  EXPECT_GT(avx2.count("vpmaddwd", "%ymm"), 0u);
  // Tiles of six rows by two registers, and of a row.
  EXPECT_GE(avxVnni.count("vpdpbusd", "%ymm"), 14u);
  EXPECT_EQ(avxVnni.count("{vex}"), avxVnni.count("vpdpbusd")) << "AVX512-VNNI's form on a CPU without it";
  EXPECT_EQ(avx2.count("%zmm") + avxVnni.count("%zmm"), 0u);
  EXPECT_GE(avx512.count("vpdpbusd", "%zmm"), 12u);
}

TEST(Targets, SayWhatTheyNeed) {
  namespace feature = artifact::cpu_feature;
  ProgramRunner runner(byteMatmul(), codegen::cpuLevels());
  ASSERT_TRUE(runner.ok()) << runner.error();
  const std::vector<artifact::CodeSection> &code = runner.program().code;
  ASSERT_EQ(code.size(), 4u);
  EXPECT_EQ(code[2].target, "x86-64-v3-vnni");
  EXPECT_EQ(code[2].features, feature::kAvx2 | feature::kAvxVnni);
  for (size_t i = 1; i < code.size(); ++i)
    EXPECT_GT(code[i].rank, code[i - 1].rank);
}
