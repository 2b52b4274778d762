//===- Plan.h - what each site has of its own, in a file -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan says site by site what the command line says for all of them: steps, ranges, how much of the channels moves,
// how many get a code of their own. In a module these are attributes of spk.observe; in a file (docs/plan.md) fields of
// the same names, to be read, edited and given again with --plan. What tables are stored as is one for the module.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PLAN_H
#define RHEOBASE_LIB_DRIVER_PLAN_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>

namespace rheobase {

/// What is known of a site beside its settings: for the reader of a plan, never read back.
struct SiteFigures {
  /// Encoded elements of a sample.
  double activations = 0;
  /// Of the synaptic operations of all sites.
  double share = 0;
  /// By which coding this site alone moves the outputs, relative to them.
  double error = 0;
  /// Of an encoded element.
  double spikes = 0;
};

/// The figures of the sites that have any, by their names.
using PlanFigures = llvm::StringMap<SiteFigures>;

/// Numbers of tables, as --tables names them, where a plan says or a choice was made: an attribute of the module.
void setTables(mlir::ModuleOp module, llvm::StringRef tables);
std::optional<llvm::StringRef> tablesOf(mlir::ModuleOp module);

/// Sets at the module and its sites what the file says of them. Returns what went wrong, or "".
std::string readPlan(llvm::StringRef path, mlir::ModuleOp module);
/// The formats of weights alone, ahead of what they make of the network: sites that it does not have yet are passed
/// over.
std::string readPlannedWeights(llvm::StringRef path, mlir::ModuleOp module);

/// Writes what the module and its sites say. Returns what went wrong, or "".
std::string writePlan(llvm::StringRef path, mlir::ModuleOp module, const PlanFigures &figures);

/// The text that writePlan writes.
std::string planText(mlir::ModuleOp module, const PlanFigures &figures);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PLAN_H
