//===- Passes.td - lowering to linalg -------------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_TD
#define RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertOnnxToLinalg : Pass<"convert-onnx-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "write the network's operators as linalg and tensor ops over symbolic sizes";
  let description = [{
    Every op whose dialect has a lowering interface (`onnx`, and the dialects that other libraries bring) is replaced by
    `linalg.generic`, `tensor`, `arith` and `math` ops on ranked tensors. `onnx.Constant` stays. Open dimensions become
    `rt.symbol` and `affine.apply` at the start of the function; integer tensors whose elements are expressions of the
    symbols (what exporters compute with Shape, Gather and Concat) are never computed by tensor ops. Where an index comes
    from data, `rt.check_indices` stands before the op that reads through it, and the read itself is clamped.

    What cannot be lowered is an error at the node, all of them at once.

    Example:
    ```mlir
    %0 = onnx.Relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
    // becomes
    %batch = rt.symbol "batch"
    %1 = tensor.empty(%batch) : tensor<?x4xf32>
    %2 = linalg.generic {...} ins(%x : tensor<?x4xf32>) outs(%1 : tensor<?x4xf32>) { ... arith.select ... }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect", "::rheobase::rt::RtDialect"];
}

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_TD
