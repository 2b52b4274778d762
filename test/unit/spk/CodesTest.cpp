//===- CodesTest.cpp - the arithmetic of every kind of code ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Codes.h"
#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// A scalar program, run by folding every op on constants.
class Program {
public:
  template <typename Emit> Program(MLIRContext &context, ArrayRef<Type> inputs, Emit emit) {
    Location loc = UnknownLoc::get(&context);
    block.addArguments(inputs, SmallVector<Location>(inputs.size(), loc));
    OpBuilder b(&context);
    b.setInsertionPointToEnd(&block);
    result = emit(b, loc, block.getArguments());
  }

  Attribute run(ArrayRef<Attribute> inputs) {
    DenseMap<Value, Attribute> known;
    for (auto [argument, value] : llvm::zip_equal(block.getArguments(), inputs))
      known[argument] = value;
    for (Operation &op : block) {
      SmallVector<Attribute> operands;
      for (Value operand : op.getOperands())
        operands.push_back(known.at(operand));
      SmallVector<OpFoldResult> folded;
      if (failed(op.fold(operands, folded)) || folded.size() != 1) {
        ADD_FAILURE() << "does not fold: " << op.getName().getStringRef().str();
        return {};
      }
      auto constant = dyn_cast<Attribute>(folded.front());
      known[op.getResult(0)] = constant ? constant : known.at(cast<Value>(folded.front()));
    }
    return known.at(result);
  }

  int64_t integer(ArrayRef<Attribute> inputs) {
    auto value = dyn_cast_or_null<IntegerAttr>(run(inputs));
    return value ? value.getValue().getSExtValue() : std::numeric_limits<int64_t>::min();
  }

private:
  Block block;
  Value result;
};

struct Codes : testing::Test {
  Codes() : b(&context) { context.loadDialect<SpkDialect, arith::ArithDialect, math::MathDialect>(); }

  /// Every kind with 2 to 16 steps, signed and not, on one train and on two.
  template <typename Fn> void forEach(Fn fn) {
    for (const CodeKind &kind : codeKinds())
      for (unsigned steps : {2u, 3u, 8u, 9u, 16u})
        for (bool isUnsigned : {false, true})
          for (unsigned bases : {1u, 2u}) {
            CodeInterface code = makeCode(&context, kind, {steps, isUnsigned, /*truncates=*/false, bases});
            std::string text;
            llvm::raw_string_ostream(text) << code;
            SCOPED_TRACE(text);
            fn(code, steps, bases);
          }
  }

  MLIRContext context;
  Builder b;
};

/// Every code, or, of many, both ends and a part of the rest.
template <typename Fn> void forEachInteger(CodeInterface code, Fn fn) {
  constexpr int64_t few = 1024, stride = 97;
  int64_t step = code.getMax() - code.getMin() < few ? 1 : stride;
  for (int64_t q = code.getMin(); q < code.getMax(); q += step)
    fn(q);
  fn(code.getMax());
}

} // namespace

TEST_F(Codes, PlanesAddUpAndSpikesAreCounted) {
  forEach([&](CodeInterface code, unsigned, unsigned) {
    IntegerType stored = code.getStorageType();
    Program spike(context, {stored, b.getI32Type()},
                  [&](OpBuilder &b, Location loc, ValueRange in) { return code.emitSpike(b, loc, in[0], in[1]); });
    Program count(context, {stored},
                  [&](OpBuilder &b, Location loc, ValueRange in) { return code.emitSpikeCount(b, loc, in[0]); });
    forEachInteger(code, [&](int64_t q) {
      Attribute value = IntegerAttr::get(stored, APInt(stored.getWidth(), static_cast<uint64_t>(q), false, true));
      int64_t sum = 0, spikes = 0;
      for (unsigned p = 0; p < code.getPlaneCount(); ++p) {
        int64_t s = spike.integer({value, b.getI32IntegerAttr(static_cast<int32_t>(p))});
        ASSERT_LE(std::abs(s), 1) << q << " plane " << p;
        sum += code.getPlaneWeight(p) * s;
        spikes += std::abs(s);
      }
      ASSERT_EQ(sum, q);
      ASSERT_EQ(count.integer({value}), spikes) << q;
    });
  });
}

