//===- Pooling.cpp - shapes of windows that slide, and of pooling --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// Windows of models are far smaller; the limit keeps sums of these numbers within 63 bits.
static constexpr int64_t kMaxWindow = int64_t(1) << 31;

static LogicalResult expectList(Operation *op, StringRef name, std::optional<ArrayRef<int64_t>> list, size_t size,
                                int64_t least) {
  if (!list)
    return success();
  bool inRange = llvm::all_of(*list, [&](int64_t v) { return v >= least && v <= kMaxWindow; });
  if (list->size() == size && inRange)
    return success();
  InFlightDiagnostic error = emitNodeError(op) << "attribute '" << name << "' is [";
  llvm::interleaveComma(*list, error);
  return error << "], expected " << size << " numbers of at least " << least;
}

/// The number of positions along one dimension.
static SymExpr countPositions(SymExpr size, int64_t extent, int64_t stride, int64_t before, int64_t after, bool ceil,
                              const SymbolicShapes &shapes) {
  int64_t room = before + after - extent;
  // With `ceil` a last window may reach over the end, where it starts before the padding there: then
  // ceil(x / stride) = floor((x + stride - 1) / stride), or less.
  if (ceil)
    room += std::min(stride - 1, extent - after - 1);
  SymExpr last = sym::floorDiv(sym::add(size, shapes.constant(room)), shapes.constant(stride));
  return sym::add(last, shapes.constant(1));
}

FailureOr<Dims> rheobase::onnx::slideWindow(Operation *op, const Window &window, ArrayRef<SymExpr> spatial,
                                            SymbolicShapes &shapes) {
  size_t rank = spatial.size();
  StringRef autoPad = window.autoPad;
  if (!llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, autoPad))
    return emitNodeError(op) << "attribute 'auto_pad' is '" << autoPad
                             << "', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER";
  if (failed(expectList(op, "kernel_shape", ArrayRef<int64_t>(window.kernel), rank, 1)) ||
      failed(expectList(op, "strides", window.strides, rank, 1)) ||
      failed(expectList(op, "dilations", window.dilations, rank, 1)) ||
      failed(expectList(op, "pads", window.pads, 2 * rank, 0)))
    return failure();
  Dims positions;
  for (auto [i, size] : llvm::enumerate(spatial)) {
    int64_t stride = window.strides ? (*window.strides)[i] : 1;
    if (autoPad.starts_with("SAME")) {
      positions.push_back(sym::ceilDiv(size, shapes.constant(stride)));
      continue;
    }
    int64_t dilation = window.dilations ? (*window.dilations)[i] : 1;
    int64_t extent;
    if (llvm::MulOverflow(window.kernel[i] - 1, dilation, extent) || ++extent > kMaxWindow)
      return emitNodeError(op) << "window of " << window.kernel[i] << " elements " << dilation
                               << " apart found, expected an extent below " << kMaxWindow;
    bool padded = window.pads && autoPad == "NOTSET";
    int64_t before = padded ? (*window.pads)[i] : 0, after = padded ? (*window.pads)[rank + i] : 0;
    SymExpr padding = shapes.constant(before + after);
    if (std::optional<int64_t> most = shapes.maxOf(sym::add(size, padding)); most && *most < extent && !window.ceil)
      return emitNodeError(op) << "window of extent " << extent << " over a dimension of " << shapes.print(size)
                               << " with padding " << before + after << " found, expected it to fit";
    if (!window.ceil)
      shapes.narrowToAtMost(shapes.constant(extent - before - after), size);
    positions.push_back(countPositions(size, extent, stride, before, after, window.ceil, shapes));
  }
  return positions;
}

template <typename OpT> static LogicalResult inferPool(OpT op, SymbolicShapes &shapes) {
  if (failed(expectRank(op, op.getX(), "X", 3, INT64_MAX, shapes)))
    return failure();
  Dims x(shapes.shapeOf(op.getX()));
  Window window{op.getAutoPad(), op.getCeilMode() != 0, SmallVector<int64_t>(op.getKernelShape()),
                op.getStrides(), op.getPads(),          op.getDilations()};
  FailureOr<Dims> spatial = slideWindow(op, window, ArrayRef(x).drop_front(2), shapes);
  if (failed(spatial))
    return failure();
  Dims dims{x[0], x[1]};
  dims.append(*spatial);
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getX()), dims);
  if constexpr (std::is_same_v<OpT, MaxPoolOp>)
    if (op.getIndices())
      shapes.setResult(op.getIndices(), IntegerType::get(op.getContext(), 64), dims);
  return success();
}

template <typename OpT> static LogicalResult inferGlobalPool(OpT op, SymbolicShapes &shapes) {
  if (failed(expectRank(op, op.getX(), "X", 3, INT64_MAX, shapes)))
    return failure();
  Dims dims(shapes.shapeOf(op.getX()));
  std::fill(dims.begin() + 2, dims.end(), shapes.constant(1));
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getX()), dims);
  return success();
}

void rheobase::onnx::attachPoolingModels(MLIRContext *context) {
  attach<AveragePoolOp, inferPool<AveragePoolOp>>(context);
  attach<MaxPoolOp, inferPool<MaxPoolOp>>(context);
  attach<GlobalAveragePoolOp, inferGlobalPool<GlobalAveragePoolOp>>(context);
  attach<GlobalMaxPoolOp, inferGlobalPool<GlobalMaxPoolOp>>(context);
}
