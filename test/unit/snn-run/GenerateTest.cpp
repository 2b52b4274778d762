//===- GenerateTest.cpp - tokens in, tokens out ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/snn-run/Sampler.h"
#include "tools/snn-run/TokenFeeder.h"

#include "gtest/gtest.h"

#include <cmath>
#include <set>

using namespace rheobase::snnrun;

TEST(Sampler, GreedyTakesTheFirstOfTheBest) {
  Sampler sampler(0, 0, 0);
  EXPECT_EQ(sampler.choose({1, 3, 3, 2}), 1);
  EXPECT_EQ(sampler.choose({NAN, -2, -3}), 1);
  EXPECT_EQ(sampler.choose({NAN}), 0);
}

TEST(Sampler, SamplesAmongTheBestByTheirProbability) {
  Sampler sampler(1, 2, 7), again(1, 2, 7);
  std::vector<int> counts(4);
  for (int i = 0; i < 4000; ++i) {
    int64_t token = sampler.choose({0, std::log(3.0f), -9, 0.0f});
    EXPECT_EQ(token, again.choose({0, std::log(3.0f), -9, 0.0f}));
    ++counts[static_cast<size_t>(token)];
  }
  // Odds of three to one between the best and the first of the equal seconds.
  EXPECT_EQ(counts[2] + counts[3], 0);
  EXPECT_NEAR(counts[1], 3000, 150);
}

TEST(Sampler, ColdIsGreedyAndMinusInfinityIsNeverTaken) {
  Sampler cold(1e-6, 0, 1), warm(1e6, 0, 1);
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(cold.choose({1, 2, 1.5}), 1);
    seen.insert(warm.choose({-INFINITY, 2, 1}));
  }
  EXPECT_EQ(seen, (std::set<int64_t>{1, 2}));
}

namespace {
constexpr int64_t kOpen[] = {-1, -1}, kEight[] = {1, 8}, kScores[] = {-1, -1, 5};

/// A language model's signature.
struct Signature {
  std::vector<rhb_tensor_info> inputs, outputs = {{"logits", RHB_F32, 3, kScores, nullptr}};
  rhb_artifact_info info{};

  Signature(std::vector<const char *> names, const int64_t *dims = kOpen, bool remembers = false) {
    for (const char *name : names)
      inputs.push_back({name, RHB_I64, 2, dims, nullptr});
    info.input_count = inputs.size();
    info.inputs = inputs.data();
    info.output_count = outputs.size();
    info.outputs = outputs.data();
    info.state_count = remembers;
  }
};

std::vector<int64_t> numbers(const npy::Array &array) {
  std::vector<int64_t> all;
  for (size_t i = 0; i < static_cast<size_t>(array.elements()); ++i)
    all.push_back(static_cast<int64_t>(npy::number(array, i)));
  return all;
}

using Numbers = std::vector<int64_t>;
} // namespace

TEST(TokenFeeder, MakesEveryInputOfTheWholeSequence) {
  Signature signature({"input_ids", "attention_mask", "position_ids", "token_type_ids"});
  TokenFeeder feeder;
  Arrays inputs;
  ASSERT_EQ(feeder.open(signature.info), "");
  ASSERT_EQ(feeder.make({7, 8, 9}, 0, inputs), "");
  EXPECT_EQ(inputs[0].dims, (Numbers{1, 3}));
  EXPECT_EQ(numbers(inputs[0]), (Numbers{7, 8, 9}));
  EXPECT_EQ(numbers(inputs[1]), (Numbers{1, 1, 1}));
  EXPECT_EQ(numbers(inputs[2]), (Numbers{0, 1, 2}));
  EXPECT_EQ(numbers(inputs[3]), (Numbers{0, 0, 0}));
}

TEST(TokenFeeder, MakesWhatASessionThatRemembersHasNotSeen) {
  Signature signature({"input_ids", "attention_mask", "position_ids"}, kOpen, /*remembers=*/true);
  TokenFeeder feeder;
  Arrays inputs;
  ASSERT_EQ(feeder.open(signature.info), "");
  ASSERT_TRUE(feeder.remembers());
  ASSERT_EQ(feeder.make({7, 8, 9}, 2, inputs), "");
  EXPECT_EQ(numbers(inputs[0]), (Numbers{9}));
  EXPECT_EQ(numbers(inputs[1]), (Numbers{1, 1, 1}));
  EXPECT_EQ(numbers(inputs[2]), (Numbers{2}));
  EXPECT_EQ(feeder.make({7}, 1, inputs), "there is no token to go on from");
}

TEST(TokenFeeder, FillsUpOrCutsWhereTheLengthIsFixed) {
  Signature signature({"input_ids", "attention_mask"}, kEight);
  TokenFeeder feeder;
  Arrays inputs;
  ASSERT_EQ(feeder.open(signature.info), "");
  ASSERT_EQ(feeder.make({7, 8, 9}, 0, inputs), "");
  EXPECT_EQ(numbers(inputs[0]), (Numbers{7, 8, 9, 0, 0, 0, 0, 0}));
  EXPECT_EQ(numbers(inputs[1]), (Numbers{1, 1, 1, 0, 0, 0, 0, 0}));
  ASSERT_EQ(feeder.make({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0, inputs), "");
  EXPECT_EQ(numbers(inputs[0]), (Numbers{3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(TokenFeeder, ReadsTheScoresOfTheLastToken) {
  Signature signature({"tokens"}, kEight);
  TokenFeeder feeder;
  Arrays inputs, outputs(1);
  std::vector<float> row;
  ASSERT_EQ(feeder.open(signature.info), "");
  ASSERT_EQ(feeder.make({7, 8}, 0, inputs), "");
  ASSERT_EQ(npy::allocate(RHB_F32, {1, 8, 2}, outputs[0]), "");
  for (size_t i = 0; i < 16; ++i)
    npy::setNumber(outputs[0], i, static_cast<long double>(i));
  ASSERT_EQ(feeder.scores(outputs, row), "");
  EXPECT_EQ(row, (std::vector<float>{2, 3}));
  // Models that give the last position alone.
  ASSERT_EQ(npy::allocate(RHB_F32, {1, 1, 2}, outputs[0]), "");
  ASSERT_EQ(feeder.scores(outputs, row), "");
  ASSERT_EQ(feeder.make({7, 8, 9}, 0, inputs), "");
  ASSERT_EQ(npy::allocate(RHB_F32, {1, 2, 2}, outputs[0]), "");
  EXPECT_NE(feeder.scores(outputs, row).find("expected a row of scores for every token"), std::string::npos);
}

TEST(TokenFeeder, SaysWhatIsNoLanguageModel) {
  TokenFeeder feeder;
  Signature cache({"input_ids", "past_key_values.0.key"}), none({"attention_mask", "position_ids"});
  EXPECT_NE(feeder.open(cache.info).find("input 'past_key_values.0.key' is not one that tokens make"),
            std::string::npos);
  EXPECT_NE(feeder.open(none.info).find("no input 'input_ids'"), std::string::npos);
  Signature images({"pixels"});
  images.inputs[0].dtype = RHB_F32;
  EXPECT_NE(feeder.open(images.info).find("expected integers with the sequence along the last axis"),
            std::string::npos);
  Signature silent({"input_ids"});
  silent.outputs[0].dtype = RHB_I64;
  EXPECT_NE(feeder.open(silent.info).find("no output of scores"), std::string::npos);
}
