//===- WeightFactors.cpp - matrices as pairs of signs, by what samples show ----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightFactors.h"

#include "InputSums.h"
#include "WeightCodes.h"

#include "rheobase/Conversion/Spk/Factors.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace rheobase;

/// Site after site, of which later ones see what earlier ones have become.
static LogicalResult factorBySamples(ModuleOp module, MutableArrayRef<spk::PairSite> left,
                                     const weights::Algorithm &algorithm, const CompileOptions &options,
                                     std::vector<spk::CodedMatrix> &found) {
  while (!left.empty()) {
    InputSums sums(options);
    size_t count = 0;
    while (count < left.size() && sums.add(left[count].observe.getInput()))
      ++count;
    if (failed(sums.gather(module)))
      return failure();
    for (spk::PairSite &site : left.take_front(count))
      llvm::append_range(found, spk::makePairs(site, algorithm, sums.of(site.observe.getInput()).hessian));
    left = left.drop_front(count);
  }
  return success();
}

static void say(ModuleOp module, ArrayRef<spk::CodedMatrix> found, ArrayRef<onnx::MatMulOp> unsuited) {
  double bits = 0, weights = 0;
  for (const spk::CodedMatrix &each : found)
    bits += each.bits, weights += static_cast<double>(each.inputs * each.outputs);
  InFlightDiagnostic text = emitRemark(UnknownLoc::get(module.getContext()))
                            << "weights: " << found.size() << " of " << found.size() + unsuited.size()
                            << " matrices became pairs of signs";
  if (!found.empty())
    text << ", " << llvm::formatv("{0:F2}", bits / weights).str() << " bits a weight";
  if (unsuited.empty())
    return;
  text << "; " << nodeName(unsuited.front());
  if (unsuited.size() > 1)
    text << " and " << unsuited.size() - 1 << " more";
  text << (unsuited.size() > 1 ? " become" : " becomes")
       << " bytes: what reads one site has inputs that are a multiple of 32 and pairs that take less than bytes, else "
          "name a smaller rank";
}

LogicalResult rheobase::factorWeights(ModuleOp module, const CompileOptions &options,
                                      std::vector<report::Matrix> *matrices) {
  const weights::Algorithm &algorithm = *weights::findAlgorithm(options.weightsMethod);
  std::vector<spk::CodedMatrix> found;
  for (auto func : module.getOps<func::FuncOp>()) {
    spk::PairSites sites = spk::pairSites(func, options.weights);
    if (sites.found.empty() && sites.unsuited.empty())
      continue;
    if (failed(checkSamples(module, options)))
      return failure();
    if (algorithm.needsInputs() || matrices) {
      if (failed(factorBySamples(module, sites.found, algorithm, options, found)))
        return failure();
    } else {
      static const weights::Hessian nothing;
      for (spk::PairSite &site : sites.found)
        llvm::append_range(found, spk::makePairs(site, algorithm, nothing));
    }
    say(module, found, sites.unsuited);
  }
  if (matrices)
    for (const spk::CodedMatrix &each : found)
      matrices->push_back(toReport(each));
  return success();
}
