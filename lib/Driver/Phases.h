//===- Phases.h - the phases of a compilation ------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PHASES_H
#define RHEOBASE_LIB_DRIVER_PHASES_H

#include "CalibrationFile.h"

#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Driver/Driver.h"
#include "rheobase/Report/Report.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace rheobase {

/// Steps that outlier channels have more than the rest.
inline constexpr unsigned kOutlierSteps = 4;

/// What a conversion leaves behind for a report on it.
struct ConversionRecord {
  /// The network on numbers with its sites marked: as it was, and with channels moved and split as the sites have them.
  mlir::OwningOpRef<mlir::ModuleOp> ann, reference;
  std::vector<report::Island> islands;
  std::vector<report::Matrix> matrices;
  report::Pruning pruning;
};

/// Frees the constants that neither the module nor the record uses. For where no other module is in use: not for
/// copies.
void releaseConstants(mlir::ModuleOp module, const ConversionRecord *record);

/// onnx to onnx: shapes, constants, composite operators.
llvm::LogicalResult simplify(mlir::ModuleOp module);
/// Marks sites, reads their ranges off the calibration data, makes neurons, encodes; names what stays on numbers.
/// `record` may be null.
llvm::LogicalResult convert(mlir::ModuleOp module, const CompileOptions &options, ConversionRecord *record = nullptr);
/// Whether tables become bytes: as is said, or as a plan or a choice says.
bool codesTables(mlir::ModuleOp module, const CompileOptions &options);
/// Weights become codes. Appends what became of each matrix to `matrices`, which may be null; with a report asked for,
/// what its outputs lose too.
llvm::LogicalResult compress(mlir::ModuleOp module, const CompileOptions &options,
                             std::vector<spk::CodedMatrix> *matrices = nullptr);
/// Chooses the form: value, time or event, or for each layer value or event.
llvm::LogicalResult schedule(mlir::ModuleOp module, const CompileOptions &options);
/// States of a spiking network become codes, where its sites allow it. Behind reports, which look at whole sites.
llvm::LogicalResult cacheCodes(mlir::ModuleOp module, const CompileOptions &options);
/// To linalg and an rt program.
llvm::LogicalResult lowerToProgram(mlir::ModuleOp module);

/// Runs the network as it is over the samples, or reads what they showed before: what was seen at each `spk.observe`.
llvm::FailureOr<std::vector<NamedStatistics>> calibrate(mlir::ModuleOp module, const CompileOptions &options);
/// Says at the sites what was seen there, by the policy asked for and each site's steps.
void annotateSites(mlir::ModuleOp module, llvm::ArrayRef<NamedStatistics> seen, const CompileOptions &options);
/// The exponent of channel migration that did best on language encoders and decoders (docs/calibration.md).
double usualMigration(const CompileOptions &options);
/// Makes neurons, and codes of the marked sites, whose channels have moved.
llvm::LogicalResult makeSpiking(mlir::ModuleOp module, const CompileOptions &options);
/// Makes neurons, and codes of the marked sites.
llvm::LogicalResult encodeSites(mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PHASES_H
