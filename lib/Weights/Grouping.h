//===- Grouping.h - which inputs share a scale ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_GROUPING_H
#define RHEOBASE_LIB_WEIGHTS_GROUPING_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase::weights {

/// So many inputs of an output one after another share a scale in f16; 0: all of them one in f32.
struct Grouping {
  int64_t group = 0;

  /// Of the end of a format's name, "" or "g32".
  static std::optional<Grouping> parse(llvm::StringRef text);
  /// The ends of the names of all groupings, those of few scales first.
  static std::vector<std::string> names();

  std::string name() const { return group == 0 ? "" : "g" + std::to_string(group); }
  bool holds(int64_t inputs) const { return group == 0 || inputs % group == 0; }
  int64_t length(int64_t inputs) const { return group == 0 ? inputs : group; }
  mlir::Type scaleType(mlir::MLIRContext *context) const;
  unsigned scaleBits() const;
  /// A scale as it is stored; no number but 0 becomes 0.
  float stored(float number) const;
};

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_GROUPING_H
