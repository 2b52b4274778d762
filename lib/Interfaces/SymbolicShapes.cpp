//===- SymbolicShapes.cpp - shapes as expressions over symbols -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace rheobase;

#include "rheobase/Interfaces/SymbolicShapeOpInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// Names and attributes
//===----------------------------------------------------------------------===//

std::string rheobase::nodeName(Operation *op) {
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  return op->getName().stripDialect().str();
}

std::string rheobase::nodeText(Operation *op) {
  return "node '" + nodeName(op) + "' (" + op->getName().getStringRef().str() + "): ";
}

InFlightDiagnostic rheobase::emitNodeError(Operation *op) {
  // Not op->emitError, which prints the op with all its constants.
  return emitError(op->getLoc()) << nodeText(op);
}

FailureOr<SmallVector<Symbol>> rheobase::readSymbols(func::FuncOp func) {
  SmallVector<Symbol> symbols;
  Attribute attribute = func->getAttr(kSymbolsAttr);
  if (!attribute)
    return symbols;
  auto array = dyn_cast<ArrayAttr>(attribute);
  if (!array)
    return func.emitError() << "attribute " << kSymbolsAttr << ": expected an array of {name, min, max}, found "
                            << attribute;
  for (Attribute element : array) {
    auto dict = dyn_cast<DictionaryAttr>(element);
    auto name = dict ? dict.getAs<StringAttr>("name") : StringAttr();
    auto min = dict ? dict.getAs<IntegerAttr>("min") : IntegerAttr();
    auto max = dict ? dict.getAs<IntegerAttr>("max") : IntegerAttr();
    if (!name || !min || !max || !min.getType().isInteger(64) || !max.getType().isInteger(64) || min.getInt() < 0 ||
        max.getInt() < 0 || (max.getInt() != 0 && max.getInt() < min.getInt()))
      return func.emitError() << "attribute " << kSymbolsAttr
                              << ": expected {name: string, min: i64 >= 0, max: i64 >= min, or 0}, found " << element;
    symbols.push_back({name.str(), min.getInt(), max.getInt()});
  }
  return symbols;
}

void rheobase::writeSymbols(func::FuncOp func, ArrayRef<Symbol> symbols) {
  Builder builder(func.getContext());
  SmallVector<Attribute> array;
  for (const Symbol &symbol : symbols)
    array.push_back(builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(symbol.name)),
                                               builder.getNamedAttr("min", builder.getI64IntegerAttr(symbol.min)),
                                               builder.getNamedAttr("max", builder.getI64IntegerAttr(symbol.max))}));
  if (array.empty())
    func->removeAttr(kSymbolsAttr);
  else
    func->setAttr(kSymbolsAttr, builder.getArrayAttr(array));
}

/// The dimensions of one argument, from its attribute and its type, which must agree.
static FailureOr<SmallVector<SymExpr>> readDims(func::FuncOp func, unsigned index, ArrayRef<std::string> names) {
  auto type = dyn_cast<RankedTensorType>(func.getArgument(index).getType());
  auto error = [&] { return func.emitError() << "argument " << index << ": "; };
  if (!type)
    return error() << "expected a ranked tensor, found " << func.getArgument(index).getType();
  SmallVector<SymExpr> dims;
  Attribute attribute = func.getArgAttr(index, kDimsAttr);
  if (!attribute && type.hasStaticShape()) {
    for (int64_t size : type.getShape())
      dims.push_back(getAffineConstantExpr(size, func.getContext()));
    return dims;
  }
  auto array = dyn_cast_if_present<ArrayAttr>(attribute);
  if (!array || array.size() != size_t(type.getRank()))
    return error() << "expected attribute " << kDimsAttr << " with " << type.getRank() << " dimensions for " << type;
  for (auto [size, element] : llvm::zip_equal(type.getShape(), array)) {
    auto text = dyn_cast<StringAttr>(element);
    SymExpr dim = text ? sym::parse(text, names, func.getContext()) : SymExpr();
    if (!dim)
      return error() << "dimension " << element << " in " << kDimsAttr << " is neither a symbol's name nor a number";
    std::optional<int64_t> known = sym::asConstant(dim);
    if (ShapedType::isDynamic(size) ? (known && *known < 0) : known != size)
      return error() << "dimension " << element << " in " << kDimsAttr << " does not agree with type " << type;
    dims.push_back(dim);
  }
  return dims;
}

//===----------------------------------------------------------------------===//
// Computation
//===----------------------------------------------------------------------===//

SymbolicShapes::SymbolicShapes(MLIRContext *context, ArrayRef<Symbol> symbols) : context(context), table(symbols) {}

