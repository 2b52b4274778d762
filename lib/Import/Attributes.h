//===- Attributes.h - a node's attributes as MLIR attributes ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_ATTRIBUTES_H
#define RHEOBASE_LIB_IMPORT_ATTRIBUTES_H

#include "NodeForm.h"
#include "Tensors.h"

namespace rheobase {

/// Reads the attributes of `node` into `form`: each is one that `schema` has, of its kind, and present once; those that
/// the schema requires are present. Reports everything that is wrong.
llvm::LogicalResult readAttributes(const ::onnx::NodeProto &node, const OperatorSchema &schema, TensorReader &tensors,
                                   NodeForm &form);

/// The value of a Constant node, from whichever of its attributes is present.
llvm::FailureOr<mlir::ElementsAttr> readConstant(const ::onnx::NodeProto &node, TensorReader &tensors,
                                                 const NodeForm &form);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_ATTRIBUTES_H
