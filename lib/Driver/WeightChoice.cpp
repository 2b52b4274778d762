//===- WeightChoice.cpp - a format for each layer's weights --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightChoice.h"

#include "Emission.h"
#include "InputSums.h"
#include "LossModel.h"
#include "Phases.h"
#include "Plan.h"
#include "PlanTable.h"
#include "PlanTrials.h"
#include "WeightAllocation.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Artifact/Writer.h"
#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/SymbolicShapes.h"
#include "rheobase/Weights/Errors.h"
#include "rheobase/Weights/Recognition.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;

namespace {

/// What is chosen from, in ascending order of what they take.
constexpr StringLiteral kFormats[] = {"int4g32-1:4", "int2g32",  "int4g32-2:4", "int3g32", "int4g128",
                                      "int4g32",     "int8-2:4", "int5g32",     "int6g32", "int8"};
/// Networks that are compiled and run to see whether the error is met, and compiled to see whether the size is.
constexpr unsigned kMostRounds = 5;
/// How much dearer errors are taken to be after a round that missed.
constexpr double kRoundFactor = 1.1;
/// What a grid that is recognised has at most.
constexpr unsigned kMostBits = 8;
/// How near to what a layer may lose the model may come, which knows it by halves.
constexpr double kRoom = 0.7;

/// A site and what its weights can be.
struct Site {
  spk::ObserveOp observe;
  SmallVector<spk::CodedWeights> readers;
  std::vector<std::string> formats;
};

class WeightChooser {
public:
  WeightChooser(ModuleOp module, const CompileOptions &options);
  LogicalResult run();

private:
  LogicalResult fail(const llvm::Twine &text) const {
    return emitError(UnknownLoc::get(ModuleOp(module).getContext())) << "--weights=auto: " << text;
  }
  LogicalResult measure();
  void measureSite(size_t number, const InputSums &sums);
  LogicalResult fitSize();
  FailureOr<double> sizeWith(const FormatChoice &formats);
  LogicalResult fitError();
  FailureOr<double> errorWith(const FormatChoice &formats);
  void set(const FormatChoice &formats);
  void print() const;

  ModuleOp module;
  const CompileOptions &options;
  std::vector<Site> sites;
  /// Of each site in each of its formats.
  std::vector<std::vector<FormatCost>> costs;
  /// What other weights take, which become bytes.
  double rest = 0;
  FormatChoice chosen;
  /// Of the outputs, and bytes of the artifact, where it was run, and compiled.
  std::optional<double> outputs, size;
};

double bytesOfMatrix(const weights::Format &format, ArrayRef<int64_t> shape) {
  constexpr double byte = 8;
  return format.storedBits(shape[shape.size() - 2]) * static_cast<double>(ShapedType::getNumElements(shape)) / byte;
}

} // namespace

WeightChooser::WeightChooser(ModuleOp module, const CompileOptions &options) : module(module), options(options) {
  std::unique_ptr<weights::Format> bytes = weights::bytesPerOutput();
  module.walk([&](spk::ObserveOp observe) {
    Site site{observe, {}, {}};
    for (Operation *reader : observe->getUsers()) {
      auto product = dyn_cast<onnx::MatMulOp>(reader);
      if (!product || !spk::finiteMatrix(product.getB()))
        continue;
      spk::CodedWeights weights{product, 1, 2};
      ArrayRef<int64_t> shape = product.getB().getType().getShape();
      if (observe.getRole() == spk::kLinearRole && weights.isMatrix() &&
          shape[shape.size() - 2] % LossModel::measuredGroup() == 0)
        site.readers.push_back(weights);
      else
        rest += bytesOfMatrix(*bytes, shape);
    }
    if (!site.readers.empty())
      sites.push_back(std::move(site));
  });
}

