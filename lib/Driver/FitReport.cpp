//===- FitReport.cpp - one neuron, what it is made of and how good it is --===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Driver/FitReport.h"

#include "TextPlot.h"
#include "rheobase/Neurons/Neuron.h"
#include "rheobase/Neurons/Published.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace rheobase;
using neurons::Accuracy;
using neurons::Interval;
using neurons::Result;

/// The kind and the variant that were published.
static constexpr const char *kPublishedKind = "mbe", *kPublishedVariant = "literal";

static double square(double x) {
  return x * x;
}

/// The mean squared error of the literal neuron that is fitted on the grid.
static std::optional<double> literalOnGrid(neurons::FitRequest request, const neurons::PublishedFits &fits) {
  request.kind = kPublishedKind;
  request.variant = kPublishedVariant;
  request.interval = fits.grid;
  request.exact = true;
  Result<neurons::Composite> literal = neurons::compositeFor(request);
  if (!literal)
    return std::nullopt;
  return square(neurons::measure(*literal, request.function, fits.grid)->rmsUniform);
}

static FitReport::Grid onGrid(const FitReport &report, const neurons::FitRequest &request,
                              const neurons::PublishedFits &fits) {
  FitReport::Grid grid = {fits.grid, 0, {}, {}};
  grid.meanSquare = square(neurons::measure(report.composite, report.function, fits.grid)->rmsUniform);
  const neurons::Table &table = report.composite.fitted->table;
  auto published = fits.meanSquares.find(static_cast<int>(table.bases.size()));
  if (table.steps == neurons::PublishedFits::kSteps && published != fits.meanSquares.end()) {
    grid.published = published->second;
    neurons::FitRequest same = request;
    same.bases = published->first;
    grid.literal = literalOnGrid(same, fits);
  }
  return grid;
}

Result<FitReport> rheobase::fitReport(neurons::FitRequest request) {
  request.exact = true;
  Result<neurons::Composite> composite = neurons::compositeFor(request);
  if (!composite)
    return neurons::Error{composite.error()};
  FitReport report;
  report.function = request.function;
  report.composite = *composite;
  bool isWhole = composite->part == request.function;
  report.interval = request.interval.value_or(isWhole ? composite->fitted->table.interval
                                                      : neurons::findFunction(request.function)->interval);
  Result<Accuracy> accuracy = neurons::measure(report.composite, report.function, report.interval);
  if (!accuracy)
    return neurons::Error{accuracy.error()};
  report.accuracy = *accuracy;
  if (const neurons::PublishedFits *fits = neurons::publishedFitsOf(report.function))
    report.grid = onGrid(report, request, *fits);
  return report;
}

static neurons::Listing listingOf(const neurons::Fitted &fitted) {
  const neurons::Table &table = fitted.table;
  return neurons::findKind(table.kind)
      ->list({static_cast<int>(table.bases.size()), table.steps, table.interval}, fitted.parameters);
}

static llvm::StringRef text(std::string_view view) {
  return {view.data(), view.size()};
}

static void print(llvm::raw_ostream &os, Interval interval) {
  os << llvm::format("[%g, %g]", interval.lower, interval.upper);
}

static void printListing(llvm::raw_ostream &os, const neurons::Listing &listing) {
  os << "\n" << llvm::left_justify("", 20);
  for (const std::string &column : listing.columns)
    os << llvm::right_justify(column, 13);
  for (const neurons::Listing::Row &row : listing.rows) {
    os << "\n" << llvm::left_justify(row.name, 20);
    for (double number : row.numbers)
      os << llvm::format("%13.6g", number);
  }
  os << "\n" << llvm::left_justify("bias", 20) << llvm::format("%13.6g\n", listing.bias);
}

