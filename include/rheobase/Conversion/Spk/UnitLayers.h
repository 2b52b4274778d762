//===- UnitLayers.h - what a network may do without -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_UNITLAYERS_H
#define RHEOBASE_CONVERSION_SPK_UNITLAYERS_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"

#include <vector>

namespace rheobase::spk {

/// What units are: columns of linear layers, heads of attention, channels of convolutions.
enum class UnitKind { Units, Heads, Channels };
inline constexpr UnitKind kUnitKinds[] = {UnitKind::Units, UnitKind::Heads, UnitKind::Channels};
llvm::StringRef unitKindName(UnitKind kind);
std::optional<UnitKind> unitKindByName(llvm::StringRef name);

/// Which unit each index of an axis belongs to; -1: to none.
struct UnitAxis {
  int64_t axis;
  std::vector<int64_t> units;

  bool operator==(const UnitAxis &other) const { return axis == other.axis && units == other.units; }
  /// The indices of the units that stay, and of none.
  llvm::SmallVector<int64_t> kept(llvm::ArrayRef<bool> stays) const;
};

/// Units that can be left out: products with constant weights make them, everything between keeps them apart, and
/// products with constant weights read them. Without a unit the network has columns and rows of weights less.
struct UnitLayer {
  struct Reader {
    onnx::MatMulOp product;
    ObserveOp site;
  };

  UnitKind kind;
  int64_t units;
  /// Of the right operand, the axis before the last, and the last.
  llvm::SmallVector<Reader> readers;
  llvm::SmallVector<onnx::MatMulOp> producers;
  /// Everything that has an axis of units: what is computed, and constants where they are used.
  llvm::MapVector<mlir::Value, UnitAxis> values;
  llvm::MapVector<mlir::OpOperand *, UnitAxis> constants;

  /// Where samples show what the units do.
  ObserveOp site() const { return readers.front().site; }
  llvm::StringRef name() const { return ObserveOp(site()).getSite(); }
  /// The units along the last axis of a reader's site, and along the rows of its weights.
  const UnitAxis &seen(const Reader &reader) const { return values.find(ObserveOp(reader.site).getOutput())->second; }
  const UnitAxis &rows(const Reader &reader) const {
    return constants.find(&onnx::MatMulOp(reader.product)->getOpOperand(1))->second;
  }

  /// The length of each unit's weights: of those that make it, the product over the producers, and of those that read
  /// it.
  std::vector<double> lengthsIn() const;
  std::vector<double> lengthsOut() const;
};

/// The layers of these kinds, in order; none has an axis that another one has.
llvm::SmallVector<UnitLayer> unitLayers(mlir::func::FuncOp func, llvm::ArrayRef<UnitKind> kinds);

/// What samples show at a site: of each index of its last axis, the mean and the mean square.
struct SiteActivity {
  std::vector<double> means, squares;
};

/// What samples show of a layer's units.
struct UnitActivity {
  /// Of the readers' sites.
  llvm::DenseMap<mlir::Operation *, SiteActivity> sites{};
  /// The singular values of the time-averaged spikes of each unit's map, summed, in the mean over samples. A head's map
  /// is tokens by width, a channel's height by width; that of a column has one singular value, its length.
  std::vector<double> singular;
};

/// How much a unit matters; another way to say so is another subclass, in UnitScores.cpp, and a line in its list.
class UnitScore {
public:
  virtual ~UnitScore() = default;

  virtual llvm::StringRef name() const = 0;
  virtual bool needsSamples() const = 0;
  /// Of each unit; those that score least go first.
  virtual std::vector<double> of(const UnitLayer &layer, const UnitActivity &activity) const = 0;
};

llvm::ArrayRef<const UnitScore *> unitScores();
const UnitScore *findUnitScore(llvm::StringRef name);
/// One that goes without samples, for texts that suggest one.
inline constexpr llvm::StringLiteral kScoreWithoutSamples = "magnitude";
/// The one that looks at singular values.
inline constexpr llvm::StringLiteral kScoreOfMaps = "svs";

/// For each layer, which of its units stay where `share` of them go, those with the least scores, of equal ones the
/// last. As many stay of a layer as fill whole groups of 32, where all did and some go nevertheless: vectors and groups
/// of weights come in these. Heads are few: the share is one of the heads of all layers, by what part of its layer a
/// head is.
llvm::SmallVector<llvm::SmallVector<bool>> stayingUnits(llvm::ArrayRef<UnitLayer> layers,
                                                        llvm::ArrayRef<std::vector<double>> scores, double share);

/// Leaves units out. What they were in the mean goes into the layers that read them, when all is done.
class UnitRemover {
public:
  /// Leaves these units of a layer and no others; `activity` may know nothing of the sites.
  void keep(const UnitLayer &layer, llvm::ArrayRef<bool> stays, const UnitActivity &activity);
  void finish();

private:
  void addOffset(const UnitLayer &layer, const UnitLayer::Reader &reader, llvm::ArrayRef<bool> stays,
                 llvm::ArrayRef<double> means);

  /// What is added to products.
  llvm::MapVector<mlir::Operation *, std::vector<double>> offsets;
};

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_UNITLAYERS_H
