//===- LegalizeFloats.cpp - float ops that a target lacks -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/LegalizeFloats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// Integer and float ops on scalars or vectors alike.
class Bits {
public:
  Bits(OpBuilder &b, Location loc, Type like) : b(b), loc(loc), like(like) {}

  Type of(Type element) const {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? Type(vector.clone(element)) : element;
  }
  Type i(unsigned width) const { return of(b.getIntegerType(width)); }
  Value constant(Type type, int64_t value) {
    Type element = getElementTypeOrSelf(type);
    TypedAttr attr = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, static_cast<double>(value)))
                                             : TypedAttr(b.getIntegerAttr(element, value));
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value cast(Value x, Type type) { return arith::BitcastOp::create(b, loc, type, x); }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value both(Value x, int64_t y) { return both(x, constant(x.getType(), y)); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value left(Value x, int64_t y) { return arith::ShLIOp::create(b, loc, x, constant(x.getType(), y)); }
  Value right(Value x, int64_t y) { return arith::ShRUIOp::create(b, loc, x, constant(x.getType(), y)); }
  Value plus(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value plus(Value x, int64_t y) { return plus(x, constant(x.getType(), y)); }
  Value minus(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value is(arith::CmpIPredicate predicate, Value x, int64_t y) {
    return arith::CmpIOp::create(b, loc, predicate, x, constant(x.getType(), y));
  }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }

  OpBuilder &b;
  Location loc;
  Type like;
};

/// f32 fma: the product of two f32 is exact in f64, and a sum rounded to odd in f64 rounds to f32 as the exact one
/// does.
struct ExpandFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FmaOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Location loc = op.getLoc();
    Bits x(rewriter, loc, op.getType());
    Type f64 = x.of(rewriter.getF64Type()), i64 = x.i(64);
    auto wide = [&](Value value) { return arith::ExtFOp::create(rewriter, loc, f64, value).getResult(); };
    auto add = [&](Value a, Value b) { return arith::AddFOp::create(rewriter, loc, a, b).getResult(); };
    auto sub = [&](Value a, Value b) { return arith::SubFOp::create(rewriter, loc, a, b).getResult(); };
    Value product = arith::MulFOp::create(rewriter, loc, wide(op.getA()), wide(op.getB()));
    Value addend = wide(op.getC());

    // The error of the rounded sum, exactly.
    Value sum = add(product, addend), shadow = sub(sum, product);
    Value error = add(sub(product, sub(sum, shadow)), sub(addend, shadow));
    Value zero = x.constant(f64, 0);
    Value inexact = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::ONE, error, zero);
    Value word = x.cast(sum, i64);
    Value even = x.is(arith::CmpIPredicate::eq, x.both(word, 1), 0);
    // Towards the exact sum: away from zero where error and sum have one sign.
    Value signs = arith::XOrIOp::create(rewriter, loc, word, x.cast(error, i64));
    Value outward = x.is(arith::CmpIPredicate::sge, signs, 0);
    Value odd = x.plus(word, x.select(outward, x.constant(i64, 1), x.constant(i64, -1)));
    Value rounded = x.cast(x.select(x.both(inexact, even), odd, word), f64);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), rounded);
    return success();
  }
};

/// The scale by 2^112 makes normal numbers of both normal and subnormal halves.
struct ExpandHalfToFloat : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isF16() || !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Location loc = op.getLoc();
    Bits x(rewriter, loc, op.getType());
    Type i32 = x.i(32);
    Value word = arith::ExtUIOp::create(rewriter, loc, i32, x.cast(op.getIn(), x.i(16)));
    Value magnitude = x.both(word, 0x7fff), sign = x.left(x.both(word, 0x8000), 16);
    Value power = x.cast(x.constant(i32, 0x77800000), op.getType());
    Value scaled =
        x.cast(arith::MulFOp::create(rewriter, loc, x.cast(x.left(magnitude, 13), op.getType()), power), i32);
    Value special = x.either(x.left(magnitude, 13), x.constant(i32, 0x7f800000));
    Value result = x.select(x.is(arith::CmpIPredicate::uge, magnitude, 0x7c00), special, scaled);
    rewriter.replaceOp(op, x.cast(x.either(result, sign), op.getType()));
    return success();
  }
};

