//===- Measures.cpp - sizes that a run computes ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measures.h"

using namespace rheobase;
using namespace rheobase::runtime;

bool Measures::begin(const std::vector<int64_t> &fromInputs, const std::vector<int64_t> &likely) {
  count = 0;
  values = fromInputs;
  known = model.knownAtFirst;
  if (likely.size() != values.size())
    return false;
  for (size_t i = 0; i < values.size(); ++i)
    if (known[i] && likely[i] != values[i])
      return false;
  values = likely;
  return true;
}

const Measure *Measures::next(size_t dispatch) const {
  if (count == model.measures.size() || model.measures[count].before != dispatch)
    return nullptr;
  return &model.measures[count];
}

Status Measures::take(const int64_t *elements) {
  const Measure &measure = model.measures[count];
  for (size_t i = 0; i < measure.values.size(); ++i)
    if (Status status = takeElement(measure, i, elements[i]))
      return status;
  ++count;
  return nullptr;
}

Status Measures::takeElement(const Measure &measure, size_t position, int64_t found) {
  const char *where = measure.location.c_str();
  ExpressionId value = measure.values[position];
  std::optional<ExpressionPool::Multiple> of = model.expressions.symbol(value);
  if (of && !known[of->symbol]) {
    const artifact::Symbol &symbol = model.symbols[of->symbol];
    int64_t size = found / of->factor;
    if (found % of->factor != 0 || size < symbol.min || (symbol.max != 0 && size > symbol.max))
      return error(RHB_INVALID_ARGUMENT, "size %zu at node '%s' is %lld, expected %s with %s from %lld to %s", position,
                   where, (long long)found, model.expressions.text(value).c_str(), symbol.name.c_str(),
                   (long long)symbol.min, symbol.max == 0 ? "any number" : std::to_string(symbol.max).c_str());
    values[of->symbol] = size;
    known[of->symbol] = true;
    return nullptr;
  }
  int64_t expected = 0;
  if (Status status = model.expressions.evaluate(value, values, expected))
    return status;
  if (found == expected)
    return nullptr;
  std::string text = model.expressions.literal(value) ? "" : model.expressions.text(value) + " = ";
  return error(RHB_INVALID_ARGUMENT, "size %zu at node '%s' is %lld, expected %s%lld", position, where,
               (long long)found, text.c_str(), (long long)expected);
}
