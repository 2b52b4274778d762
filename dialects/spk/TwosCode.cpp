//===- TwosCode.cpp - two's complement ---------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeScalars.h"
#include "dialects/spk/Codes.h"

using namespace mlir;
using namespace rheobase::spk;

CodeInterface TwosCodeAttr::make(MLIRContext *context, const CodeRequest &request) {
  // Without negative numbers there is no plane that weighs less than 0: what is left is the binary expansion.
  if (request.isUnsigned)
    return BinaryCodeAttr::make(context, request);
  return cast<CodeInterface>(Attribute(get(context, request.steps, request.truncates)));
}

LogicalResult TwosCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned planes, bool) {
  return verifyPlanes(emitError, getMnemonic(), planes, 2, kMostSteps);
}

unsigned TwosCodeAttr::getPlaneCount() const {
  return getPlanes();
}
unsigned TwosCodeAttr::getStepCount() const {
  return getPlanes();
}
int64_t TwosCodeAttr::getMax() const {
  return -getMin() - 1;
}
int64_t TwosCodeAttr::getMin() const {
  return -(int64_t(1) << (getPlanes() - 1));
}
int64_t TwosCodeAttr::getPlaneWeight(unsigned plane) const {
  return plane + 1 == getPlanes() ? getMin() : int64_t(1) << plane;
}

Value TwosCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  CodeScalars s{{b, loc}};
  return arith::TruncIOp::create(b, loc, b.getI8Type(), s.bit(s.wide(q), plane));
}

Value TwosCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  CodeScalars s{{b, loc}};
  // The storage may have more bits than there are planes.
  return s.ones(s.andI(s.wide(q), s.i32((int64_t(1) << getPlanes()) - 1)));
}
