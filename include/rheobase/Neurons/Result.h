//===- Result.h - a value or an error's text -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_RESULT_H
#define RHEOBASE_NEURONS_RESULT_H

#include <optional>
#include <string>
#include <utility>

namespace rheobase::neurons {

/// An error: lower-case text without a full stop, ready to follow the name of a node.
struct Error {
  std::string text;
};

/// A value, or the text that says why there is none.
template <typename T> class Result {
public:
  Result(T value) : content(std::move(value)) {}
  Result(Error error) : text(std::move(error.text)) {}

  explicit operator bool() const { return content.has_value(); }
  T &operator*() { return *content; }
  const T &operator*() const { return *content; }
  T *operator->() { return &*content; }
  const T *operator->() const { return &*content; }

  /// The text of the error; empty where there is a value.
  const std::string &error() const { return text; }

private:
  std::optional<T> content;
  std::string text;
};

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_RESULT_H
