//===- Svg.h - plots as SVG --------------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_REPORT_SVG_H
#define RHEOBASE_LIB_REPORT_SVG_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace rheobase::report {

/// Numbers from `low` to `high` laid along a line, evenly or, where `isLog`, by their logarithms.
struct Axis {
  std::string title;
  double low = 0, high = 1;
  bool isLog = false;

  /// Where a number lies, 0 at `low` and 1 at `high`; numbers outside lie at the end.
  double place(double number) const;
  /// Few round numbers within.
  std::vector<double> ticks() const;
  /// A logarithmic axis over the positive ones of `numbers`, to whole decades.
  static Axis decades(std::string title, llvm::ArrayRef<double> numbers);
};

/// A picture with two axes. Shapes get a class of the page's style sheet and a text that shows on hovering.
class Plot {
public:
  Plot(int width, int height, Axis x, Axis y);

  void dot(double x, double y, llvm::StringRef style, llvm::StringRef text);
  void line(llvm::ArrayRef<std::pair<double, double>> points, llvm::StringRef style);
  /// The rectangle between two places; `opacity` from 0 to 1.
  void box(double x0, double x1, double y0, double y1, llvm::StringRef style, llvm::StringRef text, double opacity = 1);
  /// A line across the picture at `x`.
  void mark(double x, llvm::StringRef style, llvm::StringRef text);
  /// Names a style above the picture.
  void legend(llvm::StringRef style, llvm::StringRef text);

  void write(llvm::raw_ostream &os) const;

private:
  double pixelX(double x) const;
  double pixelY(double y) const;
  void writeAxes(llvm::raw_ostream &os) const;

  int width, height;
  Axis x, y;
  std::string shapes, legends;
  double legendEnd;
};

/// The number as people read it: four digits, no trailing zeros.
std::string shortNumber(double number);
/// For the inside of an element or attribute.
std::string escaped(llvm::StringRef text);

} // namespace rheobase::report

#endif // RHEOBASE_LIB_REPORT_SVG_H
