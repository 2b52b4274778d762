//===- Lifetimes.h - which intermediate results are there at once ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a buffer lies in the arena depends on sizes that come with a call, which lie beside it does not. The compiler
// says by the slots in which order buffers are placed; a buffer is placed above those before it in that order which are
// needed at the same time as it is, and only those. So whatever a file says, no two of them overlap.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_LIFETIMES_H
#define RHEOBASE_RUNTIME_LIFETIMES_H

#include "Status.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rheobase::runtime {

struct Model;

class Lifetimes {
public:
  /// The dispatches from the first that uses a buffer to the last one.
  struct Span {
    size_t first = SIZE_MAX, last = 0;

    bool isEmpty() const { return first > last; }
    bool contains(size_t dispatch) const { return first <= dispatch && dispatch <= last; }
  };

  /// `model` is checked. An error where more pairs of buffers are needed at once than any real program has.
  Status compute(const Model &model);

  /// Of a buffer.
  const Span &span(size_t buffer) const { return spans[buffer]; }
  /// The buffers of the arena that some dispatch uses, in the order in which they are placed.
  const std::vector<uint32_t> &placed() const { return order; }
  /// What the buffer number `position` of that order must lie above: those of them before it that are needed with it.
  template <typename Fn> void forEachBelow(size_t position, Fn fn) const {
    for (size_t i = begins[position]; i < begins[position + 1]; ++i)
      fn(below[i]);
  }

private:
  void computeSpans(const Model &model);
  Status computeBelow();

  std::vector<Span> spans;
  std::vector<uint32_t> order;
  /// Of each in `order`, one after the other.
  std::vector<uint32_t> below;
  std::vector<size_t> begins;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_LIFETIMES_H
