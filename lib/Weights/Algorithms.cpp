//===- Algorithms.cpp - the register of algorithms ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace rheobase::weights;

llvm::ArrayRef<const Algorithm *> rheobase::weights::algorithms() {
  static const Algorithm *const all[] = {&roundToNearest(), &leastSquares(), &wanda(), &gptq()};
  return all;
}

std::string rheobase::weights::algorithmNames() {
  return llvm::join(llvm::map_range(algorithms(), [](const Algorithm *each) { return each->name(); }), ", ");
}

const Algorithm *rheobase::weights::findAlgorithm(llvm::StringRef name) {
  const auto *found = llvm::find_if(algorithms(), [&](const Algorithm *each) { return each->name() == name; });
  return found == algorithms().end() ? nullptr : *found;
}
