//===- ShortDispatches.cpp - what one thread does alone -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShortDispatches.h"

using namespace rheobase::runtime;

/// What all threads do in so little time may be short for one of them, and what takes one no longer than this is. The
/// way to another thread and back is about a microsecond.
static constexpr std::chrono::nanoseconds kPromising(2500), kShort(4000);

/// Runs between two measurements, and after one that found a dispatch too long for one thread.
static constexpr uint8_t kSeldom = 15, kHardly = 255;

bool ShortDispatches::isDue(size_t dispatch) {
  uint8_t &wait = paces[dispatch].wait;
  if (wait == 0)
    return true;
  --wait;
  return false;
}

void ShortDispatches::note(size_t dispatch, std::chrono::nanoseconds time) {
  Pace &pace = paces[dispatch];
  if (pace.isShort) {
    pace.isShort = time <= kShort;
    pace.wait = pace.isShort ? kSeldom : kHardly;
  } else {
    pace.isShort = time <= kPromising;
    pace.wait = pace.isShort ? 0 : kSeldom;
  }
}