static void printAccuracy(llvm::raw_ostream &os, const Accuracy &accuracy, Interval interval) {
  std::string on;
  llvm::raw_string_ostream place(on);
  place << "on ";
  print(place, interval);
  os << "\n"
     << llvm::left_justify("error", 20) << llvm::right_justify("largest", 13) << llvm::right_justify("RMS", 13)
     << llvm::right_justify("MSE", 13) << llvm::right_justify("spikes", 13) << "\n"
     << llvm::left_justify(on, 20)
     << llvm::format("%13.2e%13.2e%13.2e\n", accuracy.maxError, accuracy.rmsUniform, square(accuracy.rmsUniform))
     << llvm::left_justify("on natural inputs", 33)
     << llvm::format("%13.2e%13.2e%13.1f\n", accuracy.rmsNatural, square(accuracy.rmsNatural), accuracy.spikesNatural);
}

static void printGrid(llvm::raw_ostream &os, const FitReport::Grid &grid) {
  os << "\nMSE on the published grid, ";
  print(os, grid.interval);
  os << "\n" << llvm::left_justify("this fit", 33) << llvm::format("%13.2e\n", grid.meanSquare);
  if (grid.literal)
    os << llvm::left_justify("literal mbe, fitted there", 33) << llvm::format("%13.2e\n", *grid.literal);
  if (grid.published)
    os << llvm::left_justify("as published", 33) << llvm::format("%13.2e\n", *grid.published);
}

void FitReport::print(llvm::raw_ostream &os) const {
  const neurons::Table &table = composite.fitted->table;
  os << function << "(x) = " << text(composite.reduction->formula) << "\nn = " << text(composite.part) << " on ";
  ::print(os, table.interval);
  os << ": " << table.kind << ", " << composite.fitted->variant << ", " << table.bases.size() << " bases, "
     << table.steps << " steps\n";
  printListing(os, listingOf(*composite.fitted));
  printAccuracy(os, accuracy, interval);
  if (grid)
    printGrid(os, *grid);
  auto exact = neurons::findFunction(function)->value;
  auto neuron = [&](double x) { return double(composite.evaluate(static_cast<float>(x))); };
  os << "\n" << function << " (.) and the neuron (o)\n";
  plot(os, interval.lower, interval.upper, 17, {{'.', exact}, {'o', neuron}});
  os << "\nneuron - " << function << "\n";
  plot(os, interval.lower, interval.upper, 9, {{'*', [&](double x) { return neuron(x) - exact(x); }}});
}

static void addInterval(llvm::json::OStream &json, llvm::StringRef name, Interval interval) {
  json.attributeArray(name, [&] {
    json.value(interval.lower);
    json.value(interval.upper);
  });
}

static void addListing(llvm::json::OStream &json, const neurons::Listing &listing) {
  json.attribute("bias", listing.bias);
  json.attributeArray("parameters", [&] {
    for (const neurons::Listing::Row &row : listing.rows)
      json.object([&] {
        json.attribute("name", row.name);
        for (size_t i = 0; i < row.numbers.size(); ++i)
          json.attribute(listing.columns[i], row.numbers[i]);
      });
  });
}

static void addGrid(llvm::json::OStream &json, const FitReport::Grid &grid) {
  json.attributeObject("published_grid", [&] {
    addInterval(json, "interval", grid.interval);
    json.attribute("mse", grid.meanSquare);
    if (grid.literal)
      json.attribute("literal_mse", *grid.literal);
    if (grid.published)
      json.attribute("published_mse", *grid.published);
  });
}

void FitReport::printJson(llvm::raw_ostream &os) const {
  const neurons::Table &table = composite.fitted->table;
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("function", function);
    json.attribute("reduction", text(composite.reduction->name));
    json.attribute("part", text(composite.part));
    json.attribute("kind", table.kind);
    json.attribute("variant", composite.fitted->variant);
    json.attribute("bases", static_cast<int64_t>(table.bases.size()));
    json.attribute("steps", table.steps);
    addInterval(json, "fitted_on", table.interval);
    addListing(json, listingOf(*composite.fitted));
    addInterval(json, "interval", interval);
    json.attribute("max_error", accuracy.maxError);
    json.attribute("mse", square(accuracy.rmsUniform));
    json.attribute("mse_natural", square(accuracy.rmsNatural));
    json.attribute("spikes_natural", accuracy.spikesNatural);
    if (grid)
      addGrid(json, *grid);
  });
  os << '\n';
}