/// What the site's weights take and lose in each format that its layers can do with. Weights that lie on a grid stay
/// there.
void WeightChooser::measureSite(size_t number, const InputSums &sums) {
  Site &site = sites[number];
  const weights::Algorithm &algorithm = *weights::findAlgorithm(options.weightsMethod);
  const weights::InputMoments &inputs = sums.of(site.observe.getInput());
  std::vector<FormatCost> found(std::size(kFormats), FormatCost{0, 0});
  std::vector<bool> fits(std::size(kFormats), true);
  for (const spk::CodedWeights &reader : site.readers) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(reader.value().getType()).getShape();
    int64_t length = shape[shape.size() - 2];
    std::optional<std::vector<float>> numbers = spk::finiteMatrix(reader.value());
    weights::Layer layer{*numbers, length, shape.back(), inputs.hessian};
    std::optional<weights::Recognised> grid = weights::recognise(layer, kMostBits);
    std::optional<LossModel> model;
    if (!grid)
      model.emplace(layer, inputs.mean, algorithm);
    for (auto [i, name] : llvm::enumerate(kFormats)) {
      std::unique_ptr<weights::Format> format = weights::parseFormat(name);
      if (grid) {
        fits[i] = fits[i] && !format->leavesOut() && format->bits() >= grid->format->bits();
        found[i].bytes += bytesOfMatrix(*grid->format, shape);
        continue;
      }
      double lost = format->holds(length) ? model->lost(*format) : 0;
      bool isSound = options.allowDegraded || lost <= kRoom * weights::kMostOutputError;
      fits[i] = fits[i] && format->holds(length) && (isSound || i + 1 == std::size(kFormats));
      found[i].bytes += bytesOfMatrix(*format, shape);
      found[i].error += lost;
    }
  }
  for (auto [i, name] : llvm::enumerate(kFormats))
    if (fits[i]) {
      site.formats.push_back(name.str());
      costs[number].push_back(found[i]);
    }
}

LogicalResult WeightChooser::measure() {
  costs.resize(sites.size());
  for (size_t first = 0, end = 0; first < sites.size(); first = end) {
    InputSums sums(options);
    while (end < sites.size() && sums.add(sites[end].observe.getInput()))
      ++end;
    if (failed(sums.gather(module)))
      return failure();
    for (size_t i = first; i < end; ++i)
      measureSite(i, sums);
  }
  return success();
}

void WeightChooser::set(const FormatChoice &formats) {
  for (auto [site, format] : llvm::zip(sites, formats))
    site.observe.setWeights(site.formats[format]);
}

/// The error of the outputs against the float network, with these formats.
FailureOr<double> WeightChooser::errorWith(const FormatChoice &formats) {
  set(formats);
  OwningOpRef<ModuleOp> copy = module.clone();
  CompileOptions inValues = options;
  inValues.form = "value";
  Trial numbers("--weights=auto"), coded("--weights=auto");
  if (failed(numbers.build(OwningOpRef<ModuleOp>(module.clone()))) || failed(makeSpiking(*copy, inValues)) ||
      failed(compress(*copy, inValues)) || failed(schedule(*copy, inValues)) || failed(coded.build(std::move(copy))))
    return failure();
  OutputError lost;
  auto take = [&](ArrayRef<TrialBatch> batches) {
    OutputValues expected = valuesOf(batches[0]);
    lost.add(expected, expected, batches[1]);
    return success();
  };
  if (failed(runTrials({&numbers, &coded}, options.calibrate, take, options.progress ? "running the choice," : "")))
    return failure();
  return std::sqrt(lost.square());
}

/// The bytes of the artifact with these formats, whatever the codes are.
FailureOr<double> WeightChooser::sizeWith(const FormatChoice &formats) {
  set(formats);
  OwningOpRef<ModuleOp> copy = module.clone();
  CompileOptions rounded = options;
  rounded.weightsMethod = CompileOptions().weightsMethod;
  if (failed(makeSpiking(*copy, rounded)) || failed(compress(*copy, rounded)) || failed(schedule(*copy, rounded)) ||
      failed(cacheCodes(*copy, rounded)) || failed(lowerToProgram(*copy)))
    return failure();
  FailureOr<artifact::Program> program = emitProgram(*copy, rounded);
  if (failed(program))
    return failure();
  uint64_t bytes = 0;
  if (std::string error = artifact::sizeOfArtifact(*program, bytes); !error.empty())
    return fail(error);
  return static_cast<double>(bytes);
}

