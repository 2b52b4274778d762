//===- Document.cpp - the list of fits in docs/neurons.md ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Document.h"

#include "Catalogue.h"
#include "rheobase/Neurons/Published.h"

#include <algorithm>
#include <cstdio>
#include <map>

using namespace rheobase::neurons;

namespace {

constexpr std::string_view kBegin = "<!-- fits: begin -->\n", kEnd = "<!-- fits: end -->";
constexpr int kColumns[] = {2, 3, 4, 6, 8, 10, 12, 16};

/// One row of a table: what stands at its left, and the cell of each number of steps.
struct Row {
  std::string label;
  std::map<int, std::string> cells;
};

std::string shortNumber(double value, const char *format = "%.1e") {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), format, value);
  return buffer;
}

std::string intervalText(Interval interval) {
  return '[' + shortNumber(interval.lower, "%g") + ", " + shortNumber(interval.upper, "%g") + ']';
}

std::string cellText(const Table &table, std::string_view function) {
  Result<Accuracy> accuracy = measure(table, function);
  if (!accuracy)
    return accuracy.error();
  return shortNumber(accuracy->rmsUniform) + " / " + shortNumber(accuracy->rmsNatural) + " / " +
         shortNumber(accuracy->spikesNatural, "%.1f");
}

void appendTable(std::string &text, const std::string &title, const std::vector<Row> &rows) {
  text += "\n**" + title + "**\n\n| |";
  std::string line = "\n|---|";
  for (int steps : kColumns) {
    text += " T=" + std::to_string(steps) + " |";
    line += "---|";
  }
  text += line + '\n';
  for (const Row &row : rows) {
    text += "| " + row.label + " |";
    for (int steps : kColumns) {
      auto cell = row.cells.find(steps);
      text += ' ' + (cell == row.cells.end() ? "" : cell->second + ' ') + '|';
    }
    text += '\n';
  }
}

/// The rows of the committed tables for one function on one interval.
void addCommitted(std::vector<Row> &rows, const Function &function, Interval interval) {
  for (const CatalogueEntry *entry = catalogueBegin(); entry != catalogueEnd(); ++entry) {
    if (entry->function != function.name || !(entry->interval == interval))
      continue;
    std::string label = std::string(entry->kind) + " N=" + std::to_string(entry->bases);
    if (!entry->asked.empty())
      label += ' ' + std::string(entry->asked);
    size_t at = 0;
    while (at < rows.size() && rows[at].label != label)
      ++at;
    if (at == rows.size())
      rows.push_back({label, {}});
    rows[at].cells[entry->steps] = cellText(entry->table(), function.name);
  }
}

/// Segments, fitted here: nothing of them is committed.
void addSegments(std::vector<Row> &rows, const Function &function, Interval interval) {
  for (int bases : {4, 8, 16}) {
    Row row = {"segment N=" + std::to_string(bases), {}};
    for (int steps : kColumns) {
      FitRequest request;
      request.kind = "segment";
      request.function = function.name;
      request.bases = bases;
      request.steps = steps;
      request.interval = interval;
      if (Result<FitResult> result = fit(request))
        row.cells[steps] = cellText(result->table, function.name);
    }
    rows.push_back(row);
  }
}

/// What the activations do on inputs of N(0, 1) and N(0, 3^2), from the tables conversion takes for an input range of
/// [-12, 12].
void addWideInputs(std::string &text) {
  std::vector<Row> rows;
  for (std::string_view function : {"gelu", "silu"})
    for (std::string_view kind : {"mbe", "mbe-ext", "fs", "segment"}) {
      Row row = {std::string(function) + ' ' + std::string(kind), {}};
      for (int steps : kColumns) {
        FitRequest request;
        request.kind = kind;
        request.function = function;
        request.steps = steps;
        request.interval = Interval{-12, 12};
        Result<const Table *> table = neuronFor(request);
        if (!table)
          continue;
        Result<double> narrow = rmsOnNormal(**table, function, 1), wide = rmsOnNormal(**table, function, 3);
        row.cells[steps] = shortNumber(*narrow) + " / " + shortNumber(*wide);
      }
      rows.push_back(row);
    }
  appendTable(text, "Input range [-12, 12], cell = RMS on N(0, 1) / RMS on N(0, 3^2)", rows);
}

/// The mean squared error of a committed table on a published grid.
std::string meanSquareText(std::string_view kind, std::string_view variant, const PublishedFits &fits, int bases) {
  FitRequest request;
  request.kind = kind;
  request.variant = variant;
  request.function = fits.function;
  request.bases = bases;
  request.steps = PublishedFits::kSteps;
  request.interval = fits.grid;
  const CatalogueEntry *entry = findCatalogueName(request);
  Result<Accuracy> accuracy = entry ? measure(entry->table(), fits.function) : Error{"not committed"};
  return accuracy ? shortNumber(accuracy->rmsUniform * accuracy->rmsUniform) : accuracy.error();
}

void addPublished(std::string &text) {
  text += "\n**MSE on the published grids, T=" + std::to_string(PublishedFits::kSteps) +
          ", cell = published / literal mbe / mbe-ext**\n\n| |";
  std::string line = "\n|---|";
  for (auto [bases, published] : publishedFits().front().meanSquares) {
    text += " N=" + std::to_string(bases) + " |";
    line += "---|";
  }
  text += line + '\n';
  for (const PublishedFits &fits : publishedFits()) {
    text += "| " + std::string(fits.function) + " on " + intervalText(fits.grid) + " |";
    for (auto [bases, published] : fits.meanSquares)
      text += ' ' + shortNumber(published) + " / " + meanSquareText("mbe", "literal", fits, bases) + " / " +
              meanSquareText("mbe-ext", "", fits, bases) + " |";
    text += '\n';
  }
}

/// The function's own interval, then others that tables are committed for.
std::vector<Interval> intervalsOf(const Function &function) {
  std::vector<Interval> intervals = {function.interval};
  for (const CatalogueEntry *entry = catalogueBegin(); entry != catalogueEnd(); ++entry)
    if (entry->function == function.name &&
        std::find(intervals.begin(), intervals.end(), entry->interval) == intervals.end())
      intervals.push_back(entry->interval);
  return intervals;
}

std::string fitsText() {
  std::string text = "\nCell = RMS over the interval / RMS on natural inputs / mean spikes on natural inputs.\n";
  for (const Function &function : functions())
    for (Interval interval : intervalsOf(function)) {
      std::vector<Row> rows;
      addCommitted(rows, function, interval);
      addSegments(rows, function, interval);
      appendTable(text, std::string(function.name) + " on " + intervalText(interval), rows);
    }
  addPublished(text);
  addWideInputs(text);
  return text + '\n';
}

} // namespace

Result<std::string> rheobase::neurons::renewDocument(const std::string &document) {
  size_t begin = document.find(kBegin), end = document.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    return Error{"the marks of the generated part are missing, expected '" + std::string(kEnd) + "' after its begin"};
  return document.substr(0, begin + kBegin.size()) + fitsText() + document.substr(end);
}
