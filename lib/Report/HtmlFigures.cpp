//===- HtmlFigures.cpp - the pictures of a report -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HtmlFigures.h"

#include "Svg.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace rheobase::report;
using llvm::ArrayRef;
using llvm::raw_ostream;

namespace {

constexpr int kWide = 960, kTall = 280, kSmall = 420, kLow = 170;
constexpr double kMicro = 1e6, kPercent = 100;
/// Of the room that a site or a bar has, what it takes.
constexpr double kHalfBar = 0.4, kThirdOfGroup = 0.27;

/// Sites are numbered from 1.
Axis siteAxis(size_t count) {
  return {"site, in the order of the network", 0.5, static_cast<double>(count) + 0.5};
}

std::string title(size_t number, const Site &site, const llvm::Twine &figure) {
  return (llvm::Twine(number) + " " + site.name + ": " + figure).str();
}

/// One of a site's errors, none where it has no such.
using ErrorOf = std::optional<double> (*)(const Site &site);

std::optional<double> codingErrorOf(const Site &site) {
  return site.codingError.relativeRms;
}

std::optional<double> accumulatedErrorOf(const Site &site) {
  return site.accumulatedError ? std::optional(site.accumulatedError->relativeRms) : std::nullopt;
}

std::vector<std::pair<double, double>> addErrors(Plot &plot, ArrayRef<Site> sites, ErrorOf error, llvm::StringRef style,
                                                 llvm::StringRef text) {
  std::vector<std::pair<double, double>> points;
  for (auto [i, site] : llvm::enumerate(sites))
    if (auto value = error(site)) {
      points.emplace_back(i + 1, *value);
      plot.dot(points.back().first, *value, style, title(i + 1, site, shortNumber(kPercent * *value) + " % " + text));
    }
  plot.legend(style, text);
  return points;
}

} // namespace

void rheobase::report::writeErrors(raw_ostream &os, ArrayRef<Site> sites) {
  std::vector<double> values;
  for (const Site &site : sites)
    for (ErrorOf error : {codingErrorOf, accumulatedErrorOf})
      values.push_back(error(site).value_or(0));
  Plot plot(kWide, kTall, siteAxis(sites.size()), Axis::decades("relative RMS error", values));
  addErrors(plot, sites, codingErrorOf, "second", "of the code alone");
  plot.line(addErrors(plot, sites, accumulatedErrorOf, "first", "accumulated, against the ANN"), "first");
  plot.write(os);
}

void rheobase::report::writeSpikes(raw_ostream &os, ArrayRef<Site> sites) {
  double most = 1;
  for (const Site &site : sites)
    most = std::max<double>(most, site.planeWeights.size());
  Plot plot(kWide, kTall, siteAxis(sites.size()), {"per activation", 0, most});
  for (auto [i, site] : llvm::enumerate(sites)) {
    double middle = static_cast<double>(i) + 1;
    auto planes = static_cast<double>(site.planeWeights.size());
    plot.box(middle - kHalfBar, middle + kHalfBar, 0, planes, "third",
             title(i + 1, site, llvm::Twine(site.planeWeights.size()) + " planes"), kHalfBar);
    plot.box(middle - kHalfBar, middle + kHalfBar, 0, site.spikesPerActivation(), "first",
             title(i + 1, site, shortNumber(site.spikesPerActivation()) + " spikes per activation"));
  }
  plot.legend("first", "spikes");
  plot.legend("third", "planes");
  plot.write(os);
}

void rheobase::report::writePlanes(raw_ostream &os, ArrayRef<Site> sites) {
  size_t most = 1;
  for (const Site &site : sites)
    most = std::max(most, site.planeWeights.size());
  Plot plot(kWide, kTall, siteAxis(sites.size()), {"plane, from the lightest", 0.5, static_cast<double>(most) + 0.5});
  for (auto [i, site] : llvm::enumerate(sites))
    for (size_t plane = 0; plane < site.planeWeights.size(); ++plane) {
      double x = static_cast<double>(i) + 1, y = static_cast<double>(plane) + 1;
      plot.box(x - 0.5, x + 0.5, y - 0.5, y + 0.5, "first",
               title(i + 1, site,
                     "plane of weight " + llvm::Twine(site.planeWeights[plane]) + " fires in " +
                         shortNumber(kPercent * site.planeDensity(plane)) + " % of the elements"),
               site.planeDensity(plane));
    }
  plot.write(os);
}

void rheobase::report::writeEnergies(raw_ostream &os, ArrayRef<Energy> energies) {
  struct Bar {
    const char *style, *text;
    double (*joules)(const Energy &energy);
  };
  constexpr Bar bars[] = {{"third", "ANN, f32", [](const Energy &energy) { return energy.ann; }},
                          {"second", "quantised ANN", [](const Energy &energy) { return energy.quantisedAnn; }},
                          {"first", "SNN", [](const Energy &energy) { return energy.snn(); }}};
  std::vector<double> values;
  for (const Energy &energy : energies)
    for (const Bar &bar : bars)
      values.push_back(kMicro * bar.joules(energy));
  Plot plot(kWide, kTall, {"model, as numbered in the table", 0.5, static_cast<double>(energies.size()) + 0.5},
            Axis::decades("energy per sample, uJ", values));
  for (auto [i, energy] : llvm::enumerate(energies))
    for (auto [j, bar] : llvm::enumerate(bars)) {
      double joules = kMicro * bar.joules(energy);
      double left = static_cast<double>(i) + 1 + (static_cast<double>(j) - 1.5) * kThirdOfGroup;
      plot.box(left, left + kThirdOfGroup, 0, joules, bar.style,
               energy.model + ", " + bar.text + ": " + shortNumber(joules) + " uJ");
    }
  for (const Bar &bar : bars)
    plot.legend(bar.style, bar.text);
  plot.write(os);
}

void rheobase::report::writeHistogram(raw_ostream &os, const Site &site) {
  const MagnitudeHistogram &histogram = site.histogram;
  if (histogram.counts.empty())
    return;
  std::vector<double> ends{histogram.edges.front(), histogram.edges.back(), site.reach.least, site.reach.most};
  auto most = static_cast<double>(*llvm::max_element(histogram.counts));
  Plot plot(kSmall, kLow, Axis::decades("magnitude", ends), {"elements", 0, most});
  for (auto [i, count] : llvm::enumerate(histogram.counts))
    plot.box(histogram.edges[i], histogram.edges[i + 1], 0, static_cast<double>(count), "third",
             shortNumber(histogram.edges[i]) + " to " + shortNumber(histogram.edges[i + 1]) + ": " +
                 std::to_string(count));
  // The chosen range, from the smallest to the largest where rows or channels have their own.
  plot.box(site.reach.least, site.reach.most, 0, most, "second", "the range ends here", kHalfBar / 2);
  plot.mark(site.reach.least, "second", "least end of the range: " + shortNumber(site.reach.least));
  plot.mark(site.reach.most, "second", "farthest end of the range: " + shortNumber(site.reach.most));
  plot.legend("third", "seen");
  plot.legend("second", "end of the range");
  plot.write(os);
}
