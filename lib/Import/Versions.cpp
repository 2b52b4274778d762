//===- Versions.cpp - brings nodes to the dialect's forms -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Versions.h"
#include "Hints.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

/// The newest opset whose changes of meaning somebody has read; a later change needs a step, even if it looks additive.
static constexpr int64_t kReviewedOpset = 28;

const VersionStep *rheobase::findStep(StringRef op, int64_t since) {
  for (ArrayRef<VersionStep> steps : {inputSteps(), semanticSteps()})
    for (const VersionStep &step : steps)
      if (step.since == since && step.op == op)
        return &step;
  return nullptr;
}

static bool areAdditive(ArrayRef<ParameterSchema> older, ArrayRef<ParameterSchema> newer) {
  for (auto [before, after] : zip(older, newer))
    if (before.kind != after.kind && after.kind != ParameterSchema::Kind::Optional)
      return false;
  return older.size() <= newer.size() && all_of(newer.drop_front(older.size()), [](const ParameterSchema &added) {
           return added.kind == ParameterSchema::Kind::Optional;
         });
}

bool rheobase::isAdditive(const OperatorSchema &older, const OperatorSchema &newer) {
  if (newer.since > kReviewedOpset || !areAdditive(older.inputs, newer.inputs) ||
      !areAdditive(older.outputs, newer.outputs))
    return false;
  for (const AttributeSchema &before : older.attributes) {
    const AttributeSchema *after = newer.findAttribute(before.name);
    if (!after || after->kind != before.kind || (after->required && !before.required))
      return false;
  }
  return none_of(newer.attributes,
                 [&](const AttributeSchema &after) { return after.required && !older.findAttribute(after.name); });
}

/// From a form that is newer than the dialect's. Without a step both forms must allow the same nodes.
static LogicalResult bringDown(NodeForm &form, OpEmitter &emitter, const OperatorSchema &older,
                               const OperatorSchema &newer) {
  if (const VersionStep *step = findStep(form.op, newer.since))
    return step->rewrite(form, emitter);
  if (isAdditive(older, newer) && isAdditive(newer, older))
    return success();
  InFlightDiagnostic error = form.error();
  error << "opset " << newer.since << " changed the operator, the newest form known here is that of opset "
        << older.since;
  error.attachNote() << kNearestForm << "export the model with opset " << newer.since - 1 << " or older";
  return error;
}

LogicalResult rheobase::bringToDialectForm(NodeForm &form, OpEmitter &emitter) {
  ArrayRef<OperatorSchema> forms = formsOf(form.op);
  int64_t target = knownForm(form.op).since;
  for (size_t i = forms.size() - 1; i > 0; --i) {
    if (forms[i].since <= target || forms[i].since > form.version)
      continue;
    if (failed(bringDown(form, emitter, forms[i - 1], forms[i])))
      return failure();
  }
  for (const OperatorSchema &next : forms) {
    if (next.since <= form.version || next.since > target)
      continue;
    if (const VersionStep *step = findStep(form.op, next.since))
      if (failed(step->rewrite(form, emitter)) || !form.results.empty())
        return success(!form.results.empty());
  }
  form.version = target;
  return success();
}
