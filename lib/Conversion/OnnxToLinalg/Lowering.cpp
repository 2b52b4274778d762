//===- Lowering.cpp - the frame of the lowering to linalg ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/ScalarBuilder.h"
#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/ScopedPrinter.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

const LoweringInterface *LoweringInterface::tableOf(Operation *op) {
  Dialect *dialect = op->getDialect();
  return dialect ? dialect->getRegisteredInterface<LoweringInterface>() : nullptr;
}

bool LoweringInterface::takesNarrow(Operation *op) {
  const LoweringInterface *table = tableOf(op);
  return table && table->narrow.contains(op->getName().getStringRef());
}

const LoweringFunction *LoweringInterface::find(Operation *op) {
  const LoweringInterface *table = tableOf(op);
  if (!table)
    return nullptr;
  auto found = table->functions.find(op->getName().getStringRef());
  return found == table->functions.end() ? nullptr : &found->second;
}

LogicalResult LoweringContext::unsupported(Operation *op, const Twine &found, const Twine &expected,
                                           const Twine &hint) const {
  return emitError(op->getLoc()) << "cannot lower '" << op->getName() << "': found " << found << ", expected "
                                 << expected << "; " << hint;
}

bool LoweringContext::isAnsweredByContent(Operation *op) const {
  return op->getNumResults() > 0 && isPure(op) && !op->hasTrait<OpTrait::ConstantLike>() &&
         llvm::all_of(op->getResults(), [&](Value result) {
           auto type = dyn_cast<RankedTensorType>(result.getType());
           return type && isa<IntegerType>(type.getElementType()) && !isNarrow(type.getElementType()) &&
                  shapes.contentOf(result).has_value();
         });
}

Value LoweringContext::content(Value value) {
  Type element = storedType(cast<RankedTensorType>(value.getType()).getElementType());
  RankedTensorType type = tensorType(dimsOf(value), element);
  std::optional<SmallVector<int64_t>> numbers = shapes.constantContentOf(value);
  if (!numbers)
    return sizes.tensor(*shapes.contentOf(value), type);
  SmallVector<Attribute> elements;
  for (int64_t number : *numbers)
    elements.push_back(IntegerAttr::get(element, number));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(value.getParentBlock());
  Operation *op = value.getDefiningOp();
  Attribute attribute = DenseElementsAttr::get(type, elements);
  if (Operation *made = op->getDialect()->materializeConstant(builder, attribute, type, op->getLoc()))
    return made->getResult(0);
  return arith::ConstantOp::create(builder, type, cast<TypedAttr>(attribute));
}

Value LoweringContext::lookup(Value value) {
  auto found = lowered_.find(value);
  if (found != lowered_.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  if (!op || !isAnsweredByContent(op))
    return {};
  Value made = content(value);
  lowered_[value] = made;
  return made;
}

void LoweringContext::replace(Value value, const SymTensor &tensor) {
  lowered_[value] = withDims(*this, tensor, dimsOf(value)).value;
}

LogicalResult LoweringContext::lowerReturn(func::ReturnOp op) {
  for (OpOperand &operand : op->getOpOperands()) {
    Value made = lookup(operand.get());
    if (!made)
      return failure();
    auto type = cast<RankedTensorType>(operand.get().getType());
    Type element = type.getElementType();
    operand.set(withType(builder, made, isNarrow(element) ? type.clone(storedType(element)) : type));
  }
  return success();
}

/// Whether code can be made for the elements of a tensor; what is no tensor is the affair of its dialect.
static bool isSupported(Type type, bool takesNarrow) {
  if (isa<UnrankedTensorType>(type))
    return false;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return true;
  Type element = tensor.getElementType();
  if (isNarrow(element))
    return takesNarrow;
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element) || element.isInteger(1))
    return true;
  return isa<IntegerType>(element) && llvm::is_contained({8u, 16u, 32u, 64u}, element.getIntOrFloatBitWidth());
}

/// The lowerings build what the types say: they must be of elements that code can be made for, and agree with the
/// shapes.
LogicalResult LoweringContext::checkTypes(Operation *op) const {
  for (ValueRange values : {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Value value : values)
      if (!isSupported(value.getType(), LoweringInterface::takesNarrow(op)))
        return unsupported(op, llvm::to_string(value.getType()),
                           "a ranked tensor of floats of 16 to 64 bits, integers of 8 to 64 bits or bools",
                           "cast to one of them");
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !shapes.hasShape(result))
      continue;
    RankedTensorType known = shapes.refinedType(result);
    if (known.getElementType() != type.getElementType() ||
        failed(verifyCompatibleShape(known.getShape(), type.getShape())))
      return unsupported(op, "a result of " + llvm::to_string(type), llvm::to_string(known),
                         "run --onnx-infer-shapes first");
  }
  return success();
}

LogicalResult LoweringContext::lowerOp(Operation *op) {
  builder.setLoc(op->getLoc());
  builder.setInsertionPoint(op);
  if (auto returned = dyn_cast<func::ReturnOp>(op))
    return lowerReturn(returned);
  if (failed(checkTypes(op)))
    return failure();
  if (isAnsweredByContent(op))
    return success();
  const LoweringFunction *function = LoweringInterface::find(op);
  if (!function)
    return unsupported(op, "an operator without a lowering", "one that the compiler supports",
                       "run with --check to see every such operator");
  return (*function)(op, *this);
}

