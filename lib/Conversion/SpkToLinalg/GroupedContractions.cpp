//===- GroupedContractions.cpp - products with weights in groups ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exact sums of groups, each scaled and added in ascending order. What code generation has a kernel for is one op
// (rt.group_matmul); time form, and codes or groups that the kernel does not take, are contractions with the groups as
// a batch dimension and a sum over them: the same numbers in the same order.
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

/// Constant weights [inputs, outputs] and what their groups have beside them.
struct Grouped {
  Value weights;
  SymTensor scale;
  SymExpr outputs;
  spk::WeightFormatInterface format;
  /// Of each row and group, where the train has one for each.
  std::optional<SymTensor> step;

  int64_t inputs() const { return cast<RankedTensorType>(weights.getType()).getDimSize(0); }
  int64_t groups() const { return inputs() / length(); }
  int64_t length() const { return format.getGroupLength(inputs()); }
};

template <typename OpTy> Grouped groupedOf(OpTy op, LoweringContext &ctx) {
  Grouped by{op.getWeights(), ctx.operand(op.getScale()), ctx.dimsOf(op.getWeights()).back(), op.getFormat(), {}};
  if (Value step = op.getStep()) {
    SymTensor steps = ctx.operand(step);
    SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(steps.dims).drop_back());
    by.step = reshape(ctx, steps, {rows, steps.dims.back()});
  }
  return by;
}

AffineMap mapOf(LoweringContext &ctx, unsigned loops, ArrayRef<unsigned> places) {
  SmallVector<AffineExpr> exprs;
  for (unsigned place : places)
    exprs.push_back(ctx.builder.getAffineDimExpr(place));
  return AffineMap::get(loops, 0, exprs, ctx.builder.getContext());
}

Value widenTo(ImplicitLocOpBuilder &b, Value x, Type type, bool isUnsigned) {
  if (x.getType() == type)
    return x;
  return isUnsigned ? arith::ExtUIOp::create(b, type, x).getResult() : arith::ExtSIOp::create(b, type, x).getResult();
}

/// [.., k] with all but the last dimension as one, k in groups: [rows, groups, length].
SymTensor inGroups(LoweringContext &ctx, const SymTensor &x, const Grouped &by) {
  SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(x.dims).drop_back());
  return reshape(ctx, x, {rows, ctx.constant(by.groups()), ctx.constant(by.length())});
}

/// The exact sums of each group: [rows, groups, length] becomes [groups, rows, outputs] of i32.
SymTensor groupSums(LoweringContext &ctx, const SymTensor &lhs, const Grouped &by, bool isUnsigned) {
  enum { group, row, output, input, loops };
  Type i32 = ctx.builder.getI32Type();
  SymTensor rhs =
      reshape(ctx, integerWeights(ctx, by.weights), {ctx.constant(by.groups()), ctx.constant(by.length()), by.outputs});
  Mapped inputs[] = {{lhs, mapOf(ctx, loops, {row, group, input})}, {rhs, mapOf(ctx, loops, {group, input, output})}};
  return fold(ctx, inputs, mapOf(ctx, loops, {group, row, output}),
              {ctx.constant(by.groups()), lhs.dims.front(), by.outputs}, numberAttr(i32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                Value product = arith::MulIOp::create(b, widenTo(b, args[0], i32, isUnsigned),
                                                      widenTo(b, args[1], i32, /*isUnsigned=*/false));
                return arith::AddIOp::create(b, args[2], product);
              });
}

Value product(ImplicitLocOpBuilder &b, Value integer, Value factor) {
  Type f32 = b.getF32Type();
  Value wide = factor.getType() == f32 ? factor : arith::ExtFOp::create(b, f32, factor).getResult();
  return arith::MulFOp::create(b, arith::SIToFPOp::create(b, f32, integer), wide);
}

