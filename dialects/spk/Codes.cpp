//===- Codes.cpp - the kinds of codes by name --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Codes.h"

#include "dialects/spk/Spk.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

template <typename AttrTy> constexpr CodeKind kindOf(llvm::StringLiteral inner = AttrTy::getMnemonic()) {
  return {AttrTy::getMnemonic(), AttrTy::make, inner};
}

constexpr CodeKind kKinds[] = {
    kindOf<BinaryCodeAttr>(),
    kindOf<TwosCodeAttr>(),
    kindOf<DigitsCodeAttr>(),
    kindOf<RateCodeAttr>(/*inner=*/BinaryCodeAttr::getMnemonic()),
};

} // namespace

ArrayRef<CodeKind> rheobase::spk::codeKinds() {
  return kKinds;
}

std::string rheobase::spk::codeKindNames() {
  return llvm::join(llvm::map_range(kKinds, [](const CodeKind &kind) { return kind.name; }), ", ");
}

const CodeKind *rheobase::spk::findCodeKind(StringRef name) {
  const CodeKind *found = llvm::find_if(kKinds, [&](const CodeKind &kind) { return kind.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

CodeInterface rheobase::spk::makeCode(MLIRContext *context, const CodeKind &kind, const CodeRequest &request) {
  CodeInterface code = kind.make(context, request);
  return request.bases > 1 ? cast<CodeInterface>(Attribute(ParallelCodeAttr::get(context, request.bases, code))) : code;
}
