//===- PublishedFitsTest.cpp - accuracy against published fits -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"

#include "rheobase/Neurons/Published.h"

#include <gtest/gtest.h>

using namespace rheobase::neurons;

namespace {

struct Published {
  const char *kind, *function, *variant;
  int bases, steps;
  /// Root mean square error over the interval.
  double rms;
  Interval interval;
};

const Published kPublished[] = {
#include "PublishedFits.inc"
};

/// Committed tables are taken as they are: nothing is searched for here.
Result<Table> tableOf(const FitRequest &request) {
  if (request.kind != "segment") {
    const CatalogueEntry *entry = findCatalogueName(request);
    return entry ? Result<Table>(entry->table()) : Result<Table>(Error{"not committed"});
  }
  Result<FitResult> result = fit(request);
  return result ? Result<Table>(result->table) : Result<Table>(Error{result.error()});
}

} // namespace

TEST(PublishedFits, AreReached) {
  for (const Published &row : kPublished) {
    FitRequest request;
    request.kind = row.kind;
    request.function = row.function;
    request.variant = row.variant;
    request.bases = row.bases;
    request.steps = row.steps;
    request.interval = row.interval;
    Result<Table> table = tableOf(request);
    ASSERT_TRUE(table) << row.kind << ' ' << row.function << ' ' << row.bases << ' ' << row.steps << ": "
                       << table.error();
    EXPECT_LE(measure(*table, row.function)->rmsUniform, 1.1 * row.rms)
        << row.kind << ' ' << row.function << ' ' << row.variant << " N=" << row.bases << " T=" << row.steps;
  }
}

namespace {

/// The mean squared error of a committed table on a published grid.
double meanSquareOf(const char *kind, const char *variant, const PublishedFits &fits, int bases) {
  FitRequest request;
  request.kind = kind;
  request.variant = variant;
  request.function = fits.function;
  request.bases = bases;
  request.steps = PublishedFits::kSteps;
  request.interval = fits.grid;
  Result<Table> table = tableOf(request);
  EXPECT_TRUE(table) << kind << ' ' << fits.function << ' ' << bases;
  double rms = table ? measure(*table, fits.function)->rmsUniform : 1;
  return rms * rms;
}

} // namespace

TEST(PublishedFits, OfTheMultiBasisNeuronAreReachedByTheExtendedOne) {
  EXPECT_EQ(publishedFits().size(), 4u);
  EXPECT_FALSE(publishedFitsOf("tanh"));
  for (const PublishedFits &fits : publishedFits())
    for (auto [bases, published] : fits.meanSquares)
      EXPECT_LE(meanSquareOf("mbe-ext", "", fits, bases), published) << fits.function << " N=" << bases;
}

TEST(PublishedFits, UnsignedSpikesCannotFollowGeluBelowZero) {
  // Literal bases see nothing below 0, where GELU's energy alone is 2.4e-4 of the grid.
  const PublishedFits &gelu = *publishedFitsOf("gelu");
  for (auto [bases, published] : gelu.meanSquares)
    EXPECT_GE(meanSquareOf("mbe", "literal", gelu, bases), 2.3e-4) << bases;
}
