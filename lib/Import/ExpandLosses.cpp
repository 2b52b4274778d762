//===- ExpandLosses.cpp - losses -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// The negative log-likelihood of the targets' classes: classes are dimension 1 of the scores.
Value likelihoodLoss(Expander &e, Value scores, Value target, Value weight) {
  Value classes = e.cast(target, IntegerType::get(e.node().loc.getContext(), 64)), ignored, weights;
  if (e.node().getInt("ignore_index")) {
    ignored = e.op("Equal", {classes, e.scalar(e.intOr("ignore_index", 0))});
    classes = e.where(ignored, e.scalar(0), classes);
  }
  Value picked = e.op("GatherElements", {scores, e.unsqueeze(classes, 1)}, e.attr("axis", int64_t(1)));
  Value loss = e.op("Neg", e.squeeze(picked, 1));
  if (weight)
    weights = e.gather(weight, classes, 0);
  if (ignored)
    weights = e.where(ignored, e.numberLike(0, scores), weights ? weights : e.numberLike(1, scores));
  if (weights)
    loss = e.mul(loss, weights);
  std::string reduction = e.textOr("reduction", "mean");
  if (reduction == "none")
    return loss;
  auto keep = e.attr("keepdims", int64_t(0));
  if (reduction == "mean" && !weights)
    return e.op("ReduceMean", loss, keep);
  Value total = e.op("ReduceSum", loss, keep);
  return reduction == "sum" ? total : e.div(total, e.op("ReduceSum", weights, keep));
}

bool checkReduction(Expander &e) {
  std::string reduction = e.textOr("reduction", "mean");
  if (is_contained({"none", "sum", "mean"}, reduction))
    return true;
  e.error() << "attribute 'reduction' is '" << reduction << "', one of none, sum, mean was expected";
  return false;
}

void expandNegativeLogLikelihoodLoss(Expander &e) {
  if (checkReduction(e))
    e.result(0, likelihoodLoss(e, e.input(0), e.input(1), e.input(2)));
}

void expandSoftmaxCrossEntropyLoss(Expander &e) {
  if (!checkReduction(e))
    return;
  Value logarithms = e.op("LogSoftmax", e.input(0), e.attr("axis", int64_t(1)));
  e.result(0, likelihoodLoss(e, logarithms, e.input(1), e.input(2)));
  e.result(1, logarithms);
}

constexpr NamedExpansion kExpansions[] = {
    {"NegativeLogLikelihoodLoss", expandNegativeLogLikelihoodLoss},
    {"SoftmaxCrossEntropyLoss", expandSoftmaxCrossEntropyLoss},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::lossExpansions() {
  return kExpansions;
}
