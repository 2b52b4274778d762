//===- FloatIslands.cpp - what stays on numbers, and how much that is ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatIslands.h"

#include "Work.h"

#include "rheobase/Conversion/Spk/Islands.h"

#include "llvm/Support/Format.h"

using namespace mlir;
using namespace rheobase;

namespace {

std::string percent(double share) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2f %%", 100 * share);
  return text;
}

LogicalResult reportOf(func::FuncOp func, const CompileOptions &options, std::vector<report::Island> &islands) {
  std::vector<spk::FloatIsland> found = spk::floatIslands(func);
  if (found.empty())
    return success();
  FailureOr<WorkCounter> work = WorkCounter::of(func, sampleShapes(options.calibrate));
  if (failed(work))
    return failure();
  double total = std::max(work->total(func), 1.0), sum = 0;
  for (const auto &[op, why] : found) {
    double operations = work->operations(op), share = operations / total;
    sum += share;
    InFlightDiagnostic diagnostic = options.strict ? emitError(op->getLoc()) : emitWarning(op->getLoc());
    diagnostic << nodeText(op) << "stays on numbers (" << percent(share) << " of the operations): " << why;
    islands.push_back({nodeName(op), op->getName().stripDialect().str(), why, operations, share});
  }
  std::string all =
      std::to_string(found.size()) + " of the network's nodes stay on numbers, " + percent(sum) + " of the operations";
  if (options.strict)
    return emitError(func.getLoc()) << "--strict: " << all << "; none expected, leave --strict out to keep them so";
  emitRemark(UnknownLoc::get(func.getContext())) << all << "; --strict refuses that";
  return success();
}

} // namespace

LogicalResult rheobase::reportIslands(ModuleOp module, const CompileOptions &options,
                                      std::vector<report::Island> &islands) {
  for (auto func : module.getOps<func::FuncOp>())
    if (failed(reportOf(func, options, islands)))
      return failure();
  return success();
}
