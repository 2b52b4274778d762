//===- SymbolicShapeOpInterface.td - shapes in symbols --------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_SYMBOLIC_SHAPE_TD
#define RHEOBASE_INTERFACES_SYMBOLIC_SHAPE_TD

include "mlir/IR/OpBase.td"

def SymbolicShapeOpInterface : OpInterface<"SymbolicShapeOpInterface"> {
  let cppNamespace = "::rheobase";
  let description = [{
    An op that can say the shapes of its results as integer expressions over the program's symbols (batch, sequence), and, for
    small integer tensors, their elements. Shape arithmetic that exporters leave in a graph (Shape, Gather, Concat, Reshape)
    is answered through the elements.
  }];
  let methods = [
    InterfaceMethod<[{
      Sets the shape, and where known the elements, of every result. Fails with a diagnostic that names the node, what was
      found and what was expected.
    }], "::llvm::LogicalResult", "inferSymbolicShapes", (ins "::rheobase::SymbolicShapes &":$shapes)>
  ];
}

#endif // RHEOBASE_INTERFACES_SYMBOLIC_SHAPE_TD
