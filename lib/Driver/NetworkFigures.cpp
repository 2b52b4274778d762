//===- NetworkFigures.cpp - operations and sizes of a converted network --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkFigures.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/WeightFormats.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;

namespace {

bool isProduct(Operation *op) {
  return isa<onnx::MatMulOp, spk::MatmulOp, spk::SynapseOp, spk::ProductOp, spk::ScaledMatmulOp, spk::ScaledSynapseOp>(
      op);
}

/// The format of a product's weights; null where they have none.
spk::WeightFormatInterface formatOf(Operation *product) {
  return llvm::TypeSwitch<Operation *, spk::WeightFormatInterface>(product)
      .Case<spk::ScaledMatmulOp, spk::ScaledSynapseOp>([](auto op) { return op.getFormat(); })
      .Default([](Operation *) { return nullptr; });
}

/// The constant weights that are `operand` of a product, where it is such.
std::optional<spk::KnownWeights> weightsOf(Operation *product, Value operand) {
  spk::WeightFormatInterface format = formatOf(product);
  if (auto unpack = operand.getDefiningOp<spk::UnpackOp>())
    operand = unpack.getCodes(), format = unpack.getFormat().value_or(nullptr);
  return isa_and_nonnull<onnx::ConstantOp, spk::LookupOp>(operand.getDefiningOp())
             ? spk::KnownWeights::of(operand, format)
             : std::nullopt;
}

/// What the weights of a product take where it runs, in bytes.
double storedBytes(Operation *product, const spk::KnownWeights &weights) {
  constexpr double bitsOfByte = 8;
  return llvm::TypeSwitch<Operation *, double>(product)
      .Case<spk::ScaledMatmulOp, spk::ScaledSynapseOp>([&](auto op) {
        int64_t bits = spk::storedBits(op.getFormat(), op.getWeights(), op.getScale(), op.getZero());
        return static_cast<double>(bits) / bitsOfByte;
      })
      .Default([&](Operation *) { return static_cast<double>(weights.size()) * weights.elementBytes(); });
}

/// How many weights are not 0: altogether, and of each input of a matrix [inputs, outputs].
struct NonZeros {
  uint64_t total = 0;
  std::vector<uint64_t> ofInput;

  explicit NonZeros(const spk::KnownWeights &weights) {
    ArrayRef<int64_t> shape = weights.getType().getShape();
    if (shape.size() == 2)
      ofInput.resize(shape[0]);
    for (int64_t i = 0; i < weights.size(); ++i) {
      if (weights.number(i) == 0)
        continue;
      ++total;
      if (!ofInput.empty())
        ++ofInput[i / shape[1]];
    }
  }
};

/// Sums over the products of a network.
class Accounts {
public:
  Accounts(const WorkCounter &work, const ProbedSites &sites, ArrayRef<TrialCount> counters, uint64_t samples)
      : work(work), sites(sites), counters(counters), samples(static_cast<double>(samples)) {}

  void add(Operation *product) {
    Value lhs = product->getOperand(0), rhs = product->getOperand(1), result = product->getResult(0);
    double macs = work.macs(lhs, result);
    spk::EncodeOp left = encodeBehind(lhs), right = encodeBehind(rhs);
    operations.results += work.elements(result);
    if (left && right)
      addPairs(macs, sites.find(left)->second.site, sites.find(right)->second.site);
    else if (left)
      addWeights(product, macs, left, rhs);
    else if (right)
      addWeights(product, macs, right, lhs);
    else
      operations.effectiveMacs += macs;
  }

  double connectionSparsity() const { return weightCount == 0 ? 0 : 1 - nonZeroCount / weightCount; }
  double bytesOfWeight() const { return weightCount == 0 ? 0 : weightBytes / weightCount; }

  report::OperationCounts operations;

private:
  void addPairs(double macs, const report::Site &left, const report::Site &right) {
    operations.productDense +=
        macs * static_cast<double>(left.planeWeights.size()) * static_cast<double>(right.planeWeights.size());
    operations.productAdditionsByRates += macs * left.spikesPerActivation() * right.spikesPerActivation();
  }

  void addWeights(Operation *product, double macs, spk::EncodeOp encode, Value other) {
    const ProbedSite &probed = sites.find(encode)->second;
    operations.dense += macs * static_cast<double>(probed.site.planeWeights.size());
    std::optional<spk::KnownWeights> weights = weightsOf(product, other);
    if (!weights || weights->size() == 0)
      return;
    NonZeros nonZeros(*weights);
    auto all = static_cast<double>(weights->size()), notZero = static_cast<double>(nonZeros.total);
    weightCount += all;
    nonZeroCount += notZero;
    weightBytes += storedBytes(product, *weights);
    ArrayRef<uint64_t> spikes = probed.probe->channelSpikes();
    if (spikes.size() != nonZeros.ofInput.size() || !isDirect(product->getOperand(0))) {
      // Of windows, and of weights on the left, it is not known which weights a spike meets.
      operations.effectiveAcs +=
          static_cast<double>(countOf(counters, "synops", nodeName(product))) / samples * notZero / all;
      return;
    }
    double sum = 0;
    for (auto [count, fanOut] : llvm::zip(spikes, nonZeros.ofInput))
      sum += static_cast<double>(count) * static_cast<double>(fanOut);
    operations.effectiveAcs += sum / samples;
  }

