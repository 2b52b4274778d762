//===- Contraction.cpp - recognise contractions ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"

#include "mlir/IR/Matchers.h"

#include <array>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// A factor of the product: an input, widened or not.
struct Factor {
  unsigned input;
  bool isUnsigned;
};

} // namespace

static std::optional<Factor> matchFactor(Value value, Block *body) {
  bool isUnsigned = false;
  if (Operation *op = value.getDefiningOp()) {
    if (!isa<arith::ExtSIOp, arith::ExtUIOp, arith::ExtFOp>(op))
      return std::nullopt;
    isUnsigned = isa<arith::ExtUIOp>(op);
    value = op->getOperand(0);
  }
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg || arg.getOwner() != body || arg.getArgNumber() > 1)
    return std::nullopt;
  return Factor{arg.getArgNumber(), isUnsigned};
}

/// Matches `yield add(acc, mul(a, b))` and gives the two factors.
static std::optional<std::pair<Factor, Factor>> matchBody(linalg::GenericOp op) {
  Block *body = op.getBody();
  Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return std::nullopt;
  bool accFirst = add->getOperand(0) == body->getArgument(2);
  if (!accFirst && add->getOperand(1) != body->getArgument(2))
    return std::nullopt;
  Operation *mul = add->getOperand(accFirst ? 1 : 0).getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(mul))
    return std::nullopt;
  auto a = matchFactor(mul->getOperand(0), body), b = matchFactor(mul->getOperand(1), body);
  if (!a || !b || a->input == b->input)
    return std::nullopt;
  if (a->input == 1)
    std::swap(a, b);
  return std::make_pair(*a, *b);
}

static bool uses(AffineMap map, unsigned dim) {
  return map.isFunctionOfDim(dim);
}

std::optional<Contraction> codegen::matchContraction(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (auto [map, operand] : llvm::zip_equal(maps, op->getOperands()))
    if (!map.isProjectedPermutation() || !isa<ShapedType>(operand.getType()))
      return std::nullopt;
  auto factors = matchBody(op);
  if (!factors)
    return std::nullopt;

  Contraction result;
  result.lhsUnsigned = factors->first.isUnsigned;
  result.rhsUnsigned = factors->second.isUnsigned;
  AffineMap out = maps[2];

  // n is the innermost free dimension of the result; its operand is the right one.
  std::optional<unsigned> n, m, k;
  for (AffineExpr expr : llvm::reverse(out.getResults())) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    if (uses(maps[0], dim) != uses(maps[1], dim)) {
      n = dim;
      break;
    }
  }
  if (!n)
    return std::nullopt;
  if (uses(maps[0], *n)) {
    std::swap(result.lhs, result.rhs);
    std::swap(maps[0], maps[1]);
    std::swap(result.lhsUnsigned, result.rhsUnsigned);
  }
  for (AffineExpr expr : llvm::reverse(out.getResults())) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    if (!m && uses(maps[0], dim) && !uses(maps[1], dim))
      m = dim;
    else if (dim != *n)
      result.batch.push_back(dim);
  }
  for (auto [dim, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (iterator != utils::IteratorType::reduction)
      continue;
    if (k || !uses(maps[0], dim) || !uses(maps[1], dim))
      return std::nullopt;
    k = dim;
  }
  if (!m || !k)
    return std::nullopt;
  std::reverse(result.batch.begin(), result.batch.end());
  result.m = *m, result.n = *n, result.k = *k;

  SmallVector<AffineExpr> order(op.getNumLoops());
  for (auto [position, dim] : llvm::enumerate(result.batch))
    order[dim] = getAffineDimExpr(position, op.getContext());
  const std::array<unsigned, 3> product{result.m, result.n, result.k};
  for (auto [position, dim] : llvm::enumerate(product))
    order[dim] = getAffineDimExpr(result.batch.size() + position, op.getContext());
  auto reorder = [&](AffineMap map) { return map.replaceDimsAndSymbols(order, {}, op.getNumLoops(), 0); };
  result.lhsMap = reorder(maps[0]), result.rhsMap = reorder(maps[1]), result.outMap = reorder(maps[2]);
  return result;
}

/// The width of a column group: what costs least when padding is computed too and narrow groups repeat more loads of
/// the left operand.
static int64_t chooseLanes(ArrayRef<int64_t> widths, std::optional<int64_t> columns) {
  if (!columns)
    return widths.front();
  auto cost = [&](int64_t width) { return llvm::alignTo(*columns, width) * (100 + 160 / width); };
  return *std::min_element(widths.begin(), widths.end(), [&](int64_t a, int64_t b) { return cost(a) < cost(b); });
}

int64_t codegen::byteLanes(std::optional<int64_t> columns) {
  return chooseLanes({64, 32, 16}, columns);
}

bool codegen::needsSums(rt::PackAttr pack, const Contraction &contraction) {
  return pack.getKind() == rt::PackKind::Quads && !contraction.lhsUnsigned && !contraction.rhsUnsigned;
}

static std::optional<int64_t> known(int64_t size) {
  return ShapedType::isDynamic(size) ? std::nullopt : std::optional<int64_t>(size);
}

rt::PackAttr codegen::choosePacking(linalg::GenericOp op, const Contraction &contraction) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  std::optional<int64_t> rows = known(ranges[contraction.m]), columns = known(ranges[contraction.n]);
  auto element = [&](unsigned i) { return getElementTypeOrSelf(op->getOperand(i)); };
  Type lhs = element(contraction.lhs), rhs = element(contraction.rhs), out = element(2);
  auto kind = rt::PackKind::Singles;
  if (out.isInteger(32) && lhs.isInteger(8) && rhs.isInteger(8))
    kind = rt::PackKind::Quads;
  else if (out.isInteger(32) && lhs.isInteger(16) && !contraction.lhsUnsigned &&
           (rhs.isInteger(8) || (rhs.isInteger(16) && !contraction.rhsUnsigned)))
    kind = rt::PackKind::Pairs;

  // A single row has only its columns to keep the multipliers busy.
  bool wide = kind != rt::PackKind::Singles || rows == 1;
  int64_t lanes = wide ? byteLanes(columns) : chooseLanes({32, 16}, columns);

  // The packing map runs over the batches that the right operand has, then n and k.
  unsigned numBatch = contraction.numBatch();
  SmallVector<AffineExpr> order(numBatch + 3, getAffineConstantExpr(0, op.getContext()));
  unsigned next = 0;
  for (unsigned i = 0; i < numBatch; ++i)
    if (uses(contraction.rhsMap, i))
      order[i] = getAffineDimExpr(next++, op.getContext());
  order[numBatch + 1] = getAffineDimExpr(next, op.getContext());
  order[numBatch + 2] = getAffineDimExpr(next + 1, op.getContext());
  AffineMap map = contraction.rhsMap.replaceDimsAndSymbols(order, {}, next + 2, 0);
  return rt::PackAttr::get(op.getContext(), kind, lanes, map);
}

bool codegen::startsFromZero(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill &&
         (matchPattern(fill.getInputs().front(), m_PosZeroFloat()) || matchPattern(fill.getInputs().front(), m_Zero()));
}

Type codegen::packedElementType(rt::PackAttr pack, Type element) {
  return pack.getKind() == rt::PackKind::Pairs ? IntegerType::get(element.getContext(), 16) : element;
}
