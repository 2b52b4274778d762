//===- RegisterTables.cpp - small tables in a register --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/RegisterTables.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Selects from which counting and permuting is less work.
static constexpr size_t kFewestSelects = 3;

namespace {

/// One select: `entry` for all lanes where the value is at or above the threshold.
struct Step {
  arith::CmpFOp reached;
  APFloat threshold, entry;
};

struct ReadFromRegister : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const override;
};

} // namespace

static std::optional<APFloat> splatOf(Value value) {
  DenseFPElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return std::nullopt;
  return elements.getSplatValue<APFloat>();
}

static std::optional<Step> matchStep(arith::SelectOp op) {
  auto reached = op.getCondition().getDefiningOp<arith::CmpFOp>();
  auto entry = splatOf(op.getTrueValue());
  if (!reached || reached.getPredicate() != arith::CmpFPredicate::OGE || !entry)
    return std::nullopt;
  auto threshold = splatOf(reached.getRhs());
  return threshold ? std::optional<Step>(Step{reached, *threshold, *entry}) : std::nullopt;
}

/// Whether a longer table goes on from here.
static bool isInner(arith::SelectOp op, Value looked) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    auto outer = dyn_cast<arith::SelectOp>(user);
    auto step = outer && outer.getFalseValue() == op.getResult() ? matchStep(outer) : std::nullopt;
    return step && step->reached.getLhs() == looked;
  });
}

LogicalResult ReadFromRegister::matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const {
  auto type = VectorType::get(kLanes, rewriter.getF32Type());
  if (op.getType() != type)
    return failure();
  SmallVector<Step> steps;
  Value rest = op.getResult();
  while (auto select = rest.getDefiningOp<arith::SelectOp>()) {
    auto step = matchStep(select);
    if (!step || (!steps.empty() && (step->reached.getLhs() != steps.front().reached.getLhs() ||
                                     !(step->threshold < steps.back().threshold))))
      break;
    steps.push_back(*step);
    rest = select.getFalseValue();
  }
  auto lowest = splatOf(rest);
  if (!lowest || steps.size() < kFewestSelects || steps.size() >= static_cast<size_t>(kLanes) ||
      isInner(op, steps.front().reached.getLhs()))
    return failure();

  Location loc = op.getLoc();
  auto words = VectorType::get(kLanes, rewriter.getI32Type());
  SmallVector<APFloat> entries{*lowest};
  Value count;
  for (Step &step : llvm::reverse(steps)) {
    entries.push_back(step.entry);
    Value one = arith::ExtUIOp::create(rewriter, loc, words, step.reached.getResult());
    count = count ? arith::AddIOp::create(rewriter, loc, count, one).getResult() : one;
  }
  entries.resize(kLanes, steps.front().entry);
  Value table = arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(type, entries));
  auto name = rewriter.getStringAttr("llvm.x86.avx512.permvar.sf.512");
  rewriter.replaceOp(op, LLVM::CallIntrinsicOp::create(rewriter, loc, type, name, ValueRange{table, count}));
  return success();
}

void codegen::populateRegisterTablePatterns(RewritePatternSet &patterns, const Target &target) {
  if (target.registerLanes == kLanes)
    patterns.add<ReadFromRegister>(patterns.getContext());
}
