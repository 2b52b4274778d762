//===- OptionValues.cpp - what an option may hold -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionValues.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace rheobase;

cl::OptionCategory &rheobase::optionCategory() {
  static cl::OptionCategory it("Compiling a model");
  return it;
}

void rheobase::complain(const llvm::Twine &text) {
  llvm::WithColor::error(llvm::errs(), "snn-opt") << text << "\n";
}

bool rheobase::isOneOf(llvm::StringRef flag, llvm::StringRef value, const Names &names) {
  bool is = llvm::is_contained(names, value);
  if (!is)
    complain("--" + flag + " is '" + value + "', one of " + llvm::join(names, ", ") + " expected");
  return is;
}

bool NameOption::check() const {
  return !option.getNumOccurrences() || isOneOf(option.ArgStr, option, names);
}

bool rheobase::isGiven(const cl::Option &option) {
  return option.getNumOccurrences() > 0;
}

void NameOption::giveTo(std::string &value) const {
  if (isGiven(option))
    value = option.getValue();
}

bool rheobase::isWithin(const cl::opt<double> &option, double least, double most, const llvm::Twine &expected) {
  bool is = option >= least && option <= most;
  if (!is)
    complain("--" + option.ArgStr + " is " + llvm::formatv("{0}", option.getValue()).str() + ", " + expected +
             " expected");
  return is;
}

bool rheobase::readDim(llvm::StringRef text, llvm::StringMap<DimRange> &dims) {
  auto [name, value] = text.split('=');
  auto [low, high] = value.split("..");
  DimRange range;
  bool isRange = value.contains("..");
  bool bad = name.empty() || low.getAsInteger(10, range.min) || range.min < 0;
  range.max = range.min;
  bad |= isRange && (high.getAsInteger(10, range.max) || range.max < range.min);
  if (bad)
    complain("--dim is '" + text + "', NAME=VALUE or NAME=MIN..MAX expected, for example --dim batch=1..32");
  else if (bad = !dims.try_emplace(name, range).second; bad)
    complain("--dim gives '" + name + "' twice, once expected");
  return !bad;
}

bool rheobase::readRange(llvm::StringRef text, neurons::Interval &interval) {
  auto [low, high] = text.split("..");
  double lower = 0, upper = 0;
  bool bad = low.getAsDouble(lower) || high.getAsDouble(upper);
  if (bad)
    complain("--range is '" + text + "', A..B expected, for example --range=-8..8");
  interval = {static_cast<float>(lower), static_cast<float>(upper)};
  return !bad;
}

bool rheobase::readWeights(llvm::StringRef text) {
  bool ok = choices::areWeights(text);
  if (!ok)
    complain("--weights is '" + text + "', " + choices::weightsPatterns() + " expected");
  return ok;
}

bool rheobase::readMigration(llvm::StringRef text, CompileOptions &options) {
  options.searchMigration = text == "auto";
  double exponent = 0;
  bool ok = options.searchMigration || (!text.getAsDouble(exponent) && exponent >= 0 && exponent <= 1);
  if (!ok)
    complain("--migrate is '" + text + "', 0 to 1 or auto expected");
  else if (!options.searchMigration)
    options.migrate = exponent;
  return ok;
}

bool rheobase::readRelative(llvm::StringRef flag, llvm::StringRef text, double &relative) {
  llvm::StringRef number = text;
  constexpr double percent = 100;
  double unit = number.consume_back("%") ? percent : 1;
  bool bad = number.getAsDouble(relative);
  relative /= unit;
  bad |= !(relative > 0 && relative <= 1);
  if (bad)
    complain("--" + flag + " is '" + text + "', a share above 0 and up to 1 expected, for example --" + flag + "=0.5%");
  return !bad;
}

bool rheobase::readSize(llvm::StringRef flag, llvm::StringRef text, std::optional<double> &bytes) {
  llvm::StringRef number = text;
  double unit = 1, count = 0;
  for (auto [name, factor] : {std::pair("GB", 1e9), std::pair("MB", 1e6), std::pair("kB", 1e3)})
    if (number.consume_back(name)) {
      unit = factor;
      break;
    }
  bool bad = number.trim().getAsDouble(count) || !(count > 0) || !std::isfinite(count);
  if (bad)
    complain("--" + flag + " is '" + text + "', a number of bytes expected, for example --" + flag + "=40MB");
  else
    bytes = count * unit;
  return !bad;
}

bool rheobase::readPhase(const cl::opt<std::string> &option, Phase &phase) {
  if (!isGiven(option))
    return true;
  if (!isOneOf(option.ArgStr, option, choices::phases()))
    return false;
  phase = *phaseByName(option);
  return true;
}
