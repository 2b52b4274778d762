//===- CodeChoice.h - which code a site has ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_CODECHOICE_H
#define RHEOBASE_CONVERSION_SPK_CODECHOICE_H

#include "dialects/spk/Codes.h"
#include "dialects/spk/Levels.h"
#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// The code that a pass gives the sites, and a site may have otherwise.
struct CodeChoice {
  /// Time steps of each train.
  unsigned steps;
  /// Trains side by side.
  unsigned bases;
  std::string kind = "binary";
  bool truncates = false;

  /// Steps that one train would have: its digits, the sign included.
  unsigned digits() const { return steps * bases; }

  /// Errors at `op` for what no code can be.
  mlir::LogicalResult verify(mlir::Operation *op) const;
  /// With what `site` says of itself.
  CodeChoice at(ObserveOp site) const;
  CodeInterface code(mlir::MLIRContext *context, bool isUnsigned) const;
  /// Of this kind, or binary where it has too few levels: the code of fewest steps that holds them.
  CodeInterface codeOf(mlir::MLIRContext *context, const Levels &levels) const;
  /// The code inside a normalisation: it is not contracted with weights, so that planes cost little there, and outlier
  /// channels ask for more.
  CodeInterface inner(mlir::MLIRContext *context) const;
};

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_CODECHOICE_H
