//===- SpkEncodeSites.cpp - spk-encode-sites ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearSite.h"
#include "TensorBuilder.h"
#include "dialects/spk/Levels.h"
#include "rheobase/Conversion/Spk/CodeChoice.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/Weights.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
namespace rheobase::spk {
#define GEN_PASS_DEF_SPKENCODESITES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// patches(decode(t, lsb)) = decode(patches(t), lsb): windows of a train, encoded once. A step per sample keeps its
/// place, as the sample stays the first axis.
struct PatchesOfTrain : OpRewritePattern<PatchesOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PatchesOp op, PatternRewriter &rewriter) const override {
    auto decode = op.getInput().getDefiningOp<DecodeOp>();
    if (!decode || decode.getZero())
      return failure();
    auto step = decode.getLsb().getType();
    auto from = decode.getTrain().getType();
    auto to = cast<RankedTensorType>(op.getOutput().getType());
    bool perSample = step.getRank() == from.getRank() &&
                     llvm::all_of(step.getShape().drop_front(), [](int64_t d) { return d == 1; });
    if (step.getRank() != 0 && !perSample)
      return failure();
    Value lsb = decode.getLsb();
    if (perSample && step.getRank() != to.getRank())
      lsb = TensorBuilder(rewriter, op.getLoc()).perSample(lsb, to.getRank());
    auto train = TrainType::get(getContext(), to.getShape(), from.getCode());
    auto windows = PatchesOp::create(rewriter, op.getLoc(), train, decode.getTrain(), op.getKernel(), op.getStrides(),
                                     op.getDilations(), op.getPads(), op.getGroup());
    rewriter.replaceOpWithNewOp<DecodeOp>(op, to, windows.getOutput(), lsb, Value());
    return success();
  }
};

struct SpkEncodeSites : rheobase::spk::impl::SpkEncodeSitesBase<SpkEncodeSites> {
  using SpkEncodeSitesBase::SpkEncodeSitesBase;

