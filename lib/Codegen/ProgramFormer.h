//===- ProgramFormer.h - turn @main into an rt.program ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_PROGRAMFORMER_H
#define RHEOBASE_LIB_CODEGEN_PROGRAMFORMER_H

#include "lib/Codegen/KernelBuilder.h"
#include "lib/Codegen/ProgramSizes.h"
#include "lib/Codegen/TileGroups.h"
#include "lib/Codegen/Windows.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/DenseSet.h"

namespace rheobase::codegen {

/// The rows of a tensor that lies in a buffer with room for more, along dimension `axis`.
struct Rows {
  unsigned axis;
  mlir::Value count;
};

/// A tensor as kernels see it: a buffer, the memref over it, and the values of the memref's open dimensions. Where the
/// buffer has room for more rows, the memref is over all of it.
struct BufferView {
  mlir::Value buffer;
  mlir::MemRefType type;
  llvm::SmallVector<mlir::Value> openDims;
  std::optional<Rows> rows = {};
};

/// A part of a tensor, in sizes of the program.
struct Region {
  llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
};

/// Walks @main in order and writes the program's buffers and dispatches.
class ProgramFormer {
public:
  explicit ProgramFormer(mlir::func::FuncOp main);
  llvm::LogicalResult run();

private:
  // ProgramFormer.cpp: the walk, buffers, counting.
  void movePrelude();
  void claimOutputs();
  void nameTaps();
  /// The name an op carries: its own, or that of the last of several ops fused into one.
  static mlir::StringAttr locationName(mlir::Location loc);
  /// The same; empty where it has none.
  mlir::StringAttr nodeNameAt(mlir::Location loc) {
    mlir::StringAttr name = locationName(loc);
    return name ? name : builder.getStringAttr("");
  }
  void addInputs();
  llvm::LogicalResult visit(mlir::Operation *op);
  llvm::LogicalResult visitCheck(rt::CheckIndicesOp op);
  llvm::LogicalResult visitCount(rt::CountOp op);
  llvm::LogicalResult visitMeasure(rt::MeasureOp op);
  llvm::LogicalResult formElements(mlir::tensor::FromElementsOp op);
  llvm::LogicalResult visitReturn(mlir::func::ReturnOp op);
  /// The buffer that holds `tensor`; constants, fills and what is put together from sizes are made when they are first
  /// asked for: by then, sizes that are measured have their values.
  mlir::FailureOr<BufferView> viewOf(mlir::Value tensor);
  mlir::FailureOr<mlir::Value> materialize(mlir::Value root);
  /// A new buffer (or the output) for the result of an op.
  BufferView allocate(mlir::Value result);
  BufferView allocate(mlir::RankedTensorType type, mlir::ValueRange openDims);
  /// The tensor `value` in `buffer`, which holds what it is a view of.
  BufferView viewIn(mlir::Value buffer, mlir::Value value);
  /// Adds the buffer to the kernel: the memref of the tensor in it.
  mlir::Value add(KernelBuilder &kernel, const BufferView &view, bool written = false);

  // FormStates.cpp
  struct GrowingState {
    unsigned axis;
    mlir::Value room;
  };
  std::optional<GrowingState> growState(mlir::StringAttr name, mlir::Value value);
  std::optional<unsigned> appendAxis(mlir::tensor::InsertSliceOp rows, mlir::Value past);
  std::optional<unsigned> axisInView(mlir::Value value, mlir::Value root, unsigned axis);
  bool isReadInRows(mlir::Value value, mlir::Value root, unsigned axis);
  mlir::Value roomOf(mlir::BlockArgument argument, unsigned axis);
  mlir::Value packedState(mlir::Value buffer, mlir::Value root);

