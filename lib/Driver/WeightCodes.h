//===- WeightCodes.h - weights of few bits, by what samples show ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WEIGHTCODES_H
#define RHEOBASE_LIB_DRIVER_WEIGHTCODES_H

#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Driver/Driver.h"
#include "rheobase/Report/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Writes constant weights in the format and by the method that the options name, those that lie on a grid already as
/// they are. Where a method or a report asks what a layer's inputs are, the samples run
/// through the network, as far as its weights are codes already, for as many layers at a time as fit into a part of the
/// memory. Appends what became of each matrix to `matrices`, which may be null.
llvm::LogicalResult codeWeights(mlir::ModuleOp module, const CompileOptions &options,
                                std::vector<spk::CodedMatrix> *matrices);

/// Whether there are the samples that the method asks for; else an error.
llvm::LogicalResult checkSamples(mlir::ModuleOp module, const CompileOptions &options);

report::Matrix toReport(const spk::CodedMatrix &matrix);

/// A line for each format that was recognised.
void printRecognised(llvm::raw_ostream &os, llvm::ArrayRef<spk::CodedMatrix> matrices);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WEIGHTCODES_H
