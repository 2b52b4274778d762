//===- HiddenUnits.h - units between two linear layers ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_HIDDENUNITS_H
#define RHEOBASE_CONVERSION_SPK_HIDDENUNITS_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SetVector.h"

#include <vector>

namespace rheobase::spk {

/// The units of a layer whose activations only linear layers read: products with constant weights make them, ops go
/// from element to element, and products with constant weights read them. Without a unit the network has a column and a
/// row of weights less. One of several products (a gate) makes its units from all of them.
struct HiddenLayer {
  ObserveOp site; ///< behind the ops, of role "linear"
  int64_t units;
  llvm::SetVector<mlir::Operation *> producers, between;
  llvm::SmallVector<onnx::MatMulOp> readers;

  static std::optional<HiddenLayer> of(ObserveOp site);

  /// The length of each unit's weights: of those that make it, the product over the producers, and of those that read
  /// it.
  std::vector<double> lengthsIn() const;
  std::vector<double> lengthsOut() const;

  /// Leaves these units, in ascending order, and no others. What the others were in the mean, if that is given, becomes
  /// an offset of the products that read them.
  void keep(llvm::ArrayRef<int64_t> kept, llvm::ArrayRef<double> means);
};

llvm::SmallVector<HiddenLayer> hiddenLayers(mlir::func::FuncOp func);

/// What samples show of a layer's units.
struct UnitActivity {
  std::vector<double> means, squares; ///< mean activation and mean square
  /// The singular values of the time-averaged spikes, summed, in the mean over samples. A unit of a layer of tokens has
  /// a map of one column, and that has one singular value: its length.
  std::vector<double> singular;
};

/// How much a unit matters; another way to say so is another subclass, in UnitScores.cpp, and a line in its list.
class UnitScore {
public:
  virtual ~UnitScore() = default;

  virtual llvm::StringRef name() const = 0;
  virtual bool needsSamples() const = 0;
  /// Of each unit; those that score least go first.
  virtual std::vector<double> of(const HiddenLayer &layer, const UnitActivity &activity) const = 0;
};

llvm::ArrayRef<const UnitScore *> unitScores();
const UnitScore *findUnitScore(llvm::StringRef name);
/// One that goes without samples, for texts that suggest one.
inline constexpr llvm::StringLiteral kScoreWithoutSamples = "magnitude";

/// The units that stay where `share` of them go, those with the least scores, of equal ones the last; ascending. As
/// many stay as fill whole groups of 32, where all did and some go nevertheless: vectors and groups of weights come in
/// these.
llvm::SmallVector<int64_t> keptUnits(llvm::ArrayRef<double> scores, double share);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_HIDDENUNITS_H
