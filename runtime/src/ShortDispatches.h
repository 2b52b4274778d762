//===- ShortDispatches.h - what one thread does alone -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_SHORTDISPATCHES_H
#define RHEOBASE_RUNTIME_SHORTDISPATCHES_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rheobase::runtime {

/// Which dispatches are over sooner than other threads could come: known from how long they took when they ran before.
/// It changes who computes what, never what is computed.
class ShortDispatches {
public:
  /// Of so many dispatches, none of them known to be short.
  explicit ShortDispatches(size_t count) : paces(count) {}

  bool contains(size_t dispatch) const { return paces[dispatch].isShort; }
  /// Whether to measure the run of the dispatch that is about to begin; now and then, as clocks take time too.
  bool isDue(size_t dispatch);
  /// Takes what that run took: of one thread where the dispatch is among the short ones, else of all.
  void note(size_t dispatch, std::chrono::nanoseconds time);

private:
  struct Pace {
    bool isShort = false;
    uint8_t wait = 0; ///< how many runs are not measured
  };
  std::vector<Pace> paces;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_SHORTDISPATCHES_H
