//===- Program.h - what an artifact holds, before it is bytes ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ARTIFACT_PROGRAM_H
#define RHEOBASE_ARTIFACT_PROGRAM_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rheobase::artifact {

/// Element types of tensors, as numbered in the manifest. Bool is one byte, 0 or 1. Those of less than eight bits are a
/// byte each, of which the low bits count.
enum class DType : uint8_t {
  F32 = 0,
  F16,
  BF16,
  F64,
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  Bool,
  F8E4M3FN,
  F8E4M3FNUZ,
  F8E5M2,
  F8E5M2FNUZ,
  F8E8M0,
  F4E2M1,
  I4,
  U4,
  I2,
  U2,
};
inline constexpr DType kLastDType = DType::U2;

/// One step of a size expression in postfix order: operands are popped, the result is pushed. All values are int64.
struct ExprOp {
  enum class Code : uint8_t { Constant = 0, Symbol, Add, Mul, FloorDiv, CeilDiv, Mod, Max };
  Code code;
  /// The number (Constant) or the symbol's index (Symbol); else 0.
  int64_t value = 0;
};
using Expr = std::vector<ExprOp>;

/// A size left open by the model. At every call its value is read off the inputs' shapes, where some input has a
/// dimension that is this symbol, or the symbol times a number (`[symbol, number, Mul]`); else off the elements of a
/// tensor, which a Measure names.
struct Symbol {
  std::string name;
  int64_t min = 1;
  int64_t max = 0; ///< 0: unbounded.
};

/// A named tensor: an input, an output or a tap. Input i lies in a buffer of kind Input with slot i. Output i may lie
/// in any buffer: where that is not its own Output buffer the runtime copies it out at the end.
struct TensorInfo {
  std::string name;
  DType dtype;
  std::vector<Expr> dims;
  uint32_t buffer = 0;
};

/// An intermediate tensor that can be read by its node's name: valid right after dispatch `after`, until its bytes are
/// reused.
struct Tap {
  TensorInfo tensor;
  uint32_t after = 0;
};

enum class BufferKind : uint8_t {
  Arena = 0, ///< the arena's memory, shared by buffers that are not needed at once; placed in the order of `slot`
  Constant,  ///< bytes [offset, offset + size) of the constants section
  Input,     ///< the caller's memory of input `slot`
  Output,    ///< the caller's memory of output `slot`
  Counters,  ///< the array of 64-bit counters (counting dispatches only)
};

struct Buffer {
  BufferKind kind = BufferKind::Arena;
  uint32_t slot = 0;
  uint64_t offset = 0;
  Expr bytes; ///< size in bytes; a single number for Constant buffers. Of a state that grows, with its room
};

/// A call of one kernel:
///
///     int64_t kernel(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end, void *scratch);
///
/// over the work items [0, grid), which the runtime may cut into ranges [begin, end) for several threads. Returns 0, or
/// 1 where an index was out of range.
///
/// What a kernel may rely on (C calling convention of the target):
/// - dispatches run one after another in order; ranges of one dispatch run at the same time, in any order and with any
///   cuts, so a result may depend on the item but never on `begin`, `end` or the thread. A grid of 0 is not called;
/// - arena and constant buffers begin at a multiple of 64 bytes and 64 bytes after an arena buffer's end may be read
/// and
///   written; inputs and outputs are aligned to their elements only, and neither they nor constants may be touched past
///   their end. No pointer is null, not even of an empty tensor. Arena memory holds anything at first;
/// - `scratch` begins at a multiple of 64 bytes and has as many bytes as `Dispatch::scratch` says, and 64 bytes behind
///   them may be read and written. It is the thread's own until the kernel returns and holds anything at first. Where
///   the dispatch asks for none it may be null;
/// - the Counters buffer is private to the thread: kernels add to it, the runtime sums. It may be named by counting
///   dispatches only;
/// - the floating-point environment is the default one (round to nearest, denormals kept).
struct Dispatch {
  uint32_t kernel = 0;
  std::string location; ///< node name
  std::vector<uint32_t> buffers;
  std::vector<uint32_t> writes; ///< positions in `buffers` that the kernel writes; never an input or a constant
  std::vector<Expr> sizes;
  Expr grid;
  bool counting = false; ///< run only when counting is asked for
  Expr scratch = {};     ///< bytes that each thread needs while it runs the kernel; no steps: none
};

/// Element i of the counters array.
struct Counter {
  std::string site;     ///< node name
  std::string quantity; ///< "spikes", "synops", "product_synops", "activations", "clipped"
};

