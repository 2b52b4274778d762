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

/// Rows of bytes, with a scale for each group of columns.
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

/// A table's numbers as bytes of a format, to the last bit or rounded.
class TableCoder {
public:
  TableCoder(onnx::GatherOp op, RankedTensorType type, const ConstantData &data, const weights::Format &format)
      : op(op), type(type), data(data), format(format), length(format.groupLength(type.getDimSize(1))),
        codes(cast<RankedTensorType>(type.clone(IntegerType::get(type.getContext(), 8)))),
        scales(type.clone({type.getDimSize(0), type.getDimSize(1) / length}, format.scaleType(type.getContext()))) {}

  /// Nothing where a number is infinite or NaN, which have no code, or is none of the format's.
  std::optional<ByteTable> run(bool isExact) {
    std::vector<float> group(length);
    int64_t groups = type.getNumElements() / length;
    for (int64_t i = 0; i < groups; ++i) {
      for (int64_t k = 0; k < length; ++k)
        group[k] = static_cast<float>(data.number(i * length + k));
      if (!llvm::all_of(group, [](float x) { return std::isfinite(x); }))
        return std::nullopt;
      std::optional<weights::Grid> grid =
          isExact ? format.exactGrid(group, /*slack=*/0) : format.fit(group, {}, weights::Criterion::Range);
      if (!grid)
        return std::nullopt;
      add(i, group, *grid);
    }
    OpBuilder b(op.getContext());
    b.setInsertionPointAfterValue(op.getData());
    auto count = static_cast<double>(type.getNumElements());
    CodedMatrix figures{nodeName(op),
                        format.name(),
                        type.getDimSize(1),
                        type.getDimSize(0),
                        format.storedBits(type.getDimSize(1)) * count,
                        /*isExact=*/lost == 0,
                        whole > 0 ? lost / whole : 0,
                        std::nullopt,
                        zeros / count};
    return ByteTable{onnx::ConstantOp::create(b, op.getLoc(), codes.finish()),
                     onnx::ConstantOp::create(b, op.getLoc(), scales.finish()), figures};
  }

private:
  void add(int64_t number, ArrayRef<float> group, const weights::Grid &grid) {
    scales.setNumber(number, grid.scale);
    for (auto [k, weight] : llvm::enumerate(group)) {
      int code = grid.nearest(weight);
      codes.setInteger(number * length + static_cast<int64_t>(k), code);
      lost += std::pow(weight - grid.value(code), 2);
      whole += std::pow(weight, 2);
      zeros += code == 0;
    }
  }

  onnx::GatherOp op;
  RankedTensorType type;
  const ConstantData &data;
  const weights::Format &format;
  int64_t length;
  ConstantBuilder codes, scales;
  double lost = 0, whole = 0, zeros = 0;
};

/// The table as bytes that give it to the last bit, where there are such, else, if it may be, rounded.
std::optional<ByteTable> bytesOf(onnx::GatherOp op, RankedTensorType type, bool rounds) {
  std::optional<ConstantData> data = ConstantData::of(op.getData());
  if (!data)
    return std::nullopt;
  for (StringRef name : {"int8", "int8g128", "int8g64", "int8g32"}) {
    std::unique_ptr<weights::Format> format = weights::parseFormat(name);
    if (!format->holds(type.getDimSize(1)))
      continue;
    if (std::optional<ByteTable> table = TableCoder(op, type, *data, *format).run(/*isExact=*/true))
      return table;
  }
  std::unique_ptr<weights::Format> bytes = weights::bytesPerOutput();
  return rounds ? TableCoder(op, type, *data, *bytes).run(/*isExact=*/false) : std::nullopt;
}

/// What `op` picks of codes and scales, multiplied: groups of columns are an axis of their own.
Value expanded(onnx::GatherOp op, ByteTable &table) {
  OpBuilder b(op);
  TensorBuilder t(b, op.getLoc());
  auto typeOf = [](Value x) { return cast<RankedTensorType>(x.getType()); };
  auto picked = [&](Value from) -> Value {
    auto shape = llvm::to_vector(typeOf(op.getOutput()).getShape());
    shape.back() = typeOf(from).getDimSize(1);
    return onnx::GatherOp::create(b, op.getLoc(), RankedTensorType::get(shape, typeOf(from).getElementType()), from,
                                  op.getIndices(), op.getAxisAttr());
  };
  Value codes = t.toFloat(picked(table.codes)), scales = t.toFloat(picked(table.scales));
  int64_t columns = typeOf(codes).getShape().back(), groups = typeOf(scales).getShape().back();
  if (groups == 1)
    return t.mul(codes, scales);
  // In a shape 0 copies the dimension.
  auto reshaped = [&](Value x, ArrayRef<int64_t> last) -> Value {
    SmallVector<int64_t> shape(typeOf(op.getOutput()).getShape().drop_back()), target(shape.size(), 0);
    llvm::append_range(shape, last);
    llvm::append_range(target, last);
    return onnx::ReshapeOp::create(b, op.getLoc(), typeOf(x).clone(shape), x, t.vector(target), b.getI64IntegerAttr(0));
  };
  Value product = t.mul(reshaped(codes, {groups, columns / groups}), reshaped(scales, {groups, 1}));
  return reshaped(product, {columns});
}

struct SpkQuantizeTables : rheobase::spk::impl::SpkQuantizeTablesBase<SpkQuantizeTables> {
  using Base::Base;

  void runOnOperation() override { quantizeTables(getOperation(), rounds); }
};

} // namespace

std::vector<CodedMatrix> rheobase::spk::quantizeTables(func::FuncOp func, bool rounds) {
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
      table = bytesOf(op, *type, rounds);
      if (table)
        found.push_back(table->figures);
    }
    if (!table)
      continue;
    op.getOutput().replaceAllUsesWith(expanded(op, *table));
    op.erase();
  }
  return found;
}
