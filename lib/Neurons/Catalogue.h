//===- Catalogue.h - the committed tables ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_CATALOGUE_H
#define RHEOBASE_LIB_NEURONS_CATALOGUE_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

/// The requests whose tables are committed in Tables.inc, in its order. All fields that name an entry are filled in.
std::vector<FitRequest> catalogueRequests();

/// A committed fit.
struct CatalogueEntry {
  std::string_view kind, function;
  /// The variant asked for (empty: the best) and the one found.
  std::string_view asked, variant;
  int bases, steps;
  Interval interval;
  /// Where its parameters are among all.
  uint32_t first, count;

  std::vector<float> parameters() const;
  Table table() const;
};

const CatalogueEntry *catalogueBegin();
const CatalogueEntry *catalogueEnd();
/// The entry that answers a request with its defaults filled in, or null: it has neither calibration inputs nor a seed
/// or budget of its own.
const CatalogueEntry *findCatalogueEntry(const FitRequest &request);
/// The entry of the kind, function, variant, counts and interval of a request, however it was searched for.
const CatalogueEntry *findCatalogueName(const FitRequest &request);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_CATALOGUE_H
