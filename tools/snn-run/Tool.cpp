//===- Tool.cpp - what all commands share ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tool.h"

#include "Options.h"

#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <unistd.h>

using namespace rheobase::snnrun;

static volatile std::sig_atomic_t interruptSeen = 0;

int rheobase::snnrun::fail(const std::string &text, int code) {
  fprintf(stderr, "snn-run: error: %s\n", text.c_str());
  return code;
}

void rheobase::snnrun::catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interruptSeen = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

bool rheobase::snnrun::interrupted() {
  return interruptSeen != 0;
}

ProgressLine::~ProgressLine() {
  if (shown)
    fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(const std::string &text) {
  static const bool terminal = isatty(STDERR_FILENO);
  if (!terminal)
    return;
  fprintf(stderr, "\r%s\x1b[K", text.c_str());
  shown = true;
}

std::string rheobase::snnrun::format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  std::string text(std::max(vsnprintf(nullptr, 0, pattern, arguments), 0), '\0');
  vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  va_end(arguments);
  return text;
}

std::string rheobase::snnrun::table(const std::vector<std::vector<std::string>> &rows, size_t leftColumns) {
  std::vector<size_t> widths;
  for (const std::vector<std::string> &row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string result;
  for (const std::vector<std::string> &row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string pad(widths[i] - row[i].size(), ' ');
      line += (i ? "  " : "") + (i < leftColumns ? row[i] + pad : pad + row[i]);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

bool rheobase::snnrun::parseOptions(Options &options, const std::vector<std::string> &arguments, int &code) {
  bool wantsHelp = false;
  std::string failure = options.parse(arguments, wantsHelp);
  if (failure.empty() && !wantsHelp)
    return true;
  if (wantsHelp)
    fputs(options.help().c_str(), stdout);
  code = wantsHelp ? kSuccess : fail(failure, kWrongUsage);
  return false;
}
