//===- Versions.h - brings nodes to the dialect's forms ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_VERSIONS_H
#define RHEOBASE_LIB_IMPORT_VERSIONS_H

#include "NodeForm.h"
#include "OpEmitter.h"

namespace rheobase {

/// A change of form that must be rewritten. Changes without a step are additive: new optional inputs and attributes
/// whose defaults are the old behaviour, and more element types.
struct VersionStep {
  llvm::StringLiteral op;
  /// The opset that made the change.
  int64_t since;
  /// Rewrites the form before the change into the form after it; or back, where the dialect has the form before it.
  /// May make the whole node's ops and set `results` instead.
  llvm::LogicalResult (*rewrite)(NodeForm &form, OpEmitter &emitter);
};

/// Attributes that became inputs (VersionsInputs.cpp).
llvm::ArrayRef<VersionStep> inputSteps();
/// Changes of meaning, and what was taken away (VersionsSemantics.cpp).
llvm::ArrayRef<VersionStep> semanticSteps();

const VersionStep *findStep(llvm::StringRef op, int64_t since);

/// True where every node that is valid in `older` means the same in `newer`, judged by their schemas.
bool isAdditive(const OperatorSchema &older, const OperatorSchema &newer);

/// Rewrites `form` step by step into the form that the dialect has. Reports forms that are not understood.
llvm::LogicalResult bringToDialectForm(NodeForm &form, OpEmitter &emitter);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_VERSIONS_H
