//===- Tool.h - what all commands share -------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_TOOL_H
#define RHEOBASE_TOOLS_SNNRUN_TOOL_H

#include <string>
#include <vector>

namespace rheobase::snnrun {

/// Exit codes of the program.
enum Exit { kSuccess = 0, kFailure = 1, kWrongUsage = 2, kInterrupted = 130 };

/// Prints "snn-run: error: TEXT".
int fail(const std::string &text, int code = kFailure);

/// From here on Ctrl-C asks the running command to end; a second one ends it at once.
void catchInterrupts();
bool interrupted();

/// A line that is rewritten as work goes on: on a terminal only, on stderr.
class ProgressLine {
public:
  ~ProgressLine();
  void show(const std::string &text);

private:
  bool shown = false;
};

std::string format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/// Columns padded to their widest cell; cells of the first `leftColumns` columns are aligned to the left.
std::string table(const std::vector<std::vector<std::string>> &rows, size_t leftColumns);

/// The commands. `arguments` follow the command's name.
int runCommand(const std::vector<std::string> &arguments);
int benchCommand(const std::vector<std::string> &arguments);
int inspectCommand(const std::vector<std::string> &arguments);
int compareCommand(const std::vector<std::string> &arguments);
int generateCommand(const std::vector<std::string> &arguments);
int evalCommand(const std::vector<std::string> &arguments);

class Options;
/// Parses and deals with --help and errors; false: end with `code`.
bool parseOptions(Options &options, const std::vector<std::string> &arguments, int &code);

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_TOOL_H
