//===- Svg.cpp - plots as SVG -------------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Svg.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::report;
using llvm::ArrayRef;
using llvm::raw_ostream;
using llvm::raw_string_ostream;
using llvm::StringRef;

namespace {

/// Pixels around a picture for numbers and titles.
constexpr double kLeft = 62, kRight = 12, kTop = 24, kBottom = 40;
constexpr double kTickLength = 4, kTextGap = 7, kTitleGap = 34, kLegendLine = 12, kLegendCharacter = 6.2,
                 kLegendGap = 30;
constexpr double kDotRadius = 2.5;
/// Intervals between ticks, at most.
constexpr double kIntervals = 6;

/// The least of 1, 2 and 5 times a power of ten that is not below `number`.
double roundStep(double number) {
  double power = std::pow(10, std::floor(std::log10(number)));
  for (double digit : {1.0, 2.0, 5.0})
    if (digit * power >= number)
      return digit * power;
  return 10 * power;
}

} // namespace

std::string rheobase::report::shortNumber(double number) {
  std::string text;
  raw_string_ostream(text) << llvm::format("%.4g", number);
  return text;
}

std::string rheobase::report::escaped(StringRef text) {
  std::string result;
  raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

double Axis::place(double number) const {
  double least = low, most = high;
  if (isLog) {
    least = std::log(low);
    most = std::log(high);
    number = number > 0 ? std::log(number) : least;
  }
  return most > least ? std::clamp((number - least) / (most - least), 0.0, 1.0) : 0;
}

std::vector<double> Axis::ticks() const {
  std::vector<double> numbers;
  // A little room, as ends of axes are rounded.
  constexpr double kRoom = 1e-9;
  if (isLog) {
    auto first = static_cast<int>(std::ceil(std::log10(low) - kRoom));
    auto last = static_cast<int>(std::floor(std::log10(high) + kRoom));
    int step = std::max(1, static_cast<int>(std::ceil((last - first) / kIntervals)));
    for (int power = first; power <= last; power += step)
      numbers.push_back(std::pow(10, power));
    return numbers;
  }
  double step = high > low ? roundStep((high - low) / kIntervals) : 1;
  auto first = static_cast<int64_t>(std::ceil(low / step - kRoom));
  auto last = static_cast<int64_t>(std::floor(high / step + kRoom));
  for (int64_t multiple = first; multiple <= last; ++multiple)
    numbers.push_back(static_cast<double>(multiple) * step);
  return numbers;
}

Axis Axis::decades(std::string title, ArrayRef<double> numbers) {
  double least = 0, most = 0;
  for (double number : numbers) {
    if (!(number > 0))
      continue;
    least = least == 0 ? number : std::min(least, number);
    most = std::max(most, number);
  }
  if (least == 0)
    least = most = 1;
  double first = std::floor(std::log10(least)), last = std::ceil(std::log10(most));
  return {std::move(title), std::pow(10, first), std::pow(10, std::max(last, first + 1)), true};
}

Plot::Plot(int width, int height, Axis x, Axis y)
    : width(width), height(height), x(std::move(x)), y(std::move(y)), legendEnd(kLeft) {}

double Plot::pixelX(double number) const {
  return kLeft + x.place(number) * (width - kLeft - kRight);
}

double Plot::pixelY(double number) const {
  return height - kBottom - y.place(number) * (height - kTop - kBottom);
}

void Plot::dot(double atX, double atY, StringRef style, StringRef text) {
  raw_string_ostream(shapes) << llvm::format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", pixelX(atX), pixelY(atY),
                                             kDotRadius)
                             << " class=\"" << style << "\"><title>" << escaped(text) << "</title></circle>\n";
}

void Plot::line(ArrayRef<std::pair<double, double>> points, StringRef style) {
  raw_string_ostream os(shapes);
  os << "<polyline class=\"" << style << " line\" points=\"";
  for (auto [atX, atY] : points)
    os << llvm::format("%.1f,%.1f ", pixelX(atX), pixelY(atY));
  os << "\"/>\n";
}

void Plot::box(double x0, double x1, double y0, double y1, StringRef style, StringRef text, double opacity) {
  double left = pixelX(x0), right = pixelX(x1), bottom = pixelY(y0), top = pixelY(y1);
  raw_string_ostream(shapes) << llvm::format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", left, top,
                                             right - left, bottom - top)
                             << llvm::format(" fill-opacity=\"%.3f\" class=\"", opacity) << style << "\"><title>"
                             << escaped(text) << "</title></rect>\n";
}

void Plot::mark(double atX, StringRef style, StringRef text) {
  double pixel = pixelX(atX);
  raw_string_ostream(shapes) << llvm::format("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"", pixel, pixel,
                                             kTop, height - kBottom)
                             << " class=\"" << style << " line\"><title>" << escaped(text) << "</title></line>\n";
}

void Plot::legend(StringRef style, StringRef text) {
  double middle = kTop / 2;
  raw_string_ostream(legends) << llvm::format("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"", legendEnd,
                                              legendEnd + kLegendLine, middle, middle)
                              << " class=\"" << style << " line\"/>"
                              << llvm::format("<text x=\"%.1f\" y=\"%.1f\">", legendEnd + kLegendLine + kTickLength,
                                              middle + kTickLength)
                              << escaped(text) << "</text>\n";
  legendEnd += static_cast<double>(text.size()) * kLegendCharacter + kLegendGap;
}

void Plot::writeAxes(raw_ostream &os) const {
  double right = width - kRight, bottom = height - kBottom;
  for (double tick : x.ticks())
    os << llvm::format("<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", pixelX(tick),
                       pixelX(tick), bottom, bottom + kTickLength)
       << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", pixelX(tick),
                       bottom + kTickLength + 2 * kTextGap)
       << shortNumber(tick) << "</text>\n";
  for (double tick : y.ticks())
    os << llvm::format("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", kLeft, right,
                       pixelY(tick), pixelY(tick))
       << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", kLeft - kTextGap, pixelY(tick) + kTickLength)
       << shortNumber(tick) << "</text>\n";
  os << llvm::format("<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", kLeft, kTop,
                     right - kLeft, bottom - kTop)
     << llvm::format("<text class=\"title\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (kLeft + right) / 2,
                     bottom + kTitleGap)
     << escaped(x.title) << "</text>\n"
     << llvm::format("<text class=\"title\" transform=\"translate(%.1f,%.1f) rotate(-90)\" text-anchor=\"middle\">",
                     2 * kTextGap, (kTop + bottom) / 2)
     << escaped(y.title) << "</text>\n";
}

void Plot::write(raw_ostream &os) const {
  os << llvm::format("<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", width, height, width,
                     height);
  writeAxes(os);
  os << shapes << legends << "</svg>\n";
}
