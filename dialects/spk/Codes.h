//===- Codes.h - the kinds of codes by name ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_CODES_H
#define RHEOBASE_DIALECTS_SPK_CODES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace rheobase::spk {

class CodeInterface;

/// The fewest steps of a train, and the most of a code in all its trains.
inline constexpr unsigned kFewestSteps = 2, kMostSteps = 16;
/// So many trains of the fewest steps make up a code of the most.
inline constexpr unsigned kMostBases = kMostSteps / kFewestSteps;

/// What a code is made for.
struct CodeRequest {
  /// Time steps that one train would have.
  unsigned steps = 8;
  /// No number is negative.
  bool isUnsigned = false;
  /// Cut toward zero, else to the nearest.
  bool truncates = false;
  /// Trains side by side, which share the steps.
  unsigned bases = 1;
};

/// A kind of code, which --code and the attribute `code` of a site name. To add one: an attribute in SpkAttrs.td, its
/// file, and its line in Codes.cpp.
struct CodeKind {
  llvm::StringLiteral name;
  CodeInterface (*make)(mlir::MLIRContext *context, const CodeRequest &request);
  /// The kind that codes inside a normalisation have: its inputs have outliers and are not contracted with weights, so
  /// that they need many levels and may have more planes.
  llvm::StringLiteral inner;
};

llvm::ArrayRef<CodeKind> codeKinds();
/// Their names, for a message.
std::string codeKindNames();
/// Null where no kind has this name.
const CodeKind *findCodeKind(llvm::StringRef name);

/// The code of a kind on as many trains as asked for.
CodeInterface makeCode(mlir::MLIRContext *context, const CodeKind &kind, const CodeRequest &request);

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_CODES_H
