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

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Selects from which counting and permuting is less work.
static constexpr size_t kFewestSelects = 3;
/// Comparisons from which finding a bucket first is less work.
static constexpr size_t kFewestComparisons = 5;

namespace {

/// Ranges of equal width with at most one threshold each, which tell the lanes of a register apart: value * scale -
/// offset, cut to 0 ... 15 and truncated. Rounding keeps order, so that what lies in a lower bucket than a threshold is
/// below it and what lies in a higher one is not, exactly as comparing with it says.
struct Buckets {
  float scale, offset;
  std::array<float, kLanes> thresholds;
  std::array<int32_t, kLanes> reachedBelow;

  unsigned bucketOf(float value) const;
};

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

unsigned Buckets::bucketOf(float value) const {
  float product = value * scale;
  float place = offset == 0 ? product : product - offset;
  return place > 0 ? static_cast<unsigned>(std::min<float>(place, kLanes - 1)) : 0;
}

/// Buckets from `start` to the last of some thresholds in rising order; none where two of them share one.
static std::optional<Buckets> bucketsFrom(float start, ArrayRef<float> thresholds) {
  Buckets buckets;
  buckets.scale = (kLanes - 1) / (thresholds.back() - start);
  buckets.offset = start * buckets.scale;
  // Nothing reaches the threshold of a bucket without one.
  buckets.thresholds.fill(std::numeric_limits<float>::quiet_NaN());
  std::array<bool, kLanes> taken = {};
  for (float threshold : thresholds) {
    unsigned bucket = buckets.bucketOf(threshold);
    if (std::exchange(taken[bucket], true))
      return std::nullopt;
    buckets.thresholds[bucket] = threshold;
  }
  int32_t reached = 0;
  for (auto [bucket, isTaken] : llvm::enumerate(taken)) {
    buckets.reachedBelow[bucket] = reached;
    reached += isTaken;
  }
  return buckets;
}

static std::optional<Buckets> findBuckets(ArrayRef<float> thresholds) {
  bool finite = llvm::all_of(thresholds, [](float threshold) { return std::isfinite(threshold); });
  if (!finite || thresholds.size() < kFewestComparisons || !std::isnormal(thresholds.back() - thresholds.front()))
    return std::nullopt;
  // Buckets that start at zero need no offset.
  std::optional<Buckets> plain = thresholds.front() > 0 ? bucketsFrom(0, thresholds) : std::nullopt;
  return plain ? plain : bucketsFrom(thresholds.front(), thresholds);
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

namespace {

/// Ops on registers of one type.
struct RegisterBuilder {
  PatternRewriter &rewriter;
  Location loc;
  VectorType floats = VectorType::get(kLanes, rewriter.getF32Type());
  VectorType words = VectorType::get(kLanes, rewriter.getI32Type());

  Value constant(DenseElementsAttr elements) { return arith::ConstantOp::create(rewriter, loc, elements); }
  Value constant(float value) { return constant(DenseElementsAttr::get(floats, value)); }
  Value permute(Value table, Value lanes);
  Value cut(Value value, arith::CmpFPredicate keeps, float bound);
  Value countAll(MutableArrayRef<Step> steps);
  Value countInBucket(Value value, const Buckets &buckets);
};

} // namespace

Value RegisterBuilder::permute(Value table, Value lanes) {
  bool isFloat = table.getType() == floats;
  auto name = rewriter.getStringAttr(isFloat ? "llvm.x86.avx512.permvar.sf.512" : "llvm.x86.avx512.permvar.si.512");
  return LLVM::CallIntrinsicOp::create(rewriter, loc, table.getType(), name, ValueRange{table, lanes})->getResult(0);
}

Value RegisterBuilder::cut(Value value, arith::CmpFPredicate keeps, float bound) {
  Value limit = constant(bound);
  Value kept = arith::CmpFOp::create(rewriter, loc, keeps, value, limit);
  return arith::SelectOp::create(rewriter, loc, kept, value, limit);
}

/// How many thresholds the value has reached, one by one.
Value RegisterBuilder::countAll(MutableArrayRef<Step> steps) {
  Value count;
  for (Step &step : steps) {
    Value one = arith::ExtUIOp::create(rewriter, loc, words, step.reached.getResult());
    count = count ? arith::AddIOp::create(rewriter, loc, count, one).getResult() : one;
  }
  return count;
}

/// The same from the value's bucket: those below it, and the one in it.
Value RegisterBuilder::countInBucket(Value value, const Buckets &buckets) {
  Value place = arith::MulFOp::create(rewriter, loc, value, constant(buckets.scale));
  if (buckets.offset != 0)
    place = arith::SubFOp::create(rewriter, loc, place, constant(buckets.offset));
  place = cut(place, arith::CmpFPredicate::OGT, 0);
  place = cut(place, arith::CmpFPredicate::OLT, kLanes - 1);
  Value bucket = arith::FPToSIOp::create(rewriter, loc, words, place);
  Value below = permute(constant(DenseElementsAttr::get(words, ArrayRef(buckets.reachedBelow))), bucket);
  Value threshold = permute(constant(DenseElementsAttr::get(floats, ArrayRef(buckets.thresholds))), bucket);
  Value reached = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OGE, value, threshold);
  return arith::AddIOp::create(rewriter, loc, below, arith::ExtUIOp::create(rewriter, loc, words, reached));
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

  Value looked = steps.front().reached.getLhs();
  std::reverse(steps.begin(), steps.end());
  SmallVector<float> thresholds =
      llvm::map_to_vector(steps, [](Step &step) { return step.threshold.convertToFloat(); });
  SmallVector<APFloat> entries{*lowest};
  for (Step &step : steps)
    entries.push_back(step.entry);
  entries.resize(kLanes, steps.back().entry);
  RegisterBuilder registers{rewriter, op.getLoc()};
  std::optional<Buckets> buckets = findBuckets(thresholds);
  Value count = buckets ? registers.countInBucket(looked, *buckets) : registers.countAll(steps);
  rewriter.replaceOp(op, registers.permute(registers.constant(DenseElementsAttr::get(type, entries)), count));
  return success();
}

void codegen::populateRegisterTablePatterns(RewritePatternSet &patterns, const Target &target) {
  if (target.registerLanes == kLanes)
    patterns.add<ReadFromRegister>(patterns.getContext());
}
