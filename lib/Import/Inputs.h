//===- Inputs.h - the graph's inputs and open dimensions --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_INPUTS_H
#define RHEOBASE_LIB_IMPORT_INPUTS_H

#include "rheobase/Import/Import.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "onnx.pb.h"

#include <string>
#include <vector>

namespace rheobase {

/// One tensor that enters the program.
struct InputTensor {
  llvm::StringRef name;
  mlir::RankedTensorType type;
  /// As in `rheobase.dims`.
  llvm::SmallVector<std::string> dims;
};

/// The program's inputs, and the symbols in their dimensions in order of appearance.
struct ProgramInputs {
  std::vector<InputTensor> tensors;
  llvm::SmallVector<Symbol> symbols;
};

/// Reads the inputs of `graph` that are not initializers; `options.dims` closes or bounds open dimensions. Reports
/// everything that is wrong at `loc`.
llvm::FailureOr<ProgramInputs> readInputs(const ::onnx::GraphProto &graph, const ImportOptions &options,
                                          mlir::Location loc);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_INPUTS_H
