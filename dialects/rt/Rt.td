//===- Rt.td - the rt dialect -----------------------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RT_TD
#define RHEOBASE_RT_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rt_Dialect : Dialect {
  let name = "rt";
  let cppNamespace = "::rheobase::rt";
  let summary = "a program for the runtime: buffers, dispatches, symbolic sizes, counters";
}

class Rt_Op<string mnemonic, list<Trait> traits = []> : Op<Rt_Dialect, mnemonic, traits>;

def Rt_SymbolOp : Rt_Op<"symbol", [Pure]> {
  let summary = "the value of one of the program's symbols in this call";
  let description = [{
    Symbols are the dimensions that the model leaves open. Their values are read off the inputs' shapes at every call.

    Example:
    ```mlir
    %batch = rt.symbol "batch"
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Index:$value);
  let assemblyFormat = "$name attr-dict";
}

def Rt_CheckIndicesOp : Rt_Op<"check_indices"> {
  let summary = "stop the call with an error where an index is outside its axis";
  let description = [{
    Every element i of `indices` must satisfy -limit <= i < limit; else the call ends with an error that carries this op's
    location (the node's name). Kernels that read through the indices clamp them, so that no read is ever out of range.

    Example:
    ```mlir
    rt.check_indices %ids, %vocabulary : tensor<?x?xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$indices, Index:$limit);
  let assemblyFormat = "$indices `,` $limit attr-dict `:` type($indices)";
}

def Rt_CountOp : Rt_Op<"count"> {
  let summary = "add the sum of a tensor to a counter, in counting runs only";
  let description = [{
    The elements of `values` (i32 or i64, not negative) are summed in 64 bits and multiplied by `factor`, and the product is added to the counter
    (`site`, `quantity`). Quantities: "spikes", "synops" (weights), "product_synops" (activation times activation),
    "activations" (elements encoded), "clipped". A run without counting skips these dispatches and everything that only they use.

    Example:
    ```mlir
    rt.count %popcounts, %fan_out {site = "/vit/layer.0/query", quantity = "synops"} : tensor<?x96xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$values, Index:$factor, StrAttr:$site, StrAttr:$quantity);
  let assemblyFormat = "$values `,` $factor attr-dict `:` type($values)";
}

#endif // RHEOBASE_RT_TD
