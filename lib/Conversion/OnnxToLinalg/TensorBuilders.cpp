//===- TensorBuilders.cpp - linalg over symbolic sizes -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

//===----------------------------------------------------------------------===//
// Types and sizes
//===----------------------------------------------------------------------===//

Type lower::storedType(Type type) {
  if (isNarrow(type))
    return IntegerType::get(type.getContext(), 8);
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() ? IntegerType::get(type.getContext(), integer.getWidth()) : type;
}

RankedTensorType lower::tensorType(ArrayRef<SymExpr> dims, Type element) {
  SmallVector<int64_t> shape;
  for (SymExpr dim : dims)
    shape.push_back(SymbolicShapes::asConstant(dim).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, element);
}

Value lower::withType(ImplicitLocOpBuilder &b, Value tensor, RankedTensorType type) {
  auto found = cast<RankedTensorType>(tensor.getType());
  if (found.getElementType() != type.getElementType())
    tensor = tensor::BitcastOp::create(b, found.clone(type.getElementType()), tensor);
  return tensor.getType() == type ? tensor : tensor::CastOp::create(b, type, tensor).getResult();
}

SymTensor lower::withDims(LoweringContext &ctx, const SymTensor &tensor, ArrayRef<SymExpr> dims) {
  return {withType(ctx.builder, tensor.value, tensorType(dims, tensor.elementType())), Dims(dims)};
}

/// The sizes that are `size` under the assumptions of the shapes, which the program checks.
static SmallVector<SymExpr> equalSizes(const LoweringContext &ctx, SymExpr size) {
  SmallVector<SymExpr> sizes = {size};
  auto add = [&](SymExpr from, SymExpr to) {
    if (!llvm::is_contained(sizes, from) || llvm::is_contained(sizes, to))
      return false;
    sizes.push_back(to);
    return true;
  };
  bool grows = true;
  while (grows) {
    grows = false;
    for (const Assumption &assumed : ctx.shapes.assumptions())
      if (assumed.kind == Assumption::Kind::Equal)
        grows |= add(assumed.lhs, assumed.rhs) || add(assumed.rhs, assumed.lhs);
  }
  return sizes;
}

bool lower::sameSize(const LoweringContext &ctx, SymExpr a, SymExpr b) {
  if (a == b || sym::asConstant(sym::sub(a, b)) == 0)
    return true;
  return llvm::is_contained(equalSizes(ctx, a), b);
}

bool lower::sameSizes(const LoweringContext &ctx, ArrayRef<SymExpr> a, ArrayRef<SymExpr> b) {
  return a.size() == b.size() &&
         llvm::all_of(llvm::zip(a, b), [&](auto pair) { return sameSize(ctx, std::get<0>(pair), std::get<1>(pair)); });
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

TypedAttr lower::numberOf(const ConstantData &constant) {
  Type type = storedType(constant.getElementType());
  if (isa<FloatType>(type))
    return FloatAttr::get(type, constant.number(0));
  uint64_t bits = 0;
  std::memcpy(&bits, constant.element(0), constant.elementBytes());
  if (isNarrow(constant.getElementType()))
    bits &= codeMask(constant.getElementType());
  return IntegerAttr::get(type, APInt(64, bits).trunc(type.getIntOrFloatBitWidth()));
}

TypedAttr lower::splatOf(Value tensor) {
  while (auto bitcast = tensor.getDefiningOp<tensor::BitcastOp>())
    tensor = bitcast.getSource();
  std::optional<ConstantData> constant = ConstantData::of(tensor);
  bool isOne = constant && constant->size() > 0 && (constant->isSplat() || constant->size() == 1);
  return isOne ? numberOf(*constant) : TypedAttr();
}

TypedAttr lower::numberAttr(Type type, double value) {
  if (isa<FloatType>(type))
    return FloatAttr::get(type, value);
  return IntegerAttr::get(type, static_cast<int64_t>(value));
}

TypedAttr lower::lowestAttr(Type type, bool isUnsigned) {
  if (auto floating = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, APFloat::getInf(floating.getFloatSemantics(), /*Negative=*/true));
  unsigned width = type.getIntOrFloatBitWidth();
  bool fromZero = isUnsigned || width == 1;
  return IntegerAttr::get(type, fromZero ? APInt::getMinValue(width) : APInt::getSignedMinValue(width));
}

TypedAttr lower::highestAttr(Type type, bool isUnsigned) {
  if (auto floating = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, APFloat::getInf(floating.getFloatSemantics()));
  unsigned width = type.getIntOrFloatBitWidth();
  bool fromZero = isUnsigned || width == 1;
  return IntegerAttr::get(type, fromZero ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width));
}

//===----------------------------------------------------------------------===//
// Generics
//===----------------------------------------------------------------------===//

SymTensor lower::emptyTensor(LoweringContext &ctx, ArrayRef<SymExpr> dims, Type element) {
  SmallVector<Value> sizes = ctx.sizes.dynamic(dims);
  Value empty = tensor::EmptyOp::create(ctx.builder, tensorType(dims, element), sizes);
  return {empty, Dims(dims)};
}

