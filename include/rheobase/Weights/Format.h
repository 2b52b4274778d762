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
#include <optional>
#include <string>
#include <vector>

namespace rheobase::weights {

struct Layer;
struct Codes;

/// The codes q of a group of weights, from low to high, and what they say: w = integer(q) * scale + offset.
struct Grid {
  float scale = 1;
  int low = 0, high = 0;
  /// 1: a code is its integer; 2: integers are odd, so that as many lie below 0 as above.
  int step = 1;
  /// Not 0 only where a format stores offsets.
  float offset = 0;

  /// The nearest code, half to even.
  int nearest(float weight) const;
  int integer(int q) const { return step * q + step - 1; }
  float value(int q) const { return static_cast<float>(integer(q)) * scale + offset; }
  /// Whether every weight is one of the grid's values: to the last bit, or as far off as `slack` times the largest.
  bool holds(llvm::ArrayRef<float> weights, float slack) const;
};

/// How the scale of a group is found.
enum class Criterion {
  Range,        ///< the largest weight is an end of the grid
  LeastSquares, ///< the ends come nearer while the weighted squares of the errors shrink
};

/// Gives codes to the weights of one layer, a block of inputs of all outputs at a time, in any order.
class Quantiser {
public:
  virtual ~Quantiser() = default;

  /// Inputs in a block.
  virtual int64_t blockLength() const = 0;
  /// `weights` [block length, outputs] become what their codes say. An error e of an output, a row vector, counts as
  /// |e B^-1|^2 with `factor`, the upper triangular B.
  virtual void assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double> factor) = 0;
  /// All codes, once.
  virtual Codes take() = 0;
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
  /// Of a weight's code, rounded up where several share one.
  virtual unsigned bits() const = 0;
  /// Whether what is stored has its 0 at another place in each group.
  virtual bool hasZeros() const = 0;
  /// Whether matrices become pairs of matrices of signs (SignPair.h), which this is the format of.
  virtual bool makesPairs() const { return false; }
  /// The signs between inputs and outputs of such a pair; nothing where a matrix becomes none.
  virtual std::optional<int64_t> rank(int64_t /*inputs*/, int64_t /*outputs*/) const { return std::nullopt; }
  /// Whether weights become 0 that are not near it.
  virtual bool leavesOut() const { return false; }
  virtual mlir::Type scaleType(mlir::MLIRContext *context) const = 0;
  /// What a weight of a matrix with so many inputs takes, scales and all included, but for what is stored once for a
  /// matrix.
  virtual double storedBits(int64_t inputs) const;
  /// A grid of one group that holds every weight but for so much slack; nothing where the format has none.
  virtual std::optional<Grid> exactGrid(llvm::ArrayRef<float>, float /*slack*/) const { return std::nullopt; }
  /// The codes of all weights, likewise; nothing where one has none.
  virtual std::optional<Codes> exactCodes(const Layer &layer, float slack) const;
  /// What codes a layer may get, found from all of it; single weights on the grids of `fit` unless a format says
  /// otherwise.
  virtual std::unique_ptr<Quantiser> quantiser(const Layer &layer, Criterion criterion) const;
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
  /// Names of members that weights may turn out to have already (Recognition.h).
  std::vector<std::string> (*recognised)() = nullptr;
  /// Whether weights may only turn out to have it: it cannot be asked for.
  bool isOnlyFound = false;
};

llvm::ArrayRef<FormatKind> formatKinds();
/// Null where no kind knows the name.
std::unique_ptr<Format> parseFormat(llvm::StringRef name);
/// The patterns of all kinds.
std::string formatPatterns();

/// What a pair of matrices of signs takes: these, and a scale for each output of either.
double pairBits(int64_t inputs, int64_t outputs, int64_t rank);

/// Of matrices that the format asked for cannot hold: bytes, a scale for each output.
std::unique_ptr<Format> bytesPerOutput();

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_FORMAT_H
