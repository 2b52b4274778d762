//===- Format.h - formats of quantised weights ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What integers weights may be and what is stored beside them. How they are chosen is another question (Algorithm.h).
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_FORMAT_H
#define RHEOBASE_WEIGHTS_FORMAT_H

#include "dialects/spk/Spk.h"

#include <memory>
#include <string>

namespace rheobase::weights {

/// The integers of a group of weights and what one of them weighs: w = q * scale, low <= q <= high.
struct Grid {
  float scale = 1;
  int low = 0, high = 0;

  /// The nearest integer, half to even.
  int nearest(float weight) const;
  float value(int q) const { return static_cast<float>(q) * scale; }
};

/// How the scale of a group is found.
enum class Criterion {
  Range,        ///< the largest weight is an end of the grid
  LeastSquares, ///< the ends come nearer while the weighted squares of the errors shrink
};

/// A format of weights [inputs, outputs]. Stateless.
class Format {
public:
  virtual ~Format() = default;

  virtual std::string name() const = 0;
  /// Whether matrices with so many inputs can have this format: whole groups.
  virtual bool holds(int64_t inputs) const = 0;
  /// The inputs that share a grid, of a matrix that has so many.
  virtual int64_t groupLength(int64_t inputs) const = 0;
  virtual unsigned bits() const = 0;
  /// Whether what is stored has its 0 at another place in each group.
  virtual bool hasZeros() const = 0;
  virtual mlir::Type scaleType(mlir::MLIRContext *context) const = 0;
  /// The grid of one group; `importance`, empty or of the same size, weighs the squares of errors.
  virtual Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const = 0;
  /// What spk.unpack says of a matrix; null for bytes with one scale for each output, which need no more than that.
  virtual spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const = 0;
};

/// A family of formats whose members are told apart by their names.
struct FormatKind {
  /// What names look like, for help and errors.
  llvm::StringLiteral pattern;
  /// Null where the name is no member's.
  std::unique_ptr<Format> (*parse)(llvm::StringRef name);
};

llvm::ArrayRef<FormatKind> formatKinds();
/// Null where no kind knows the name.
std::unique_ptr<Format> parseFormat(llvm::StringRef name);
/// The patterns of all kinds.
std::string formatPatterns();

/// Of matrices that the format asked for cannot hold: bytes, a scale for each output.
std::unique_ptr<Format> bytesPerOutput();

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_FORMAT_H
