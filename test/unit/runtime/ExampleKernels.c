//===- ExampleKernels.c - kernels as flat, position-independent code ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All functions lie in one section of their own and refer to nothing outside it, not even to constants: the bytes of
// that section are an image such as an artifact holds. Compiled with the options that CMakeLists.txt sets for it.
//
//===----------------------------------------------------------------------===//

#include <stdint.h>

#define KERNEL __attribute__((section("rheobase_example"), used))

KERNEL int64_t example_double(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const float *x = buffers[0];
  float *y = buffers[1];
  for (int64_t i = begin * sizes[0]; i < end * sizes[0]; ++i)
    y[i] = x[i] + x[i];
  return 0;
}

KERNEL int64_t example_add_rows(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const float *x = buffers[0];
  const int64_t *index = buffers[1];
  const float *rows = buffers[2];
  float *y = buffers[3];
  for (int64_t row = begin; row < end; ++row) {
    if (index[row] < 0 || index[row] >= sizes[1])
      return 1;
    for (int64_t i = 0; i < sizes[0]; ++i)
      y[row * sizes[0] + i] = x[row * sizes[0] + i] + rows[index[row] * sizes[0] + i];
  }
  return 0;
}

KERNEL int64_t example_count_positives(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const float *x = buffers[0];
  uint64_t *counters = buffers[1];
  for (int64_t i = begin * sizes[0]; i < end * sizes[0]; ++i)
    counters[0] += x[i] > 0;
  counters[1] += (uint64_t)(end - begin);
  return 0;
}
