//===- Passes.td - the passes of code generation -----------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CODEGEN_PASSES_TD
#define RHEOBASE_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def RtFuseElementwise : Pass<"rt-fuse-elementwise", "::mlir::ModuleOp"> {
  let summary = "fuse elementwise linalg ops";
  let description = [{
    Uses the upstream fusion of `linalg.generic` ops. A producer is fused where this repeats no work: it has one
    use and its consumer reads each element once, or it only moves data. Contractions take in transposes of their
    operands.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def RtMoveTransposes : Pass<"rt-move-transposes", "::mlir::ModuleOp"> {
  let summary = "let what stands between convolutions work on rows of channels";
  let description = [{
    A transpose before padding is done after it, where `rt-fuse-elementwise` joins it with the reduction that reads it; the one
    behind that reduction becomes the order in which the reduction writes. Elementwise ops on the result of a product whose rows were
    parted into the places of an image run on the rows.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def RtSliceColumns : Pass<"rt-slice-columns", "::mlir::ModuleOp"> {
  let summary = "products by constants compute the slices of columns that are read of their result";
  let description = [{
    Where all that is read of a product by a constant are slices of its columns (queries, keys and values of one projection), the
    product and the elementwise ops between become one for each slice, with its part of the weights: nothing is copied, and each
    is computed together with what reads it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RtSplitColumns : Pass<"rt-split-columns", "::mlir::ModuleOp"> {
  let summary = "products by constants compute the groups of columns that a reshape makes of their result";
  let description = [{
    Where the columns of a product by a constant are parted (the heads of attention), the product and the elementwise ops between
    get a loop over the groups, so that what follows group by group (a step for each row of a head) can be computed in the
    product's tiles. Groups of 64 or 128 columns; the weights are seen through another shape, not moved.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RtAlignLayouts : Pass<"rt-align-layouts", "::mlir::ModuleOp"> {
  let summary = "results keep the order of what they are made of where their users gain by it";
  let description = [{
    An elementwise op that writes in another order than it reads (the keys of attention, transposed) writes in the
    order it reads, if a reduction among its users then runs along contiguous elements, or a product takes its right
    operand in stretches of k. Users read through another indexing map. Sums of floats keep their order: where a user
    is one, nothing changes.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def RtFuseTiles : Pass<"rt-fuse-tiles", "::mlir::ModuleOp"> {
  let summary = "group linalg ops that are computed tile by tile in one kernel";
  let description = [{
    Marks the ops of a group with `rt.group` (its number), `rt.tile_loops` (which loops of the op run over the tile's
    dimensions, the last of which runs fastest) and `rt.tile_steps` (how far a tile reaches in each). What one op of
    a group reads from another lies in the same tile, so that a kernel does all of them for one tile before it goes
    on to the next, and keeps in the cache what nobody else reads. Three kinds of groups: two products with what lies
    between (attention), a product with the elementwise ops behind it, reductions along rows with what is around
    them. Ops move so that a group's operands come before it and its users behind. Results inside a group that only
    counters read are computed for them by copies outside; elementwise members that nothing keeps apart any more become
    one.
  }];
  let dependentDialects = ["::rheobase::rt::RtDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RtMergeLoops : Pass<"rt-merge-loops", "::mlir::ModuleOp"> {
  let summary = "merge loops that run over contiguous memory";
  let description = [{
    Dimensions that stand together in all operands of a `linalg.generic` become one, so that inner loops are long.
    Ops that are computed by tiles keep their loops.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RtFormDispatches : Pass<"rt-form-dispatches", "::mlir::ModuleOp"> {
  let summary = "turn @main into an rt.program of dispatches, and each linalg op into a kernel over memrefs";
  let description = [{
    Each op that computes becomes one dispatch (more where it needs a copy or a packed operand first); equal
    kernels are shared. Reshapes become views of the same buffer. What only counters need is marked `counting`.
    Every dispatch keeps the location of its op.
  }];
  let dependentDialects = ["::rheobase::rt::RtDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect"];
}

def RtPlanBuffers : Pass<"rt-plan-buffers", "::mlir::ModuleOp"> {
  let summary = "give each rt.buffer a slot: its place in the order in which buffers go into the arena";
}

def RtExpandMath : Pass<"rt-expand-math", "::mlir::ModuleOp"> {
  let summary = "replace math functions by polynomials in arith ops, the same on every target";
  let description = [{
    exp, exp2, expm1, log, log2, log10, log1p, erf, tanh, sin, cos, powf, rsqrt and their kin become sequences of
    multiplications and additions that are never contracted, so that every target computes the same bits. What one
    instruction computes exactly (sqrt, floor, roundeven, abs, fma where the target has it) stays.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def RtVectorizeKernels : Pass<"rt-vectorize-kernels", "::mlir::ModuleOp"> {
  let summary = "turn kernel bodies into scf loops over vectors, restricted to a range of work items";
  let description = [{
    Adds the arguments `begin` and `end`. Elementwise loops and reductions run in 16 lanes on every target; matmul
    tiles depend on the target.
  }];
  let options = [Option<"target", "target", "std::string", "\"x86-64\"",
                        "CPU target: x86-64, x86-64-v3, x86-64-v3-vnni, x86-64-v4-vnni, native">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::affine::AffineDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def RtLowerKernels : Pass<"rt-lower-kernels", "::mlir::ModuleOp"> {
  let summary = "give vectorised kernels the artifact's calling convention and lower them to the llvm dialect";
  let description = [{
    Removes the rt.program. The result holds one `llvm.func` per kernel: `i64 kernel(ptr buffers, ptr sizes, i64
    begin, i64 end)`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::func::FuncDialect"];
}

#endif // RHEOBASE_CODEGEN_PASSES_TD
