//===- Facts.h - what has been decided about a module -----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A module between two phases says in its attribute `rheobase.facts` what the phases before decided: names and texts,
// such as {source = "vit.onnx", form = "value", steps = "8"}. A compilation that stops and starts again from text goes
// on from them, and the artifact shows them as its metadata.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_FACTS_H
#define RHEOBASE_LIB_DRIVER_FACTS_H

#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Writes down what `phase`, which has just run, decided.
void recordFacts(mlir::ModuleOp module, Phase phase, const CompileOptions &options);

/// Sets the options that the phases before `options.from` decided; reports an error where they are malformed. A module
/// that says nothing of its source comes from `options.input`.
llvm::LogicalResult resumeFacts(mlir::ModuleOp module, CompileOptions &options);

/// All of them, in alphabetical order.
std::vector<std::pair<std::string, std::string>> readFacts(mlir::ModuleOp module);

/// The file name of the model without its extension.
std::string modelName(mlir::ModuleOp module);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_FACTS_H
