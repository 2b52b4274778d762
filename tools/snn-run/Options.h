//===- Options.h - a command's options --------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_OPTIONS_H
#define RHEOBASE_TOOLS_SNNRUN_OPTIONS_H

#include <functional>
#include <string>
#include <vector>

namespace rheobase::snnrun {

/// Long options, "--name VALUE" or "--name=VALUE", and positional arguments, in any order. Errors are texts; an empty
/// one is success.
class Options {
public:
  /// `usage` follows the program's name; `about` is one sentence.
  Options(std::string usage, std::string about) : usage(std::move(usage)), about(std::move(about)) {}

  /// A file or the like, which must be given.
  void positional(const std::string &name, std::string &to);
  void flag(const std::string &name, const std::string &help, bool &to);
  void text(const std::string &name, const std::string &value, const std::string &help, std::string &to);
  /// May be given several times.
  void list(const std::string &name, const std::string &value, const std::string &help, std::vector<std::string> &to);
  /// A whole number from `least` on.
  void number(const std::string &name, const std::string &help, int64_t least, int64_t &to);
  /// A finite number that is not negative.
  void real(const std::string &name, const std::string &help, double &to);

  /// `wantsHelp` is set by --help, with which nothing else is asked for.
  std::string parse(const std::vector<std::string> &arguments, bool &wantsHelp);
  std::string help() const;

private:
  struct Option {
    std::string name;
    std::string value; ///< what its value is called; empty for a flag
    std::string help;
    std::function<std::string(const std::string &)> set;
  };
  const Option *find(const std::string &name) const;
  std::string unknown(const std::string &name) const;

  std::string usage, about;
  std::vector<Option> options;
  std::vector<std::pair<std::string, std::string *>> positionals;
};

/// The candidate that `word` was probably meant to be, or an empty string.
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

/// Whole text as a number; false where it is not one or does not fit.
bool parseInteger(const std::string &text, int64_t &to);
bool parseReal(const std::string &text, long double &to);

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_OPTIONS_H
