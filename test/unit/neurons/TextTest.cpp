//===- TextTest.cpp - tables as text -------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace rheobase::neurons;

namespace {

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Table someTable(const char *kind) {
  FitRequest request;
  request.kind = kind;
  request.function = "gelu";
  request.steps = 3;
  request.budget = 300;
  return fit(request)->table;
}

} // namespace

TEST(HexFloat, ReadsBackToTheSameBits) {
  for (float value : {0.0f, 1.0f, -1.5f, 0.1f, 3e-42f, -1e-30f, std::numeric_limits<float>::max()})
    EXPECT_EQ(parseHexFloat(hexFloat(value)), value);
  EXPECT_EQ(hexFloat(3), "0x1.8p+1");
  EXPECT_EQ(hexFloat(-0.5f), "-0x1p-1");
  for (const char *bad : {"", "-", "0x", "1.5", "0x1.8p+1x", "0x-1p+0", "--0x1p+0", "0xinf", "inf", "0x1p+999"})
    EXPECT_FALSE(parseHexFloat(bad)) << bad;
}

TEST(Text, ReadsBackToTheSameTable) {
  for (const char *kind : {"mbe", "mbe-ext", "fs", "segment"}) {
    Table table = someTable(kind);
    Result<Table> read = tableFromText(toText(table));
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(*read == table);
    EXPECT_EQ(toText(*read), toText(table));
  }
}

TEST(Text, HasAStableForm) {
  EXPECT_EQ(toText(*identityTable(2, 4)), "neuron fs\n"
                                          "bases 1\n"
                                          "steps 2\n"
                                          "saturates 0\n"
                                          "interval 0x0p+0 0x1p+2\n"
                                          "bias 0x0p+0\n"
                                          "basis signed 0x0p+0 0x1p+0\n"
                                          "thresholds 0x1p+1 0x1p+0\n"
                                          "resets 0x1p+1 0x1p+0\n"
                                          "outputs 0x1p+1 0x1p+0\n");
}

TEST(Text, ErrorsNameWhatWasFound) {
  std::string good = toText(*identityTable(2, 4));
  struct Case {
    const char *from, *to, *error;
  };
  const Case cases[] = {
      {"neuron", "nothing", "has 'nothing', expected 'neuron'"},
      {"neuron fs", "neuron lif", "unknown kind of neuron 'lif'"},
      {"bases 1", "bases 65", "has '65', expected an integer from 0 to 64"},
      {"bases 1", "bases 0", "has 'basis', expected the end of the text"},
      {"steps 2", "steps two", "has 'two', expected an integer from 0 to 16"},
      {"steps 2", "steps 0", "has '0x1p+1', expected 'resets'"},
      {"saturates 0", "saturates 1", "a neuron of kind fs saturates"},
      {"saturates 0", "saturates -1", "has '-1', expected an integer from 0 to 1"},
      {"interval 0x0p+0", "interval 0x1p+2", "a neuron's interval ends at 4"},
      {"bias 0x0p+0", "bias 0.5", "has '0.5', expected a hexadecimal float"},
      {"signed", "both", "has 'both', expected signed, positive, negative or magnitude"},
      {"signed", "positive", "expected one, signed"},
      {"signed 0x0p+0 0x1p+0", "signed 0x0p+0 0x1p+1", "input scale 2"},
      {"outputs 0x1p+1 0x1p+0\n", "outputs 0x1p+1", "has '', expected a hexadecimal float"},
  };
  for (const Case &c : cases) {
    Result<Table> read = tableFromText(replaced(good, c.from, c.to));
    ASSERT_FALSE(read) << c.to;
    EXPECT_NE(read.error().find(c.error), std::string::npos) << read.error();
  }
}

TEST(Text, NoPrefixIsATable) {
  std::string good = toText(someTable("segment"));
  for (size_t length = 0; length + 1 < good.size(); ++length)
    if (good[length] == ' ' || good[length] == '\n') {
      EXPECT_FALSE(tableFromText(good.substr(0, length))) << length;
    }
}

TEST(Check, SegmentsAreBinaryDigits) {
  const Table good = someTable("segment");
  auto errorOf = [&](auto change) {
    Table table = good;
    change(table);
    std::optional<Error> error = check(table);
    return error ? error->text : "";
  };
  auto contains = [](const std::string &text, const char *part) { return text.find(part) != std::string::npos; };
  EXPECT_EQ(errorOf([](Table &) {}), "");
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.saturates = false; }), "does not saturate"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.bases[0].feed = Feed::Magnitude; }), "expected signed"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.bases[1].scale = -1; }), "expected more than 0"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.thresholds[1] = 3; }), "is not the binary digit 2"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.outputs[0] *= 2; }), "is not the binary digit 4"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.bases[0].offset = -20; }), "beyond the neuron's interval"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.resets.pop_back(); }), "resets, expected bases x steps = 24"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.outputs[0] = NAN; }), "expected finite numbers"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.bias = INFINITY; }), "expected finite numbers"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.steps = 17; }), "17 steps, expected 1 to 16"));
  EXPECT_TRUE(contains(errorOf([](Table &t) { t.bases.clear(); }), "0 bases, expected 1 to 64"));
}
