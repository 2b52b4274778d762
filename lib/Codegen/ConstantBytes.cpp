//===- ConstantBytes.cpp - bytes of constants, packed or not --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ConstantBytes.h"

#include "lib/Codegen/SizeExpr.h"
#include "rheobase/Interfaces/ConstantMemory.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"

#include <cstring>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;
using artifact::ConstantBlob;

static ConstantBlob own(std::vector<uint8_t> bytes) {
  auto kept = std::make_shared<std::vector<uint8_t>>(std::move(bytes));
  return {kept->data(), kept->size(), kept};
}

/// Row-major elements, one byte per bool.
static FailureOr<ConstantBlob> rawBytes(rt::ConstantOp op) {
  ElementsAttr elements = op.getValue();
  auto type = cast<RankedTensorType>(elements.getShapedType());
  size_t width = elementBytes(type.getElementType()), size = type.getNumElements() * width;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() < size)
      return op.emitError() << "constant of type " << type << " needs " << size << " bytes, its resource has "
                            << (blob ? blob->getData().size() : 0);
    return ConstantBlob{reinterpret_cast<const uint8_t *>(blob->getData().data()), size, nullptr};
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense)
    return op.emitError() << "constant of type " << type << " must be dense elements or a dense resource";
  if (type.getElementType().isInteger(1)) {
    std::vector<uint8_t> bytes;
    for (bool value : dense.getValues<bool>())
      bytes.push_back(value);
    return own(std::move(bytes));
  }
  ArrayRef<char> data = dense.getRawData();
  if (!dense.isSplat())
    return ConstantBlob{reinterpret_cast<const uint8_t *>(data.data()), size, nullptr};
  std::vector<uint8_t> bytes(size);
  for (size_t offset = 0; offset < size; offset += width)
    std::memcpy(&bytes[offset], data.data(), width);
  return own(std::move(bytes));
}

namespace {

/// Walks a constant in the order of its packed layout.
class Packer {
public:
  Packer(rt::ConstantOp op, const uint8_t *source)
      : pack(*op.getPack()), source(source), isUnsigned(op.getIsUnsigned()),
        width(elementBytes(op.getValue().getElementType())),
        packedWidth(op.getElement() ? elementBytes(*op.getElement()) : width) {
    ArrayRef<int64_t> shape = op.getValue().getShapedType().getShape();
    SmallVector<int64_t> sourceStrides(shape.size(), 1);
    for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
      sourceStrides[i] = sourceStrides[i + 1] * shape[i + 1];
    for (unsigned dim = 0; dim < pack.getMap().getNumDims(); ++dim) {
      unsigned position = *pack.getMap().getResultPosition(getAffineDimExpr(dim, op.getContext()));
      sizes.push_back(shape[position]);
      strides.push_back(sourceStrides[position]);
    }
    numBatch = pack.getNumBatchDims();
    columns = sizes[numBatch], rows = sizes[numBatch + 1];
    for (unsigned i = 0; i < numBatch; ++i)
      batches *= sizes[i];
  }

  size_t elementsSize() const { return batches * groups() * steps() * pack.getLanes() * pack.getDepth() * packedWidth; }
  std::vector<uint8_t> elements() const;
  size_t sumsSize() const { return batches * groups() * pack.getLanes() * sizeof(int32_t); }
  std::vector<uint8_t> sums() const;

private:
  int64_t groups() const { return llvm::divideCeil(columns, pack.getLanes()); }
  int64_t steps() const { return llvm::divideCeil(rows, pack.getDepth()); }
  size_t offsetOfBatch(int64_t batch) const {
    size_t offset = 0;
    for (unsigned i = numBatch; i-- > 0; batch /= sizes[i])
      offset += batch % sizes[i] * strides[i];
    return offset;
  }
  void copyElement(const uint8_t *from, uint8_t *to) const {
    std::memcpy(to, from, width);
    bool negative = !isUnsigned && (from[width - 1] & 0x80);
    if (packedWidth > width)
      std::memset(to + width, negative ? 0xff : 0, packedWidth - width);
  }

  rt::PackAttr pack;
  const uint8_t *source;
  bool isUnsigned;
  size_t width, packedWidth;
  /// Over (batch..., n, k).
  SmallVector<int64_t> sizes, strides;
  unsigned numBatch = 0;
  int64_t columns = 0, rows = 0, batches = 1;
};

} // namespace

std::vector<uint8_t> Packer::elements() const {
  int64_t lanes = pack.getLanes(), depth = pack.getDepth(), groups = this->groups(), steps = this->steps();
  std::vector<uint8_t> packed(elementsSize());
  size_t columnStride = strides[numBatch] * width, rowStride = strides[numBatch + 1] * width;
  for (int64_t batch = 0; batch < batches; ++batch) {
    const uint8_t *matrix = source + offsetOfBatch(batch) * width;
    for (int64_t n = 0; n < columns; ++n) {
      for (int64_t k = 0; k < rows; ++k) {
        size_t step = (batch * groups + n / lanes) * steps + k / depth;
        size_t position = (step * lanes + n % lanes) * depth + k % depth;
        copyElement(matrix + n * columnStride + k * rowStride, &packed[position * packedWidth]);
      }
    }
  }
  return packed;
}

std::vector<uint8_t> Packer::sums() const {
  int64_t padded = llvm::alignTo(columns, pack.getLanes());
  std::vector<uint8_t> bytes(sumsSize());
  for (int64_t batch = 0; batch < batches; ++batch) {
    const uint8_t *matrix = source + offsetOfBatch(batch);
    for (int64_t n = 0; n < columns; ++n) {
      uint32_t sum = 0;
      for (int64_t k = 0; k < rows; ++k)
        sum += static_cast<int8_t>(matrix[n * strides[numBatch] + k * strides[numBatch + 1]]);
      llvm::support::endian::write32le(&bytes[(batch * padded + n) * sizeof(int32_t)],
                                       sum * static_cast<uint32_t>(-128));
    }
  }
  return bytes;
}

FailureOr<ConstantBlob> codegen::constantBlob(rt::ConstantOp constant) {
  FailureOr<ConstantBlob> raw = rawBytes(constant);
  if (failed(raw) || !constant.getPack())
    return raw;
  Packer packer(constant, raw->data);
  bool wantsSums = constant.getSums();
  auto make = [packer, wantsSums, source = raw->keepAlive] {
    std::vector<uint8_t> bytes = wantsSums ? packer.sums() : packer.elements();
    giveBackMappedPages();
    return bytes;
  };
  return ConstantBlob{nullptr, wantsSums ? packer.sumsSize() : packer.elementsSize(), nullptr, make};
}
