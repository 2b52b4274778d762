//===- ConstantReductions.cpp - sums and means of constants ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Trained low-bit weights come with the arithmetic of their scales, which are means and largest magnitudes of them.
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"

#include "dialects/onnx/Onnx.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

namespace {

/// How elements are taken in, one by one, and what becomes of the result; in double, rounded once.
struct Reduction {
  double start;
  double (*add)(double sum, double x);
  double (*finish)(double sum, double count) = [](double sum, double) { return sum; };
};

} // namespace

static std::optional<Reduction> reductionOf(Operation *op) {
  using R = std::optional<Reduction>;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto plus = [](double sum, double x) { return sum + x; };
  auto plusSquare = [](double sum, double x) { return sum + x * x; };
  return llvm::TypeSwitch<Operation *, R>(op)
      .Case([&](ReduceSumOp) -> R { return Reduction{0, plus}; })
      .Case([&](ReduceMeanOp) -> R { return Reduction{0, plus, [](double sum, double count) { return sum / count; }}; })
      .Case([&](ReduceL1Op) -> R { return Reduction{0, [](double sum, double x) { return sum + std::fabs(x); }}; })
      .Case(
          [&](ReduceL2Op) -> R { return Reduction{0, plusSquare, [](double sum, double) { return std::sqrt(sum); }}; })
      .Case([&](ReduceSumSquareOp) -> R { return Reduction{0, plusSquare}; })
      .Case([&](ReduceMaxOp) -> R {
        return Reduction{-infinity, [](double sum, double x) { return std::isnan(x) || x > sum ? x : sum; }};
      })
      .Case([&](ReduceMinOp) -> R {
        return Reduction{infinity, [](double sum, double x) { return std::isnan(x) || x < sum ? x : sum; }};
      })
      .Default(R());
}

/// Which axes are reduced: those of the second operand, or all.
static std::optional<SmallVector<bool>> reducedAxes(Operation *op, ArrayRef<ConstantData> operands) {
  int64_t rank = operands[0].getType().getRank();
  SmallVector<bool> reduced(rank, operands.size() == 1);
  if (operands.size() == 1) {
    auto noop = op->getAttrOfType<IntegerAttr>("noop_with_empty_axes");
    return noop && noop.getInt() != 0 ? std::nullopt : std::optional(reduced);
  }
  for (int64_t i = 0; i < operands[1].size(); ++i) {
    std::optional<int64_t> axis = operands[1].integer(i);
    if (!axis || *axis < -rank || *axis >= rank)
      return std::nullopt;
    reduced[*axis < 0 ? *axis + rank : *axis] = true;
  }
  return operands[1].size() == 0 ? std::nullopt : std::optional(reduced);
}

ElementsAttr rheobase::evaluateReduction(Operation *op, ArrayRef<ConstantData> operands) {
  std::optional<Reduction> reduction = reductionOf(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!reduction || !isa<FloatType>(type.getElementType()) || operands[0].size() == 0)
    return nullptr;
  std::optional<SmallVector<bool>> reduced = reducedAxes(op, operands);
  if (!reduced)
    return nullptr;
  ArrayRef<int64_t> shape = operands[0].getType().getShape();
  SmallVector<int64_t> strides(shape.size(), 0);
  int64_t results = 1;
  for (size_t axis = shape.size(); axis-- > 0;)
    if (!(*reduced)[axis])
      strides[axis] = results, results *= shape[axis];
  std::vector<double> sums(results, reduction->start);
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t i = 0, place = 0; i < operands[0].size(); ++i) {
    sums[place] = reduction->add(sums[place], operands[0].number(i));
    for (size_t axis = shape.size(); axis-- > 0;) {
      place += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      place -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  ConstantBuilder builder(type);
  double count = static_cast<double>(operands[0].size()) / static_cast<double>(results);
  for (int64_t i = 0; i < results; ++i)
    builder.setNumber(i, reduction->finish(sums[i], count));
  return builder.finish();
}
