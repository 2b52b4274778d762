//===- BinaryCode.cpp - binary expansion of a number -------------------------===//
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

CodeInterface BinaryCodeAttr::make(MLIRContext *context, const CodeRequest &request) {
  unsigned planes = request.isUnsigned ? request.steps : request.steps - 1;
  return cast<CodeInterface>(Attribute(get(context, planes, !request.isUnsigned, request.truncates)));
}

LogicalResult BinaryCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned planes, bool isSigned,
                                     bool) {
  return verifyPlanes(emitError, getMnemonic(), planes, 1, isSigned ? kMostSteps - 1 : kMostSteps);
}

unsigned BinaryCodeAttr::getPlaneCount() const {
  return getPlanes();
}
unsigned BinaryCodeAttr::getStepCount() const {
  return getPlanes() + (getIsSigned() ? 1 : 0);
}
int64_t BinaryCodeAttr::getMax() const {
  return (int64_t(1) << getPlanes()) - 1;
}
int64_t BinaryCodeAttr::getMin() const {
  return getIsSigned() ? -getMax() : 0;
}
int64_t BinaryCodeAttr::getPlaneWeight(unsigned plane) const {
  return int64_t(1) << plane;
}

Value BinaryCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  CodeScalars s{{b, loc}};
  return s.spike(*this, q, s.bit(s.magnitude(*this, q), plane));
}

Value BinaryCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  CodeScalars s{{b, loc}};
  return s.ones(s.magnitude(*this, q));
}