  // FormGeneric.cpp
  llvm::LogicalResult visitGeneric(mlir::linalg::GenericOp op);
  /// The op's loops as they are, into these buffers; the grid is `times` as large (null: once).
  llvm::LogicalResult formGeneric(mlir::linalg::GenericOp op, llvm::ArrayRef<BufferView> results, mlir::Value times);
  llvm::LogicalResult addInputs(KernelBuilder &kernel, mlir::linalg::GenericOp op, mlir::IRMapping &mapping,
                                llvm::SmallVectorImpl<mlir::Value> &memrefs);
  llvm::LogicalResult addCaptures(KernelBuilder &kernel, mlir::linalg::GenericOp op, mlir::IRMapping &mapping);
  mlir::FailureOr<mlir::Value> addScalar(KernelBuilder &kernel, mlir::Value scalar);
  /// Puts the initial value of result `number` into its buffer, or a fill into the kernel.
  llvm::LogicalResult addInit(KernelBuilder &kernel, mlir::linalg::GenericOp op, unsigned number, const BufferView &out,
                              mlir::Value memref);
  /// The number of iterations of loop `loop`.
  mlir::Value rangeOf(mlir::linalg::GenericOp op, unsigned loop);
  /// Ends a kernel that holds `generic`, whose loop i runs to `ranges(i)`.
  void finish(KernelBuilder &kernel, mlir::linalg::GenericOp generic, llvm::function_ref<mlir::Value(unsigned)> ranges,
              mlir::Location loc, mlir::Value times = {});

  /// Clones `op` onto memrefs, at the builder of `kernel`; `mapping` holds its scalars and captures.
  mlir::linalg::GenericOp buildGeneric(KernelBuilder &kernel, mlir::linalg::GenericOp op, mlir::IRMapping &mapping,
                                       mlir::ValueRange inputs, mlir::ValueRange outs);

  // FormTiles.cpp
  friend class TilesFormer;
  llvm::LogicalResult visitTiles(mlir::linalg::GenericOp op, const TileMembership &membership);

  // FormCopies.cpp
  llvm::LogicalResult visitExtractSlice(mlir::tensor::ExtractSliceOp op);
  llvm::LogicalResult visitInsertSlice(mlir::tensor::InsertSliceOp op);
  llvm::LogicalResult visitConcat(mlir::tensor::ConcatOp op);
  llvm::LogicalResult visitPad(mlir::tensor::PadOp op);
  llvm::LogicalResult visitScatter(rt::ScatterOp op);
  llvm::LogicalResult initialize(const BufferView &target, mlir::Value value, mlir::ArrayRef<mlir::Value> dims,
                                 mlir::Location loc);
  void fill(const BufferView &target, mlir::TypedAttr value, llvm::ArrayRef<mlir::Value> dims, mlir::Location loc);
  /// target[to] = source[from]; `shape` and `dims` are the shape of both parts. `permutation` sends target's to
  /// source's dimensions.
  void copy(const BufferView &source, const Region *from, const BufferView &target, const Region *to,
            llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<mlir::Value> dims, mlir::Location loc,
            mlir::AffineMap permutation = {});
  /// A copy of windows that is not read in place, in as few loops as its strides allow.
  llvm::LogicalResult visitStridedCopy(mlir::linalg::GenericOp op, const StridedPlaces &places);
  /// The places of a contiguous memref; `openSize` is their first size where that is open.
  mlir::Value strided(KernelBuilder &kernel, mlir::Value memref, const StridedPlaces &places, mlir::Value openSize);
  mlir::Value part(KernelBuilder &kernel, mlir::Value memref, const Region *region, llvm::ArrayRef<int64_t> shape);
  mlir::OpFoldResult programIndex(mlir::OpFoldResult value);

  // FormContraction.cpp
  struct Packed {
    BufferView matrix;
    std::optional<BufferView> sums;
    mlir::Value times; ///< the factor of the packing kernel's grid, null where it always runs
  };
  llvm::LogicalResult visitContraction(mlir::linalg::GenericOp op, const Contraction &contraction);
  mlir::FailureOr<Packed> pack(mlir::linalg::GenericOp op, const Contraction &contraction, rt::PackAttr attr,
                               bool wantsSums, mlir::Value times);
  /// 1 where a product may have a single row in this call and is best done without packing its right operand, else 0;
  /// null where that is not to be decided at run time.
  mlir::Value isSingleRow(mlir::linalg::GenericOp op, const Contraction &contraction);
  void describePacked(mlir::Value tensor, rt::PackAttr attr, Packed &packed, bool wantsSums);
  void buildMatmul(KernelBuilder &kernel, const Contraction &contraction, rt::PackAttr attr, mlir::AffineMap lhsMap,
                   mlir::ValueRange operands, bool accumulate);
  /// The left operand with k innermost, where it has another order.
  mlir::FailureOr<BufferView> contiguousLeft(mlir::linalg::GenericOp op, const Contraction &contraction,
                                             mlir::AffineMap &map);
  /// The windows that are the left operand, where they are read in place.
  std::optional<Windows> windowsOf(mlir::linalg::GenericOp op, const Contraction &contraction, int64_t depth);
  /// Adds the buffer that holds the windows' elements, as the memref that the windows describe, to the kernel.
  mlir::Value addWindows(KernelBuilder &kernel, mlir::linalg::GenericOp op, const Contraction &contraction,
                         const Windows &windows, mlir::Value source);
  /// Whether all that reads a copy of windows, but for counters, reads their elements in place.
  bool isReadInPlace(mlir::linalg::GenericOp windows, bool *isCounted = nullptr);