SymTensor lower::filled(LoweringContext &ctx, ArrayRef<SymExpr> dims, TypedAttr number) {
  SymTensor empty = emptyTensor(ctx, dims, number.getType());
  Value scalar = arith::ConstantOp::create(ctx.builder, number);
  return {linalg::FillOp::create(ctx.builder, scalar, empty.value).getResult(0), Dims(dims)};
}

/// The linalg.generic of both forms; `init` is the output operand.
static SymTensor makeGeneric(LoweringContext &ctx, ArrayRef<Mapped> inputs, AffineMap result, const SymTensor &init,
                             ArrayRef<utils::IteratorType> iterators,
                             function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (const Mapped &input : inputs) {
    operands.push_back(input.tensor.value);
    maps.push_back(input.map);
  }
  maps.push_back(result);
  auto op = linalg::GenericOp::create(ctx.builder, init.value.getType(), operands, init.value, maps, iterators,
                                      [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        ImplicitLocOpBuilder b(loc, nested);
                                        linalg::YieldOp::create(b, body(b, args));
                                      });
  return {op.getResult(0), init.dims};
}

SymTensor lower::generic(LoweringContext &ctx, ArrayRef<Mapped> inputs, ArrayRef<SymExpr> dims, Type element,
                         BodyBuilder body) {
  SmallVector<utils::IteratorType> iterators(dims.size(), utils::IteratorType::parallel);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(dims.size(), ctx.builder.getContext());
  return makeGeneric(ctx, inputs, identity, emptyTensor(ctx, dims, element), iterators,
                     [&](ImplicitLocOpBuilder &b, ValueRange args) { return body(b, args.drop_back()); });
}

SymTensor lower::fold(LoweringContext &ctx, ArrayRef<Mapped> inputs, AffineMap result, ArrayRef<SymExpr> dims,
                      TypedAttr init, BodyBuilder body) {
  SmallVector<utils::IteratorType> iterators;
  for (unsigned loop = 0, loops = result.getNumDims(); loop < loops; ++loop)
    iterators.push_back(result.isFunctionOfDim(loop) ? utils::IteratorType::parallel : utils::IteratorType::reduction);
  return makeGeneric(ctx, inputs, result, filled(ctx, dims, init), iterators, body);
}

FailureOr<AffineMap> lower::broadcastMap(LoweringContext &ctx, ArrayRef<SymExpr> from, ArrayRef<SymExpr> to) {
  MLIRContext *context = ctx.builder.getContext();
  if (from.size() > to.size())
    return emitError(ctx.builder.getLoc())
           << "found an operand of rank " << from.size() << ", expected at most " << to.size() << "; reshape it first";
  size_t missing = to.size() - from.size();
  SmallVector<AffineExpr> places;
  for (auto [i, size] : llvm::enumerate(from)) {
    SymExpr wanted = to[missing + i];
    if (sameSize(ctx, size, wanted)) {
      places.push_back(getAffineDimExpr(missing + i, context));
      continue;
    }
    if (SymbolicShapes::asConstant(size) != 1)
      return emitError(ctx.builder.getLoc())
             << "found sizes " << ctx.shapes.print(size) << " and " << ctx.shapes.print(wanted) << " in dimension " << i
             << " of an operand, expected equal sizes or 1; fix one with --dim";
    places.push_back(getAffineConstantExpr(0, context));
  }
  return AffineMap::get(to.size(), 0, places, context);
}

FailureOr<Dims> lower::broadcastDims(LoweringContext &ctx, ArrayRef<SymExpr> a, ArrayRef<SymExpr> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Dims result(a);
  size_t missing = a.size() - b.size();
  for (auto [i, size] : llvm::enumerate(b))
    if (SymbolicShapes::asConstant(result[missing + i]) == 1)
      result[missing + i] = size;
  if (failed(broadcastMap(ctx, a, result)) || failed(broadcastMap(ctx, b, result)))
    return failure();
  return result;
}

FailureOr<SymTensor> lower::elementwise(LoweringContext &ctx, ArrayRef<SymTensor> inputs, ArrayRef<SymExpr> dims,
                                        Type element, BodyBuilder body) {
  SmallVector<Mapped> operands;
  SmallVector<TypedAttr> numbers;
  for (const SymTensor &input : inputs) {
    FailureOr<AffineMap> map = broadcastMap(ctx, input.dims, dims);
    if (failed(map))
      return failure();
    numbers.push_back(splatOf(input.value));
    if (!numbers.back())
      operands.push_back({input, *map});
  }
  return generic(ctx, operands, dims, element, [&](ImplicitLocOpBuilder &b, ValueRange args) {
    SmallVector<Value> all;
    for (TypedAttr number : numbers) {
      all.push_back(number ? arith::ConstantOp::create(b, number).getResult() : args.front());
      args = number ? args : args.drop_front();
    }
    return body(b, all);
  });
}

SymTensor lower::mapElements(LoweringContext &ctx, const SymTensor &input, Type element, BodyBuilder body) {
  AffineMap identity = AffineMap::getMultiDimIdentityMap(input.rank(), ctx.builder.getContext());
  return generic(ctx, Mapped{input, identity}, input.dims, element, body);
}