/// What weights 2 q + 1 sum up to, of what their codes q and ones do.
Value oddSum(ImplicitLocOpBuilder &b, Value sum, Value ones) {
  return arith::AddIOp::create(b, arith::AddIOp::create(b, sum, sum), ones);
}

/// [groups, rows, outputs] becomes [rows, outputs]: the one order in which scaled sums are added, each before its
/// offset times the sum of the group's inputs, `rowSums` [rows, groups], which odd weights take too.
SymTensor sumScaled(LoweringContext &ctx, const SymTensor &sums, function_ref<SymTensor()> rowSums, const Grouped &by) {
  enum { row, output, group, loops };
  Type f32 = ctx.builder.getF32Type();
  GroupScales rows = groupScales(ctx, by.format, by.scale);
  AffineMap ofGroup = mapOf(ctx, loops, {group, output});
  AffineMap ofRow = mapOf(ctx, loops, {row, group});
  SmallVector<Mapped> inputs{{sums, mapOf(ctx, loops, {group, row, output})}, {rows.scales, ofGroup}};
  if (rows.offsets)
    inputs.append({{rowSums(), ofRow}, {*rows.offsets, ofGroup}});
  size_t factors = inputs.size();
  bool isOdd = by.format.isOdd();
  if (isOdd)
    inputs.push_back({rowSums(), ofRow});
  if (by.step)
    inputs.push_back({*by.step, ofRow});
  size_t last = inputs.size() - 1;
  return fold(ctx, inputs, mapOf(ctx, loops, {row, output}), {sums.dims[1], by.outputs}, numberAttr(f32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                Value sum = args.back();
                for (size_t i = 0; i < factors; i += 2) {
                  Value integer = isOdd ? oddSum(b, args[i], args[factors]) : args[i];
                  Value scaled = product(b, integer, args[i + 1]);
                  if (by.step)
                    scaled = arith::MulFOp::create(b, scaled, args[last]);
                  sum = arith::AddFOp::create(b, sum, scaled);
                }
                return sum;
              });
}

/// The sums of the rows of each group, [rows, groups] of i32.
SymTensor rowSums(LoweringContext &ctx, const SymTensor &lhs, bool isUnsigned) {
  enum { row, group, input, loops };
  Type i32 = ctx.builder.getI32Type();
  Mapped inputs[] = {{lhs, mapOf(ctx, loops, {row, group, input})}};
  return fold(ctx, inputs, mapOf(ctx, loops, {row, group}), {lhs.dims[0], lhs.dims[1]}, numberAttr(i32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                return arith::AddIOp::create(b, args[1], widenTo(b, args[0], i32, isUnsigned));
              });
}

/// The codebook that weights are looked up in, where code generation has a kernel for it.
spk::LookupOp packedLookup(const Grouped &by) {
  auto lookup = by.weights.getDefiningOp<spk::LookupOp>();
  if (!lookup || by.format.isOdd() || by.format.hasOffsets())
    return {};
  auto book = cast<RankedTensorType>(lookup.getCodebook().getType());
  int64_t entries = book.getDimSize(0), bits = llvm::Log2_64(entries), length = book.getDimSize(1);
  bool hasVectors = (bits == rt::kNibbleBits || bits == rt::kByteBits) &&
                    (length == rt::kQuad || length == 2 * rt::kQuad) &&
                    by.length() % (rt::indicesInWord(bits) * length) == 0;
  bool hasWindows = rt::holdsWindows(book) && bits >= rt::kNibbleBits && bits <= rt::kMostWindowBits &&
                    by.groups() == 1 && by.inputs() % (length * rt::kGroupUnit) == 0;
  return llvm::isPowerOf2_64(entries) && (hasVectors || hasWindows) ? lookup : spk::LookupOp();
}

/// Planes of bits that are counted faster than codes are multiplied with weights of one bit.
constexpr int64_t kCountedPlanes = 2;

