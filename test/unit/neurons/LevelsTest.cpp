//===- LevelsTest.cpp - neurons as staircases ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"

#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace rheobase::neurons;

namespace {

const Level &levelAt(const std::vector<Level> &levels, float x) {
  size_t i = levels.size() - 1;
  while (i > 0 && !(x >= levels[i].from))
    --i;
  return levels[i];
}

Table tableFor(const char *kind, const char *function, int bases, int steps) {
  FitRequest request;
  request.kind = kind;
  request.function = function;
  request.bases = bases;
  request.steps = steps;
  request.budget = 3000;
  return fit(request)->table;
}

} // namespace

TEST(Levels, EqualTheNeuron) {
  for (const Table &table :
       {tableFor("mbe", "gelu", 4, 6), tableFor("mbe-ext", "tanh", 2, 9), tableFor("fs", "silu", 1, 9),
        tableFor("segment", "gelu", 5, 6), tableFor("segment", "rsqrt", 4, 5)}) {
    Result<std::vector<Level>> found = levels(table);
    ASSERT_TRUE(found) << found.error();
    EXPECT_GT(found->size(), 10u);
    Interval interval = table.interval;
    float step = (interval.upper - interval.lower) / 5000;
    for (float x : grid<float>(interval.lower - 10 * step, interval.upper + 10 * step, step)) {
      EXPECT_EQ(levelAt(*found, x).value, evaluate(table, x)) << table.kind << ' ' << x;
      EXPECT_EQ(levelAt(*found, x).spikes, spikes(table, x));
    }
    for (size_t i = 1; i < found->size(); ++i) {
      float from = (*found)[i].from, before = std::nextafter(from, -std::numeric_limits<float>::infinity());
      EXPECT_EQ((*found)[i].value, evaluate(table, from));
      EXPECT_EQ((*found)[i - 1].value, evaluate(table, before)) << table.kind << ' ' << from;
      EXPECT_EQ((*found)[i - 1].spikes, spikes(table, before));
    }
    float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(levelAt(*found, nan).value, evaluate(table, nan));
  }
}

TEST(Levels, AnIdentityCodeHasAllItsCodes) {
  EXPECT_EQ(levels(*identityTable(8, 8))->size(), 256u);
}

TEST(Levels, TooManyAreAnError) {
  Result<std::vector<Level>> found = levels(*identityTable(8, 8), 100);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), "a neuron has more than 100 levels, expected fewer steps or bases");
}

TEST(Levels, ABadTableIsAnError) {
  EXPECT_FALSE(levels(Table()));
}
