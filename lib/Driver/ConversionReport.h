//===- ConversionReport.h - what a conversion did, measured on samples ---*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_CONVERSIONREPORT_H
#define RHEOBASE_LIB_DRIVER_CONVERSIONREPORT_H

#include "Phases.h"

namespace rheobase {

/// Runs the scheduled network and the one before conversion side by side over the samples, writes the files that the
/// options name, and says the most important on stderr.
llvm::LogicalResult reportConversion(mlir::ModuleOp module, const ConversionRecord &record,
                                     const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_CONVERSIONREPORT_H
