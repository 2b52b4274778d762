//===- WeightCodes.cpp - weights of few bits, by what samples show -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightCodes.h"

#include "InputSums.h"

#include "rheobase/Weights/Errors.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace rheobase;
using weights::InputMoments;

namespace {

constexpr StringLiteral kPurpose = "--weights-method";

/// Layer after layer, of which later ones see what earlier ones have become.
LogicalResult codeBySamples(ModuleOp module, const spk::WeightCoding &coding, const CompileOptions &options,
                            std::vector<spk::CodedMatrix> &matrices) {
  SmallVector<spk::CodedWeights> all = spk::codedWeights(*module.getOps<func::FuncOp>().begin());
  for (ArrayRef<spk::CodedWeights> left = all; !left.empty();) {
    InputSums sums(options);
    ArrayRef<spk::CodedWeights> now =
        left.take_while([&](const spk::CodedWeights &layer) { return !layer.isMatrix() || sums.add(layer.inputs()); });
    left = left.drop_front(now.size());
    if (failed(sums.gather(module)))
      return failure();
    llvm::append_range(matrices,
                       spk::quantizeWeights(now, coding, [&](const spk::CodedWeights &layer) -> const InputMoments & {
                         return sums.of(layer.inputs());
                       }));
  }
  return success();
}

/// Where formats are chosen, a layer that loses too much is an error: what fails on samples fails elsewhere.
LogicalResult refuseDegraded(ModuleOp module, ArrayRef<spk::CodedMatrix> matrices) {
  for (const spk::CodedMatrix &each : matrices)
    if (each.outputError.value_or(0) > weights::kMostOutputError)
      return module.emitError() << "--weights=auto: the outputs of " << each.node << " lose "
                                << llvm::formatv("{0:F4}", *each.outputError).str() << " of their squares in "
                                << each.format << ", at most " << weights::kMostOutputError
                                << " expected; ask for more room, try --weights-method=gptq, or --allow-degraded";
  return success();
}

} // namespace

LogicalResult rheobase::checkSamples(ModuleOp module, const CompileOptions &options) {
  const weights::Algorithm *algorithm = weights::findAlgorithm(options.weightsMethod);
  if (!algorithm->needsInputs() || !options.calibrate.empty())
    return success();
  return module.emitError() << kPurpose << "=" << algorithm->name() << " chooses codes by what samples show, and there "
                            << "are none; give --calibrate=FILE.npz, or --weights-method=" << weights::kWithoutInputs;
}

/// Pairs of matrices are made before the phases that such a compilation begins with.
static LogicalResult checkPairs(ModuleOp module, const weights::Format &format, const CompileOptions &options) {
  if (options.from <= Phase::Convert || !format.makesPairs())
    return success();
  auto stopAtFactor = [](Operation *op) {
    return op->hasAttr(spk::kFactorAttr) ? WalkResult::interrupt() : WalkResult::advance();
  };
  if (module.walk(stopAtFactor).wasInterrupted())
    return success();
  return module.emitError() << "--weights=" << format.name() << " makes pairs of matrices in the phase "
                            << phaseName(Phase::Convert) << ", which --compile-from=" << phaseName(options.from)
                            << " leaves out, and the module has none; give it where that phase runs";
}

report::Matrix rheobase::toReport(const spk::CodedMatrix &matrix) {
  return {matrix.node,
          matrix.format,
          matrix.isExact,
          static_cast<uint64_t>(matrix.inputs),
          static_cast<uint64_t>(matrix.outputs),
          matrix.bits,
          matrix.weightError,
          matrix.outputError,
          matrix.zeros};
}

LogicalResult rheobase::codeWeights(ModuleOp module, const CompileOptions &options,
                                    std::vector<spk::CodedMatrix> *matrices) {
  // What no format was chosen for are bytes.
  std::unique_ptr<weights::Format> format =
      options.choosesWeights() ? weights::bytesPerOutput() : weights::parseFormat(options.weights);
  const weights::Algorithm *algorithm = weights::findAlgorithm(options.weightsMethod);
  if (options.correctBiases && options.calibrate.empty())
    return module.emitError() << "--correct-biases goes by what layers' inputs are in the mean over samples, and there "
                              << "are none; give --calibrate=FILE.npz";
  if (failed(checkSamples(module, options)) || failed(checkPairs(module, *format, options)))
    return failure();
  spk::WeightCoding coding{*format, *algorithm, /*recognises=*/true};
  std::vector<spk::CodedMatrix> found;
  // A report says what each layer's outputs lose, and a choice of formats is held to it.
  bool isHeld = matrices && options.choosesWeights() && !options.allowDegraded;
  if (algorithm->needsInputs() || options.correctBiases || isHeld || (matrices && !options.reports.empty())) {
    if (failed(codeBySamples(module, coding, options, found)))
      return failure();
  } else {
    static const InputMoments nothing;
    for (auto func : module.getOps<func::FuncOp>())
      llvm::append_range(
          found, spk::quantizeWeights(spk::codedWeights(func), coding,
                                      [](const spk::CodedWeights &) -> const InputMoments & { return nothing; }));
  }
  if (isHeld && failed(refuseDegraded(module, found)))
    return failure();
  if (matrices)
    llvm::append_range(*matrices, found);
  return success();
}

void rheobase::printRecognised(llvm::raw_ostream &os, ArrayRef<spk::CodedMatrix> matrices) {
  llvm::MapVector<std::pair<StringRef, unsigned>, SmallVector<const spk::CodedMatrix *>> byFormat;
  for (const spk::CodedMatrix &matrix : matrices)
    if (matrix.isExact || matrix.isNear)
      byFormat[{matrix.format, matrix.isNear}].push_back(&matrix);
  for (const auto &[found, members] : byFormat) {
    auto [format, isNear] = found;
    double bits = 0, count = 0;
    for (const spk::CodedMatrix *each : members)
      bits += each->bits, count += each->bits / each->bitsOfWeight();
    os << "weights: " << members.front()->node;
    if (members.size() > 1)
      os << " and " << members.size() - 1 << " more";
    os << (members.size() > 1 ? " lie" : " lies") << " on " << format << ", " << llvm::format("%.2f", bits / count)
       << " bits a weight: packed " << (isNear ? "but for roundings of f32\n" : "without loss\n");
  }
}
