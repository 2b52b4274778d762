//===- OnnxBase.td - dialect and base classes -----------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ONNX_BASE_TD
#define RHEOBASE_ONNX_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::rheobase::onnx";
  let summary = "the imported graph, in the names of the ONNX standard";
  let description = [{
    One typed op per supported ONNX operator at its newest version. The importer brings older forms up, so that no pass
    meets more than one form of an operator. Values are ranked tensors of signless element types (`ui8` stays `ui8`,
    `tensor(bool)` is `i1`); an absent optional input is an absent operand. Locations are `NameLoc`s with the node's name.
    Dimensions that the model leaves symbolic are `?`; their expressions in the program's symbols are recomputed when asked
    for through `SymbolicShapeOpInterface`.
  }];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 0;
}

class Onnx_Op<string mnemonic, list<Trait> traits = []>
    : Op<Onnx_Dialect, mnemonic, !listconcat([Pure], traits)>;

/// Applies one scalar function to every element under ONNX's multidirectional broadcasting.
def Onnx_Elementwise : NativeOpTrait<"Elementwise"> {
  let cppNamespace = "::rheobase::onnx";
}

def Onnx_Tensor : Type<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">, "ranked tensor", "::mlir::RankedTensorType">;

def Onnx_ConstantOp : Op<Onnx_Dialect, "Constant", [Pure, ConstantLike]> {
  let summary = "a tensor known when compiling";
  let description = [{
    Initializers and Constant nodes. Large values are dense resources over the mapped model file: they are not copied.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Onnx_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, ::mlir::cast<::mlir::RankedTensorType>(value.getType()), value);
  }]>];
  let hasFolder = 1;
}

#endif // RHEOBASE_ONNX_BASE_TD