/// The planes of bits that codes are counted as; none where they are multiplied.
std::optional<int64_t> countedPlanes(spk::ScaledMatmulOp op, const Grouped &by, spk::LookupOp lookup) {
  auto codes = op.getLhs().getDefiningOp<spk::CodesOp>();
  if (!codes || lookup || by.format.getCodeBits() != 1 || !by.format.isOdd() || !op.getLhsUnsigned())
    return std::nullopt;
  spk::CodeInterface code = codeOf(codes.getTrain());
  auto planes = static_cast<int64_t>(llvm::bit_width(static_cast<uint64_t>(code.getMax())));
  return code.isUnsigned() && planes > 0 && planes <= kCountedPlanes ? std::optional(planes) : std::nullopt;
}

/// Planes of bits of codes [rows, inputs], in words as rt.group_matmul takes them: [rows, words * planes] of i32.
SymTensor bitWords(LoweringContext &ctx, const SymTensor &codes, int64_t inputs, int64_t planes) {
  enum { row, word, plane, input, loops };
  Type i32 = ctx.builder.getI32Type();
  SymExpr rows = codes.dims.front(), words = ctx.constant(inputs / rt::kGroupUnit), count = ctx.constant(planes);
  SmallVector<int32_t> places, numbers;
  for (int64_t k = 0; k < rt::kGroupUnit; ++k)
    places.push_back(static_cast<int32_t>(k % rt::kQuad * rt::kByteBits + k / rt::kQuad));
  for (int64_t p = 0; p < planes; ++p)
    numbers.push_back(static_cast<int32_t>(p));
  auto constant = [&](ArrayRef<int32_t> values) {
    auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, i32);
    return SymTensor{arith::ConstantOp::create(ctx.builder, DenseIntElementsAttr::get(type, values)),
                     {ctx.constant(static_cast<int64_t>(values.size()))}};
  };
  Mapped operands[] = {
      {reshape(ctx, codes, {rows, words, ctx.constant(rt::kGroupUnit)}), mapOf(ctx, loops, {row, word, input})},
      {constant(numbers), mapOf(ctx, loops, {plane})},
      {constant(places), mapOf(ctx, loops, {input})}};
  SymTensor bits = fold(ctx, operands, mapOf(ctx, loops, {row, word, plane}), {rows, words, count}, numberAttr(i32, 0),
                        [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                          Value code = widenTo(b, args[0], i32, /*isUnsigned=*/true),
                                shifted = arith::ShRUIOp::create(b, code, args[1]),
                                bit = arith::AndIOp::create(b, shifted, arith::ConstantIntOp::create(b, i32, 1));
                          return arith::OrIOp::create(b, args[3], arith::ShLIOp::create(b, bit, args[2]));
                        });
  return reshape(ctx, bits, {rows, ctx.constant(inputs / rt::kGroupUnit * planes)});
}

/// One op for the kernel that reads packed weights.
SymTensor groupProduct(spk::ScaledMatmulOp op, LoweringContext &ctx, const SymTensor &lhs, const Grouped &by,
                       spk::LookupOp lookup) {
  bool isUnsigned = op.getLhsUnsigned();
  SymTensor sums = rowSums(ctx, lhs, isUnsigned),
            rows = reshape(ctx, lhs, {lhs.dims.front(), ctx.constant(by.inputs())});
  if (std::optional<int64_t> planes = countedPlanes(op, by, lookup))
    rows = bitWords(ctx, rows, by.inputs(), *planes);
  Value zeros = op.getZero() ? ctx.operand(op.getZero()).value : Value(), steps = by.step ? by.step->value : Value(),
        book = lookup ? ctx.operand(lookup.getCodebook()).value : Value(),
        weights = lookup ? ctx.operand(lookup.getIndices()).value : integerWeights(ctx, by.weights).value;
  unsigned bits = lookup ? llvm::Log2_64(cast<ShapedType>(book.getType()).getDimSize(0)) : by.format.getCodeBits();
  Dims dims{lhs.dims.front(), by.outputs};
  Value product = rt::GroupMatmulOp::create(ctx.builder, tensorType(dims, ctx.builder.getF32Type()), rows.value,
                                            weights, book, by.scale.value, zeros, sums.value, steps, bits,
                                            by.format.isOdd(), isUnsigned, by.format.hasOffsets(), by.format.getKept());
  return {product, dims};
}