/// Rounds to nearest even; subnormal halves are rounded by adding 1/2, whose last bit is theirs.
struct ExpandFloatToHalf : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type source = op.getIn().getType();
    if (!getElementTypeOrSelf(op.getType()).isF16() || !getElementTypeOrSelf(source).isF32())
      return failure();
    Location loc = op.getLoc();
    Bits x(rewriter, loc, source);
    Type i32 = x.i(32);
    Value word = x.cast(op.getIn(), i32);
    Value magnitude = x.both(word, 0x7fffffff), sign = x.both(x.right(word, 16), 0x8000);

    Value odd = x.both(x.right(magnitude, 13), 1);
    Value normal = x.right(x.plus(x.plus(magnitude, odd), 0xfff - 0x38000000), 13);
    Value half = x.constant(i32, 0x3f000000);
    Value shifted = arith::AddFOp::create(rewriter, loc, x.cast(magnitude, source), x.cast(half, source));
    Value subnormal = x.minus(x.cast(shifted, i32), half);
    Value finite = x.select(x.is(arith::CmpIPredicate::ult, magnitude, 0x38800000), subnormal, normal);
    Value isNan = x.is(arith::CmpIPredicate::ugt, magnitude, 0x7f800000);
    Value special = x.select(isNan, x.constant(i32, 0x7e00), x.constant(i32, 0x7c00));
    Value result = x.either(x.select(x.is(arith::CmpIPredicate::uge, magnitude, 0x477ff000), special, finite), sign);
    rewriter.replaceOp(op, x.cast(arith::TruncIOp::create(rewriter, loc, x.i(16), result), op.getType()));
    return success();
  }
};

struct ExpandBrainToFloat : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isBF16() || !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Bits x(rewriter, op.getLoc(), op.getType());
    Value word = arith::ExtUIOp::create(rewriter, op.getLoc(), x.i(32), x.cast(op.getIn(), x.i(16)));
    rewriter.replaceOp(op, x.cast(x.left(word, 16), op.getType()));
    return success();
  }
};

/// Rounds to nearest even; NaN becomes the quiet NaN.
struct ExpandFloatToBrain : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type source = op.getIn().getType();
    if (!getElementTypeOrSelf(op.getType()).isBF16() || !getElementTypeOrSelf(source).isF32())
      return failure();
    Bits x(rewriter, op.getLoc(), source);
    Value word = x.cast(op.getIn(), x.i(32));
    Value odd = x.both(x.right(word, 16), 1);
    Value rounded = x.right(x.plus(x.plus(word, odd), 0x7fff), 16);
    Value isNan = x.is(arith::CmpIPredicate::ugt, x.both(word, 0x7fffffff), 0x7f800000);
    Value result = x.select(isNan, x.constant(x.i(32), 0x7fc0), rounded);
    rewriter.replaceOp(op, x.cast(arith::TruncIOp::create(rewriter, op.getLoc(), x.i(16), result), op.getType()));
    return success();
  }
};

/// A choice between two brain floats is one between words: as floats the backend would widen and round them.
struct SelectBrains : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16())
      return failure();
    Bits x(rewriter, op.getLoc(), op.getType());
    Value word = x.select(op.getCondition(), x.cast(op.getTrueValue(), x.i(16)), x.cast(op.getFalseValue(), x.i(16)));
    rewriter.replaceOp(op, x.cast(word, op.getType()));
    return success();
  }
};

/// So is what two branches give.
struct BranchBrains : OpRewritePattern<scf::IfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(scf::IfOp op, PatternRewriter &rewriter) const override {
    auto isBrain = [](Type type) { return getElementTypeOrSelf(type).isBF16(); };
    if (llvm::none_of(op.getResultTypes(), isBrain))
      return failure();
    auto wordOf = [&](Type type) { return isBrain(type) ? Bits(rewriter, op.getLoc(), type).i(16) : type; };
    for (scf::YieldOp yield : {op.thenYield(), op.elseYield()}) {
      rewriter.setInsertionPoint(yield);
      for (OpOperand &operand : yield->getOpOperands())
        if (Type type = operand.get().getType(); isBrain(type)) {
          Value word = arith::BitcastOp::create(rewriter, op.getLoc(), wordOf(type), operand.get());
          rewriter.modifyOpInPlace(yield, [&] { operand.set(word); });
        }
    }
    rewriter.setInsertionPoint(op);
    auto made =
        scf::IfOp::create(rewriter, op.getLoc(), llvm::map_to_vector(op.getResultTypes(), wordOf), op.getCondition());
    made.getThenRegion().takeBody(op.getThenRegion());
    made.getElseRegion().takeBody(op.getElseRegion());
    SmallVector<Value> results;
    for (auto [before, after] : llvm::zip_equal(op.getResults(), made.getResults()))
      results.push_back(before.getType() == after.getType()
                            ? Value(after)
                            : arith::BitcastOp::create(rewriter, op.getLoc(), before.getType(), after).getResult());
    rewriter.replaceOp(op, results);
    return success();
  }
};