FailureOr<SymbolicShapes> SymbolicShapes::forArguments(func::FuncOp func) {
  FailureOr<SmallVector<Symbol>> symbols = readSymbols(func);
  if (failed(symbols))
    return failure();
  SymbolicShapes shapes(func.getContext(), *symbols);
  SmallVector<std::string> names = shapes.symbolNames();
  for (BlockArgument argument : func.getArguments()) {
    FailureOr<SmallVector<SymExpr>> dims = readDims(func, argument.getArgNumber(), names);
    if (failed(dims))
      return failure();
    shapes.setResult(argument, cast<RankedTensorType>(argument.getType()).getElementType(), *dims);
  }
  return shapes;
}

FailureOr<SymbolicShapes> SymbolicShapes::compute(func::FuncOp func) {
  if (!func.getBody().hasOneBlock())
    return func.emitError() << "function @" << func.getName() << ": expected one block, found "
                            << func.getBody().getBlocks().size();
  FailureOr<SymbolicShapes> shapes = forArguments(func);
  if (failed(shapes))
    return failure();
  bool failedAny = false;
  for (Operation &op : func.getBody().front().without_terminator()) {
    // An op after a failed one would only repeat the failure.
    bool ready = llvm::all_of(op.getOperands(), [&](Value operand) {
      return !isa<RankedTensorType>(operand.getType()) || shapes->hasShape(operand);
    });
    auto model = dyn_cast<SymbolicShapeOpInterface>(op);
    if (!model && llvm::any_of(op.getResultTypes(), [](Type type) { return isa<RankedTensorType>(type); })) {
      failedAny = true;
      emitNodeError(&op) << "no shape function, expected an operator that has one";
    } else if (model && ready) {
      failedAny |= failed(model.inferSymbolicShapes(*shapes));
    }
  }
  if (failedAny)
    return failure();
  return shapes;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

SmallVector<std::string> SymbolicShapes::symbolNames() const {
  return llvm::map_to_vector(table, [](const Symbol &symbol) { return symbol.name; });
}

SymExpr SymbolicShapes::addSymbol(Symbol symbol) {
  table.push_back(std::move(symbol));
  return getAffineSymbolExpr(table.size() - 1, context);
}

SmallVector<Interval> SymbolicShapes::ranges() const {
  return llvm::map_to_vector(table, [](const Symbol &symbol) {
    return Interval{symbol.min, symbol.max == 0 ? std::nullopt : std::optional<int64_t>(symbol.max)};
  });
}

ArrayRef<SymExpr> SymbolicShapes::shapeOf(Value value) const {
  auto it = shapes.find(value);
  return it == shapes.end() ? ArrayRef<SymExpr>() : ArrayRef<SymExpr>(it->second);
}

void SymbolicShapes::setShape(Value value, ArrayRef<SymExpr> dims) {
  // A copy first: `dims` may be this value's own.
  std::vector<SymExpr> copy(dims.begin(), dims.end());
  for (SymExpr &dim : copy)
    dim = settled(dim);
  shapes[value] = std::move(copy);
  // The memory of an erased value may serve a new one.
  contents.erase(value);
}

/// The number, where the symbols' ranges leave only one.
SymExpr SymbolicShapes::settled(SymExpr e) const {
  if (!e || asConstant(e) || sym::asSymbol(e))
    return e;
  Interval range = sym::rangeOf(e, ranges());
  return range.min && range.min == range.max ? constant(*range.min) : e;
}

Type SymbolicShapes::elementTypeOf(Value value) const {
  if (Type known = elementTypes.lookup(value))
    return known;
  return getElementTypeOrSelf(value.getType());
}

void SymbolicShapes::setResult(Value value, Type elementType, ArrayRef<SymExpr> dims) {
  setShape(value, dims);
  elementTypes[value] = elementType;
}

std::optional<ArrayRef<SymExpr>> SymbolicShapes::partialContentOf(Value value) const {
  auto it = contents.find(value);
  if (it == contents.end())
    return std::nullopt;
  return ArrayRef<SymExpr>(it->second);
}

std::optional<ArrayRef<SymExpr>> SymbolicShapes::contentOf(Value value) const {
  std::optional<ArrayRef<SymExpr>> content = partialContentOf(value);
  if (content && llvm::is_contained(*content, SymExpr()))
    return std::nullopt;
  return content;
}

void SymbolicShapes::setContent(Value value, ArrayRef<SymExpr> elements) {
  std::vector<SymExpr> copy(elements.begin(), elements.end());
  contents[value] = std::move(copy);
}

std::optional<SmallVector<int64_t>> SymbolicShapes::constantContentOf(Value value) const {
  std::optional<ArrayRef<SymExpr>> content = partialContentOf(value);
  if (!content)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (SymExpr element : *content) {
    std::optional<int64_t> number = asConstant(element);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

RankedTensorType SymbolicShapes::refinedType(Value value) const {
  SmallVector<int64_t> sizes =
      llvm::map_to_vector(shapeOf(value), [](SymExpr dim) { return asConstant(dim).value_or(ShapedType::kDynamic); });
  return RankedTensorType::get(sizes, elementTypeOf(value));
}

std::string SymbolicShapes::print(ArrayRef<SymExpr> dims) const {
  return "[" + llvm::join(llvm::map_range(dims, [&](SymExpr dim) { return print(dim); }), ", ") + "]";
}

//===----------------------------------------------------------------------===//
// What must hold
//===----------------------------------------------------------------------===//

bool SymbolicShapes::provablyAtMost(SymExpr a, SymExpr b) const {
  std::optional<int64_t> least = minOf(sym::sub(b, a));
  return least && *least >= 0;
}

bool SymbolicShapes::provablyDifferent(SymExpr a, SymExpr b) const {
  Interval difference = sym::rangeOf(sym::sub(a, b), ranges());
  return (difference.min && *difference.min > 0) || (difference.max && *difference.max < 0);
}

/// Constants before symbols before everything else; the rest in a fixed order.
static bool isSimpler(SymExpr a, SymExpr b) {
  auto grade = [](SymExpr e) { return sym::asConstant(e) ? 0 : sym::asSymbol(e) ? 1 : 2; };
  if (grade(a) != grade(b))
    return grade(a) < grade(b);
  if (std::optional<unsigned> x = sym::asSymbol(a))
    return *x < *sym::asSymbol(b);
  auto size = [](SymExpr e) {
    unsigned nodes = 0;
    e.walk([&](AffineExpr) { ++nodes; });
    return nodes;
  };
  return size(a) < size(b);
}

std::optional<Symbol> SymbolicShapes::narrow(unsigned number, SymExpr e) const {
  Symbol symbol = table[number];
  int direction = sym::directionOf(e, number, ranges());
  auto holdsAt = [&](int64_t size) {
    SmallVector<int64_t> sizes(table.size(), size);
    return sym::evaluate(e, sizes).value_or(-1) >= 0;
  };
  // Larger sizes than these are no dimensions; the limit keeps the arithmetic within 63 bits.
  constexpr int64_t kLargest = INT32_MAX;
  int64_t low = symbol.min, high = symbol.max == 0 ? kLargest : std::min(symbol.max, kLargest);
  if (direction == 0 || low > high || !holdsAt(direction > 0 ? high : low))
    return std::nullopt;
  while (low < high) {
    int64_t middle = low + (high - low + (direction < 0)) / 2;
    bool holds = holdsAt(middle);
    if (direction > 0)
      (holds ? high : low) = holds ? middle : middle + 1;
    else
      (holds ? low : high) = holds ? middle : middle - 1;
  }
  (direction > 0 ? symbol.min : symbol.max) = low;
  return symbol;
}

SymExpr SymbolicShapes::unify(SymExpr a, SymExpr b, Operation *op) {
  if (a == b)
    return a;
  if (!a || !b || provablyDifferent(a, b))
    return SymExpr();
  if (provablyAtMost(a, b) && provablyAtMost(b, a))
    return isSimpler(b, a) ? b : a;
  if (isSimpler(b, a))
    std::swap(a, b);
  bool known = llvm::any_of(assumed, [&](const Assumption &other) {
    return other.kind == Assumption::Kind::Equal && other.lhs == a && other.rhs == b;
  });
  if (!known)
    assumed.push_back({Assumption::Kind::Equal, a, b, op});
  return a;
}

bool SymbolicShapes::narrowToAtMost(SymExpr a, SymExpr b) {
  SymExpr difference = sym::sub(b, a);
  std::optional<unsigned> symbol = sym::onlySymbol(difference);
  std::optional<Symbol> narrowed = symbol ? narrow(*symbol, difference) : std::nullopt;
  if (narrowed)
    table[*symbol] = *narrowed;
  return narrowed.has_value();
}

LogicalResult SymbolicShapes::requireAtMost(SymExpr a, SymExpr b, Operation *op) {
  if (!a || !b)
    return failure();
  if (provablyAtMost(a, b))
    return success();
  std::optional<int64_t> most = maxOf(sym::sub(b, a));
  if (most && *most < 0)
    return failure();
  if (narrowToAtMost(a, b))
    return success();
  assumed.push_back({Assumption::Kind::AtMost, a, b, op});
  return success();
}
