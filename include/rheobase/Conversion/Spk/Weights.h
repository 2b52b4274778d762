//===- Weights.h - constant weights become codes -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_WEIGHTS_H
#define RHEOBASE_CONVERSION_SPK_WEIGHTS_H

#include "rheobase/Weights/BiasCorrection.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase::spk {

/// Constant weights beside a decoded train.
struct CodedWeights {
  mlir::Operation *product;
  /// Which operand they are, and the contracted axis, counted from the end.
  unsigned side;
  int64_t contracted;

  mlir::Value value() const { return product->getOperand(side); }
  mlir::Value inputs() const { return product->getOperand(1 - side); }
  /// The numbers of a matrix [inputs, outputs], with leading dimensions of 1 or none: what every format holds.
  bool isMatrix() const;
};

/// The numbers [inputs, outputs] of a constant f32 matrix; nothing where it is none or has infinities or NaN.
std::optional<std::vector<float>> finiteMatrix(mlir::Value matrix);

/// All weights of a function that have no codes yet, in order.
llvm::SmallVector<CodedWeights> codedWeights(mlir::func::FuncOp func);

/// The format that a product's weights have of their own: a name, or "f32".
inline constexpr llvm::StringLiteral kWeightsAttr = "spk.weights";
/// On the products with both matrices of a pair of signs: how many weights of the matrix that they were the product's
/// stands for, all or none.
inline constexpr llvm::StringLiteral kFactorAttr = "spk.factor";
/// On the first of these products of a site: how many f32 factors of its channels are stored besides.
inline constexpr llvm::StringLiteral kChannelFactorsAttr = "spk.channel_factors";
/// Weights that stay numbers.
inline constexpr llvm::StringLiteral kFloatFormat = "f32";

/// How weights become codes where a product does not say.
struct WeightCoding {
  const weights::Format &format;
  const weights::Algorithm &algorithm;
  /// Whether matrices that lie on a grid of no more bits than the format's are packed on it.
  bool recognises = false;
};

/// What became of a constant.
struct CodedMatrix {
  std::string node, format;
  int64_t inputs, outputs;
  /// Of all that is stored for it.
  double bits;
  /// Whether its grid was recognised.
  bool isExact;
  /// weights::weightError, and weights::outputError where its inputs are known.
  double weightError;
  std::optional<double> outputError;
  /// Of its weights, those that are 0.
  double zeros = 0;
  /// Whether its grid was recognised but for roundings of f32.
  bool isNear = false;

  double bitsOfWeight() const { return bits / (static_cast<double>(inputs) * static_cast<double>(outputs)); }
};

/// What is known of the inputs that meet weights.
using InputsOf = llvm::function_ref<const weights::InputMoments &(const CodedWeights &)>;

/// Writes the weights as codes of a format, chosen by an algorithm. What is no matrix of whole groups becomes bytes
/// with a scale for each output, what has infinities or NaN stays. What rounding does to mean outputs, where the mean
/// input is known, is added to the biases. Matrices of a pair of signs become these, whatever the format. Returns what
/// became of each that is none of a pair (Factors.h has told of these).
std::vector<CodedMatrix> quantizeWeights(llvm::ArrayRef<CodedWeights> found, const WeightCoding &coding,
                                         InputsOf inputsOf);

/// Tables of embeddings become bytes (spk-quantize-tables): those that lie on a grid of them, and, where it `rounds`,
/// all others too. Returns what became of each: a row's numbers are `inputs`, the rows `outputs`.
std::vector<CodedMatrix> quantizeTables(mlir::func::FuncOp func, bool rounds);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_WEIGHTS_H