LogicalResult LoweringContext::lowerOps(ArrayRef<Operation *> ops) {
  bool failed = false;
  for (Operation *op : ops) {
    // What depends on an op that has failed is not reported: the first error says it all.
    bool ready = llvm::all_of(op->getOperands(), [&](Value operand) { return lookup(operand) != nullptr; });
    failed |= !ready || mlir::failed(lowerOp(op));
  }
  return failure(failed);
}

/// Gives every argument its known dimensions and the element type of memory. What becomes codes is returned: the casts
/// whose results are the arguments to be, which keep their types while others ask for them.
static SmallVector<UnrealizedConversionCastOp> lowerArguments(func::FuncOp func, LoweringContext &ctx) {
  SmallVector<UnrealizedConversionCastOp> codes;
  ctx.builder.setInsertionPointToStart(&func.getBody().front());
  for (BlockArgument argument : func.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    Type element = type.getElementType(), stored = storedType(element);
    RankedTensorType known = tensorType(ctx.dimsOf(argument), stored);
    if (!isNarrow(element)) {
      ctx.replace(argument, withType(ctx.builder, argument, known));
      continue;
    }
    codes.push_back(UnrealizedConversionCastOp::create(ctx.builder, type.clone(stored), ValueRange(argument)));
    SymTensor made{withType(ctx.builder, codes.back().getResult(0), known), ctx.dimsOf(argument)};
    uint8_t mask = codeMask(element);
    if (mask != 0xff)
      made = mapElements(ctx, made, stored, [&](ImplicitLocOpBuilder &b, ValueRange x) {
        ScalarBuilder s(b);
        return s.bitAnd(x[0], s.integer(x[0], mask));
      });
    ctx.replace(argument, made);
  }
  return codes;
}

/// Arguments and results of narrow types become codes, and say what callers know them as.
static void storeSignature(func::FuncOp func, ArrayRef<UnrealizedConversionCastOp> codes) {
  for (UnrealizedConversionCastOp cast : codes) {
    auto argument = llvm::cast<BlockArgument>(cast.getOperand(0));
    Type element = llvm::cast<RankedTensorType>(argument.getType()).getElementType();
    func.setArgAttr(argument.getArgNumber(), kElementAttr, TypeAttr::get(element));
    argument.setType(cast.getResult(0).getType());
    cast.getResult(0).replaceAllUsesWith(argument);
    cast.erase();
  }
  for (auto [number, type] : llvm::enumerate(func.getResultTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && isNarrow(tensor.getElementType()))
      func.setResultAttr(number, kElementAttr, TypeAttr::get(tensor.getElementType()));
  Block &block = func.getBody().front();
  func.setType(
      FunctionType::get(func.getContext(), block.getArgumentTypes(), block.getTerminator()->getOperandTypes()));
}

/// What the shapes took for granted about open sizes is checked in every call: a <= b as the index a below b + 1.
static void checkAssumptions(func::FuncOp func, LoweringContext &ctx) {
  auto check = [&](SymExpr least, SymExpr most) {
    auto type = RankedTensorType::get({1}, ctx.builder.getI64Type());
    Value limit = ctx.sizes.value(sym::add(most, ctx.constant(1)));
    rt::CheckIndicesOp::create(ctx.builder, ctx.sizes.tensor(least, type), limit);
  };
  for (const Assumption &assumed : ctx.shapes.assumptions()) {
    ctx.builder.setInsertionPoint(assumed.op);
    ctx.builder.setLoc(assumed.op->getLoc());
    check(assumed.lhs, assumed.rhs);
    if (assumed.kind == Assumption::Kind::Equal)
      check(assumed.rhs, assumed.lhs);
  }
}

LogicalResult rheobase::lowerToLinalg(func::FuncOp func) {
  if (!func.getBody().hasOneBlock())
    return func.emitError("found a function of several blocks or none, expected one; inline control flow first");
  for (Type type : func.getFunctionType().getInputs())
    if (!isa<RankedTensorType>(type))
      return func.emitError() << "found an argument of type " << type << ", expected a ranked tensor; import it again";
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
  if (failed(shapes))
    return failure();
  // What an op requires of a symbol narrows its range, which the program's signature states.
  writeSymbols(func, shapes->symbols());
  Block &block = func.getBody().front();
  auto originals = llvm::map_to_vector(block, [](Operation &op) { return &op; });

  LoweringContext ctx(func, *shapes);
  checkAssumptions(func, ctx);
  SmallVector<UnrealizedConversionCastOp> codes = lowerArguments(func, ctx);
  if (failed(ctx.lowerOps(originals)))
    return failure();
  for (Operation *op : llvm::reverse(originals))
    if (op->use_empty() && !op->hasTrait<OpTrait::IsTerminator>())
      op->erase();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op) && !isa<UnrealizedConversionCastOp>(op))
      op.erase();
  storeSignature(func, codes);
  return success();
}