  /// Whether the operand is a site's train itself, one way or another, and not its windows.
  static bool isDirect(Value operand) {
    Operation *op = operand.getDefiningOp();
    return op &&
           (isa<spk::EncodeOp>(op) ||
            (op->getNumOperands() > 0 && op->getOperand(0).getDefiningOp<spk::EncodeOp>() && !isa<spk::PatchesOp>(op)));
  }

  const WorkCounter &work;
  const ProbedSites &sites;
  ArrayRef<TrialCount> counters;
  double samples;
  double weightCount = 0, nonZeroCount = 0, weightBytes = 0;
};

/// Multiply-accumulates of the network on numbers.
void countMacs(func::FuncOp ann, const WorkCounter &work, report::OperationCounts &operations) {
  ann.walk([&](Operation *op) {
    if (auto product = dyn_cast<onnx::MatMulOp>(op))
      (weightsOf(product, product.getA()) || weightsOf(product, product.getB()) ? operations.weightMacs
                                                                                : operations.productMacs) +=
          work.operations(op);
    else if (isa<onnx::ConvOp>(op))
      operations.weightMacs += work.operations(op);
  });
}

/// What the sites say together: those that feed products for the means over activations, all for thresholds.
void addSites(const ProbedSites &sites, double samples, report::Network &network) {
  double planes = 0, steps = 0, bits = 0, spikes = 0, activations = 0;
  for (const auto &[encode, probed] : sites) {
    const report::Site &site = probed.site;
    auto count = static_cast<double>(site.activations), perElement = static_cast<double>(site.planeWeights.size());
    network.thresholdComparisons += static_cast<double>(site.countedActivations) * perElement / samples;
    network.membraneUpdates += static_cast<double>(site.countedSpikes) / samples;
    if (!probed.feedsProducts)
      continue;
    activations += count;
    planes += count * perElement;
    steps += count * site.steps;
    bits += count * site.bits;
    spikes += static_cast<double>(site.spikes());
    network.operations.activations += static_cast<double>(site.countedActivations) / samples;
  }
  if (activations == 0)
    return;
  network.planesPerActivation = planes / activations;
  network.stepsPerActivation = steps / activations;
  network.bitsPerActivation = network.operations.bits = bits / activations;
  network.spikesPerActivation = spikes / activations;
  network.activationSparsity = 1 - spikes / planes;
}

void addCounters(ArrayRef<TrialCount> counters, double samples, report::Network &network) {
  auto perSample = [&](StringRef quantity) { return static_cast<double>(countOf(counters, quantity)) / samples; };
  network.operations.synapticAdditions = perSample("synops");
  network.operations.productAdditions = perSample("product_synops");
  network.neuronSpikes = network.operations.neuronSpikes = perSample("neuron_spikes");
}

} // namespace

spk::EncodeOp rheobase::encodeBehind(Value operand) {
  while (Operation *op = operand.getDefiningOp()) {
    if (auto encode = dyn_cast<spk::EncodeOp>(op))
      return encode;
    if (!isa<spk::CodesOp, spk::DecodeOp, spk::PatchesOp>(op))
      return {};
    operand = op->getOperand(0);
  }
  return {};
}

bool rheobase::feedsProduct(spk::EncodeOp encode) {
  SmallVector<Value> carriers{encode.getTrain()};
  while (!carriers.empty())
    for (Operation *user : carriers.pop_back_val().getUsers()) {
      if (isProduct(user))
        return true;
      if (isa<spk::CodesOp, spk::DecodeOp, spk::PatchesOp>(user))
        carriers.push_back(user->getResult(0));
    }
  return false;
}

/// Elements and bytes of all constants.
static std::pair<uint64_t, uint64_t> constantsOf(func::FuncOp func) {
  uint64_t count = 0, bytes = 0;
  llvm::DenseSet<Attribute> seen;
  func.walk([&](onnx::ConstantOp op) {
    auto data = ConstantData::of(op.getResult());
    if (!data || !seen.insert(op.getValue()).second)
      return;
    count += static_cast<uint64_t>(data->size());
    bytes += static_cast<uint64_t>(data->size()) * data->elementBytes();
  });
  return {count, bytes};
}

FailureOr<report::Network> rheobase::networkFigures(func::FuncOp func, func::FuncOp ann, const InputShapes &inputs,
                                                    const ProbedSites &sites, ArrayRef<TrialCount> counters,
                                                    uint64_t samples) {
  FailureOr<WorkCounter> work = WorkCounter::of(func, inputs), annWork = WorkCounter::of(ann, inputs);
  if (failed(work) || failed(annWork))
    return failure();
  Accounts accounts(*work, sites, counters, samples);
  func.walk([&](Operation *op) {
    if (isProduct(op))
      accounts.add(op);
  });
  report::Network network;
  network.operations = accounts.operations;
  network.connectionSparsity = accounts.connectionSparsity();
  countMacs(ann, *annWork, network.operations);
  std::tie(network.parameterCount, network.footprint) = constantsOf(func);
  std::tie(network.annParameterCount, network.annFootprint) = constantsOf(ann);
  network.operations.weightBytes = accounts.bytesOfWeight();
  addSites(sites, static_cast<double>(samples), network);
  addCounters(counters, static_cast<double>(samples), network);
  return network;
}
