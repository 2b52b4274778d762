//===- TextPlot.h - curves as text ------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_TEXTPLOT_H
#define RHEOBASE_LIB_DRIVER_TEXTPLOT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace rheobase {

struct Curve {
  char mark;
  std::function<double(double)> value;
};

/// Draws curves over [lower, upper] in `rows` lines between labelled axes; a later curve is drawn over an earlier one.
void plot(llvm::raw_ostream &os, double lower, double upper, unsigned rows, llvm::ArrayRef<Curve> curves);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_TEXTPLOT_H
