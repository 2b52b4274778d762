//===- ArenaOrder.h - in which order buffers go into the arena --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime knows the sizes of a call and puts every buffer right above those before it that are needed at the same
// time. In which order they come decides how much of the arena lies idle. It is found here, on sizes that calls may
// have.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_ARENAORDER_H
#define RHEOBASE_LIB_CODEGEN_ARENAORDER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace rheobase::codegen {

/// A buffer that is needed from the dispatch `first` to `last`.
struct ArenaBuffer {
  /// In each of the calls that are compared.
  llvm::SmallVector<int64_t, 4> bytes;
  int64_t first, last;
};

/// The positions of all buffers in the order to place them, for which the arena of the worst call is at most
/// insignificantly larger than what is needed at once, where that is found.
std::vector<unsigned> arenaOrder(llvm::ArrayRef<ArenaBuffer> buffers);

/// What the arena takes in a call with buffers placed in this order.
int64_t arenaBytes(llvm::ArrayRef<ArenaBuffer> buffers, llvm::ArrayRef<unsigned> order, unsigned call);

/// The most bytes that are needed at once in a call.
int64_t liveBytes(llvm::ArrayRef<ArenaBuffer> buffers, unsigned call);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_ARENAORDER_H
