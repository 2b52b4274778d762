//===- Catalogue.cpp - the committed tables ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"

using namespace rheobase::neurons;

namespace {
#include "Tables.inc"
} // namespace

const CatalogueEntry *rheobase::neurons::catalogueBegin() {
  return std::begin(kEntries);
}
const CatalogueEntry *rheobase::neurons::catalogueEnd() {
  return std::end(kEntries);
}

std::vector<float> CatalogueEntry::parameters() const {
  return {kNumbers + first, kNumbers + first + count};
}

Table CatalogueEntry::table() const {
  return findKind(kind)->expand({bases, steps, interval}, parameters());
}

const CatalogueEntry *rheobase::neurons::findCatalogueEntry(const FitRequest &request) {
  if (!request.calibration.empty() || request.budget != 0 || request.seed != FitRequest().seed)
    return nullptr;
  return findCatalogueName(request);
}

const CatalogueEntry *rheobase::neurons::findCatalogueName(const FitRequest &request) {
  for (const CatalogueEntry *entry = catalogueBegin(); entry != catalogueEnd(); ++entry)
    if (entry->kind == request.kind && entry->function == request.function && entry->asked == request.variant &&
        entry->bases == request.bases && entry->steps == request.steps && entry->interval == request.interval)
      return entry;
  return nullptr;
}
