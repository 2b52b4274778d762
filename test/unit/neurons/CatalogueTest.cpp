//===- CatalogueTest.cpp - committed tables and the tables conversion gets --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "Requests.h"

#include <gtest/gtest.h>

using namespace rheobase::neurons;

TEST(Catalogue, HoldsWhatItsRequestsSay) {
  const CatalogueEntry *entry = catalogueBegin();
  for (const FitRequest &request : catalogueRequests()) {
    ASSERT_NE(entry, catalogueEnd());
    EXPECT_EQ(findCatalogueName(request), entry);
    Shape shape = {entry->bases, entry->steps, entry->interval};
    const Neuron *kind = findKind(entry->kind);
    ASSERT_TRUE(kind);
    EXPECT_EQ(kind->parameterCount(shape), entry->count);
    std::optional<Error> error = check(entry->table());
    EXPECT_FALSE(error) << error->text;
    ++entry;
  }
  EXPECT_EQ(entry, catalogueEnd());
}

TEST(Catalogue, IsWhatTheToolMakes) {
  // The cheap ones: the same search, from nothing.
  int refitted = 0;
  for (const FitRequest &request : catalogueRequests()) {
    bool cheap = request.kind == "fs" ? request.steps <= 4 : request.function == "exp2" && request.steps == 2;
    if (!cheap)
      continue;
    Result<FitResult> result = fit(request);
    ASSERT_TRUE(result) << result.error();
    const CatalogueEntry *entry = findCatalogueName(request);
    ASSERT_TRUE(entry);
    EXPECT_EQ(result->parameters, entry->parameters())
        << request.kind << ' ' << request.function << ' ' << request.steps;
    EXPECT_EQ(result->variant, entry->variant);
    ++refitted;
  }
  EXPECT_GT(refitted, 40);
}

TEST(NeuronFor, ServesConversionFromTheCatalogue) {
  for (const char *kind : {"mbe", "mbe-ext", "fs"})
    for (const char *function : {"gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "exp2", "reciprocal", "rsqrt"})
      for (int steps = 2; steps <= 16; ++steps) {
        FitRequest asked = requestFor(kind, function, steps);
        Result<const Table *> table = neuronFor(asked);
        ASSERT_TRUE(table) << table.error();
        asked.bases = static_cast<int>((*table)->bases.size());
        asked.interval = (*table)->interval;
        EXPECT_TRUE(findCatalogueEntry(asked)) << kind << ' ' << function << ' ' << steps;
        asked.interval = findFunction(function)->interval;
        EXPECT_TRUE(findCatalogueEntry(asked)) << kind << ' ' << function << ' ' << steps;
      }
}

TEST(NeuronFor, GrowingFunctionsAreWideUnlessAskedOtherwise) {
  EXPECT_EQ((*neuronFor(requestFor("mbe", "gelu", 4)))->interval, (Interval{-16, 16}));
  EXPECT_EQ((*neuronFor(requestFor("mbe", "gelu", 4, Interval{-8, 8})))->interval, (Interval{-8, 8}));
  EXPECT_EQ((*neuronFor(requestFor("segment", "gelu", 4)))->interval, (Interval{-8, 16}));
  EXPECT_EQ((*neuronFor(requestFor("segment", "gelu_bump", 4)))->interval, (Interval{0, 8}));
  EXPECT_EQ((*neuronFor(requestFor("segment", "silu_bump", 4)))->interval, (Interval{0, 8}));
  EXPECT_EQ((*neuronFor(requestFor("fs", "tanh", 4)))->interval, (Interval{-8, 8}));
  EXPECT_EQ((*neuronFor(requestFor("fs", "rsqrt", 4)))->interval, (Interval{0.5f, 2}));
}

TEST(NeuronFor, FitsSegmentsAtOnce) {
  Result<const Table *> narrow = neuronFor(requestFor("segment", "gelu", 8, Interval{-3, 2}));
  ASSERT_TRUE(narrow);
  EXPECT_EQ((*narrow)->interval, (Interval{-3, 2}));
  EXPECT_EQ((*narrow)->bases.size(), 8u);
}

TEST(NeuronFor, TheSameRequestGivesTheSameTable) {
  const Table *first = *neuronFor(requestFor("segment", "silu", 8));
  EXPECT_EQ(first, *neuronFor(requestFor("segment", "silu", 8)));
  EXPECT_NE(first, *neuronFor(requestFor("segment", "silu", 9)));
}

TEST(NeuronFor, CoversTheAskedInterval) {
  struct Case {
    const char *kind, *function;
    Interval asked, served;
  };
  const Case cases[] = {
      {"mbe", "gelu", {-3, 5}, {-8, 8}},         {"mbe", "gelu", {-9, 5}, {-8, 8}},
      {"mbe", "gelu", {-12, 12}, {-16, 16}},     {"fs", "silu", {-12, 3}, {-16, 16}},
      {"mbe", "tanh", {-50, 50}, {-8, 8}},       {"fs", "sigmoid", {-1, 20}, {-8, 8}},
      {"segment", "gelu", {-100, 5}, {-8, 5}},   {"segment", "tanh", {-50, 50}, {-8, 8}},
      {"segment", "gelu", {-100, -50}, {-8, 8}}, {"fs", "reciprocal", {0.6f, 0.9f}, {0.5f, 1}},
      {"segment", "silu", {-20, 20}, {-20, 20}}, {"fs", "gelu_bump", {0, 30}, {0, 8}},
  };
  for (const Case &c : cases) {
    Result<const Table *> table = neuronFor(requestFor(c.kind, c.function, 2, c.asked));
    ASSERT_TRUE(table) << table.error();
    EXPECT_EQ((*table)->interval, c.served)
        << c.kind << ' ' << c.function << ' ' << (*table)->interval.lower << ' ' << (*table)->interval.upper;
  }
}

TEST(NeuronFor, FitsWhatIsNotCommitted) {
  FitRequest asked = requestFor("fs", "reciprocal", 3, Interval{0.25f, 4});
  Result<const Table *> table = neuronFor(asked);
  ASSERT_TRUE(table) << table.error();
  EXPECT_EQ((*table)->interval, (Interval{0.25f, 4}));
  EXPECT_TRUE(fit(asked)->table == **table);
}

TEST(NeuronFor, WideInputsStayAccurate) {
  // What the published neuron hides behind a uniform score: inputs of N(0, 1) and N(0, 3^2), fitted for [-12, 12].
  const Table &gelu = **neuronFor(requestFor("mbe-ext", "gelu", 16, Interval{-12, 12}));
  EXPECT_LT(*rmsOnNormal(gelu, "gelu", 1), 5e-3);
  EXPECT_LT(*rmsOnNormal(gelu, "gelu", 3), 5e-3);
  const Table &segments = **neuronFor(requestFor("segment", "gelu", 8, Interval{-12, 12}));
  EXPECT_LT(*rmsOnNormal(segments, "gelu", 1), 1e-2);
  EXPECT_LT(*rmsOnNormal(segments, "gelu", 3), 3e-2);
}

TEST(Fit, EqualRequestsGiveEqualTables) {
  for (const char *kind : {"mbe", "mbe-ext", "fs", "segment"}) {
    FitRequest asked = requestFor(kind, "silu", 5);
    asked.budget = 2000;
    Result<FitResult> first = fit(asked), second = fit(asked);
    EXPECT_TRUE(first->table == second->table);
    asked.seed = 2;
    EXPECT_EQ(fit(asked)->table == first->table, std::string(kind) == "segment");
  }
}
