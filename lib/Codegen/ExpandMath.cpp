//===- ExpandMath.cpp - the rt-expand-math pass ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ExpandMath.h"

#include "lib/Codegen/Polynomials.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTEXPANDMATH
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

using Expansion = Value (*)(Polynomials &p, ValueRange operands);

/// Replaces one op by its expansion. f64 operands without an expansion of their own are rounded to f32 first.
template <typename OpTy> class Expand : public OpRewritePattern<OpTy> {
public:
  Expand(MLIRContext *context, Expansion narrow, Expansion wide = nullptr)
      : OpRewritePattern<OpTy>(context), narrow(narrow), wide(wide) {}

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Type type = op->getResult(0).getType();
    if (!type.isF32() && !type.isF64())
      return failure();
    Polynomials p(rewriter, op.getLoc());
    if (type.isF32() || wide) {
      rewriter.replaceOp(op, (type.isF32() ? narrow : wide)(p, op->getOperands()));
      return success();
    }
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value operand) { return p.narrow(operand); });
    rewriter.replaceOp(op, p.widen(narrow(p, operands)));
    return success();
  }

private:
  Expansion narrow, wide;
};

/// Arithmetic on f16 and bf16 is done in f32 and rounded once per op.
class WidenHalfFloats : public RewritePattern {
public:
  WidenHalfFloats(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) || op->getNumResults() != 1 ||
        isa<arith::ConstantOp, arith::ExtFOp, arith::TruncFOp, arith::BitcastOp, arith::SelectOp>(op))
      return failure();
    auto isHalf = [](Type type) { return type.isF16() || type.isBF16(); };
    Type result = op->getResult(0).getType();
    if (!isHalf(result) && llvm::none_of(op->getOperandTypes(), isHalf))
      return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isHalf(operand.getType())
                             ? arith::ExtFOp::create(rewriter, op->getLoc(), rewriter.getF32Type(), operand).getResult()
                             : operand);
    Operation *wide = rewriter.clone(*op);
    wide->setOperands(operands);
    if (!isHalf(result)) {
      rewriter.replaceOp(op, wide);
      return success();
    }
    wide->getResult(0).setType(rewriter.getF32Type());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, result, wide->getResult(0));
    return success();
  }
};

struct ExpandMath : codegen::impl::RtExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    addExponentials(patterns);
    addOthers(patterns);
    patterns.add<WidenHalfFloats>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  void addExponentials(RewritePatternSet &patterns);
  void addOthers(RewritePatternSet &patterns);
};

} // namespace

bool codegen::hasKernelCode(Operation *op) {
  // The first group is expanded; the others are instructions, or short sequences that the backend knows.
  return isa<math::ExpOp, math::Exp2Op, math::ExpM1Op, math::LogOp, math::Log2Op, math::Log10Op, math::Log1pOp,
             math::PowFOp, math::ErfOp, math::ErfcOp, math::TanhOp, math::SinOp, math::CosOp, math::TanOp,
             math::RsqrtOp>(op) ||
         isa<math::SqrtOp, math::FmaOp, math::FloorOp, math::CeilOp, math::TruncOp, math::RoundOp, math::RoundEvenOp,
             math::AbsFOp, math::CopySignOp, math::IsNaNOp, math::IsFiniteOp, math::IsInfOp>(op) ||
         isa<math::AbsIOp, math::CtPopOp, math::CountLeadingZerosOp, math::CountTrailingZerosOp>(op);
}

static constexpr double kLog2E = 1.44269504088896340736;
static constexpr double kLn2 = 0.693147180559945309417;
static constexpr double kLog10E = 0.43429448190325182765;
static constexpr double kLog10Of2 = 0.30102999566398119521;

void ExpandMath::addExponentials(RewritePatternSet &patterns) {
  MLIRContext *context = &getContext();
  patterns.add<Expand<math::ExpOp>>(
      context, [](Polynomials &p, ValueRange x) { return p.exp(x[0]); },
      [](Polynomials &p, ValueRange x) { return p.exp2Wide(p.mul(x[0], kLog2E)); });
  patterns.add<Expand<math::Exp2Op>>(
      context, [](Polynomials &p, ValueRange x) { return p.exp2(x[0]); },
      [](Polynomials &p, ValueRange x) { return p.exp2Wide(x[0]); });
  patterns.add<Expand<math::ExpM1Op>>(context, [](Polynomials &p, ValueRange x) { return p.expm1(x[0]); });
  patterns.add<Expand<math::LogOp>>(
      context, [](Polynomials &p, ValueRange x) { return p.log(x[0], 1.0); },
      [](Polynomials &p, ValueRange x) { return p.mul(p.log2Wide(x[0]), kLn2); });
  patterns.add<Expand<math::Log2Op>>(
      context, [](Polynomials &p, ValueRange x) { return p.log(x[0], kLog2E); },
      [](Polynomials &p, ValueRange x) { return p.log2Wide(x[0]); });
  patterns.add<Expand<math::Log10Op>>(
      context, [](Polynomials &p, ValueRange x) { return p.log(x[0], kLog10E); },
      [](Polynomials &p, ValueRange x) { return p.mul(p.log2Wide(x[0]), kLog10Of2); });
  patterns.add<Expand<math::Log1pOp>>(context, [](Polynomials &p, ValueRange x) { return p.log1p(x[0]); });
  patterns.add<Expand<math::PowFOp>>(
      context, [](Polynomials &p, ValueRange x) { return p.pow(x[0], x[1]); },
      [](Polynomials &p, ValueRange x) { return p.powWide(x[0], x[1]); });
}

void ExpandMath::addOthers(RewritePatternSet &patterns) {
  MLIRContext *context = &getContext();
  patterns.add<Expand<math::ErfOp>>(context, [](Polynomials &p, ValueRange x) { return p.erf(x[0]); });
  patterns.add<Expand<math::ErfcOp>>(context, [](Polynomials &p, ValueRange x) { return p.erfc(x[0]); });
  patterns.add<Expand<math::TanhOp>>(context, [](Polynomials &p, ValueRange x) { return p.tanh(x[0]); });
  patterns.add<Expand<math::SinOp>>(context, [](Polynomials &p, ValueRange x) { return p.sin(x[0]); });
  patterns.add<Expand<math::CosOp>>(context, [](Polynomials &p, ValueRange x) { return p.cos(x[0]); });
  patterns.add<Expand<math::TanOp>>(context,
                                    [](Polynomials &p, ValueRange x) { return p.div(p.sin(x[0]), p.cos(x[0])); });
  Expansion rsqrt = [](Polynomials &p, ValueRange x) { return p.rsqrt(x[0]); };
  patterns.add<Expand<math::RsqrtOp>>(context, rsqrt, rsqrt);
  Expansion remainder = [](Polynomials &p, ValueRange x) { return p.remainder(x[0], x[1]); };
  patterns.add<Expand<arith::RemFOp>>(context, remainder, remainder);
}