  void runOnOperation() override {
    if (failed(choice().verify(getOperation())) || failed(verifyRanges(getOperation(), ranges)))
      return signalPassFailure();
    SmallVector<ObserveOp> sites;
    getOperation().walk([&](ObserveOp op) { sites.push_back(op); });
    for (ObserveOp op : sites) {
      if (failed(choice().at(op).verify(op)))
        return signalPassFailure();
      encode(op);
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<PatchesOfTrain>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

private:
  void encode(ObserveOp op) {
    OpBuilder b(op);
    Location loc = NameLoc::get(op.getSiteAttr());
    auto type = op.getInput().getType();
    CodeInterface code = codeOf(op);
    auto [lsb, zero] = stepOf(b, loc, op, code);
    auto train = TrainType::get(&getContext(), type.getShape(), code);
    Value spikes = EncodeOp::create(b, loc, train, op.getInput(), lsb, zero);
    if (StringAttr format = op.getWeightsAttr())
      for (Operation *reader : op->getUsers())
        reader->setAttr(kWeightsAttr, format);
    op.replaceAllUsesWith(DecodeOp::create(b, loc, type, spikes, lsb, zero).getOutput());
    op.erase();
  }

  CodeChoice choice() const { return {steps, bases, code, truncate}; }

  /// Unsigned where calibration saw no negative value, or few beside an offset: the sign's step buys a plane.
  CodeInterface codeOf(ObserveOp op) {
    if (std::optional<Levels> levels = levelsOf(op))
      return choice().at(op).codeOf(&getContext(), *levels);
    bool oneSided = (op.getRange() && (*op.getRange())[0] >= 0) || wantsOffset(op);
    return choice().at(op).code(&getContext(), oneSided);
  }

  /// Whether the site reaches far to one side and little to the other, as behind GELU and SiLU, so that one unsigned
  /// code with an offset is finer than a signed one. Only constant weights let the offset be taken out when compiling.
  bool wantsOffset(ObserveOp op) {
    constexpr float kFartherThan = 3;
    CodeChoice here = choice().at(op);
    if (hasGroupSteps(op, ranges))
      return false;
    bool isFiner = here.code(&getContext(), true).getMax() > here.code(&getContext(), false).getMax();
    if (!offsets || !isFiner || levelsOf(op) || op.getRole() != kLinearRole || !op.getRange())
      return false;
    float below = -(*op.getRange())[0], above = (*op.getRange())[1];
    return below > 0 && above > 0 && std::max(below, above) >= kFartherThan * std::min(below, above);
  }

  /// The step and, of a code with an offset, the code of 0.
  std::pair<Value, Value> stepOf(OpBuilder &b, Location loc, ObserveOp op, CodeInterface code) {
    if (std::optional<Levels> levels = levelsOf(op))
      return {TensorBuilder(b, loc).scalar(levels->step), Value()};
    if (hasRowSteps(op, ranges) || !op.getRange())
      return rowStep(b, loc, op, code);
    if (Value steps = channelSteps(b, loc, op, code))
      return {steps, Value()};
    TensorBuilder tensors(b, loc);
    float below = -(*op.getRange())[0], above = (*op.getRange())[1], most = static_cast<float>(code.getMax());
    if (!wantsOffset(op))
      return {tensors.scalar(std::max(std::abs(below), std::abs(above)) / most), Value()};
    float lsb = above / most + below / most;
    return {tensors.scalar(lsb), tensors.integer(static_cast<int32_t>(std::lround(below / lsb)))};
  }

  std::pair<Value, Value> rowStep(OpBuilder &b, Location loc, ObserveOp op, CodeInterface code) {
    auto type = op.getInput().getType();
    SmallVector<int64_t> axes = stepAxes(op, type.getRank()), shape(type.getShape());
    for (int64_t axis : axes)
      shape[axis] = 1;
    IntegerAttr group = hasGroupSteps(op, ranges) ? op.getGridAttr() : IntegerAttr();
    if (group)
      shape.back() = type.getShape().back() / group.getInt();
    Type zero = wantsOffset(op) ? type.clone(shape, b.getI32Type()) : Type();
    auto step =
        RowStepOp::create(b, loc, type.clone(shape), zero, op.getInput(), b.getDenseI64ArrayAttr(axes), code, group);
    return {step.getLsb(), step.getZero()};
  }

  /// A step for each channel of a "value": its rows are contracted, its channels are not. Null where channels were not
  /// seen one by one.
  static Value channelSteps(OpBuilder &b, Location loc, ObserveOp op, CodeInterface code) {
    ArrayRef<int64_t> shape = op.getInput().getType().getShape();
    bool hasHeads = shape.size() == 4;
    int64_t heads = hasHeads ? shape[1] : 1, channels = shape.back();
    std::optional<ArrayRef<float>> peaks = op.getPeaks();
    if (op.getRole() != "value" || !peaks || channels <= 0 || heads <= 0 ||
        static_cast<int64_t>(peaks->size()) != heads * channels)
      return {};
    SmallVector<float> steps = atLeastPartOfMedian(*peaks);
    for (float &step : steps)
      step *= reachOverPeak(op) / static_cast<float>(code.getMax());
    return TensorBuilder(b, loc).numbers(steps, hasHeads ? SmallVector<int64_t>{heads, 1, channels}
                                                         : SmallVector<int64_t>{channels});
  }

  /// What one step size spans: the contracted axis of a row, or everything of a sample.
  static SmallVector<int64_t> stepAxes(ObserveOp op, int64_t rank) {
    if (op.getRole() == kLinearRole || op.getRole() == "query")
      return {rank - 1};
    if (op.getRole() == "key")
      return {rank - 2};
    return llvm::to_vector(llvm::seq<int64_t>(rank > 2 ? 1 : 0, rank));
  }
};

} // namespace