  // FormEvents.cpp
  struct EventLists {
    BufferView heads, places, values;
  };
  llvm::LogicalResult visitEventMatmul(rt::EventMatmulOp op);
  mlir::FailureOr<EventLists> listEvents(rt::EventMatmulOp op, mlir::Type value);

  // FormGroups.cpp
  llvm::LogicalResult visitGroupMatmul(rt::GroupMatmulOp op);
  /// Writes down which constants are the weights of a product, unless it only counts.
  void describeWeights(rt::GroupMatmulOp op, const BufferView &packed, const BufferView &scales,
                       const std::optional<BufferView> &codebook, const std::optional<BufferView> &zeros);
  void describeWeights(mlir::linalg::GenericOp op, const Contraction &contraction, mlir::ElementsAttr elements,
                       mlir::Value buffer);
  BufferView constantView(mlir::ElementsAttr elements, mlir::Location loc);
  /// The same of what `pack` makes, made once for a key.
  BufferView packedView(mlir::Attribute key, mlir::Location loc, llvm::function_ref<mlir::ElementsAttr()> pack);

  mlir::func::FuncOp main;
  rt::ProgramOp program;
  mlir::OpBuilder builder;
  ProgramSizes sizes;
  KernelTable table;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  llvm::DenseMap<mlir::Value, mlir::Value> claimed;
  /// By next value: states that a run appends to where they lie.
  llvm::DenseMap<mlir::Value, GrowingState> growing;
  /// The ops that would put their rows where they stand already.
  llvm::DenseSet<mlir::Operation *> standing;
  /// By next value: copies for counters, with the rows one behind the other.
  llvm::DenseMap<mlir::Value, mlir::Value> packedStates;
  /// By the text of the number of rows.
  llvm::StringMap<mlir::Value> rooms;
  llvm::SmallVector<mlir::Value> outputs;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Attribute>, Packed> packedOperands;
  /// The codes that rt.weights has named.
  llvm::DenseSet<mlir::Value> describedWeights;
  llvm::DenseMap<mlir::Attribute, mlir::ElementsAttr> packedConstants;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Attribute>, EventLists> eventLists;
  llvm::DenseSet<mlir::Operation *> countingOps;
  /// What the sizes that are measured need.
  llvm::DenseSet<mlir::Operation *> prelude;
  llvm::SmallVector<mlir::Attribute> counters;
  /// Members of groups that were visited: the last of them forms the group's kernel.
  llvm::DenseMap<int64_t, llvm::SmallVector<mlir::linalg::GenericOp>> groups;
  llvm::DenseMap<int64_t, size_t> groupSizes;
  /// The names of what a dispatch of a group writes.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::StringAttr>> writtenNames;
  /// The op at hand serves only counters.
  bool counting = false;
};

/// The elements of a constant tensor, or of a reshape of one, in the shape of `value`; else null.
mlir::ElementsAttr constantElements(mlir::Value value);

/// Reports ops of the body that no kernel can compute.
llvm::LogicalResult checkBody(mlir::linalg::GenericOp op);

/// Adds a linalg.generic over memrefs that copies `source` to `target`.
mlir::linalg::GenericOp buildCopy(mlir::OpBuilder &builder, mlir::Value source, mlir::Value target,
                                  mlir::AffineMap permutation);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_PROGRAMFORMER_H
