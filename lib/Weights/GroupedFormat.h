//===- GroupedFormat.h - formats whose groups of inputs have scales ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_GROUPEDFORMAT_H
#define RHEOBASE_LIB_WEIGHTS_GROUPEDFORMAT_H

#include "Grouping.h"
#include "rheobase/Weights/Format.h"

namespace rheobase::weights {

/// So many bits for a weight, and what each group says of it; the group is the end of the name.
class GroupedFormat : public Format {
public:
  std::string name() const override { return stem + grouping.name(); }
  bool holds(int64_t inputs) const override { return grouping.holds(inputs); }
  int64_t groupLength(int64_t inputs) const override { return grouping.length(inputs); }
  unsigned bits() const override { return width; }
  bool hasZeros() const override { return false; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return grouping.scaleType(context); }

protected:
  GroupedFormat(std::string stem, unsigned width, Grouping grouping)
      : stem(std::move(stem)), width(width), grouping(grouping) {}

  std::string stem;
  unsigned width;
  Grouping grouping;
};

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_GROUPEDFORMAT_H
