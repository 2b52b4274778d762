//===- TableText.cpp - tables as text ------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Table.h"

#include <charconv>
#include <cmath>

using namespace rheobase::neurons;

std::string rheobase::neurons::hexFloat(float value) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), std::fabs(value), std::chars_format::hex);
  return (std::signbit(value) ? "-0x" : "0x") + std::string(buffer, end.ptr);
}

std::optional<float> rheobase::neurons::parseHexFloat(std::string_view text) {
  bool negative = !text.empty() && text.front() == '-';
  text.remove_prefix(negative);
  if (text.substr(0, 2) != "0x")
    return std::nullopt;
  text.remove_prefix(2);
  float value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
  if (text.empty() || text.front() == '-' || code != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value))
    return std::nullopt;
  return negative ? -value : value;
}

static constexpr std::string_view kFeedNames[] = {"signed", "positive", "negative", "magnitude"};

std::string_view rheobase::neurons::feedName(Feed feed) {
  return kFeedNames[static_cast<size_t>(feed)];
}

static void writeRow(std::string &text, std::string_view name, const float *values, size_t count) {
  text += name;
  for (size_t i = 0; i < count; ++i)
    text += ' ' + hexFloat(values[i]);
  text += '\n';
}

std::string rheobase::neurons::toText(const Table &table) {
  std::string text = "neuron " + table.kind + "\nbases " + std::to_string(table.bases.size()) + "\nsteps " +
                     std::to_string(table.steps) + "\nsaturates " + (table.saturates ? "1" : "0") + '\n';
  const float ends[] = {table.interval.lower, table.interval.upper};
  writeRow(text, "interval", ends, 2);
  writeRow(text, "bias", &table.bias, 1);
  for (size_t n = 0; n < table.bases.size(); ++n) {
    const Basis &basis = table.bases[n];
    text += "basis " + std::string(feedName(basis.feed)) + ' ' + hexFloat(basis.offset) + ' ' + hexFloat(basis.scale) +
            '\n';
    size_t first = table.at(n, 0), count = static_cast<size_t>(table.steps);
    writeRow(text, "thresholds", table.thresholds.data() + first, count);
    writeRow(text, "resets", table.resets.data() + first, count);
    writeRow(text, "outputs", table.outputs.data() + first, count);
  }
  return text;
}

namespace {

/// Reads the text word by word; the first thing that is not as expected is kept as the error.
class Reader {
public:
  explicit Reader(std::string_view text) : rest(text) {}

  std::string_view word() {
    size_t start = rest.find_first_not_of(" \n");
    rest.remove_prefix(start == std::string_view::npos ? rest.size() : start);
    std::string_view found = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(found.size());
    return found;
  }

  void keyword(std::string_view expected) {
    std::string_view found = word();
    if (found != expected)
      fail(found, "'" + std::string(expected) + "'");
  }

  int integer(int upper) {
    std::string_view found = word();
    int value = 0;
    auto [end, code] = std::from_chars(found.data(), found.data() + found.size(), value);
    if (code != std::errc() || end != found.data() + found.size() || value < 0 || value > upper)
      fail(found, "an integer from 0 to " + std::to_string(upper));
    return problem.empty() ? value : 0;
  }

  float number() {
    std::string_view found = word();
    std::optional<float> value = parseHexFloat(found);
    if (!value)
      fail(found, "a hexadecimal float such as 0x1.8p+1");
    return value.value_or(0);
  }

  void row(std::string_view name, int count, std::vector<float> &values) {
    keyword(name);
    for (int i = 0; i < count; ++i)
      values.push_back(number());
  }

  Feed feed() {
    std::string_view found = word();
    for (size_t i = 0; i < std::size(kFeedNames); ++i)
      if (found == kFeedNames[i])
        return static_cast<Feed>(i);
    fail(found, "signed, positive, negative or magnitude");
    return Feed::Signed;
  }

  void end() {
    if (std::string_view found = word(); !found.empty())
      fail(found, "the end of the text");
  }

  void fail(std::string_view found, const std::string &expected) {
    if (problem.empty())
      problem = "a neuron's text has '" + std::string(found) + "', expected " + expected;
  }

  std::string problem;

private:
  std::string_view rest;
};

} // namespace

Result<Table> rheobase::neurons::tableFromText(std::string_view text) {
  Reader reader(text);
  Table table;
  reader.keyword("neuron");
  table.kind = reader.word();
  reader.keyword("bases");
  int bases = reader.integer(kMaxBases);
  reader.keyword("steps");
  table.steps = reader.integer(kMaxSteps);
  reader.keyword("saturates");
  table.saturates = reader.integer(1) == 1;
  reader.keyword("interval");
  table.interval.lower = reader.number();
  table.interval.upper = reader.number();
  reader.keyword("bias");
  table.bias = reader.number();
  for (int n = 0; n < bases && reader.problem.empty(); ++n) {
    reader.keyword("basis");
    Basis basis;
    basis.feed = reader.feed();
    basis.offset = reader.number();
    basis.scale = reader.number();
    table.bases.push_back(basis);
    reader.row("thresholds", table.steps, table.thresholds);
    reader.row("resets", table.steps, table.resets);
    reader.row("outputs", table.steps, table.outputs);
  }
  reader.end();
  if (!reader.problem.empty())
    return Error{reader.problem};
  if (auto error = check(table))
    return *error;
  return table;
}
