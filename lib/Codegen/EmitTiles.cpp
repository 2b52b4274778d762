//===- EmitTiles.cpp - several ops, tile by tile --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// As far as a tile from `begin` on reaches: a choice of two numbers where the size is known, so that who walks it
/// knows what is left over.
static Value extentOf(Emitter &e, Value begin, Value size, int64_t step, std::optional<int64_t> known) {
  if (!known)
    return step == 1 ? e.index(step) : e.min(e.index(step), e.sub(size, begin));
  if (*known % step == 0)
    return e.index(step);
  Value isLast = e.compare(arith::CmpIPredicate::ugt, e.add(begin, step), size);
  return arith::SelectOp::create(e.b, e.loc, isLast, e.index(*known % step), e.index(step));
}

/// Where the tile of work item `item` begins and how far it reaches, in each dimension.
static SmallVector<Value> openTile(Emitter &e, rt::TilesOp op, Value item) {
  SmallVector<Value> begins(op.getSizes().size()), extents(begins.size());
  for (size_t i = begins.size(); i-- > 0;) {
    Value size = op.getSizes()[i], tiles = e.ceilDiv(size, op.getSteps()[i]);
    int64_t step = op.getSteps()[i];
    begins[i] = e.mul(i == 0 ? item : e.rem(item, tiles), step);
    item = i == 0 ? item : e.div(item, tiles);
    auto known = getConstantIntValue(size);
    extents[i] = extentOf(e, begins[i], size, step, known);
  }
  begins.append(extents);
  return begins;
}

static void emitInTile(OpBuilder &builder, Operation &op, ArrayRef<Operation *> followers, Fills &fills,
                       const Target &target) {
  // One of two forms of the same op.
  if (auto either = dyn_cast<scf::IfOp>(op)) {
    for (Block *branch : {either.thenBlock(), either.elseBlock()})
      for (Operation &inside : llvm::make_early_inc_range(branch->without_terminator()))
        emitInTile(builder, inside, {}, fills, target);
    return;
  }
  builder.setInsertionPoint(&op);
  bool emitted =
      llvm::TypeSwitch<Operation *, bool>(&op)
          .Case([&](linalg::FillOp fill) {
            fills[fill.getOutputs().front()] = fill.getInputs().front();
            return true;
          })
          .Case([&](linalg::GenericOp generic) { return emitWholeGeneric(builder, generic, fills), true; })
          .Case([&](rt::MatmulOp matmul) { return emitWholeMatmul(builder, matmul, target, followers), true; })
          .Default(false);
  if (emitted)
    op.erase();
}

void codegen::emitTiles(OpBuilder &builder, rt::TilesOp op, const Target &target, Value begin, Value end) {
  Emitter e(builder);
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, e.loc, begin, end, e.index(1));
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> arguments = openTile(e, op, loop.getInductionVar());
  Block &body = op.getBody().front();
  for (auto [argument, value] : llvm::zip_equal(body.getArguments(), arguments))
    argument.replaceAllUsesWith(value);
  SmallVector<Operation *> ops = llvm::map_to_vector(body, [](Operation &inside) { return &inside; });
  loop.getBody()->getOperations().splice(loop.getBody()->getTerminator()->getIterator(), body.getOperations());
  Fills fills;
  for (size_t i = 0; i < ops.size(); ++i)
    emitInTile(builder, *ops[i], ArrayRef(ops).drop_front(i + 1), fills, target);
}
