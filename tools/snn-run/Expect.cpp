//===- Expect.cpp - found against expected --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expect.h"

#include "Feeds.h"
#include "Options.h"
#include "Tool.h"

#include "npy/Numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace rheobase;
using namespace rheobase::snnrun;
using npy::Array;

void Expectations::add(Options &options) {
  options.list("expect", "NAME=VALUE", "what an output must be; VALUE as for --input", single);
  options.list("expect-all", "FILE.npz", "what every output must be: arrays named like them, or out:NAME", files);
  options.real("atol", "accepted difference (1e-5)", atol);
  options.real("rtol", "and accepted difference relative to the expected number (1e-5)", rtol);
}

/// [1, 0, 3]
static std::string indexText(size_t flat, const std::vector<int64_t> &dims) {
  std::string text = "]";
  for (size_t i = dims.size(); i-- > 0;) {
    text.insert(0, (i ? ", " : "") + std::to_string(flat % static_cast<size_t>(dims[i])));
    flat /= static_cast<size_t>(dims[i]);
  }
  return "[" + text;
}

std::string Expectations::checkOne(const std::string &name, const Array &found, const Array &given) const {
  Array expected = given;
  npy::readAs(expected, found.dtype);
  if (found.dims != expected.dims)
    return "output '" + name + "' is " + npy::typeText(found.dtype, found.dims) + ", expected " +
           npy::typeText(expected.dtype, expected.dims);
  long double largest = 0;
  size_t count = static_cast<size_t>(found.elements()), wrong = 0, first = 0;
  for (size_t i = 0; i < count; ++i) {
    long double a = npy::number(found, i), b = npy::number(expected, i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    long double difference = std::fabs(a - b);
    largest = std::max(largest, difference);
    bool close = std::isfinite(b) && difference <= atol + rtol * std::fabs(b);
    if (!close && wrong++ == 0)
      first = i;
  }
  if (wrong == 0) {
    printf("output '%s' is as expected: %zu numbers, largest difference %.3Lg\n", name.c_str(), count, largest);
    return {};
  }
  return format("output '%s' at %s is %.9Lg, expected %.9Lg; %zu of %zu numbers differ by more than %g + %g relative, "
                "at most by %.3Lg",
                name.c_str(), indexText(first, found.dims).c_str(), npy::number(found, first),
                npy::number(expected, first), wrong, count, atol, rtol, largest);
}

std::string Expectations::checkFile(const std::string &path, const rhb_artifact_info &info,
                                    const Arrays &outputs) const {
  npy::Arrays arrays;
  if (std::string failure = npy::readAll(path, arrays); !failure.empty())
    return failure;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string name = info.outputs[i].name;
    const Array *expected = findNamed(arrays, name, "out:");
    if (!expected)
      return format("'%s' holds no array for output '%s'", path.c_str(), name.c_str());
    if (std::string failure = checkOne(name, outputs[i], *expected); !failure.empty())
      return failure;
  }
  return {};
}

std::string Expectations::check(const rhb_artifact_info &info, const Arrays &outputs) const {
  for (const std::string &text : single) {
    std::string name, value;
    if (!splitName(text, name, value))
      return format("--expect '%s', expected NAME=VALUE", text.c_str());
    size_t position = 0;
    while (position < outputs.size() && name != info.outputs[position].name)
      ++position;
    if (position == outputs.size())
      return format("the artifact has no output '%s'", name.c_str());
    Array expected;
    if (std::string failure = parseValue(value, expected); !failure.empty())
      return format("--expect '%s': %s", name.c_str(), failure.c_str());
    if (std::string failure = checkOne(name, outputs[position], expected); !failure.empty())
      return failure;
  }
  for (const std::string &path : files)
    if (std::string failure = checkFile(path, info, outputs); !failure.empty())
      return failure;
  return {};
}
