//===- Json.cpp - a JSON document, written in order -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include <cmath>
#include <cstdio>

using namespace rheobase::snnrun;

static std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof(escape), "\\u%04x", c);
      result += escape;
    } else {
      result += c;
    }
  }
  return result + '"';
}

/// The comma and the line before an element.
void Json::begin() {
  if (afterKey) {
    afterKey = false;
    return;
  }
  if (!first)
    document += ',';
  if (!closers.empty())
    document += '\n' + std::string(2 * closers.size(), ' ');
  first = false;
}

Json &Json::raw(const std::string &bytes) {
  begin();
  document += bytes;
  return *this;
}

Json &Json::open(char bracket) {
  begin();
  document += bracket;
  closers += bracket == '{' ? '}' : ']';
  first = true;
  return *this;
}

Json &Json::close() {
  char closer = closers.back();
  closers.pop_back();
  if (!first)
    document += '\n' + std::string(2 * closers.size(), ' ');
  document += closer;
  first = false;
  return *this;
}

Json &Json::key(const std::string &name) {
  raw(quoted(name) + ": ");
  afterKey = true;
  return *this;
}

Json &Json::value(const std::string &text) {
  return raw(quoted(text));
}
Json &Json::value(bool truth) {
  return raw(truth ? "true" : "false");
}
Json &Json::value(int64_t number) {
  return raw(std::to_string(number));
}
Json &Json::value(uint64_t number) {
  return raw(std::to_string(number));
}

Json &Json::value(double number) {
  if (!std::isfinite(number))
    return raw("null");
  char text[32];
  snprintf(text, sizeof(text), "%.9g", number);
  return raw(text);
}

const std::string &Json::text() {
  document += '\n';
  return document;
}