bool isHalf(Type type) {
  return getElementTypeOrSelf(type).isF16() || getElementTypeOrSelf(type).isBF16();
}

struct SplitHalfToDouble : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!isHalf(op.getIn().getType()) || !getElementTypeOrSelf(op.getType()).isF64())
      return failure();
    Type f32 = Bits(rewriter, op.getLoc(), op.getType()).of(rewriter.getF32Type());
    Value single = arith::ExtFOp::create(rewriter, op.getLoc(), f32, op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), single);
    return success();
  }
};

/// Through f32, rounded to odd so that the second rounding sees what the first one lost.
struct SplitDoubleToHalf : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!isHalf(op.getType()) || !getElementTypeOrSelf(op.getIn().getType()).isF64())
      return failure();
    Location loc = op.getLoc();
    Bits x(rewriter, loc, op.getType());
    Type f32 = x.of(rewriter.getF32Type()), f64 = op.getIn().getType(), i32 = x.i(32);
    Value nearest = arith::TruncFOp::create(rewriter, loc, f32, op.getIn());
    Value back = arith::ExtFOp::create(rewriter, loc, f64, nearest);
    auto magnitude = [&](Value value) { return math::AbsFOp::create(rewriter, loc, value).getResult(); };
    auto compare = [&](arith::CmpFPredicate predicate, Value a, Value b) {
      return arith::CmpFOp::create(rewriter, loc, predicate, a, b).getResult();
    };
    Value word = x.cast(nearest, i32), even = x.is(arith::CmpIPredicate::eq, x.both(word, 1), 0);
    Value tooLarge = compare(arith::CmpFPredicate::OGT, magnitude(back), magnitude(op.getIn()));
    Value odd = x.plus(word, x.select(tooLarge, x.constant(i32, -1), x.constant(i32, 1)));
    Value inexact = compare(arith::CmpFPredicate::ONE, back, op.getIn());
    Value single = x.cast(x.select(x.both(inexact, even), odd, word), f32);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), single);
    return success();
  }
};

} // namespace

void codegen::storeBrainsAsWords(func::FuncOp kernel) {
  auto isBrain = [](Type type) { return getElementTypeOrSelf(type).isBF16(); };
  auto wordsOf = [](Value memory) {
    auto type = cast<MemRefType>(memory.getType());
    memory.setType(type.clone(IntegerType::get(type.getContext(), 16)));
  };
  SmallVector<Operation *> users;
  kernel.walk([&](Operation *op) {
    bool touches = llvm::any_of(llvm::concat<Value>(op->getOperands(), op->getResults()), [&](Value value) {
      bool moves = isa<MemRefType>(value.getType()) || isa<vector::VectorDialect>(op->getDialect());
      return moves && isBrain(value.getType());
    });
    if (touches)
      users.push_back(op);
  });
  for (BlockArgument argument : kernel.getArguments())
    if (isa<MemRefType>(argument.getType()) && isBrain(argument.getType()))
      wordsOf(argument);
  kernel.setType(FunctionType::get(kernel.getContext(), kernel.getBody().getArgumentTypes(),
                                   kernel.getFunctionType().getResults()));
  for (Operation *op : users) {
    OpBuilder b(op);
    for (OpOperand &operand : op->getOpOperands()) {
      Type type = operand.get().getType();
      if (isBrain(type) && !isa<MemRefType>(type))
        operand.set(arith::BitcastOp::create(b, op->getLoc(), Bits(b, op->getLoc(), type).i(16), operand.get()));
    }
    b.setInsertionPointAfter(op);
    for (Value result : op->getResults()) {
      Type type = result.getType();
      if (!isBrain(type))
        continue;
      if (isa<MemRefType>(type)) {
        wordsOf(result);
        continue;
      }
      result.setType(Bits(b, op->getLoc(), type).i(16));
      auto made = arith::BitcastOp::create(b, op->getLoc(), type, result);
      result.replaceAllUsesExcept(made, made);
    }
  }
}

void codegen::populateLegalizeFloatsPatterns(RewritePatternSet &patterns, const Target &target) {
  patterns
      .add<ExpandBrainToFloat, ExpandFloatToBrain, SelectBrains, BranchBrains, SplitHalfToDouble, SplitDoubleToHalf>(
          patterns.getContext());
  if (!target.hasFma)
    patterns.add<ExpandFma, ExpandHalfToFloat, ExpandFloatToHalf>(patterns.getContext());
}
