//===- Options.cpp - a command's options ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "Tool.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

using namespace rheobase::snnrun;

bool rheobase::snnrun::parseInteger(const std::string &text, int64_t &to) {
  char *end = nullptr;
  errno = 0;
  to = strtoll(text.c_str(), &end, 10);
  return !text.empty() && !isspace(static_cast<unsigned char>(text[0])) && *end == '\0' && errno == 0;
}

bool rheobase::snnrun::parseReal(const std::string &text, long double &to) {
  char *end = nullptr;
  to = strtold(text.c_str(), &end);
  return !text.empty() && !isspace(static_cast<unsigned char>(text[0])) && *end == '\0';
}

/// Insertions, removals and replacements between two words.
static size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string rheobase::snnrun::nearest(const std::string &word, const std::vector<std::string> &candidates) {
  static constexpr size_t kLongestWord = 64;
  std::string best;
  if (word.size() > kLongestWord)
    return best;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string &candidate : candidates)
    if (size_t distance = editDistance(word, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  return best;
}

void Options::positional(const std::string &name, std::string &to) {
  positionals.emplace_back(name, &to);
}

void Options::flag(const std::string &name, const std::string &help, bool &to) {
  options.push_back({name, "", help, [&to](const std::string &) {
                       to = true;
                       return std::string();
                     }});
}

void Options::text(const std::string &name, const std::string &value, const std::string &help, std::string &to) {
  options.push_back({name, value, help, [&to](const std::string &given) {
                       to = given;
                       return std::string();
                     }});
}

void Options::list(const std::string &name, const std::string &value, const std::string &help,
                   std::vector<std::string> &to) {
  options.push_back({name, value, help, [&to](const std::string &given) {
                       to.push_back(given);
                       return std::string();
                     }});
}

void Options::number(const std::string &name, const std::string &help, int64_t least, int64_t &to) {
  options.push_back({name, "N", help, [&to, least](const std::string &given) -> std::string {
                       if (parseInteger(given, to) && to >= least)
                         return {};
                       return "'" + given + "', expected a whole number from " + std::to_string(least) + " on";
                     }});
}

void Options::real(const std::string &name, const std::string &help, double &to) {
  options.push_back({name, "X", help, [&to](const std::string &given) -> std::string {
                       long double value = 0;
                       if (!parseReal(given, value) || !std::isfinite(value) || value < 0)
                         return "'" + given + "', expected a number that is not negative";
                       to = static_cast<double>(value);
                       return {};
                     }});
}

const Options::Option *Options::find(const std::string &name) const {
  auto found = std::find_if(options.begin(), options.end(), [&](const Option &o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}

std::string Options::unknown(const std::string &name) const {
  std::vector<std::string> names = {"help"};
  for (const Option &option : options)
    names.push_back(option.name);
  std::string best = nearest(name, names);
  return "unknown option '--" + name + "'" + (best.empty() ? ", see --help" : ", did you mean '--" + best + "'?");
}

std::string Options::parse(const std::vector<std::string> &arguments, bool &wantsHelp) {
  wantsHelp = false;
  size_t given = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') {
      if (given == positionals.size())
        return "unexpected argument '" + argument + "', see --help";
      *positionals[given++].second = argument;
      continue;
    }
    size_t equals = argument.find('='), start = argument.find_first_not_of('-');
    std::string name = start < equals ? argument.substr(start, equals - start) : "";
    if (name == "help" || name == "h") {
      wantsHelp = true;
      return {};
    }
    const Option *option = find(name);
    if (!option || start != 2)
      return unknown(name);
    std::string value;
    if (option->value.empty() && equals != std::string::npos)
      return "option '--" + name + "' takes no value";
    if (equals != std::string::npos)
      value = argument.substr(equals + 1);
    else if (!option->value.empty() && ++i == arguments.size())
      return format("option '--%s' needs a value: --%s %s", name.c_str(), name.c_str(), option->value.c_str());
    else if (!option->value.empty())
      value = arguments[i];
    if (std::string failure = option->set(value); !failure.empty())
      return format("option '--%s': %s", name.c_str(), failure.c_str());
  }
  if (given < positionals.size())
    return "no " + positionals[given].first + " given; usage: snn-run " + usage;
  return {};
}

std::string Options::help() const {
  std::string result = about + "\n\nusage: snn-run " + usage + "\n";
  size_t width = 0;
  for (const Option &option : options)
    width = std::max(width, option.name.size() + option.value.size());
  for (const Option &option : options) {
    std::string left = "--" + option.name + (option.value.empty() ? "" : " ") + option.value;
    result += "  " + left + std::string(width + 5 - left.size(), ' ') + option.help + "\n";
  }
  return result;
}
