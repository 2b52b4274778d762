//===- ArenaOrderTest.cpp - an arena hardly larger than what is needed at once ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ArenaOrder.h"

#include "gtest/gtest.h"

#include <numeric>
#include <random>

using namespace rheobase::codegen;

namespace {

/// What must hold of every network.
constexpr double kMost = 1.2;

struct Lifetime {
  int64_t bytes, first, last;
};

std::vector<ArenaBuffer> inOneCall(llvm::ArrayRef<Lifetime> lifetimes) {
  std::vector<ArenaBuffer> buffers;
  for (Lifetime each : lifetimes)
    buffers.push_back({{each.bytes}, each.first, each.last});
  return buffers;
}

/// The arena over what is needed at once, in the worst of the calls.
double worstRatio(llvm::ArrayRef<ArenaBuffer> buffers) {
  std::vector<unsigned> order = arenaOrder(buffers), every(buffers.size()), sorted(order);
  std::iota(every.begin(), every.end(), 0);
  llvm::sort(sorted);
  EXPECT_EQ(sorted, every) << "each buffer has one place";
  double worst = 0;
  for (unsigned call = 0; call < buffers.front().bytes.size(); ++call)
    worst = std::max(worst, double(arenaBytes(buffers, order, call)) / double(liveBytes(buffers, call)));
  return worst;
}

TEST(ArenaOrder, NothingNeedsNothing) {
  EXPECT_TRUE(arenaOrder({}).empty());
  EXPECT_EQ(arenaBytes({}, {}, 0), 0);
}

TEST(ArenaOrder, SmallBuffersTakeThePlaceOfALargeOne) {
  EXPECT_EQ(worstRatio(inOneCall({{12, 0, 1}, {3, 2, 3}, {3, 2, 4}, {3, 2, 5}, {3, 2, 6}, {12, 7, 8}})), 1);
}

TEST(ArenaOrder, WhatStaysLongDoesNotSplitTheRest) {
  // One small result of each layer stays until the end, between large ones that come and go.
  std::vector<Lifetime> layers;
  for (int64_t layer = 0; layer < 24; ++layer) {
    layers.push_back({16, layer, 24});
    layers.push_back({1000, layer, layer});
    layers.push_back({700 + layer * 10, layer, layer + 1});
  }
  EXPECT_LE(worstRatio(inOneCall(layers)), kMost);
}

TEST(ArenaOrder, SizesThatGrowAndShrink) {
  std::vector<Lifetime> stages;
  for (int64_t stage = 0; stage < 30; ++stage)
    stages.push_back({stage < 15 ? 100 << (stage / 3) : 1600 >> ((stage - 15) / 3), stage, stage + 2});
  EXPECT_LE(worstRatio(inOneCall(stages)), kMost);
}

TEST(ArenaOrder, AnOrderForCallsOfSeveralSizes) {
  // In a long call scores outweigh rows, in a short one it is the other way round.
  std::vector<ArenaBuffer> buffers;
  for (int64_t layer = 0; layer < 12; ++layer) {
    int64_t at = layer * 6;
    buffers.push_back({{768 * 64, 768, 768 * 512}, at, at + 6});
    for (int64_t i = 0; i < 3; ++i)
      buffers.push_back({{768 * 64, 768, 768 * 512}, at + i, at + 3});
    buffers.push_back({{12 * 64 * 64, 12, 12 * 512 * 512}, at + 3, at + 4});
    buffers.push_back({{3072 * 64, 3072, 3072 * 512}, at + 4, at + 5});
  }
  EXPECT_LE(worstRatio(buffers), kMost);
}

TEST(ArenaOrder, RandomLifetimes) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    std::vector<Lifetime> lifetimes;
    for (int i = 0; i < 150; ++i) {
      int64_t first = random() % 100, length = random() % 4 == 0 ? random() % 40 : random() % 4;
      lifetimes.push_back({int64_t(64) << random() % 10, first, first + length});
    }
    EXPECT_LE(worstRatio(inOneCall(lifetimes)), kMost) << "round " << round;
  }
}

} // namespace
