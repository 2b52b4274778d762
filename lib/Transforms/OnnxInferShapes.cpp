//===- OnnxInferShapes.cpp - onnx-infer-shapes ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolSolver.h"
#include "dialects/rt/Rt.h"

#include "rheobase/Transforms/Passes.h"

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXINFERSHAPES
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;

/// What says the sizes of a function in symbols: its arguments, and the ops that measure.
namespace {
struct Sources {
  Sources(func::FuncOp func, const SymbolicShapes &shapes) : measured(shapes.symbols().size(), true) {
    for (BlockArgument argument : func.getArguments())
      sizes.emplace_back(shapes.shapeOf(argument));
    for (ArrayRef<SymExpr> dims : sizes)
      for (SymExpr dim : dims)
        for (unsigned symbol = 0; symbol < measured.size(); ++symbol)
          if (sym::mentions(dim, symbol))
            measured.reset(symbol);
    for (auto measure : func.getOps<rt::MeasureOp>()) {
      measures.push_back(measure);
      sizes.emplace_back(shapes.contentOf(measure.getResult()).value_or(ArrayRef<SymExpr>()));
    }
  }

  SmallVector<ArrayRef<SymExpr>> views() const {
    return llvm::map_to_vector(sizes, [](const SmallVector<SymExpr> &each) { return ArrayRef<SymExpr>(each); });
  }

  /// Those of the arguments, then those of the measures.
  SmallVector<SmallVector<SymExpr>> sizes;
  SmallVector<rt::MeasureOp> measures;
  /// Symbols that no argument mentions.
  llvm::SmallBitVector measured;
};
} // namespace

/// Writes the sizes, and the symbols that they still mention, into the function's attributes and the ops that measure.
/// Symbols are numbered anew in their old order.
static void writeSources(func::FuncOp func, ArrayRef<Symbol> symbols, const Sources &sources) {
  Builder builder(func.getContext());
  SmallVector<std::string> names = llvm::map_to_vector(symbols, [](const Symbol &symbol) { return symbol.name; });
  auto textsOf = [&](ArrayRef<SymExpr> sizes) {
    return builder.getArrayAttr(llvm::map_to_vector(
        sizes, [&](SymExpr size) -> Attribute { return builder.getStringAttr(sym::print(size, names)); }));
  };
  for (BlockArgument argument : func.getArguments()) {
    ArrayRef<SymExpr> dims = sources.sizes[argument.getArgNumber()];
    func.setArgAttr(argument.getArgNumber(), kDimsAttr, textsOf(dims));
    auto sizes =
        llvm::map_to_vector(dims, [](SymExpr dim) { return sym::asConstant(dim).value_or(ShapedType::kDynamic); });
    argument.setType(RankedTensorType::get(sizes, getElementTypeOrSelf(argument.getType())));
  }
  for (auto [i, measure] : llvm::enumerate(sources.measures))
    rt::MeasureOp(measure).setSizesAttr(textsOf(sources.sizes[func.getNumArguments() + i]));
  SmallVector<Symbol> kept;
  for (auto [i, symbol] : llvm::enumerate(symbols)) {
    auto mentioned = [i = i](SymExpr dim) { return sym::mentions(dim, i); };
    if (llvm::any_of(sources.sizes, [&](ArrayRef<SymExpr> sizes) { return llvm::any_of(sizes, mentioned); }))
      kept.push_back(symbol);
  }
  writeSymbols(func, kept);
}

/// Says what an equation told, and checks it against the ranges that the model was given.
static LogicalResult reportSolution(const Solution &solution, const SymbolicShapes &shapes) {
  std::string text;
  auto names = llvm::map_to_vector(solution.symbols, [](const Symbol &symbol) { return symbol.name; });
  for (auto [symbol, value] : llvm::zip_equal(shapes.symbols(), solution.replacements)) {
    if (!value)
      continue;
    std::string equation = symbol.name + " = " + sym::print(value, names);
    std::optional<int64_t> number = sym::asConstant(value);
    if (number && (*number < symbol.min || (symbol.max != 0 && *number > symbol.max)))
      return emitNodeError(solution.op) << "needs " << equation << ", expected a size of at least " << symbol.min
                                        << (symbol.max ? " and at most " + std::to_string(symbol.max) : std::string());
    text += (text.empty() ? "" : ", ") + equation;
  }
  for (auto [before, after] : llvm::zip_equal(shapes.symbols(), solution.symbols))
    if (before.name == after.name && (before.min != after.min || before.max != after.max))
      text += (text.empty() ? "" : ", ") + after.name + " from " + std::to_string(after.min) + " to " +
              std::to_string(after.max);
  emitRemark(solution.op->getLoc()) << nodeText(solution.op) << "inferred " << text;
  return success();
}

/// What remains after solving is checked in every run, as is all that is measured. Another equation that leaves few
/// choices is not: a size that is a known number must be given instead.
static LogicalResult reportAssumptions(const SymbolicShapes &shapes, const llvm::SmallBitVector &measured) {
  LogicalResult result = success();
  SmallVector<std::string> names = shapes.symbolNames();
  for (const Assumption &assumption : shapes.assumptions()) {
    bool toNumber = sym::asConstant(assumption.lhs) || sym::asConstant(assumption.rhs);
    if (assumption.kind != Assumption::Kind::Equal || !toNumber || mentionsAny(assumption, measured))
      continue;
    SymExpr difference = differenceOf(assumption, shapes);
    SymExpr factor = sym::divideExactly(sym::sub(assumption.lhs, assumption.rhs), difference);
    auto side = [&](SymExpr e) {
      SymExpr reduced = sym::divideExactly(e, factor);
      return shapes.print(reduced ? reduced : e);
    };
    std::string options;
    for (auto [i, name] : llvm::enumerate(names))
      if (sym::mentions(difference, i))
        options += " --dim " + name + "=VALUE";
    result = emitNodeError(assumption.op)
             << "needs " << side(assumption.lhs) << " == " << side(assumption.rhs)
             << ", expected dimensions that satisfy it for all their values; try" << options;
  }
  return result;
}

/// Gives every value the type that its shape says, and the function the types of its arguments and results.
static void refineTypes(func::FuncOp func, const SymbolicShapes &shapes) {
  func.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (shapes.hasShape(result) && isa<RankedTensorType>(result.getType()))
        result.setType(shapes.refinedType(result));
  });
  Block &body = func.getBody().front();
  func.setType(FunctionType::get(func.getContext(), body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
}

namespace {
struct OnnxInferShapes : rheobase::impl::OnnxInferShapesBase<OnnxInferShapes> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    if (failed(solve(func)))
      signalPassFailure();
  }

  /// Solves one equation per round: every one removes a symbol.
  LogicalResult solve(func::FuncOp func) {
    while (true) {
      FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
      if (failed(shapes))
        return failure();
      Sources sources(func, *shapes);
      std::optional<Solution> solution = solveSymbols(*shapes, sources.views(), sources.measured);
      if (!solution && failed(reportAssumptions(*shapes, sources.measured)))
        return failure();
      if (solution && failed(reportSolution(*solution, *shapes)))
        return failure();
      SmallVector<SymExpr> replacements = solution ? solution->replacements : SmallVector<SymExpr>();
      replacements.resize(shapes->symbols().size());
      for (SmallVector<SymExpr> &sizes : sources.sizes)
        for (SymExpr &size : sizes)
          size = sym::substitute(size, replacements);
      writeSources(func, solution ? ArrayRef<Symbol>(solution->symbols) : shapes->symbols(), sources);
      if (!solution) {
        refineTypes(func, *shapes);
        return success();
      }
    }
  }
};
} // namespace
