//===- ArenaOrder.cpp - in which order buffers go into the arena ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ArenaOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace llvm;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

using Order = std::vector<unsigned>;
using Neighbours = std::vector<std::vector<unsigned>>;

/// The positions in ascending order of a number, and where that is equal, as they are.
template <typename Fn> Order sortedBy(size_t count, Fn number) {
  Order order(count);
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](unsigned a, unsigned b) { return std::pair(number(a), a) < std::pair(number(b), b); });
  return order;
}

/// For each buffer the others that are needed at the same time.
Neighbours neighboursOf(ArrayRef<ArenaBuffer> buffers) {
  Neighbours neighbours(buffers.size());
  std::vector<unsigned> active;
  for (unsigned next : sortedBy(buffers.size(), [&](unsigned i) { return buffers[i].first; })) {
    llvm::erase_if(active, [&](unsigned other) { return buffers[other].last < buffers[next].first; });
    for (unsigned other : active) {
      neighbours[next].push_back(other);
      neighbours[other].push_back(next);
    }
    active.push_back(next);
  }
  return neighbours;
}

struct Place {
  int64_t begin = -1, end = -1;
};

/// The begin of the smallest gap between the places that `bytes` fit in, else behind the last.
int64_t bestFit(SmallVectorImpl<Place> &places, int64_t bytes) {
  llvm::sort(places, [](Place a, Place b) { return a.begin < b.begin; });
  int64_t free = 0, best = -1, smallest = 0;
  for (Place place : places) {
    int64_t gap = place.begin - free;
    if (gap >= bytes && (best < 0 || gap < smallest)) {
      best = free;
      smallest = gap;
    }
    free = std::max(free, place.end);
  }
  return best < 0 ? free : best;
}

/// Orders buffers from the bottom up, as they lie when they are placed one by one where each fits best.
class Search {
public:
  explicit Search(ArrayRef<ArenaBuffer> buffers) : buffers(buffers), neighbours(neighboursOf(buffers)) {
    for (unsigned call = 0, calls = buffers.front().bytes.size(); call < calls; ++call)
      live.push_back(std::max<int64_t>(1, liveBytes(buffers, call)));
  }

  Order best() {
    Order best;
    double least = 0;
    for (unsigned call = 0; call < live.size(); ++call)
      for (auto weigh : {bySize, bySizeAndTime, byTime}) {
        Order order = bottomUp(call, weigh);
        double ratio = worstRatio(order);
        if (best.empty() || ratio < least) {
          best = std::move(order);
          least = ratio;
        }
      }
    return best;
  }

private:
  using Weigh = double (*)(const ArenaBuffer &, unsigned call);
  /// The heaviest is placed first. Which of the three does best depends on the network.
  static double bySize(const ArenaBuffer &buffer, unsigned call) { return static_cast<double>(buffer.bytes[call]); }
  static double bySizeAndTime(const ArenaBuffer &buffer, unsigned call) {
    return bySize(buffer, call) * static_cast<double>(buffer.last - buffer.first + 1);
  }
  static double byTime(const ArenaBuffer &buffer, unsigned) { return -static_cast<double>(buffer.first); }

  Order bottomUp(unsigned call, Weigh weigh) const {
    std::vector<Place> places(buffers.size());
    SmallVector<Place> taken;
    for (unsigned next : sortedBy(buffers.size(), [&](unsigned i) { return -weigh(buffers[i], call); })) {
      taken.clear();
      for (unsigned other : neighbours[next])
        if (places[other].begin >= 0)
          taken.push_back(places[other]);
      int64_t begin = bestFit(taken, buffers[next].bytes[call]);
      places[next] = {begin, begin + buffers[next].bytes[call]};
    }
    return sortedBy(buffers.size(), [&](unsigned i) { return places[i].begin; });
  }

  double worstRatio(ArrayRef<unsigned> order) const {
    double worst = 0;
    for (unsigned call = 0; call < live.size(); ++call)
      worst = std::max(worst, static_cast<double>(arena(order, call)) / static_cast<double>(live[call]));
    return worst;
  }

public:
  int64_t arena(ArrayRef<unsigned> order, unsigned call) const {
    std::vector<int64_t> ends(buffers.size(), 0);
    int64_t all = 0;
    for (unsigned next : order) {
      int64_t begin = 0;
      for (unsigned other : neighbours[next])
        begin = std::max(begin, ends[other]);
      ends[next] = begin + buffers[next].bytes[call];
      all = std::max(all, ends[next]);
    }
    return all;
  }

private:
  ArrayRef<ArenaBuffer> buffers;
  Neighbours neighbours;
  SmallVector<int64_t> live;
};

} // namespace

std::vector<unsigned> codegen::arenaOrder(ArrayRef<ArenaBuffer> buffers) {
  return buffers.empty() ? Order() : Search(buffers).best();
}

int64_t codegen::arenaBytes(ArrayRef<ArenaBuffer> buffers, ArrayRef<unsigned> order, unsigned call) {
  return buffers.empty() ? 0 : Search(buffers).arena(order, call);
}

int64_t codegen::liveBytes(ArrayRef<ArenaBuffer> buffers, unsigned call) {
  int64_t most = 0, live = 0;
  SmallVector<std::pair<int64_t, int64_t>> changes;
  for (const ArenaBuffer &buffer : buffers) {
    changes.push_back({buffer.first, buffer.bytes[call]});
    changes.push_back({buffer.last + 1, -buffer.bytes[call]});
  }
  // What ends goes before what begins at the same dispatch.
  llvm::sort(changes);
  for (auto [dispatch, change] : changes)
    most = std::max(most, live += change);
  return most;
}