AffineMap lower::dropAxes(MLIRContext *context, int64_t rank, ArrayRef<int64_t> axes) {
  SmallVector<AffineExpr> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(axes, i))
      kept.push_back(getAffineDimExpr(i, context));
  return AffineMap::get(rank, 0, kept, context);
}

SymTensor lower::reduce(LoweringContext &ctx, const SymTensor &input, ArrayRef<int64_t> axes, bool keepdims,
                        TypedAttr init, BodyBuilder body) {
  MLIRContext *context = ctx.builder.getContext();
  Dims dims, kept = input.dims;
  for (int64_t i = 0; i < input.rank(); ++i) {
    if (llvm::is_contained(axes, i))
      kept[i] = ctx.constant(1);
    else
      dims.push_back(input.dims[i]);
  }
  AffineMap identity = AffineMap::getMultiDimIdentityMap(input.rank(), context);
  SymTensor folded = fold(ctx, Mapped{input, identity}, dropAxes(context, input.rank(), axes), dims, init, body);
  return keepdims ? reshape(ctx, folded, kept) : folded;
}

//===----------------------------------------------------------------------===//
// Views and copies
//===----------------------------------------------------------------------===//

/// A constant with the elements of the constant `tensor`, or null.
static Value reshapedConstant(LoweringContext &ctx, Value tensor, ArrayRef<SymExpr> dims) {
  ElementsAttr elements;
  RankedTensorType type = tensorType(dims, cast<RankedTensorType>(tensor.getType()).getElementType());
  if (!matchPattern(tensor, m_Constant(&elements)) || !type.hasStaticShape())
    return {};
  Attribute reshaped;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    reshaped = dense.reshape(type);
  else if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    reshaped = DenseResourceElementsAttr::get(type, resource.getRawHandle());
  else
    return {};
  Operation *op = tensor.getDefiningOp();
  Operation *made = op->getDialect()->materializeConstant(ctx.builder, reshaped, type, op->getLoc());
  return made ? made->getResult(0) : Value();
}

SymTensor lower::reshape(LoweringContext &ctx, const SymTensor &input, ArrayRef<SymExpr> dims) {
  if (sameSizes(ctx, input.dims, dims))
    return withDims(ctx, input, dims);
  if (Value constant = reshapedConstant(ctx, input.value, dims))
    return {constant, Dims(dims)};
  Value shape = ctx.sizes.tensor(dims);
  return {tensor::ReshapeOp::create(ctx.builder, tensorType(dims, input.elementType()), input.value, shape),
          Dims(dims)};
}

SymTensor lower::transpose(LoweringContext &ctx, const SymTensor &input, ArrayRef<int64_t> permutation) {
  Dims dims;
  SmallVector<AffineExpr> places(permutation.size());
  for (auto [i, from] : llvm::enumerate(permutation)) {
    dims.push_back(input.dims[from]);
    places[from] = ctx.builder.getAffineDimExpr(i);
  }
  AffineMap map = AffineMap::get(permutation.size(), 0, places, ctx.builder.getContext());
  return generic(ctx, Mapped{input, map}, dims, input.elementType(),
                 [](ImplicitLocOpBuilder &, ValueRange args) { return args.front(); });
}

SymTensor lower::slice(LoweringContext &ctx, const SymTensor &input, ArrayRef<SymExpr> offsets, ArrayRef<SymExpr> dims,
                       ArrayRef<int64_t> steps) {
  // A part without elements may lie behind the end, where no view can.
  if (llvm::any_of(dims, [](SymExpr size) { return sym::asConstant(size) == 0; }))
    return emptyTensor(ctx, dims, input.elementType());
  Value made = tensor::ExtractSliceOp::create(ctx.builder, tensorType(dims, input.elementType()), input.value,
                                              ctx.sizes.mixed(offsets), ctx.sizes.mixed(dims),
                                              getAsIndexOpFoldResult(ctx.builder.getContext(), steps));
  return {made, Dims(dims)};
}

SymTensor lower::insert(LoweringContext &ctx, const SymTensor &input, const SymTensor &into,
                        ArrayRef<SymExpr> offsets) {
  if (llvm::any_of(input.dims, [](SymExpr size) { return sym::asConstant(size) == 0; }))
    return into;
  SmallVector<OpFoldResult> ones(offsets.size(), ctx.builder.getIndexAttr(1));
  Value made = tensor::InsertSliceOp::create(ctx.builder, input.value, into.value, ctx.sizes.mixed(offsets),
                                             ctx.sizes.mixed(input.dims), ones);
  return {made, into.dims};
}

SymTensor lower::pad(LoweringContext &ctx, const SymTensor &input, ArrayRef<SymExpr> low, ArrayRef<SymExpr> high,
                     TypedAttr number) {
  Dims dims;
  for (int64_t i = 0; i < input.rank(); ++i)
    dims.push_back(sym::add(sym::add(input.dims[i], low[i]), high[i]));
  if (sameSizes(ctx, input.dims, dims))
    return input;
  return insert(ctx, input, filled(ctx, dims, number), low);
}
