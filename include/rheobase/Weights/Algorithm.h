//===- Algorithm.h - how the codes of weights are chosen ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_ALGORITHM_H
#define RHEOBASE_WEIGHTS_ALGORITHM_H

#include "rheobase/Weights/Format.h"

#include <optional>
#include <vector>

namespace rheobase::weights {

/// The sum of x x^T over the rows x of a layer's inputs: [inputs, inputs], symmetric.
using Hessian = std::vector<double>;

/// A matrix [inputs, outputs] of finite numbers.
struct Layer {
  llvm::ArrayRef<float> weights;
  int64_t inputs, outputs;
  /// Empty where nothing is known of the inputs.
  const Hessian &hessian;

  float weight(int64_t input, int64_t output) const { return weights[input * outputs + output]; }
};

/// Vectors of integers [entries, length], and which of them `length` inputs of an output are: [inputs / length,
/// outputs].
struct Codebook {
  int64_t length = 0;
  std::vector<int8_t> numbers;
  std::vector<uint8_t> indices;

  int64_t entries() const { return static_cast<int64_t>(numbers.size()) / length; }
};

/// [inputs, outputs] and [groups, outputs]; a grid's lowest integer is -zero.
struct Codes {
  std::vector<int8_t> codes;
  std::vector<Grid> grids;
  int64_t groups = 0;
  /// Where codes are looked up.
  std::optional<Codebook> book;

  /// What a code of a layer with so many inputs and outputs stands for.
  float weight(const Layer &layer, int64_t input, int64_t output) const {
    int64_t length = layer.inputs / groups;
    return grids[input / length * layer.outputs + output].value(codes[input * layer.outputs + output]);
  }
};

/// Chooses grids and codes, whatever the format. Stateless.
class Algorithm {
public:
  virtual ~Algorithm() = default;

  virtual llvm::StringRef name() const = 0;
  /// Whether it asks what the layer's inputs are.
  virtual bool needsInputs() const = 0;
  virtual Codes quantise(const Layer &layer, const Format &format) const = 0;
  /// What errors count by, where all codes of a layer are chosen together: an error e of an output, a row vector,
  /// counts as e M e^T. Empty: all alike.
  virtual Hessian metric(const Layer &) const { return {}; }
};

llvm::ArrayRef<const Algorithm *> algorithms();
std::string algorithmNames();
/// What takes the place of an algorithm that needs inputs where none are known.
inline constexpr llvm::StringLiteral kWithoutInputs = "mse";
/// Null where none has the name.
const Algorithm *findAlgorithm(llvm::StringRef name);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_ALGORITHM_H