LogicalResult lowerScaledMatmul(spk::ScaledMatmulOp op, LoweringContext &ctx) {
  Grouped by = groupedOf(op, ctx);
  SymTensor lhs = inGroups(ctx, ctx.operand(op.getLhs()), by);
  spk::LookupOp lookup = packedLookup(by);
  auto kept = static_cast<uint64_t>(by.format.getKept());
  int64_t unit = rt::isSparse(kept) ? rt::sparseUnit(kept) : rt::kGroupUnit;
  bool hasKernel = lhs.elementType().isInteger(8) && (lookup || by.length() % unit == 0);
  bool isUnsigned = op.getLhsUnsigned();
  auto ofRows = [&] { return rowSums(ctx, lhs, isUnsigned); };
  SymTensor sum = hasKernel ? groupProduct(op, ctx, lhs, by, lookup)
                            : sumScaled(ctx, groupSums(ctx, lhs, by, isUnsigned), ofRows, by);
  ctx.replace(op.getSum(), reshape(ctx, sum, ctx.dimsOf(op.getSum())));
  if (auto codes = op.getLhs().getDefiningOp<spk::CodesOp>())
    countSynapse(ctx, codes.getTrain(), by.outputs);
  return success();
}

/// The planes are rows until their sums of a group are added.
LogicalResult lowerScaledSynapse(spk::ScaledSynapseOp op, LoweringContext &ctx) {
  Grouped by = groupedOf(op, ctx);
  SymTensor planes = keptPlanes(ctx, op.getTrain()), grouped = inGroups(ctx, planes, by);
  SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(planes.dims).drop_front().drop_back()),
          count = planes.dims.front(), groups = ctx.constant(by.groups());
  SymTensor weights = planeWeights(ctx, codeOf(op.getTrain()), ctx.builder.getI32Type());
  SymTensor parted = reshape(ctx, groupSums(ctx, grouped, by, /*isUnsigned=*/false), {groups, count, rows, by.outputs});
  SymTensor whole = sumOverPlanes(ctx, transpose(ctx, parted, {1, 0, 2, 3}), weights);
  auto ofRows = [&] {
    SymTensor ofPlanes = reshape(ctx, rowSums(ctx, grouped, /*isUnsigned=*/false), {count, rows, groups});
    return sumOverPlanes(ctx, ofPlanes, weights);
  };
  ctx.replace(op.getSum(), reshape(ctx, sumScaled(ctx, whole, ofRows, by), ctx.dimsOf(op.getSum())));
  countSynapse(ctx, op.getTrain(), by.outputs);
  return success();
}

} // namespace

GroupScales lower::groupScales(LoweringContext &ctx, spk::WeightFormatInterface format, const SymTensor &scale) {
  if (!format.hasOffsets())
    return {scale, std::nullopt};
  SymExpr zero = ctx.constant(0), one = ctx.constant(1),
          groups = ctx.constant(cast<RankedTensorType>(scale.value.getType()).getDimSize(0) / 2);
  auto everySecond = [&](SymExpr first) {
    return slice(ctx, scale, {first, zero}, {groups, scale.dims.back()}, {2, 1});
  };
  return {everySecond(zero), everySecond(one)};
}

void lower::addGroupedContractionLowerings(LoweringInterface &table) {
  table.add<spk::ScaledMatmulOp>(lowerScaledMatmul);
  table.add<spk::ScaledSynapseOp>(lowerScaledSynapse);
}
