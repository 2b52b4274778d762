//===- ExpandElementwise.cpp - sums, conversions, gates -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "Tensors.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

void expandCastLike(Expander &e) {
  NamedAttribute attributes[] = {e.attr("to", int64_t(elementKindOf(e.type(e.input(1))).number)),
                                 e.attr("saturate", e.intOr("saturate", 1)),
                                 e.attr("round_mode", StringRef(e.textOr("round_mode", "up")))};
  e.result(0, e.op("Cast", e.input(0), attributes));
}

Value sum(Expander &e) {
  Value total = e.input(0);
  for (size_t i = 1; i < e.inputCount(); ++i)
    total = e.add(total, e.input(i));
  return total;
}

void expandSum(Expander &e) {
  e.result(0, sum(e));
}

void expandMean(Expander &e) {
  Value total = sum(e);
  e.result(0, e.div(total, e.numberLike(double(e.inputCount()), total)));
}

void expandSwiGLU(Expander &e) {
  Value gate = e.op("Swish", e.input(0), e.attrOfFloat("alpha", e.floatOr("alpha", 1)));
  e.result(0, e.mul(gate, e.input(1)));
}

constexpr NamedExpansion kExpansions[] = {
    {"CastLike", expandCastLike},
    {"Mean", expandMean},
    {"Sum", expandSum},
    {"SwiGLU", expandSwiGLU},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::elementwiseExpansions() {
  return kExpansions;
}
