//===- OptionValues.h - what an option may hold ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNN_OPT_OPTIONVALUES_H
#define RHEOBASE_TOOLS_SNN_OPT_OPTIONVALUES_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Neurons/Fit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"

namespace rheobase {

namespace cl = llvm::cl;

using Names = std::vector<std::string>;

/// LLVM keeps a pointer to a category for good.
cl::OptionCategory &optionCategory();

/// Prints an error of the command line.
void complain(const llvm::Twine &text);

bool isGiven(const cl::Option &option);

// The readers below say what is wrong, and return false.

/// An option that takes one of a few names; its help lists them.
class NameOption {
public:
  NameOption(llvm::StringRef flag, Names names, llvm::StringRef initially, const llvm::Twine &what)
      : help((what + ": " + llvm::join(names, ", ") + (initially.empty() ? "" : " (default " + initially + ")")).str()),
        names(std::move(names)),
        option(flag, cl::desc(help), cl::value_desc("NAME"), cl::init(initially.str()), cl::cat(optionCategory())) {}

  const std::string &value() const { return option.getValue(); }
  const cl::Option &asOption() const { return option; }
  /// Leaves `value` as it is where the option is not given.
  void giveTo(std::string &value) const;
  bool check() const;

private:
  std::string help;
  Names names;
  cl::opt<std::string> option;
};

bool isOneOf(llvm::StringRef flag, llvm::StringRef value, const Names &names);
bool isWithin(const cl::opt<double> &option, double least, double most, const llvm::Twine &expected);

/// NAME=VALUE or NAME=MIN..MAX.
bool readDim(llvm::StringRef text, llvm::StringMap<DimRange> &dims);
/// The name of a format of weights.
bool readWeights(llvm::StringRef text);
/// A..B.
bool readRange(llvm::StringRef text, neurons::Interval &interval);
/// An exponent from 0 to 1, or auto.
bool readMigration(llvm::StringRef text, CompileOptions &options);
/// A share of a whole, more than 0 and at most 1: 0.5% or 0.005.
bool readRelative(llvm::StringRef flag, llvm::StringRef text, double &relative);
/// A number of bytes: 40MB, 1.5 GB or 100000.
bool readSize(llvm::StringRef flag, llvm::StringRef text, std::optional<double> &bytes);
/// Leaves `phase` where the option is not given.
bool readPhase(const cl::opt<std::string> &option, Phase &phase);

} // namespace rheobase

#endif // RHEOBASE_TOOLS_SNN_OPT_OPTIONVALUES_H
