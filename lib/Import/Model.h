//===- Model.h - a parsed model whose tensors stay where they are ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_MODEL_H
#define RHEOBASE_LIB_IMPORT_MODEL_H

#include "ByteSource.h"
#include "WireStrip.h"
#include "rheobase/Import/Import.h"

#include "mlir/IR/Location.h"
#include "onnx.pb.h"
#include "llvm/Support/LogicalResult.h"

namespace rheobase {

/// A model after the bounded walk: its structure as Protobuf objects, its tensors' elements in `source`.
struct Model {
  ByteSource source;
  std::vector<TensorPayload> payloads;
  ::onnx::ModelProto proto;
  /// The version of the default domain, the standard operators.
  int64_t opset = 0;

  /// The elements in the file of `tensor`, which is part of `proto`; null where it has none.
  const TensorPayload *payloadOf(const ::onnx::TensorProto &tensor) const;
};

/// Walks, parses and checks what is not the graph: versions, domains, functions. Reports every error at `loc`.
llvm::LogicalResult loadModel(ByteSource source, const ImportOptions &options, mlir::Location loc, Model &model);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_MODEL_H
