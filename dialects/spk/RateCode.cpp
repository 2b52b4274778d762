//===- RateCode.cpp - a number as a count of spikes --------------------------===//
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

CodeInterface RateCodeAttr::make(MLIRContext *context, const CodeRequest &request) {
  return cast<CodeInterface>(Attribute(get(context, request.steps, !request.isUnsigned, request.truncates)));
}

LogicalResult RateCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned planes, bool, bool) {
  return verifyPlanes(emitError, getMnemonic(), planes, 1, kMostSteps);
}

unsigned RateCodeAttr::getPlaneCount() const {
  return getPlanes();
}
unsigned RateCodeAttr::getStepCount() const {
  return getPlanes();
}
int64_t RateCodeAttr::getMax() const {
  return getPlanes();
}
int64_t RateCodeAttr::getMin() const {
  return getIsSigned() ? -getMax() : 0;
}
int64_t RateCodeAttr::getPlaneWeight(unsigned) const {
  return 1;
}

Value RateCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  CodeScalars s{{b, loc}};
  Value fires = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, s.magnitude(*this, q), plane);
  return s.spike(*this, q, arith::ExtUIOp::create(b, loc, b.getI32Type(), fires));
}

Value RateCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  CodeScalars s{{b, loc}};
  return s.magnitude(*this, q);
}
