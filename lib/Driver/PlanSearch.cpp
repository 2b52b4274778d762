//===- PlanSearch.cpp - a plan for a wanted error or cost ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanSearch.h"

#include "Allocation.h"
#include "Phases.h"
#include "Plan.h"
#include "PlanTable.h"
#include "PlanTrials.h"

#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace rheobase;

namespace {

/// Of more sites than this, neighbours of one kind are measured together.
constexpr size_t kMostProbes = 64;
/// Batches that each probe runs, at most, and encoded elements that all probes run, about.
constexpr int64_t kMostBatches = 16;
constexpr double kProbedElements = 4e9;
/// A site that hardly moved the outputs of these samples counts for this part of the mean one: others will come.
constexpr double kLeastError = 1e-3;
/// Where more outlier channels may be taken out: how many times as many are tried.
constexpr double kMoreOutliers = 3;
/// Networks that are compiled and run to see whether the goal is met.
constexpr unsigned kMostRounds = 4;

/// The operands of an operator that are sites: of a product of two, each has half of its operations.
int64_t codedOperands(Operation *op) {
  return llvm::count_if(op->getOperands(), [](Value v) { return v.getDefiningOp<spk::ObserveOp>() != nullptr; });
}

/// What sites of the same place in each layer have in common: the name without its numbers, as exporters write it.
std::string kindOf(StringRef site) {
  std::string kind;
  llvm::copy_if(site, std::back_inserter(kind), [](char c) { return !llvm::isDigit(c); });
  return kind;
}

/// Sites that are measured together.
using Group = SmallVector<size_t>;

/// What is run to learn what codes do.
struct Networks {
  Trial ann{"plan"};
  GatedTrial gated;
  SampleSet samples;
  /// Of each batch that probes run: the float network's results and those without codes of sites.
  std::vector<OutputValues> reference, clean;
};

class PlanSearch {
public:
  PlanSearch(ModuleOp module, ArrayRef<NamedStatistics> seen, const CompileOptions &options)
      : module(module), seen(seen), options(options), nets(std::make_unique<Networks>()) {
    module.walk([&](spk::ObserveOp op) {
      if (op.getRole() != spk::kNeuronRole)
        sites.push_back(op);
    });
  }

  /// Chooses steps that meet the goal.
  LogicalResult choose();
  /// Whether this choice serves the goal better: with fewer steps where an error was wanted, else with less error.
  bool isBetterThan(const PlanSearch &other) const;
  /// Says what was chosen, and writes it down.
  LogicalResult finish() const;
  /// Lets go of the networks that were run; what was chosen stays.
  void release() { nets.reset(); }

private:
  LogicalResult fail(const llvm::Twine &text) const {
    return emitError(UnknownLoc::get(ModuleOp(module).getContext())) << "plan: " << text;
  }
  LogicalResult load();
  LogicalResult measure();
  /// Runs the float network and the one without codes of sites; how far these are apart is what steps do not change.
  LogicalResult measureClean(int64_t batches);
  LogicalResult measureGroup(const Group &group);
  void readCounts(double samples);
  std::vector<Group> groups() const;

  /// The goal for the sites alone, as far as the rest is known.
  PlanGoal goalOfSites() const;
  /// Compiles with these steps and runs all samples.
  LogicalResult verify();
  /// Whether what was measured meets the goal; else the model is corrected.
  bool isMet();
  LogicalResult missed() const;

  void setSteps();
  PlanFigures figures() const;

  ModuleOp module;
  ArrayRef<NamedStatistics> seen;
  const CompileOptions &options;
  SmallVector<spk::ObserveOp> sites;

  std::unique_ptr<Networks> nets;

  std::vector<SiteCost> costs;
  std::vector<double> synops;
  /// The square of the error that is not the sites', and by how much more they spike than the model says.
  double fixed = 0, moreSpikes = 0;