/// Machine code for one CPU: a position-independent image without relocations or imports (no memcpy, no libm), such as
/// `ld.lld --oformat binary` writes. It is copied to a page boundary and mapped readable and executable, never
/// writable: read-only data may lie in it, at alignments up to 4096. `target` is one of those in Artifact/Format.h.
struct CodeSection {
  std::string target;    ///< one of artifact::kTargets
  uint64_t features = 0; ///< bits of cpu_feature that the host must have
  int32_t rank = 0;      ///< among the usable sections the highest rank is chosen
  std::vector<uint8_t> image;
  std::vector<uint64_t> entries; ///< offset of each kernel in the image, by kernel number
};

/// Instruction set extensions a code section may need.
namespace cpu_feature {
inline constexpr uint64_t kAvx2 = 1u << 0;       ///< AVX2, FMA, F16C, BMI2 (x86-64-v3)
inline constexpr uint64_t kAvx512 = 1u << 1;     ///< AVX-512 F, BW, CD, DQ, VL (x86-64-v4)
inline constexpr uint64_t kAvx512Vnni = 1u << 2; ///< AVX512-VNNI
inline constexpr uint64_t kAvxVnni = 1u << 3;    ///< AVX-VNNI
} // namespace cpu_feature

/// Bytes of the constants section: borrowed from `keepAlive` (a mapped file, a resource blob), or made when they are
/// asked for, so that those of all constants need not be there at once.
struct ConstantBlob {
  const uint8_t *data = nullptr;
  size_t size = 0;
  std::shared_ptr<void> keepAlive;
  /// Where there is no `data`: makes the `size` bytes.
  std::function<std::vector<uint8_t>()> make = nullptr;

  /// Calls `take` with the bytes, which are there until it returns.
  void visit(const std::function<void(const uint8_t *bytes)> &take) const { take(make ? make().data() : data); }
};

/// Room behind a state's rows: its memory is as large as if dimension `axis` were symbol `room`, which the session
/// chooses, no less than the output's. Nothing else may give that symbol a value.
struct Growth {
  uint32_t axis = 0;
  uint32_t room = 0;
};

/// Positions of an input and an output of one element type and rank: a session keeps what a run leaves in the output
/// and gives it to the next run as the input (a key-value cache). With `growth` both are the same memory, in which the
/// input's rows are the output's first: a run leaves those as they are and writes the rows behind them.
struct State {
  uint32_t input = 0;
  uint32_t output = 0;
  std::optional<Growth> growth = {};
};

/// Sizes that the program computes: before dispatch `before` runs, the int64 elements of `buffer` are held against
/// `values`. An element whose value is a symbol, alone or times a number, which neither an input nor an earlier element
/// gives, says that symbol's value, which must lie in its range; any other must be equal. Dispatches before the last
/// Measure write no caller's output, and their sizes mention only symbols that have a value by then.
struct Measure {
  uint32_t before = 0;
  uint32_t buffer = 0;
  std::string location; ///< node name
  std::vector<Expr> values;
};

/// Which constants are a matrix [inputs, outputs] of weights: for people, and held against the constants when an
/// artifact is opened.
struct Weights {
  std::string node;
  uint64_t inputs = 0, outputs = 0;
  /// Of a code; with a codebook of the index of `length` weights of an output.
  uint32_t bits = 0, length = 1;
  /// Parts of the inputs that have a scale of their own, 0 where none are stored beside the codes.
  uint64_t groups = 0;
  /// Outputs as packed codes, scales and zeros have them, of which the last may stand for none; 0 without groups.
  uint64_t columns = 0;
  /// Of each 4 weights so many are stored, where these are fewer with two bits of place each.
  uint32_t kept = 4;
  /// A row of offsets behind each row of scales.
  bool hasOffsets = false;
  DType scaleType = DType::F32;
  /// Positions of constant buffers: codes, scales [groups, columns], zeros [groups, columns] of bytes, and a codebook
  /// of 2^bits vectors of bytes.
  uint32_t codes = 0;
  std::optional<uint32_t> scales = {}, zeros = {}, codebook = {};
};

/// Everything an artifact says. The writer lays it out (docs/artifact.md); the runtime reads it back as the manifest.
struct Program {
  std::string name;
  std::string producer;
  /// Free key-value facts shown by `snn-run inspect`, in this order: form, steps, neuron, weights, source file hash ...
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<Symbol> symbols;
  std::vector<TensorInfo> inputs, outputs;
  std::vector<State> states;
  std::vector<Tap> taps;
  std::vector<Buffer> buffers;
  uint32_t slots = 0;
  std::vector<std::string> kernels;
  std::vector<Dispatch> dispatches;
  std::vector<Measure> measures; ///< in the order of `before`
  std::vector<Counter> counters;
  std::vector<Weights> weights;
  std::vector<CodeSection> code;
  /// The constants section is their concatenation, each at a multiple of 64; `Buffer::offset` is into the section.
  std::vector<ConstantBlob> constants;
};

} // namespace rheobase::artifact

#endif // RHEOBASE_ARTIFACT_PROGRAM_H