TEST_F(Codes, NumbersRoundClampAndAreSeenToBeCutOff) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  forEach([&](CodeInterface code, unsigned, unsigned) {
    Type f32 = b.getF32Type();
    Program encode(context, {f32, f32, f32}, [&](OpBuilder &b, Location loc, ValueRange in) {
      return code.emitEncode(b, loc, in[0], in[1], in[2]);
    });
    Program clipped(context, {f32, f32, f32}, [&](OpBuilder &b, Location loc, ValueRange in) {
      return code.emitClipped(b, loc, in[0], in[1], in[2]);
    });
    auto most = static_cast<float>(code.getMax()), least = static_cast<float>(code.getMin());
    uint64_t mask = (uint64_t(1) << code.getStorageType().getWidth()) - 1;
    float zero = 0;
    auto expect = [&](float x, float q, bool isCut) {
      SmallVector<Attribute> in = {b.getF32FloatAttr(x - zero), b.getF32FloatAttr(1), b.getF32FloatAttr(zero)};
      EXPECT_EQ(static_cast<uint64_t>(encode.integer(in)) & mask, static_cast<uint64_t>(static_cast<int64_t>(q)) & mask)
          << x;
      EXPECT_EQ(clipped.integer(in) != 0, isCut) << x;
    };
    expect(0, 0, false);
    expect(-0.0f, 0, false);
    expect(0.5f, 0, false);
    expect(most, most, false);
    expect(most + 0.5f, most, false);
    expect(most + 1, most, true);
    expect(least - 0.5f, least, false);
    expect(least - 1, least, true);
    expect(infinity, most, true);
    expect(-infinity, least, true);
    expect(nan, 0, true);
    // An offset moves what rounds to what, and the code of NaN.
    zero = 1;
    expect(1.5f, 1, false);
    expect(nan, 1, true);
    expect(most, most, false);
    expect(infinity, most, true);
  });
}

TEST_F(Codes, StepsAreThoseAskedForOnEveryTrain) {
  forEach([&](CodeInterface code, unsigned steps, unsigned bases) {
    EXPECT_EQ(code.getStepCount(), (steps + bases - 1) / bases);
    EXPECT_EQ(code.getBaseCount(), bases);
    EXPECT_TRUE(findCodeKind(code.getKind()));
    EXPECT_EQ(code.getLargestMagnitude(), std::max(code.getMax(), -code.getMin()));
    EXPECT_LE(code.getLargestMagnitude(), int64_t(1) << code.getStorageType().getWidth());
  });
}

TEST_F(Codes, DigitsAreTheIntegersOfTheBinaryCodeInFewerSpikes) {
  for (unsigned steps : {2u, 4u, 8u, 9u})
    for (bool isUnsigned : {false, true}) {
      CodeRequest request{steps, isUnsigned};
      CodeInterface binary = BinaryCodeAttr::make(&context, request), digits = DigitsCodeAttr::make(&context, request);
      ASSERT_EQ(binary.getMin(), digits.getMin());
      ASSERT_EQ(binary.getMax(), digits.getMax());
      ASSERT_EQ(binary.getStorageType(), digits.getStorageType());
      auto counter = [&](CodeInterface code) {
        return std::make_unique<Program>(
            context, ArrayRef<Type>{code.getStorageType()},
            [&](OpBuilder &b, Location loc, ValueRange in) { return code.emitSpikeCount(b, loc, in[0]); });
      };
      auto ofBinary = counter(binary), ofDigits = counter(digits);
      for (int64_t q = binary.getMin(); q <= binary.getMax(); ++q) {
        unsigned width = binary.getStorageType().getWidth();
        Attribute value =
            IntegerAttr::get(binary.getStorageType(), APInt(width, static_cast<uint64_t>(q), false, true));
        ASSERT_LE(ofDigits->integer({value}), ofBinary->integer({value})) << q;
      }
    }
}

TEST_F(Codes, NoTwoSignedDigitsAreNeighbours) {
  CodeInterface code = DigitsCodeAttr::make(&context, {9});
  Program spike(context, {code.getStorageType(), b.getI32Type()},
                [&](OpBuilder &b, Location loc, ValueRange in) { return code.emitSpike(b, loc, in[0], in[1]); });
  forEachInteger(code, [&](int64_t q) {
    for (int32_t p = 0; p + 1 < 9; ++p) {
      Attribute value = b.getI16IntegerAttr(static_cast<int16_t>(q));
      int64_t here = spike.integer({value, b.getI32IntegerAttr(p)});
      ASSERT_EQ(here * spike.integer({value, b.getI32IntegerAttr(p + 1)}), 0) << q << " plane " << p;
    }
  });
}

TEST_F(Codes, OfNoNegativeNumberTwosComplementIsBinary) {
  CodeRequest request{8, /*isUnsigned=*/true};
  EXPECT_EQ(TwosCodeAttr::make(&context, request), BinaryCodeAttr::make(&context, request));
  EXPECT_EQ(findCodeKind("thermometer"), nullptr);
}
