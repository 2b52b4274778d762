//===- SpkQuantizeTables.cpp - spk-quantize-tables ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"
#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/ConstantData.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKQUANTIZETABLES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Smaller constants are no tables of embeddings, and bytes would save nothing.
constexpr int64_t kFewestNumbers = 4096;

/// Rows of bytes, a scale for each.
struct ByteTable {
  onnx::ConstantOp codes, scales;
  CodedMatrix figures;
};

std::optional<RankedTensorType> tableType(onnx::GatherOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getData().getType());
  if (!isConstant(op.getData()) || op.getAxis() != 0 || !type || type.getRank() != 2 ||
      !type.getElementType().isF32() || type.getNumElements() < kFewestNumbers)
    return std::nullopt;
  return type;
}

/// Nothing where a number is infinite or NaN, which have no code.
std::optional<ByteTable> bytesOf(onnx::GatherOp op, RankedTensorType type) {
  std::optional<ConstantData> data = ConstantData::of(op.getData());
  if (!data)
    return std::nullopt;
  int64_t rows = type.getDimSize(0), length = type.getDimSize(1);
  std::unique_ptr<weights::Format> format = weights::bytesPerOutput();
  ConstantBuilder codes(cast<RankedTensorType>(type.clone(IntegerType::get(type.getContext(), 8)))),
      scales(type.clone({rows, 1}));
  std::vector<float> row(length);
  double lost = 0, whole = 0, zeros = 0;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t k = 0; k < length; ++k)
      row[k] = static_cast<float>(data->number(i * length + k));
    if (!llvm::all_of(row, [](float x) { return std::isfinite(x); }))
      return std::nullopt;
    weights::Grid grid = format->fit(row, {}, weights::Criterion::Range);
    scales.setNumber(i, grid.scale);
    for (int64_t k = 0; k < length; ++k) {
      int code = grid.nearest(row[k]);
      codes.setInteger(i * length + k, code);
      lost += std::pow(row[k] - grid.value(code), 2);
      whole += std::pow(row[k], 2);
      zeros += code == 0;
    }
  }
  OpBuilder b(op.getContext());
  b.setInsertionPointAfterValue(op.getData());
  constexpr double bitsOfByte = 8, bitsOfScale = 32;
  double bits = bitsOfByte * static_cast<double>(type.getNumElements()) + bitsOfScale * static_cast<double>(rows);
  return ByteTable{onnx::ConstantOp::create(b, op.getLoc(), codes.finish()),
                   onnx::ConstantOp::create(b, op.getLoc(), scales.finish()),
                   {nodeName(op), format->name(), length, rows, bits, /*isExact=*/lost == 0,
                    whole > 0 ? lost / whole : 0, std::nullopt, zeros / static_cast<double>(type.getNumElements())}};
}

struct SpkQuantizeTables : rheobase::spk::impl::SpkQuantizeTablesBase<SpkQuantizeTables> {
  using Base::Base;

  void runOnOperation() override { quantizeTables(getOperation()); }
};

} // namespace

std::vector<CodedMatrix> rheobase::spk::quantizeTables(func::FuncOp func) {
  std::vector<CodedMatrix> found;
  llvm::DenseMap<Value, std::optional<ByteTable>> tables;
  SmallVector<onnx::GatherOp> gathers;
  func.walk([&](onnx::GatherOp op) { gathers.push_back(op); });
  for (onnx::GatherOp op : gathers) {
    std::optional<RankedTensorType> type = tableType(op);
    if (!type)
      continue;
    auto [entry, isNew] = tables.try_emplace(op.getData());
    std::optional<ByteTable> &table = entry->second;
    if (isNew) {
      table = bytesOf(op, *type);
      if (table)
        found.push_back(table->figures);
    }
    if (!table)
      continue;
    OpBuilder b(op);
    TensorBuilder t(b, op.getLoc());
    auto picked = [&](Value from, int64_t columns) -> Value {
      auto shape = llvm::to_vector(cast<RankedTensorType>(op.getOutput().getType()).getShape());
      shape.back() = columns;
      auto result = RankedTensorType::get(shape, cast<ShapedType>(from.getType()).getElementType());
      return onnx::GatherOp::create(b, op.getLoc(), result, from, op.getIndices(), op.getAxisAttr());
    };
    Value numbers = t.mul(t.toFloat(picked(table->codes, type->getDimSize(1))), picked(table->scales, 1));
    op.getOutput().replaceAllUsesWith(numbers);
    op.erase();
  }
  return found;
}
