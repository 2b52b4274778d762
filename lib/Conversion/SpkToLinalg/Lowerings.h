//===- Lowerings.h - shared by the lowerings of the spk ops ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPKTOLINALG_LOWERINGS_H
#define RHEOBASE_LIB_CONVERSION_SPKTOLINALG_LOWERINGS_H

#include "dialects/rt/Rt.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

namespace rheobase::lower {

void addBoundaryLowerings(LoweringInterface &table);
void addContractionLowerings(LoweringInterface &table);
void addGroupedContractionLowerings(LoweringInterface &table);
void addNeuronLowerings(LoweringInterface &table);
void addPatchesLowering(LoweringInterface &table);

inline spk::CodeInterface codeOf(mlir::Value train) {
  return mlir::cast<spk::TrainType>(train.getType()).getCode();
}

/// The scales of groups, [groups, outputs], and their offsets where the format has them.
struct GroupScales {
  SymTensor scales;
  std::optional<SymTensor> offsets;
};

/// What an operand `scale` of weights in this format holds.
GroupScales groupScales(LoweringContext &ctx, spk::WeightFormatInterface format, const SymTensor &scale);

/// Whether a consumer of the train, also behind patches, works plane by plane, so that the train is kept as planes.
bool isInPlanes(mlir::Value train);

/// The planes of a train that is kept in planes: [planes, dims].
SymTensor keptPlanes(LoweringContext &ctx, mlir::Value train);

/// The planes' weights as a constant [planes] of `type`.
SymTensor planeWeights(LoweringContext &ctx, spk::CodeInterface code, mlir::Type type);

/// sum_p weights[p] * x[p, ..], in the element type of x, in the order of p.
SymTensor sumOverPlanes(LoweringContext &ctx, const SymTensor &x, const SymTensor &weights);

/// The integers of a train, whichever way it is kept, in its code's storage type.
SymTensor codes(LoweringContext &ctx, mlir::Value train);

/// Integer weights, each in its own place also where they are looked up in a codebook.
SymTensor integerWeights(LoweringContext &ctx, mlir::Value weights);

/// Spikes per element of a train, as i32.
SymTensor spikeCounts(LoweringContext &ctx, mlir::Value train);

/// Adds factor * (sum of `values`) to the counter (site of the op being lowered, quantity).
void count(LoweringContext &ctx, const SymTensor &values, SymExpr factor, llvm::StringRef quantity);

/// Counts the additions of spikes times weights ("synops"): each spike adds a row of `outputs` weights.
void countSynapse(LoweringContext &ctx, mlir::Value train, SymExpr outputs);

/// Counts the additions of a product of trains ("product_synops"): for every k, the spikes of column k on the left
/// times those of row k on the right.
llvm::LogicalResult countProduct(LoweringContext &ctx, mlir::Value lhs, mlir::Value rhs);

} // namespace rheobase::lower

#endif // RHEOBASE_LIB_CONVERSION_SPKTOLINALG_LOWERINGS_H
