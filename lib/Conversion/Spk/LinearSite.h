//===- LinearSite.h - a site and the constant weights that read it ---*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_LINEARSITE_H
#define RHEOBASE_LIB_CONVERSION_SPK_LINEARSITE_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/ConstantData.h"

namespace rheobase::spk {

/// A calibrated "linear" site of which every reader multiplies it by constant f32 weights.
struct LinearSite {
  ObserveOp observe;
  llvm::SmallVector<onnx::MatMulOp> readers;
  int64_t channels;

  static std::optional<LinearSite> of(ObserveOp observe);
};

/// Reports at `op` what is neither token nor tensor.
llvm::LogicalResult verifyRanges(mlir::Operation *op, llvm::StringRef ranges);

/// Whether each row at a site has a threshold of its own, where `ranges` holds unless the site says otherwise.
bool hasRowSteps(ObserveOp observe, llvm::StringRef ranges);

/// Whether each row has several: one for each group of weights on a grid, so that what stands out makes its own group
/// coarse and no other.
bool hasGroupSteps(ObserveOp observe, llvm::StringRef ranges);

/// The magnitudes of channels, of which one that was hardly seen counts as a part of the median one: what it does on
/// other inputs is not known.
llvm::SmallVector<float> atLeastPartOfMedian(llvm::ArrayRef<float> magnitudes);

/// The end of a site's range over its largest peak: below 1 where a policy cuts off, above where it leaves room.
float reachOverPeak(ObserveOp observe);

/// What was seen of each channel of a site, and where each would end by the site's range.
class ChannelRanges {
public:
  explicit ChannelRanges(ObserveOp site);

  /// Every channel times its factor, 0 or more.
  ChannelRanges scaled(llvm::ArrayRef<float> factors) const;
  ChannelRanges chosen(llvm::ArrayRef<int64_t> channels) const;
  /// Sets the peaks and squares of `site` to these, and its range, where there was one, to what spans them.
  void describe(ObserveOp site) const;

private:
  ChannelRanges() = default;

  llvm::SmallVector<float> peaks, squares, lows, highs;
};

/// The sites in `func` that are such, in order.
llvm::SmallVector<LinearSite> linearSites(mlir::func::FuncOp func);

/// What each channel is divided by when channels move into the weights, with a geometric mean of 1; empty where there
/// is nothing to move.
llvm::SmallVector<float> channelScales(const LinearSite &site, double exponent);

/// Channels in ascending order that are worth a code of their own: at most this share of them, with the largest peaks.
llvm::SmallVector<int64_t> standingOut(llvm::ArrayRef<float> peaks, double share);

/// The weights [.., channels, outputs] of a product, element by element with its channel.
class ChannelWeights {
public:
  explicit ChannelWeights(onnx::MatMulOp product);

  mlir::RankedTensorType getType() const { return data.getType(); }
  int64_t size() const { return data.size(); }
  int64_t channelOf(int64_t element) const { return element / outputs % channels; }
  float number(int64_t element) const { return static_cast<float>(data.number(element)); }
  /// The largest magnitude of each channel's weights, where it exceeds what `largest` holds.
  void raise(llvm::MutableArrayRef<float> largest) const;
  /// A constant with every weight times its channel's factor; 0 times anything is 0.
  mlir::Value scaled(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<float> factors) const;
  /// A constant of the rows of `chosen` channels alone.
  mlir::Value rows(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<int64_t> chosen) const;

private:
  ConstantData data;
  int64_t channels, outputs;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_LINEARSITE_H
