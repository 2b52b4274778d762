//===- SpkCacheCodes.cpp - spk-cache-codes ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CachedSite.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/MapVector.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKCACHECODES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// What the steps of a state are called beside its codes.
constexpr StringLiteral kSteps = ":steps";

struct SpkCacheCodes : rheobase::spk::impl::SpkCacheCodesBase<SpkCacheCodes> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    auto ret = dyn_cast<func::ReturnOp>(func.front().getTerminator());
    auto isState = [&](unsigned number) { return func.getArgAttr(number, kStateAttr) != nullptr; };
    if (!ret || llvm::none_of(llvm::seq(func.getNumArguments()), isState))
      return;
    FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
    if (failed(shapes))
      return signalPassFailure();
    llvm::MapVector<StringRef, SmallVector<std::string>> left;
    for (unsigned i = 0, n = func.getNumArguments(); i < n; ++i) {
      std::optional<unsigned> result = resultOf(func, i);
      if (!result || !isF32(func.getArgument(i)))
        continue;
      StringRef why;
      if (std::optional<CachedSite> site = CachedSite::of(func.getArgument(i), ret->getOperand(*result), *shapes, why))
        keepCodes(func, ret, *site);
      else
        left[why].push_back(func.getArgAttrOfType<StringAttr>(i, kNameAttr).str());
    }
    for (auto &[why, names] : left)
      func.emitWarning() << "state '" << names.front() << "'"
                         << (names.size() > 1 ? " and " + std::to_string(names.size() - 1) + " more stay" : " stays")
                         << " f32, not codes: " << why;
    func.setFunctionType(FunctionType::get(&getContext(), func.front().getArgumentTypes(), ret.getOperandTypes()));
  }

private:
  static bool isF32(Value v) { return cast<RankedTensorType>(v.getType()).getElementType().isF32(); }

  /// The result that is the next value of the state in argument `number`; nothing where that is no state.
  static std::optional<unsigned> resultOf(func::FuncOp func, unsigned number) {
    auto state = func.getArgAttrOfType<StringAttr>(number, kStateAttr);
    for (unsigned i = 0; state && i < func.getNumResults(); ++i)
      if (func.getResultAttr(i, kNameAttr) == state)
        return i;
    return std::nullopt;
  }

  static void keepCodes(func::FuncOp func, func::ReturnOp ret, CachedSite &site) {
    Value steps;
    if (site.hasRowSteps())
      steps = addSteps(func, site.past.getArgNumber());
    CachedSite::Joined joined = site.rewrite(steps);
    if (joined.steps)
      ret->insertOperands(ret->getNumOperands(), joined.steps);
  }

  /// A state beside that of argument `number`, with a step for each row of it, as an argument and a result more.
  static Value addSteps(func::FuncOp func, unsigned number) {
    Builder b(func.getContext());
    auto type = cast<RankedTensorType>(func.getArgument(number).getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = 1;
    auto suffixed = [&](StringRef attr) {
      return b.getStringAttr(func.getArgAttrOfType<StringAttr>(number, attr).str() + kSteps);
    };
    SmallVector<Attribute> dims(func.getArgAttrOfType<ArrayAttr>(number, kDimsAttr).getValue());
    dims.back() = b.getStringAttr("1");
    NamedAttribute attrs[] = {b.getNamedAttr(kNameAttr, suffixed(kNameAttr)),
                              b.getNamedAttr(kStateAttr, suffixed(kStateAttr)),
                              b.getNamedAttr(kDimsAttr, b.getArrayAttr(dims))};
    auto named = b.getDictionaryAttr(b.getNamedAttr(kNameAttr, suffixed(kStateAttr)));
    unsigned last = func.getNumArguments();
    (void)func.insertResult(func.getNumResults(), type.clone(shape), named);
    (void)func.insertArgument(last, type.clone(shape), b.getDictionaryAttr(attrs), func.getLoc());
    return func.getArgument(last);
  }
};

} // namespace
