//===- Json.h - a JSON document, written in order ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_JSON_H
#define RHEOBASE_TOOLS_SNNRUN_JSON_H

#include <cstdint>
#include <string>

namespace rheobase::snnrun {

/// The caller opens and closes what it writes; commas and indentation come by themselves.
class Json {
public:
  Json &open(char bracket);
  Json &close();
  Json &key(const std::string &name);
  Json &value(const std::string &text);
  Json &value(const char *text) { return value(std::string(text)); }
  Json &value(bool truth);
  Json &value(double number);
  Json &value(int64_t number);
  Json &value(uint64_t number);
  template <typename T> Json &member(const std::string &name, T content) { return key(name).value(content); }

  /// The finished document, with a line end.
  const std::string &text();

private:
  void begin();
  Json &raw(const std::string &bytes);

  std::string document;
  std::string closers;
  bool first = true, afterKey = false;
};

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_JSON_H