  Allocation steps;
  /// Of the network with these steps.
  double error = 0, spikes = 0;
};

LogicalResult PlanSearch::load() {
  std::vector<std::string> files;
  std::string problem = sampleFiles(options.calibrate, files);
  if (problem.empty())
    problem = nets->samples.load(files.front());
  return problem.empty() ? success() : fail(problem);
}

LogicalResult PlanSearch::measureClean(int64_t batches) {
  for (auto next = static_cast<int64_t>(nets->reference.size()); next < batches; ++next) {
    int64_t first = next * nets->gated.batch();
    auto expected = nets->ann.runBatch(nets->samples, first, nets->gated.batch());
    if (failed(expected))
      return failure();
    nets->reference.push_back(valuesOf(*expected));
    auto without = nets->gated.run(nets->samples, first, {});
    if (failed(without))
      return failure();
    nets->clean.push_back(valuesOf(*without));
  }
  return success();
}

void PlanSearch::readCounts(double samples) {
  costs.resize(sites.size());
  synops.resize(sites.size());
  llvm::StringMap<size_t> numbers;
  for (auto [i, site] : llvm::enumerate(sites)) {
    costs[i].steps = options.steps;
    numbers[site.getSite()] = i;
  }
  for (const auto &entry : nets->gated.counts()) {
    auto number = numbers.find(siteOfCode(entry.first()));
    if (number == numbers.end())
      continue;
    SiteCost &cost = costs[number->second];
    const SiteCounts &counts = entry.second;
    cost.activations += counts.activations / samples;
    cost.spikes += counts.spikes / samples;
    // Codes of outlier channels.
    if (number->first() != entry.first())
      cost.more += counts.activations / samples * std::min(kOutlierSteps, kMostSteps - options.steps);
  }
  for (SiteCost &cost : costs)
    if (cost.activations > 0) {
      cost.spikes /= cost.activations;
      cost.more /= cost.activations;
    }
}

std::vector<Group> PlanSearch::groups() const {
  std::map<std::string, Group> byKind;
  for (auto [i, site] : llvm::enumerate(sites)) {
    spk::ObserveOp each = site;
    byKind[kindOf(each.getSite())].push_back(i);
  }
  // As many to a group as brings their number down.
  std::vector<Group> found;
  for (size_t size = 1; found.empty() || found.size() > std::max(kMostProbes, byKind.size()); ++size) {
    found.clear();
    for (const auto &[kind, members] : byKind)
      for (size_t begin = 0; begin < members.size(); begin += size)
        found.emplace_back(ArrayRef(members).slice(begin, std::min(size, members.size() - begin)));
  }
  return found;
}

LogicalResult PlanSearch::measureGroup(const Group &group) {
  SmallVector<StringRef> open;
  for (size_t i : group) {
    spk::ObserveOp site = sites[i];
    open.push_back(site.getSite());
  }
  OutputError lost;
  for (auto [i, expected] : llvm::enumerate(nets->clean)) {
    auto found = nets->gated.run(nets->samples, static_cast<int64_t>(i) * nets->gated.batch(), open);
    if (failed(found))
      return failure();
    lost.add(expected, nets->reference[i], *found);
  }
  for (size_t i : group)
    costs[i].error = lost.square() / static_cast<double>(group.size());
  return success();
}

LogicalResult PlanSearch::measure() {
  annotateSites(module, seen, options);
  if (failed(load()) || failed(nets->ann.build(OwningOpRef<ModuleOp>(module.clone()))) ||
      failed(nets->gated.build(module, options)))
    return failure();
  if (nets->samples.count() < nets->gated.batch())
    return fail("the model takes batches of " + llvm::Twine(nets->gated.batch()) + ", but " + nets->samples.source() +
                " holds " + llvm::Twine(nets->samples.count()) + " samples");
  if (failed(measureClean(1)))
    return failure();
  if (nets->reference.front().empty())
    return fail("the model has no f32 results to compare; steps are chosen with --steps or a --plan of your own");
  readCounts(static_cast<double>(nets->gated.batch()));
  std::vector<Group> probes = groups();
  double elements = 0;
  for (const SiteCost &cost : costs)
    elements += cost.activations * static_cast<double>(nets->gated.batch());
  auto affordable = static_cast<int64_t>(kProbedElements / std::max(1.0, elements * double(probes.size())));
  int64_t batches =
      std::min(nets->samples.count() / nets->gated.batch(), std::clamp<int64_t>(affordable, 1, kMostBatches));
  if (failed(measureClean(batches)))
    return failure();
  for (auto [i, probe] : llvm::enumerate(probes)) {
    if (failed(measureGroup(probe)))
      return failure();
    if (options.progress)
      llvm::errs() << "\r      measuring " << i + 1 << " of " << probes.size() << " codes"
                   << (i + 1 == probes.size() ? "\n" : "");
  }
  double sum = 0;
  for (const SiteCost &cost : costs)
    sum += cost.error;
  for (SiteCost &cost : costs)
    cost.error = std::max(cost.error, kLeastError * sum / static_cast<double>(costs.size()));
  return success();
}

PlanGoal PlanSearch::goalOfSites() const {
  PlanGoal goal = *options.goal;
  if (goal.kind == PlanGoal::Kind::Error)
    goal.value = std::sqrt(std::max(0.0, goal.value * goal.value - fixed));
  if (goal.kind == PlanGoal::Kind::Spikes)
    goal.value -= moreSpikes;
  return goal;
}

void PlanSearch::setSteps() {
  for (auto [site, chosen] : llvm::zip(sites, steps))
    site.setSteps(chosen);
  annotateSites(module, seen, options);
}

LogicalResult PlanSearch::verify() {
  setSteps();
  Trial trial("plan", /*counts=*/true);
  if (failed(buildConverted(trial, module, options)))
    return failure();
  OutputError lost;
  auto take = [&](ArrayRef<TrialBatch> batches) {
    OutputValues expected = valuesOf(batches[0]);
    lost.add(expected, expected, batches[1]);
    return success();
  };
  if (failed(runTrials({&nets->ann, &trial}, options.calibrate, take, options.progress ? "running the plan," : "")))
    return failure();
  error = std::sqrt(lost.square());
  CountsBySite counts = countsOf(trial);
  double elements = 0, all = 0;
  for (auto [i, site] : llvm::enumerate(sites)) {
    spk::ObserveOp each = site;
    for (const std::string &name : {each.getSite().str(), each.getSite().str() + ":outliers"}) {
      elements += counts[name].activations;
      all += counts[name].spikes;
    }
    synops[i] = 0;
    for (Operation *user : each->getUsers())
      synops[i] += counts[nodeName(user)].synops / static_cast<double>(codedOperands(user));
  }
  spikes = elements > 0 ? all / elements : 0;
  return success();
}

bool PlanSearch::isMet() {
  constexpr double room = 1 + 1e-6;
  double wanted = options.goal->value;
  switch (options.goal->kind) {
  case PlanGoal::Kind::Error:
    if (error <= wanted * room)
      return true;
    fixed = std::max(fixed, error * error - modelledError(costs, steps));
    return false;
  case PlanGoal::Kind::Planes:
    return meanSteps(costs, steps) <= wanted * room;
  case PlanGoal::Kind::Spikes:
    if (spikes <= wanted * room)
      return true;
    moreSpikes = spikes - modelledSpikes(costs, steps);
    return false;
  }
  return false;
}

LogicalResult PlanSearch::missed() const {
  double wanted = options.goal->value;
  switch (options.goal->kind) {
  case PlanGoal::Kind::Error:
    return fail("an error of " + asPercent(wanted) + " is not reached: " + asPercent(error) + " with " +
                threeDigits(meanSteps(costs, steps)) + " steps in the mean, of which " + asPercent(std::sqrt(fixed)) +
                " are not the codes'; ask for more, or try --weights=f32 or more --steps");
  case PlanGoal::Kind::Planes:
    return fail("no plan has " + threeDigits(wanted) + " steps in the mean: it would take " +
                threeDigits(meanSteps(costs, steps)) + "; ask for more");
  case PlanGoal::Kind::Spikes:
    return fail("no plan has " + threeDigits(wanted) + " spikes in the mean: it would take " + threeDigits(spikes) +
                "; ask for more");
  }
  return failure();
}

PlanFigures PlanSearch::figures() const {
  double all = 0;
  for (double each : synops)
    all += each;
  PlanFigures found;
  for (auto [i, site] : llvm::enumerate(sites)) {
    spk::ObserveOp each = site;
    ArrayRef<SiteCost> one(costs[i]);
    found[each.getSite()] = {costs[i].activations, all > 0 ? synops[i] / all : 0,
                             std::sqrt(modelledError(one, steps[i])), modelledSpikes(one, steps[i])};
  }
  return found;
}

LogicalResult PlanSearch::choose() {
  if (sites.empty())
    return fail("the model has no sites, so that there is nothing to choose; leave the goal out");
  if (failed(measure()))
    return failure();
  bool met = false;
  for (unsigned round = 0; round < kMostRounds && !met; ++round) {
    steps = allocate(costs, goalOfSites());
    if (failed(verify()))
      return failure();
    met = isMet();
  }
  return met ? success() : missed();
}

bool PlanSearch::isBetterThan(const PlanSearch &other) const {
  if (options.goal->kind == PlanGoal::Kind::Error)
    return meanSteps(costs, steps) < meanSteps(other.costs, other.steps);
  return error < other.error;
}

LogicalResult PlanSearch::finish() const {
  SmallVector<StringRef> roles;
  for (spk::ObserveOp site : sites)
    roles.push_back(site.getRole());
  printPlanTable(llvm::errs(), roles, costs, steps, {error, spikes});
  if (options.printPlan)
    llvm::outs() << planText(module, figures());
  if (options.plan.empty())
    return success();
  std::string problem = writePlan(options.plan, module, figures());
  return problem.empty() ? success() : fail(problem);
}

SmallVector<spk::ObserveOp> sitesOf(ModuleOp module) {
  SmallVector<spk::ObserveOp> sites;
  module.walk([&](spk::ObserveOp op) { sites.push_back(op); });
  return sites;
}

/// The share of channels with a code of their own, where the site has none of its own.
void setOutliers(ModuleOp module, double share) {
  Builder b(module.getContext());
  for (spk::ObserveOp site : sitesOf(module))
    if (site.getRole() == spk::kLinearRole && !site.getOutliers())
      site.setOutliersAttr(b.getF64FloatAttr(share));
}

/// What the sites of `from`, a copy of `module`, have of their own.
void takeSettings(ModuleOp module, ModuleOp from) {
  for (auto [site, chosen] : llvm::zip(sitesOf(module), sitesOf(from)))
    site->setAttrs(chosen->getAttrDictionary());
}

/// Where more outliers miss the goal the usual share stands, and nothing is to be said.
bool isChosenQuietly(PlanSearch &search, MLIRContext *context) {
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
  return succeeded(search.choose());
}

} // namespace

LogicalResult rheobase::searchPlan(ModuleOp module, ArrayRef<NamedStatistics> seen, const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy;
  if (options.searchOutliers && options.outliers > 0)
    copy = module.clone();
  PlanSearch usual(module, seen, options);
  if (failed(usual.choose()))
    return failure();
  if (!copy)
    return usual.finish();
  usual.release();
  setOutliers(*copy, std::min(1.0, options.outliers * kMoreOutliers));
  PlanSearch more(*copy, seen, options);
  if (!isChosenQuietly(more, module.getContext()) || !more.isBetterThan(usual))
    return usual.finish();
  takeSettings(module, *copy);
  return more.finish();
}
