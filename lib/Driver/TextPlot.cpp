//===- TextPlot.cpp - curves as text --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextPlot.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace rheobase;

static constexpr unsigned kColumns = 72;

void rheobase::plot(llvm::raw_ostream &os, double lower, double upper, unsigned rows, llvm::ArrayRef<Curve> curves) {
  std::vector<std::vector<double>> values;
  double least = INFINITY, most = -INFINITY;
  for (const Curve &curve : curves) {
    values.emplace_back();
    for (unsigned column = 0; column < kColumns; ++column) {
      values.back().push_back(curve.value(lower + (upper - lower) * column / (kColumns - 1)));
      least = std::min(least, values.back().back());
      most = std::max(most, values.back().back());
    }
  }
  double range = most > least ? most - least : 1;
  std::vector<std::string> lines(rows, std::string(kColumns, ' '));
  for (size_t curve = 0; curve < curves.size(); ++curve)
    for (unsigned column = 0; column < kColumns; ++column) {
      double height = (values[curve][column] - least) / range * (rows - 1);
      lines[rows - 1 - static_cast<size_t>(std::lround(height))][column] = curves[curve].mark;
    }
  for (unsigned row = 0; row < rows; ++row) {
    if (row == 0 || row == rows - 1)
      os << llvm::format("%11.4g |", row == 0 ? most : least);
    else
      os << "            |";
    os << llvm::StringRef(lines[row]).rtrim() << "\n";
  }
  os << "            +" << std::string(kColumns, '-') << "\n"
     << llvm::format("%13.4g", lower) << llvm::format("%*.4g", static_cast<int>(kColumns), upper) << "\n";
}
