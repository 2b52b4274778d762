//===- roofline.cpp - what this machine can do at most -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints as JSON, for each number of threads given (1 and 2 where none is), the rates that no kernel can beat:
// multiply-adds of f32 and of 8-bit integers out of registers, and bytes read from memory, with the best instruction
// that this CPU has. Each is the best of several runs, and, under "medians", their median: what other medians of the
// same minutes compare with, where neighbours share the memory.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <thread>
#include <vector>

namespace {

/// Accumulators in flight: more than latency times issue width of any core, few enough for 16 registers.
constexpr int kChains = 12;
constexpr int64_t kIterations = 1 << 20;
constexpr int kRepeats = 20;
constexpr size_t kBufferBytes = size_t(256) << 20; ///< of each thread, far beyond any cache
constexpr int kMostThreads = 1024;
constexpr double kGiga = 1e9;

/// A function that runs `step` (an expression of the accumulator `a` and an operand `x`) kIterations times on kChains
/// accumulators. A macro, because intrinsics can only be inlined into functions of their own target.
#define RHEOBASE_LOOP(NAME, FEATURES, ONE, STEP)                                                                       \
  __attribute__((target(FEATURES))) void NAME() {                                                                      \
    auto x = (ONE);                                                                                                    \
    decltype(x) chains[kChains] = {};                                                                                  \
    /* Operand and chains are unknown to the optimiser, and used in the end. */                                        \
    asm volatile("" : "+x"(x));                                                                                        \
    _Pragma("GCC unroll 12") for (auto &a : chains) asm volatile("" : "+x"(a));                                        \
    for (int64_t i = 0; i < kIterations; ++i)                                                                          \
      _Pragma("GCC unroll 12") for (auto &a : chains) a = (STEP);                                                      \
    _Pragma("GCC unroll 12") for (auto &a : chains) asm volatile("" : "+x"(a));                                        \
  }

RHEOBASE_LOOP(fma512, "avx512f", _mm512_set1_ps(1), _mm512_fmadd_ps(x, x, a))
RHEOBASE_LOOP(fma256, "avx2,fma", _mm256_set1_ps(1), _mm256_fmadd_ps(x, x, a))
RHEOBASE_LOOP(mulAdd128, "sse4.1", _mm_set1_ps(1), _mm_add_ps(_mm_mul_ps(x, a), x))
RHEOBASE_LOOP(vnni512, "avx512f,avx512vnni", _mm512_set1_epi8(1), _mm512_dpbusd_epi32(a, x, x))
RHEOBASE_LOOP(vnni256, "avx2,avxvnni", _mm256_set1_epi8(1), _mm256_dpbusd_avx_epi32(a, x, x))
RHEOBASE_LOOP(words256, "avx2", _mm256_set1_epi8(1), _mm256_add_epi32(a, _mm256_madd_epi16(x, _mm256_add_epi16(x, a))))
RHEOBASE_LOOP(words128, "sse4.1", _mm_set1_epi8(1), _mm_add_epi32(a, _mm_madd_epi16(x, _mm_add_epi16(x, a))))

#undef RHEOBASE_LOOP

/// A rate and the instruction behind it; `perStep` multiply-adds for every step of a loop above.
struct Rate {
  const char *instruction;
  int perStep;
  void (*loop)();
};

Rate floatRate() {
  if (__builtin_cpu_supports("avx512f"))
    return {"vfmadd zmm", 16, fma512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"vfmadd ymm", 8, fma256};
  return {"mulps, addps", 4, mulAdd128};
}

Rate integerRate() {
  if (__builtin_cpu_supports("avx512vnni"))
    return {"vpdpbusd zmm", 64, vnni512};
  if (__builtin_cpu_supports("avxvnni"))
    return {"vpdpbusd ymm", 32, vnni256};
  if (__builtin_cpu_supports("avx2"))
    return {"vpmaddwd ymm", 16, words256};
  return {"pmaddwd", 8, words128};
}

using Clock = std::chrono::steady_clock;

/// Seconds from the first of `threads` threads beginning `work` (given its number) to the last one ending it.
double timed(int threads, const std::function<void(int)> &work) {
  std::atomic<int> waiting{threads};
  std::vector<Clock::time_point> begins(threads), ends(threads);
  std::vector<std::thread> team;
  for (int i = 0; i < threads; ++i)
    team.emplace_back([&, i] {
      for (--waiting; waiting > 0;)
        std::this_thread::yield();
      begins[i] = Clock::now();
      work(i);
      ends[i] = Clock::now();
    });
  for (std::thread &thread : team)
    thread.join();
  auto begin = *std::min_element(begins.begin(), begins.end());
  return std::chrono::duration<double>(*std::max_element(ends.begin(), ends.end()) - begin).count();
}

/// What several runs took, in seconds.
struct Times {
  double best, median;
};

Times times(int threads, const std::function<void(int)> &work) {
  std::vector<double> seconds(kRepeats);
  for (double &each : seconds)
    each = timed(threads, work);
  std::sort(seconds.begin(), seconds.end());
  return {seconds.front(), seconds[kRepeats / 2]};
}

Times timesOf(const Rate &rate, int threads) {
  return times(threads, [&](int) { rate.loop(); });
}

/// Reads `size` bytes, four streams at a time: a single one leaves bandwidth unused on many cores.
void read(const char *data, size_t size) {
  constexpr int kStreams = 4;
  constexpr size_t kLine = 64;
  size_t part = size / kStreams;
  __m128i sums[kStreams] = {};
  for (size_t at = 0; at < part; at += kLine)
    for (int stream = 0; stream < kStreams; ++stream)
      for (size_t i = 0; i < kLine; i += sizeof(__m128i)) {
        const auto *from = reinterpret_cast<const __m128i *>(data + part * size_t(stream) + at + i);
        sums[stream] = _mm_xor_si128(sums[stream], _mm_load_si128(from));
      }
  for (__m128i &sum : sums)
    asm volatile("" : "+x"(sum));
}

struct Buffer {
  Buffer() : data(static_cast<char *>(std::aligned_alloc(4096, kBufferBytes))) {
    if (data)
      std::memset(data, 1, kBufferBytes);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { std::free(data); }
  char *data;
};

bool print(int threads, const char *separator) {
  std::vector<Buffer> buffers(threads);
  for (Buffer &buffer : buffers)
    if (!buffer.data) {
      std::fprintf(stderr, "roofline: no %zu bytes for each of %d threads: name fewer\n", kBufferBytes, threads);
      return false;
    }
  Rate floats = floatRate(), integers = integerRate();
  double steps = double(threads) * kIterations * kChains / kGiga;
  double bytes = double(threads) * double(kBufferBytes) / kGiga;
  Times reading = times(threads, [&](int i) { read(buffers[size_t(i)].data, kBufferBytes); });
  Times adding = timesOf(floats, threads), counting = timesOf(integers, threads);
  auto rates = [&](double Times::*which) {
    std::printf("\"f32_gfma\": %.2f, \"int8_gmac\": %.2f, \"read_gbs\": %.2f", steps * floats.perStep / adding.*which,
                steps * integers.perStep / counting.*which, bytes / reading.*which);
  };
  std::printf("%s\n \"%d\": {\"f32_instruction\": \"%s\", \"int8_instruction\": \"%s\", ", separator, threads,
              floats.instruction, integers.instruction);
  rates(&Times::best);
  std::printf(", \"medians\": {");
  rates(&Times::median);
  std::printf("}}");
  return true;
}

} // namespace

int main(int argc, char **argv) {
  __builtin_cpu_init();
  std::vector<int> counts;
  for (int i = 1; i < argc; ++i) {
    int threads = 0;
    const char *end = argv[i] + std::strlen(argv[i]);
    if (std::from_chars(argv[i], end, threads).ptr != end || threads < 1 || threads > kMostThreads) {
      std::fprintf(stderr, "roofline: '%s' is no number of threads, 1 to %d expected\n", argv[i], kMostThreads);
      return 1;
    }
    counts.push_back(threads);
  }
  if (counts.empty())
    counts = {1, 2};
  std::printf("{");
  for (size_t i = 0; i < counts.size(); ++i)
    if (!print(counts[i], i ? "," : ""))
      return 1;
  std::printf("\n}\n");
  return 0;
}
