//===- SpkPlaceSites.cpp - spk-place-sites ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKPLACESITES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkPlaceSites : rheobase::spk::impl::SpkPlaceSitesBase<SpkPlaceSites> {
  using SpkPlaceSitesBase::SpkPlaceSitesBase;

  void runOnOperation() override {
    marked.clear();
    positions = PositionValues();
    names.clear();
    getOperation().walk([&](onnx::MatMulOp op) { placeAt(op); });
    getOperation().walk([&](Operation *op) {
      if (isa<onnx::GeluOp, onnx::SigmoidOp, onnx::TanhOp>(op))
        placeBeforeNeuron(op->getOpOperand(0));
    });
  }

private:
  void placeAt(onnx::MatMulOp op) {
    OpOperand &lhs = op->getOpOperand(0), &rhs = op->getOpOperand(1);
    bool float32 = cast<RankedTensorType>(op.getY().getType()).getElementType().isF32();
    auto rankOf = [](OpOperand &v) { return cast<RankedTensorType>(v.get().getType()).getRank(); };
    if (!float32 || rankOf(lhs) < 2 || rankOf(rhs) < 2 ||
        (positions.contains(lhs.get()) && positions.contains(rhs.get())))
      return;
    if (isConstant(rhs.get()))
      return markLinear(lhs);
    if (isConstant(lhs.get()))
      return mark(rhs, "value");
    if (onnx::SoftmaxOp softmax = softmaxBehind(lhs.get()); softmax && isOverLastAxis(softmax)) {
      if (normalised)
        mark(lhs, "query");
      else
        mark(lhs, kAttentionRole, (nodeName(softmax) + ":weights"));
      return mark(rhs, "value");
    }
    mark(lhs, "query");
    mark(rhs, "key");
  }

  /// Fits of functions of all numbers depend on what these are.
  void placeBeforeNeuron(OpOperand &operand) {
    if (cast<RankedTensorType>(operand.get().getType()).getElementType().isF32() && !positions.contains(operand.get()))
      mark(operand, kNeuronRole);
  }

  /// The left operand of weights; where windows overlap it is their input that is encoded, each value once, and so
  /// where they are single pixels: an image has thousands. Others that share nothing are rows like any other.
  void markLinear(OpOperand &operand) {
    auto patches = operand.get().getDefiningOp<PatchesOp>();
    if (patches && (!areApart(patches) || llvm::all_of(patches.getKernel(), [](int64_t size) { return size == 1; })))
      return mark(patches->getOpOperand(0), "conv");
    mark(operand, kLinearRole);
  }

  /// Whether no two windows hold the same element, and none holds padding.
  static bool areApart(PatchesOp patches) {
    auto isApart = [](auto axis) {
      auto [kernel, stride, dilation] = axis;
      return (kernel - 1) * dilation < stride;
    };
    return llvm::all_of(llvm::zip(patches.getKernel(), patches.getStrides(), patches.getDilations()), isApart) &&
           llvm::all_of(patches.getPads(), [](int64_t pad) { return pad == 0; });
  }

  void mark(OpOperand &operand, StringRef role) {
    mark(operand, role, nodeName(operand.getOwner()) + ":" + role.str());
  }

  /// The operand becomes a site of this name, numbered where there is one.
  void mark(OpOperand &operand, StringRef role, const std::string &name) {
    Value value = operand.get();
    if (value.getDefiningOp<ObserveOp>())
      return;
    auto [entry, isNew] = marked.try_emplace({value, role}, nullptr);
    if (isNew) {
      Operation *consumer = operand.getOwner();
      OpBuilder b(consumer->getContext());
      b.setInsertionPointAfterValue(value);
      entry->second = ObserveOp::create(b, consumer->getLoc(), value, unique(name), role);
    }
    operand.set(entry->second);
  }

  std::string unique(const std::string &base) {
    std::string name = base;
    for (unsigned i = 2; !names.insert(name).second; ++i)
      name = base + std::to_string(i);
    return name;
  }

  llvm::MapVector<std::pair<Value, StringRef>, Value> marked;
  llvm::StringSet<> names;
  PositionValues positions;
};

} // namespace
