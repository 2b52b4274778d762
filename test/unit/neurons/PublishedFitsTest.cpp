//===- PublishedFitsTest.cpp - accuracy against published fits -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"

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
