//===- CodeChoice.cpp - which code a site has --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/CodeChoice.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

LogicalResult CodeChoice::verify(Operation *op) const {
  if (!findCodeKind(kind))
    return op->emitError() << "code is '" << kind << "', one of " << codeKindNames() << " expected";
  if (steps < kFewestSteps || steps > kMostSteps)
    return op->emitError() << "steps is " << steps << ", " << kFewestSteps << " to " << kMostSteps << " expected";
  if (bases < 1 || bases > kMostBases)
    return op->emitError() << "bases is " << bases << ", 1 to " << kMostBases << " expected";
  if (digits() > kMostSteps)
    return op->emitError() << steps << " steps on " << bases << " bases are " << digits() << " digits, at most "
                           << kMostSteps << " expected; fewer of one of them";
  return success();
}

CodeChoice CodeChoice::at(ObserveOp site) const {
  CodeChoice here = *this;
  here.kind = site.getCode().value_or(kind).str();
  here.steps = static_cast<unsigned>(site.getSteps().value_or(steps));
  here.bases = static_cast<unsigned>(site.getBases().value_or(bases));
  return here;
}

CodeInterface CodeChoice::code(MLIRContext *context, bool isUnsigned) const {
  return makeCode(context, *findCodeKind(kind), {digits(), isUnsigned, truncates, bases});
}

CodeInterface CodeChoice::codeOf(MLIRContext *context, const Levels &levels) const {
  bool isUnsigned = levels.low >= 0;
  for (StringRef name : {StringRef(kind), StringRef(BinaryCodeAttr::getMnemonic())})
    for (unsigned digits = isUnsigned ? 1 : kFewestSteps; digits <= kMostSteps; ++digits) {
      CodeInterface code = makeCode(context, *findCodeKind(name), {digits, isUnsigned, /*truncates=*/false});
      if (code.getMin() <= levels.low && code.getMax() >= levels.high)
        return code;
    }
  llvm_unreachable("the levels of a site, which are verified, fit a binary code");
}

CodeInterface CodeChoice::inner(MLIRContext *context) const {
  constexpr unsigned kUsual = 8, kEnough = 13;
  const CodeKind &inner = *findCodeKind(findCodeKind(kind)->inner);
  return makeCode(context, inner, {digits() <= kUsual ? kEnough : kMostSteps, /*isUnsigned=*/false, truncates, bases});
}
