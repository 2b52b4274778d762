//===- Moments.cpp - means and variances without samples -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Moments.h"

#include "Sites.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

using MaybeMoments = std::optional<Moments>;

double at(const std::vector<double> &channels, size_t c) {
  return channels[channels.size() == 1 ? 0 : c];
}

double average(const std::vector<double> &v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

/// All channels as one.
Moments pooled(const Moments &x) {
  double mean = average(x.mean), square = 0;
  for (size_t c = 0; c < x.mean.size(); ++c)
    square += x.variance[c] + x.mean[c] * x.mean[c];
  double variance = std::max(square / static_cast<double>(x.mean.size()) - mean * mean, 0.0);
  return {{mean}, {variance}, x.least, x.most};
}

/// Of a constant [.., channels], over all but the last axis.
MaybeMoments ofConstant(Value v) {
  std::optional<ConstantData> data = ConstantData::of(v);
  if (!data || !isa<FloatType>(data->getElementType()) || data->size() == 0)
    return std::nullopt;
  ArrayRef<int64_t> shape = data->getType().getShape();
  int64_t channels = shape.empty() ? 1 : shape.back(), rows = data->size() / channels;
  Moments result{std::vector<double>(channels, 0), std::vector<double>(channels, 0)};
  for (int64_t i = 0; i < data->size(); ++i)
    result.mean[i % channels] += data->number(i) / static_cast<double>(rows);
  for (int64_t i = 0; i < data->size(); ++i) {
    double off = data->number(i) - result.mean[i % channels];
    result.variance[i % channels] += off * off / static_cast<double>(rows);
  }
  return result;
}

/// Channel by channel; one channel stands for any number.
MaybeMoments combine(const MaybeMoments &x, const MaybeMoments &y,
                     llvm::function_ref<std::pair<double, double>(double, double, double, double)> rule) {
  if (!x || !y)
    return std::nullopt;
  size_t channels = std::max(x->mean.size(), y->mean.size());
  if ((x->mean.size() != channels && x->mean.size() != 1) || (y->mean.size() != channels && y->mean.size() != 1))
    return std::nullopt;
  Moments result;
  for (size_t c = 0; c < channels; ++c) {
    auto [mean, variance] = rule(at(x->mean, c), at(x->variance, c), at(y->mean, c), at(y->variance, c));
    result.mean.push_back(mean);
    result.variance.push_back(variance);
  }
  return result;
}

MaybeMoments sum(const MaybeMoments &x, const MaybeMoments &y, double sign) {
  return combine(x, y, [sign](double m, double v, double n, double w) { return std::pair(m + sign * n, v + w); });
}

MaybeMoments product(const MaybeMoments &x, const MaybeMoments &y) {
  return combine(
      x, y, [](double m, double v, double n, double w) { return std::pair(m * n, v * w + v * n * n + w * m * m); });
}

/// A scalar function of normally distributed channels.
MaybeMoments through(const MaybeMoments &x, double least, double most, llvm::function_ref<double(double)> f) {
  // Deviations -6 to 6 in quarters.
  constexpr int kEnd = 24;
  constexpr double kStep = 0.25;
  if (!x)
    return std::nullopt;
  Moments result{{}, {}, least, most};
  for (size_t c = 0; c < x->mean.size(); ++c) {
    double weight = 0, first = 0, second = 0, deviation = std::sqrt(x->variance[c]);
    for (int step = -kEnd; step <= kEnd; ++step) {
      double z = step * kStep;
      double density = std::exp(-z * z / 2), y = f(x->mean[c] + deviation * z);
      weight += density;
      first += density * y;
      second += density * y * y;
    }
    double mean = first / weight;
    result.mean.push_back(mean);
    result.variance.push_back(std::max(second / weight - mean * mean, 0.0));
  }
  return result;
}

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Weights [channels, outputs].
MaybeMoments linear(const MaybeMoments &x, const ConstantData &weights) {
  ArrayRef<int64_t> shape = weights.getType().getShape();
  if (!x || shape.size() != 2 || (x->mean.size() != 1 && static_cast<int64_t>(x->mean.size()) != shape[0]))
    return std::nullopt;
  Moments result{std::vector<double>(shape[1], 0), std::vector<double>(shape[1], 0)};
  for (int64_t k = 0; k < shape[0]; ++k)
    for (int64_t n = 0; n < shape[1]; ++n) {
      double w = weights.number(k * shape[1] + n);
      result.mean[n] += w * at(x->mean, k);
      result.variance[n] += w * w * at(x->variance, k);
    }
  return result;
}

/// Whether the operator keeps the last axis as it is.
bool keepsChannels(Operation *op) {
  auto from = dyn_cast<RankedTensorType>(op->getOperand(0).getType()),
       to = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!from || !to || from.getRank() == 0 || to.getRank() == 0 || from.getShape().back() != to.getShape().back() ||
      ShapedType::isDynamic(to.getShape().back()))
    return false;
  if (auto transpose = dyn_cast<onnx::TransposeOp>(op))
    return transpose.getPerm() && transpose.getPerm()->back() == from.getRank() - 1;
  if (auto gather = dyn_cast<onnx::GatherOp>(op))
    return gather.getAxis() == 0 && from.getRank() > 1;
  return isa<onnx::ReshapeOp, onnx::IdentityOp, ObserveOp>(op);
}

