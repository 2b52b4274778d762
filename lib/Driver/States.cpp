//===- States.cpp - inputs that a session keeps -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "States.h"

#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace rheobase;

namespace {

/// The names of the arguments, or of the results, in order.
SmallVector<StringRef> namesOf(ArrayAttr attrs, unsigned count) {
  SmallVector<StringRef> names(count);
  for (unsigned i = 0; i < count && attrs; ++i)
    if (auto name = cast<DictionaryAttr>(attrs[i]).getAs<StringAttr>(kNameAttr))
      names[i] = name;
  return names;
}

class Marker {
public:
  explicit Marker(func::FuncOp func)
      : func(func), inputs(namesOf(func.getArgAttrsAttr(), func.getNumArguments())),
        outputs(namesOf(func.getResAttrsAttr(), func.getNumResults())) {}

  /// INPUT=OUTPUT, or the beginning of the inputs' names.
  LogicalResult mark(StringRef given) {
    auto [input, output] = given.split('=');
    return given.contains('=') ? markPair(input, output) : markAll(given);
  }

  /// Sizes that only states have may be 0: the past of a new session.
  LogicalResult openSymbols();

private:
  LogicalResult markPair(StringRef input, StringRef output);
  LogicalResult markAll(StringRef prefix);

  func::FuncOp func;
  SmallVector<StringRef> inputs, outputs;
};

LogicalResult Marker::markPair(StringRef input, StringRef output) {
  const auto *in = llvm::find(inputs, input);
  if (in == inputs.end())
    return emitError(func.getLoc()) << "--state names the input '" << input
                                    << "', which the model does not have; its inputs are " << llvm::join(inputs, ", ");
  if (!llvm::is_contained(outputs, output))
    return emitError(func.getLoc()) << "--state names the output '" << output
                                    << "', which the model does not have; its outputs are "
                                    << llvm::join(outputs, ", ");
  unsigned number = in - inputs.begin(), result = llvm::find(outputs, output) - outputs.begin();
  auto from = cast<RankedTensorType>(func.getArgumentTypes()[number]);
  auto to = cast<RankedTensorType>(func.getResultTypes()[result]);
  if (from.getElementType() != to.getElementType() || from.getRank() != to.getRank())
    return emitError(func.getLoc()) << "--state pairs the input '" << input << "' (" << from << ") with the output '"
                                    << output << "' (" << to << "), one element type and rank expected";
  func.setArgAttr(number, kStateAttr, StringAttr::get(func.getContext(), output));
  return success();
}

/// Inputs PREFIX + rest belong to the outputs OTHER + rest, for the one OTHER that serves them all.
LogicalResult Marker::markAll(StringRef prefix) {
  SmallVector<StringRef> rests;
  for (StringRef input : inputs)
    if (input.starts_with(prefix))
      rests.push_back(input.drop_front(prefix.size()));
  if (rests.empty())
    return emitError(func.getLoc()) << "--state is '" << prefix << "', but no input's name begins so; the inputs are "
                                    << llvm::join(inputs, ", ");
  SmallVector<StringRef> others;
  for (StringRef output : outputs) {
    StringRef other = output;
    auto servesAll = [&](StringRef rest) {
      return llvm::any_of(outputs, [&](StringRef each) { return each == (other + rest).str(); });
    };
    if (other.consume_back(rests.front()) && llvm::all_of(rests, servesAll))
      others.push_back(other);
  }
  if (others.size() != 1)
    return emitError(func.getLoc()) << "--state is '" << prefix << "', but " << (others.empty() ? "no" : "several")
                                    << " outputs are named like its inputs; name each as --state INPUT=OUTPUT, from "
                                    << llvm::join(outputs, ", ");
  for (StringRef rest : rests)
    if (failed(markPair((prefix + rest).str(), (others.front() + rest).str())))
      return failure();
  return success();
}

LogicalResult Marker::openSymbols() {
  FailureOr<SmallVector<Symbol>> symbols = readSymbols(func);
  if (failed(symbols))
    return failure();
  llvm::StringSet<> ofCaller;
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (auto dims = func.getArgAttrOfType<ArrayAttr>(i, kDimsAttr); dims && !func.getArgAttr(i, kStateAttr))
      for (Attribute dim : dims)
        ofCaller.insert(cast<StringAttr>(dim).getValue());
  for (Symbol &symbol : *symbols)
    if (!ofCaller.contains(symbol.name))
      symbol.min = 0;
  writeSymbols(func, *symbols);
  return success();
}

} // namespace

LogicalResult rheobase::markStates(ModuleOp module, ArrayRef<std::string> states) {
  if (states.empty())
    return success();
  for (auto func : module.getOps<func::FuncOp>()) {
    Marker marker(func);
    for (const std::string &state : states)
      if (failed(marker.mark(state)))
        return failure();
    if (failed(marker.openSymbols()))
      return failure();
  }
  return success();
}
