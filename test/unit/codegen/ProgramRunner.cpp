//===- ProgramRunner.cpp - compile MLIR text and run the program in the test's process ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/ProgramRunner.h"

#include "dialects/rt/Rt.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <sys/mman.h>

using namespace rheobase;
using namespace rheobase::test;
using artifact::BufferKind;
using artifact::Expr;
using Code = artifact::ExprOp::Code;

std::vector<std::string> ProgramRunner::hostTargets() {
  std::vector<std::string> targets = {"x86-64"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    targets.push_back("x86-64-v3");
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
    targets.push_back("x86-64-v4-vnni");
  return targets;
}

ProgramRunner::ProgramRunner(const std::string &text, std::vector<std::string> targets) {
  mlir::DialectRegistry registry;
  codegen::registerCodegenDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    llvm::raw_string_ostream(diagnostics) << diagnostic << "\n";
    return mlir::success();
  });
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return;
  codegen::CodegenOptions options;
  options.targets = std::move(targets);
  bool isFormed = !module->getOps<rt::ProgramOp>().empty();
  auto program = isFormed ? codegen::emitProgram(*module, options) : codegen::compileProgram(*module, options);
  compiled = mlir::succeeded(program);
  if (compiled)
    result = std::move(*program);
}

namespace {

constexpr size_t kGuard = 64;
constexpr uint8_t kGuardByte = 0xa5;

/// Memory with guard bytes on both sides.
class Guarded {
public:
  explicit Guarded(size_t size) : bytes(size + 2 * kGuard, kGuardByte) {}
  uint8_t *data() { return bytes.data() + kGuard; }
  size_t size() const { return bytes.size() - 2 * kGuard; }
  bool intact() const {
    auto isGuard = [](uint8_t byte) { return byte == kGuardByte; };
    return std::all_of(bytes.begin(), bytes.begin() + kGuard, isGuard) &&
           std::all_of(bytes.end() - kGuard, bytes.end(), isGuard);
  }

private:
  std::vector<uint8_t> bytes;
};

/// A code section mapped for execution.
class MappedImage {
public:
  explicit MappedImage(const artifact::CodeSection &section) : size(section.image.size()) {
    base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memcpy(base, section.image.data(), size);
    mprotect(base, size, PROT_READ | PROT_EXEC);
  }
  ~MappedImage() { munmap(base, size); }

  using Kernel = int64_t (*)(void *const *, const int64_t *, int64_t, int64_t, void *);
  Kernel kernel(uint64_t offset) const { return reinterpret_cast<Kernel>(static_cast<char *>(base) + offset); }

private:
  void *base;
  size_t size;
};

int64_t floorDiv(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t evaluate(const Expr &expr, const std::vector<int64_t> &symbols) {
  std::vector<int64_t> stack;
  for (const artifact::ExprOp &op : expr) {
    if (op.code == Code::Constant || op.code == Code::Symbol) {
      stack.push_back(op.code == Code::Constant ? op.value : symbols[op.value]);
      continue;
    }
    int64_t b = stack.back();
    stack.pop_back();
    int64_t &a = stack.back();
    switch (op.code) {
    case Code::Add:
      a += b;
      break;
    case Code::Mul:
      a *= b;
      break;
    case Code::FloorDiv:
      a = floorDiv(a, b);
      break;
    case Code::CeilDiv:
      a = -floorDiv(-a, b);
      break;
    case Code::Mod:
      a -= floorDiv(a, b) * b;
      break;
    default:
      a = std::max(a, b);
    }
  }
  return stack.back();
}

std::vector<int64_t> symbolsOf(const artifact::Program &program, const std::vector<Array> &inputs) {
  std::vector<int64_t> symbols(program.symbols.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    for (size_t d = 0; d < inputs[i].dims.size(); ++d)
      if (const Expr &dim = program.inputs[i].dims[d]; dim.size() == 1 && dim[0].code == Code::Symbol)
        symbols[dim[0].value] = inputs[i].dims[d];
  return symbols;
}

} // namespace

int64_t ProgramRunner::grid(size_t number, const std::vector<int64_t> &symbols) const {
  return evaluate(result.dispatches[number].grid, symbols);
}

RunResult ProgramRunner::run(const std::vector<Array> &inputs, size_t target, int64_t ranges, bool counting) {
  RunResult run;
  std::vector<int64_t> symbols = symbolsOf(result, inputs);
  std::vector<size_t> slotSizes(result.slots);
  for (const artifact::Buffer &buffer : result.buffers)
    if (buffer.kind == BufferKind::Arena)
      slotSizes[buffer.slot] = std::max<size_t>(slotSizes[buffer.slot], evaluate(buffer.bytes, symbols));
  std::vector<Guarded> slots(slotSizes.begin(), slotSizes.end()), outputs, sources;
  for (const Array &input : inputs) {
    sources.emplace_back(input.bytes.size());
    std::copy(input.bytes.begin(), input.bytes.end(), sources.back().data());
  }
  for (const artifact::TensorInfo &output : result.outputs)
    outputs.emplace_back(evaluate(result.buffers[output.buffer].bytes, symbols));
  run.counters.resize(result.counters.size());

  std::vector<uint8_t> constants;
  for (const artifact::ConstantBlob &blob : result.constants) {
    constants.resize((constants.size() + 63) / 64 * 64);
    blob.visit([&](const uint8_t *bytes) { constants.insert(constants.end(), bytes, bytes + blob.size); });
  }
  auto addressOf = [&](const artifact::Buffer &buffer) -> void * {
    switch (buffer.kind) {
    case BufferKind::Arena:
      return slots[buffer.slot].data();
    case BufferKind::Constant:
      return constants.data() + buffer.offset;
    case BufferKind::Input:
      return sources[buffer.slot].data();
    case BufferKind::Output:
      return outputs[buffer.slot].data();
    case BufferKind::Counters:
      return run.counters.data();
    }
    return nullptr;
  };

  MappedImage image(result.code[target]);
  for (const artifact::Dispatch &dispatch : result.dispatches) {
    if (dispatch.counting && !counting)
      continue;
    std::vector<void *> buffers;
    for (uint32_t number : dispatch.buffers)
      buffers.push_back(addressOf(result.buffers[number]));
    std::vector<int64_t> sizes;
    for (const Expr &size : dispatch.sizes)
      sizes.push_back(evaluate(size, symbols));
    int64_t grid = evaluate(dispatch.grid, symbols);
    Guarded scratch(dispatch.scratch.empty() ? 0 : evaluate(dispatch.scratch, symbols));
    auto kernel = image.kernel(result.code[target].entries[dispatch.kernel]);
    for (int64_t part = ranges; part-- > 0;)
      if (int64_t status =
              kernel(buffers.data(), sizes.data(), grid * part / ranges, grid * (part + 1) / ranges, scratch.data());
          status && !run.status) {
        run.status = status;
        run.location = dispatch.location;
      }
    EXPECT_TRUE(scratch.intact()) << "a kernel wrote outside its scratch memory";
    if (run.status)
      return run;
  }
  for (Guarded &memory : slots)
    EXPECT_TRUE(memory.intact()) << "a kernel wrote outside the arena";
  for (size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_TRUE(outputs[i].intact()) << "a kernel wrote outside output " << i;
    Array array;
    for (const Expr &dim : result.outputs[i].dims)
      array.dims.push_back(evaluate(dim, symbols));
    array.bytes.assign(outputs[i].data(), outputs[i].data() + outputs[i].size());
    run.outputs.push_back(std::move(array));
  }
  return run;
}
