//===- SpkFactorWeights.cpp - spk-factor-weights -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelScaling.h"
#include "LinearSite.h"
#include "TensorBuilder.h"
#include "dialects/spk/Levels.h"
#include "rheobase/Conversion/Spk/Factors.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/ConstantMemory.h"
#include "rheobase/Interfaces/SymbolicShapes.h"
#include "rheobase/Weights/Errors.h"
#include "rheobase/Weights/SignPair.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKFACTORWEIGHTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;
using weights::Hessian;

namespace {

struct MatrixSize {
  int64_t inputs, outputs;

  static MatrixSize of(onnx::MatMulOp product) {
    ArrayRef<int64_t> shape = product.getB().getType().getShape();
    return {shape[shape.size() - 2], shape.back()};
  }
};

/// In order.
SmallVector<Operation *> readersOf(ObserveOp observe) {
  SmallVector<Operation *> readers(observe->getUsers());
  llvm::sort(readers, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return readers;
}

/// Whether the weights of a reader may become a pair, whatever the rank.
bool isApt(ObserveOp observe, Operation *reader) {
  auto product = dyn_cast<onnx::MatMulOp>(reader);
  auto constant = product ? product.getB().getDefiningOp<onnx::ConstantOp>() : nullptr;
  return constant && product.getA() == observe.getOutput() && CodedWeights{product, 1, 2}.isMatrix() &&
         llvm::all_of(constant->getUsers(),
                      [&](Operation *user) { return user->getOperand(0) == observe.getOutput(); }) &&
         finiteMatrix(product.getB());
}

/// Nothing where the site stays what it is.
std::optional<PairSite> pairSiteOf(ObserveOp observe, std::unique_ptr<weights::Format> format) {
  if (levelsOf(observe))
    return std::nullopt;
  PairSite site{observe, std::move(format), {}, {}};
  for (Operation *reader : readersOf(observe)) {
    if (!isApt(observe, reader))
      return std::nullopt;
    auto product = cast<onnx::MatMulOp>(reader);
    MatrixSize size = MatrixSize::of(product);
    std::optional<int64_t> rank = site.format->rank(size.inputs, size.outputs);
    if (!rank)
      return std::nullopt;
    site.products.push_back(product);
    site.ranks.push_back(*rank);
  }
  return site;
}

class PairMaker {
public:
  PairMaker(PairSite &site, const weights::Algorithm &algorithm, const Hessian &inputs)
      : site(site), algorithm(algorithm), inputs(inputs), scales(channelScales()) {}

  std::vector<CodedMatrix> run() {
    stored = scaleChannels(site.observe, scales) ? static_cast<int64_t>(scales.size()) : 0;
    std::vector<CodedMatrix> matrices;
    for (auto [product, rank] : llvm::zip_equal(site.products, site.ranks)) {
      matrices.push_back(make(product, rank));
      stored = 0;
    }
    giveBackMappedPages();
    return matrices;
  }

private:
  /// The root mean square of each channel's weights.
  SmallVector<float> channelScales() const {
    int64_t outputs = 0;
    std::vector<double> squares(MatrixSize::of(site.products.front()).inputs, 0);
    for (onnx::MatMulOp product : site.products) {
      ChannelWeights weights(product);
      outputs += MatrixSize::of(product).outputs;
      for (int64_t i = 0; i < weights.size(); ++i)
        squares[weights.channelOf(i)] += double(weights.number(i)) * weights.number(i);
    }
    SmallVector<float> lengths;
    for (double square : squares)
      lengths.push_back(static_cast<float>(std::sqrt(square / static_cast<double>(outputs))));
    SmallVector<float> result = atLeastPartOfMedian(lengths);
    // Where most weights are 0.
    for (float &each : result)
      each = each > 0 ? each : 1;
    return result;
  }

  /// The sum of x x^T of inputs that are scaled.
  Hessian scaledInputs() const {
    Hessian scaled(inputs);
    auto n = static_cast<int64_t>(scales.size());
    for (int64_t i = 0; i < n && !scaled.empty(); ++i)
      for (int64_t j = 0; j < n; ++j)
        scaled[i * n + j] *= double(scales[i]) * scales[j];
    return scaled;
  }

  CodedMatrix make(onnx::MatMulOp product, int64_t rank) {
    auto [length, outputs] = MatrixSize::of(product);
    std::vector<float> numbers = *finiteMatrix(product.getB()), even = numbers;
    for (int64_t i = 0; i < length * outputs; ++i)
      even[i] /= scales[i / outputs];
    Hessian seen = scaledInputs(), metric = algorithm.metric({even, length, outputs, seen});
    weights::SignPair pair = weights::factorSigns({even, length, outputs, metric}, rank);
    std::vector<float> instead = pair.product();
    for (int64_t i = 0; i < length * outputs; ++i)
      instead[i] *= scales[i / outputs];
    weights::Layer layer{numbers, length, outputs, inputs};
    CodedMatrix figures{nodeName(product),
                        site.format->name(),
                        length,
                        outputs,
                        weights::pairBits(length, outputs, rank) + kScaleBits * static_cast<double>(stored),
                        /*isExact=*/false,
                        weights::weightError(layer, instead),
                        {}};
    if (!inputs.empty())
      figures.outputError = weights::outputError(layer, instead);
    rewrite(product, pair);
    return figures;
  }

  void rewrite(onnx::MatMulOp product, const weights::SignPair &pair) {
    OpBuilder b(product);
    std::string name = nodeName(product) + kPairSuffix.str();
    Location loc = NameLoc::get(b.getStringAttr(name));
    TensorBuilder tensors(b, loc);
    auto [length, outputs] = MatrixSize::of(product);
    Value left = tensors.numbers(pair.left, {length, pair.rank});
    auto first = tensors.matmul(product.getA(), left).getDefiningOp<onnx::MatMulOp>();
    auto middle = ObserveOp::create(b, loc, first.getY(), unique(name), kLinearRole);
    middle.setStepsAttr(site.observe.getStepsAttr());
    middle.setCodeAttr(site.observe.getCodeAttr());
    middle.setBasesAttr(site.observe.getBasesAttr());
    middle.setRangesAttr(site.observe.getRangesAttr());
    SmallVector<int64_t> shape(product.getB().getType().getShape());
    shape[shape.size() - 2] = pair.rank;
    product->setOperands({middle.getOutput(), tensors.numbers(pair.right, shape)});
    first->setAttr(kFactorAttr, b.getI64IntegerAttr(0));
    product->setAttr(kFactorAttr, b.getI64IntegerAttr(length * outputs));
    if (stored > 0)
      first->setAttr(kChannelFactorsAttr, b.getI64IntegerAttr(stored));
  }

  /// A name that no site has.
  std::string unique(const std::string &base) const {
    llvm::StringSet<> names;
    site.observe->getParentOfType<func::FuncOp>().walk([&](ObserveOp each) { names.insert(each.getSite()); });
    std::string name = base;
    for (unsigned i = 2; names.contains(name); ++i)
      name = base + std::to_string(i);
    return name;
  }

  static constexpr double kScaleBits = 32;

  PairSite &site;
  const weights::Algorithm &algorithm;
  const Hessian &inputs;
  /// Of the channels of the site.
  SmallVector<float> scales;
  /// How many of them the next product stores.
  int64_t stored = 0;
};

struct SpkFactorWeights : rheobase::spk::impl::SpkFactorWeightsBase<SpkFactorWeights> {
  using Base::Base;

  void runOnOperation() override {
    std::unique_ptr<weights::Format> wished = weights::parseFormat(format);
    if (!wished || !wished->makesPairs()) {
      getOperation().emitError() << "spk-factor-weights has format '" << format
                                 << "', one of pairs of matrices of signs expected, such as lr64s or lr50%s";
      return signalPassFailure();
    }
    static const Hessian nothing;
    for (PairSite &site : pairSites(getOperation(), format).found)
      makePairs(site, *weights::findAlgorithm(weights::kWithoutInputs), nothing);
  }
};

} // namespace

PairSites rheobase::spk::pairSites(func::FuncOp func, StringRef format) {
  PairSites sites;
  func.walk([&](ObserveOp observe) {
    std::unique_ptr<weights::Format> own = weights::parseFormat(observe.getWeights().value_or(format));
    if (observe.getRole() != kLinearRole || observe->use_empty() || !own || !own->makesPairs())
      return;
    if (std::optional<PairSite> site = pairSiteOf(observe, std::move(own)))
      sites.found.push_back(*std::move(site));
    else
      for (Operation *reader : readersOf(observe))
        if (auto product = dyn_cast<onnx::MatMulOp>(reader))
          sites.unsuited.push_back(product);
  });
  return sites;
}

std::vector<CodedMatrix> rheobase::spk::makePairs(PairSite &site, const weights::Algorithm &algorithm,
                                                  const Hessian &inputs) {
  return PairMaker(site, algorithm, inputs).run();
}
