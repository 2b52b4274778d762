//===- WeightFormats.h - what weights of a format take -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H
#define RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H

#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/ConstantData.h"

namespace rheobase::spk {

/// Bits of codes and of all that is stored beside them, or of the indices and the codebook that codes are looked up
/// with; `zero` may be null.
int64_t storedBits(WeightFormatInterface format, mlir::Value codes, mlir::Value scale, mlir::Value zero);
/// The groups of weights [inputs, outputs]: as many as share a scale.
int64_t groupCount(WeightFormatInterface format, int64_t inputs);

/// A number of bits and what it may be.
struct BitRange {
  unsigned bits, fewest, most;
};

/// Reports groups that a format of this name has not: of less than 0 (all) inputs.
llvm::LogicalResult verifyGroupSize(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, llvm::StringRef name,
                                    int64_t group);
/// Reports bits or groups that a format of this name has not.
llvm::LogicalResult verifyGrouping(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, llvm::StringRef name,
                                   BitRange range, int64_t group);
/// Reports codes that are no matrix of whole groups, and scales, with offsets where the format has them, that are not
/// those of its groups.
llvm::LogicalResult verifyGroups(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, WeightFormatInterface format,
                                 mlir::RankedTensorType codes, mlir::RankedTensorType scale);

/// The taps of a 3 x 3 window. A codebook of vectors of so many is one of windows: the inputs of one are as far apart
/// as the weights have channels, those of another length are one after another.
inline constexpr int64_t kWindowTaps = 9;

/// Where an input's weight is found.
struct CodebookPlace {
  int64_t vector, element;
};
CodebookPlace placeInCodebook(int64_t input, int64_t inputs, int64_t length);

/// Constant weights as they are multiplied, also where they are looked up in a codebook.
class KnownWeights {
public:
  /// Nullopt where they are computed. Without a format, which may be null, codes are what they stand for.
  static std::optional<KnownWeights> of(mlir::Value weights, WeightFormatInterface format = {});

  mlir::RankedTensorType getType() const { return type; }
  int64_t size() const { return type.getNumElements(); }
  unsigned elementBytes() const { return stored.elementBytes(); }
  /// What the code of a weight stands for.
  double number(int64_t i) const;
  /// Codes, each in its own place.
  mlir::ElementsAttr expanded() const;

private:
  KnownWeights(mlir::RankedTensorType type, ConstantData stored, bool isOdd)
      : type(type), stored(std::move(stored)), isOdd(isOdd) {}
  double code(int64_t i) const;

  mlir::RankedTensorType type;
  /// The weights, or indices of the codebook.
  ConstantData stored;
  std::optional<ConstantData> codebook;
  bool isOdd;
};

/// That weights, their scale and their zero are what the format says, and scales that are known are numbers.
llvm::LogicalResult verifyWeights(mlir::Operation *op, WeightFormatInterface format, mlir::Value weights,
                                  mlir::Value scale, mlir::Value zero);

/// For formats whose 0 is at one place.
llvm::LogicalResult verifyNoZero(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, mlir::Attribute format,
                                 mlir::RankedTensorType zero);
/// A format's name with its group, where it has one.
std::string withGroup(std::string name, int64_t group);

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H