bool onlyMoves(Operation *op) {
  return isa<onnx::ReshapeOp, onnx::TransposeOp, onnx::SliceOp, onnx::SplitOp, onnx::SqueezeOp, onnx::UnsqueezeOp,
             onnx::ExpandOp, onnx::GatherOp, onnx::IdentityOp, ObserveOp>(op);
}

} // namespace

std::pair<double, double> Moments::reach(double deviations) const {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t c = 0; c < mean.size(); ++c) {
    double room = deviations * std::sqrt(variance[c]);
    low = std::min(low, mean[c] - room);
    high = std::max(high, mean[c] + room);
  }
  return {std::max(low, least), std::min(high, most)};
}

MaybeMoments MomentAnalysis::of(Value v) {
  auto entry = known.find(v);
  if (entry != known.end())
    return entry->second;
  MaybeMoments computed = compute(v);
  return known[v] = std::move(computed);
}

MaybeMoments MomentAnalysis::compute(Value v) {
  Operation *op = v.getDefiningOp();
  if (!op)
    return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kGeluLeast = -0.17, kSiluLeast = -0.2785;
  // Of unit mean square; how channels share in it is not known.
  if (rmsNormInput(v))
    return Moments{{0}, {1}};
  return llvm::TypeSwitch<Operation *, MaybeMoments>(op)
      .Case([&](onnx::ConstantOp) { return ofConstant(v); })
      .Case([&](onnx::LayerNormalizationOp norm) {
        MaybeMoments scaled = product(Moments{{0}, {1}}, of(norm.getScale()));
        return norm.getB() ? sum(scaled, of(norm.getB()), 1) : scaled;
      })
      .Case([&](onnx::AddOp add) { return sum(of(add.getA()), of(add.getB()), 1); })
      .Case([&](onnx::SubOp sub) { return sum(of(sub.getA()), of(sub.getB()), -1); })
      .Case([&](onnx::MulOp mul) {
        for (auto [gate, x] : {std::pair(mul.getA(), mul.getB()), std::pair(mul.getB(), mul.getA())})
          if (auto sigmoid = gate.getDefiningOp<onnx::SigmoidOp>(); sigmoid && withoutNeuronSite(sigmoid.getX()) == x)
            return through(of(x), kSiluLeast, kInfinity, [](double s) { return s * logistic(s); });
        return product(of(mul.getA()), of(mul.getB()));
      })
      .Case([&](onnx::MatMulOp matmul) -> MaybeMoments {
        // Weights of attention are shares: a mean of rows is like a row, at most.
        if (softmaxBehind(matmul.getA()))
          return of(matmul.getB());
        std::optional<ConstantData> weights = ConstantData::of(matmul.getB());
        return weights ? linear(of(matmul.getA()), *weights) : std::nullopt;
      })
      .Case([&](onnx::GeluOp gelu) {
        return through(of(gelu.getX()), kGeluLeast, kInfinity,
                       [](double s) { return s / 2 * (1 + std::erf(s / std::sqrt(2.0))); });
      })
      .Case([&](onnx::SigmoidOp sigmoid) { return through(of(sigmoid.getX()), 0, 1, logistic); })
      .Case(
          [&](onnx::TanhOp tanh) { return through(of(tanh.getInput()), -1, 1, [](double s) { return std::tanh(s); }); })
      .Case([&](onnx::ReluOp relu) {
        return through(of(relu.getX()), 0, kInfinity, [](double s) { return std::max(s, 0.0); });
      })
      .Default([&](Operation *other) -> MaybeMoments {
        MaybeMoments x = onlyMoves(other) ? of(other->getOperand(0)) : std::nullopt;
        if (!x || keepsChannels(other))
          return x;
        return pooled(*x);
      });
}
