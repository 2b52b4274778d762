//===- Table.cpp - the numbers of one static neuron ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Table.h"

#include "Request.h"

#include <cmath>

using namespace rheobase::neurons;

static bool sameBits(const std::vector<Basis> &a, const std::vector<Basis> &b) {
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].feed != b[i].feed || a[i].offset != b[i].offset || a[i].scale != b[i].scale)
      return false;
  return true;
}

bool Table::operator==(const Table &other) const {
  return kind == other.kind && steps == other.steps && interval == other.interval && sameBits(bases, other.bases) &&
         thresholds == other.thresholds && resets == other.resets && outputs == other.outputs && bias == other.bias &&
         saturates == other.saturates;
}

static std::optional<Error> checkFinite(const std::string &what, const std::vector<float> &values) {
  for (float value : values)
    if (!std::isfinite(value))
      return Error{"a neuron's " + what + " hold " + std::to_string(value) + ", expected finite numbers"};
  return std::nullopt;
}

static std::optional<Error> checkSize(const std::string &what, size_t found, size_t expected) {
  if (found == expected)
    return std::nullopt;
  return Error{"a neuron has " + std::to_string(found) + " " + what +
               ", expected bases x steps = " + std::to_string(expected)};
}

std::optional<Error> rheobase::neurons::check(const Table &table) {
  const Neuron *kind = findKind(table.kind);
  if (!kind)
    return unknownKind(table.kind);
  if (table.steps < 1 || table.steps > kMaxSteps)
    return Error{"a neuron has " + std::to_string(table.steps) + " steps, expected 1 to " + std::to_string(kMaxSteps)};
  if (table.bases.empty() || table.bases.size() > kMaxBases)
    return Error{"a neuron has " + std::to_string(table.bases.size()) + " bases, expected 1 to " +
                 std::to_string(kMaxBases)};
  size_t expected = table.bases.size() * static_cast<size_t>(table.steps);
  for (const auto &[what, values] :
       {std::pair<const char *, const std::vector<float> *>{"thresholds", &table.thresholds},
        {"resets", &table.resets},
        {"outputs", &table.outputs}}) {
    if (auto error = checkSize(what, values->size(), expected))
      return error;
    if (auto error = checkFinite(what, *values))
      return error;
  }
  std::vector<float> others = {table.bias, table.interval.lower, table.interval.upper};
  for (const Basis &basis : table.bases)
    others.insert(others.end(), {basis.offset, basis.scale});
  if (auto error = checkFinite("bias, interval, offsets and scales", others))
    return error;
  if (!(table.interval.lower < table.interval.upper))
    return Error{"a neuron's interval ends at " + std::to_string(table.interval.upper) +
                 ", expected more than its start " + std::to_string(table.interval.lower)};
  return kind->checkTable(table);
}
