//===- Events.h - how lists of events and their weights are stored --*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_EVENTS_H
#define RHEOBASE_LIB_CODEGEN_EVENTS_H

#include <cstdint>

namespace rheobase::codegen {

/// Columns whose sums stay in registers while the events of a row are walked: a cache line of bytes, or four of f32.
inline constexpr int64_t kEventLanes = 64;

/// Events of bytes that are taken at once: lists are filled up to a multiple.
inline constexpr int64_t kListedBytes = 4;

/// Room beyond a row's inputs: lists of rows whose size is a power of two would all lie in the same few sets of a
/// cache.
inline constexpr int64_t kListSpread = 16;

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_EVENTS_H
