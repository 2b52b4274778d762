//===- ParallelCode.cpp - several trains side by side ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Codes.h"
#include "dialects/spk/Spk.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace rheobase::spk;

LogicalResult ParallelCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bases,
                                       CodeInterface code) {
  if (code.getBaseCount() > 1)
    return emitError() << "parallel code is made of " << code << ", a code of one train expected";
  if (bases < 2 || bases > kMostBases)
    return emitError() << "parallel code has " << bases << " bases, 2 to " << kMostBases << " expected";
  return success();
}

unsigned ParallelCodeAttr::getPlaneCount() const {
  return getCode().getPlaneCount();
}
unsigned ParallelCodeAttr::getStepCount() const {
  return llvm::divideCeil(getCode().getStepCount(), getBases());
}
int64_t ParallelCodeAttr::getMax() const {
  return getCode().getMax();
}
int64_t ParallelCodeAttr::getMin() const {
  return getCode().getMin();
}
bool ParallelCodeAttr::getTruncates() const {
  return getCode().getTruncates();
}
int64_t ParallelCodeAttr::getPlaneWeight(unsigned plane) const {
  return getCode().getPlaneWeight(plane);
}
StringRef ParallelCodeAttr::getKind() const {
  return getCode().getKind();
}
unsigned ParallelCodeAttr::getBaseCount() const {
  return getBases();
}

Value ParallelCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  return getCode().emitSpike(b, loc, q, plane);
}

Value ParallelCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  return getCode().emitSpikeCount(b, loc, q);
}