/// What an artifact holds beside the weights depends little on their formats: it is what the last one had.
LogicalResult WeightChooser::fitSize() {
  double most = *options.targetSize - rest;
  std::optional<FormatChoice> fitting;
  for (unsigned round = 0; round < kMostRounds; ++round) {
    FormatChoice wished = allocateFormats(costs, most, 0);
    if (wished == chosen)
      break;
    chosen = wished;
    FailureOr<double> found = sizeWith(chosen);
    if (failed(found))
      return failure();
    if (*found <= *options.targetSize) {
      fitting = chosen;
      size.emplace(*found);
    } else if (llvm::all_of(chosen, [](size_t format) { return format == 0; })) {
      return fail("no choice takes " + llvm::Twine(threeDigits(*options.targetSize)) +
                  " bytes: the artifact would have " + threeDigits(*found) + "; ask for more, or try --allow-degraded");
    }
    most = *options.targetSize - (*found - bytesOf(costs, chosen));
  }
  if (!fitting)
    return fail("no choice was found that takes " + llvm::Twine(threeDigits(*options.targetSize)) +
                " bytes; ask for more");
  chosen = *fitting;
  set(chosen);
  return success();
}

/// Errors add up, in a unit that the first network shows: it has the largest formats, whose errors are next to nothing.
LogicalResult WeightChooser::fitError() {
  constexpr double everything = std::numeric_limits<double>::infinity();
  double wanted = options.goal->value * options.goal->value, unit = 0;
  FormatChoice largest = allocateFormats(costs, everything, 0);
  FailureOr<double> best = errorWith(largest);
  if (failed(best))
    return failure();
  double fixed = *best * *best;
  if (fixed > wanted)
    return fail("an error of " + asPercent(options.goal->value) + " is not reached: " + asPercent(*best) +
                " with 8 bits for each weight; ask for more, or try more --steps");
  // At first as if each layer's errors came through to the outputs.
  unit = 1;
  for (unsigned round = 0; round < kMostRounds; ++round) {
    chosen = allocateFormats(costs, everything, (wanted - fixed) / unit);
    FailureOr<double> found = errorWith(chosen);
    if (failed(found))
      return failure();
    outputs.emplace(*found);
    if (*found * *found <= wanted)
      return success();
    double modelled = errorOf(costs, chosen);
    unit = std::max(unit, modelled > 0 ? (*found * *found - fixed) / modelled : unit) * kRoundFactor;
  }
  chosen = largest;
  outputs.emplace(*best);
  set(chosen);
  return success();
}

void WeightChooser::print() const {
  llvm::MapVector<StringRef, size_t> counts;
  for (auto [site, format] : llvm::zip(sites, chosen))
    ++counts[site.formats[format]];
  llvm::errs() << "weights: " << llvm::format("%.3f MB", (bytesOf(costs, chosen) + rest) / 1e6);
  if (size)
    llvm::errs() << llvm::format(", the artifact %.3f MB", *size / 1e6);
  if (outputs)
    llvm::errs() << ", outputs off by " << asPercent(*outputs);
  for (StringLiteral name : kFormats)
    if (auto *count = counts.find(name); count != counts.end())
      llvm::errs() << "; " << count->second << " in " << name;
  llvm::errs() << "\n";
}

LogicalResult WeightChooser::run() {
  if (sites.empty())
    return fail(
        "the model has no linear layers of at least 32 inputs, so that there is nothing to choose; name a format");
  if (failed(measure()) || failed(options.targetSize ? fitSize() : fitError()))
    return failure();
  print();
  if (options.printPlan)
    llvm::outs() << planText(module, {});
  if (options.plan.empty())
    return success();
  std::string problem = writePlan(options.plan, module, {});
  return problem.empty() ? success() : fail(problem);
}

LogicalResult rheobase::chooseWeights(ModuleOp module, const CompileOptions &options) {
  setTables(module, options.tables == kAutoTables ? options.usualTables() : StringRef(options.tables));
  return WeightChooser(module, options).run();
}
