//===- TokenFeeder.cpp - the inputs of a language model ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenFeeder.h"

#include "Tool.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::snnrun;
using npy::Array;

static bool isInteger(rhb_dtype dtype) {
  return dtype >= RHB_I8 && dtype <= RHB_BOOL;
}

std::string TokenFeeder::open(const rhb_artifact_info &opened) {
  static constexpr struct {
    const char *name;
    Role role;
  } kNames[] = {{"input_ids", Role::Tokens},
                {"attention_mask", Role::Mask},
                {"position_ids", Role::Positions},
                {"cache_position", Role::Positions},
                {"token_type_ids", Role::Types}};
  info = &opened;
  roles.clear();
  for (size_t i = 0; i < info->input_count; ++i) {
    const rhb_tensor_info &input = info->inputs[i];
    const auto *known = std::find_if(std::begin(kNames), std::end(kNames),
                                     [&](const auto &each) { return std::string(each.name) == input.name; });
    if (known == std::end(kNames) && info->input_count != 1)
      return format(
          "input '%s' is not one that tokens make: expected input_ids, attention_mask, position_ids, "
          "cache_position or token_type_ids; a cache is kept by the session where it is compiled with --state",
          input.name);
    if (!isInteger(input.dtype) || input.rank == 0)
      return format("input '%s' is %s of rank %zu, expected integers with the sequence along the last axis", input.name,
                    rhb_dtype_name(input.dtype), input.rank);
    roles.push_back(known == std::end(kNames) ? Role::Tokens : known->role);
    if (roles.back() == Role::Tokens)
      fixedLength = std::max<int64_t>(input.dims[input.rank - 1], 0);
  }
  if (std::count(roles.begin(), roles.end(), Role::Tokens) != 1)
    return "the artifact has no input 'input_ids': expected a language model";
  for (output = 0; output < info->output_count; ++output)
    if (info->outputs[output].rank >= 2 && info->outputs[output].dtype <= RHB_F64)
      return {};
  return "the artifact has no output of scores: expected numbers for every token of the vocabulary along the last axis";
}

std::string TokenFeeder::fill(const rhb_tensor_info &input, Role role, const Tokens &tokens, size_t past,
                              Array &array) {
  size_t fresh = tokens.size() - past;
  // A mask covers what the session remembers too.
  bool withPast = role == Role::Mask && remembers();
  size_t length = fixedLength ? static_cast<size_t>(fixedLength) : withPast ? tokens.size() : fresh;
  std::vector<int64_t> dims(input.rank, 1);
  dims.back() = static_cast<int64_t>(length);
  if (std::string failure = npy::allocate(input.dtype, dims, array); !failure.empty())
    return failure;
  size_t shown = std::min(length, withPast ? tokens.size() : fresh), first = tokens.size() - shown;
  for (size_t i = 0; i < length; ++i) {
    bool isToken = i < shown;
    int64_t value = 0;
    if (role == Role::Tokens && isToken)
      value = tokens[first + i];
    else if (role == Role::Mask)
      value = isToken;
    else if (role == Role::Positions)
      value = static_cast<int64_t>((fixedLength ? 0 : first) + i);
    if (!npy::setNumber(array, i, static_cast<long double>(value)))
      return std::to_string(value) + " does not fit its element type";
  }
  if (role == Role::Tokens)
    last = shown - 1;
  return {};
}

std::string TokenFeeder::make(const Tokens &tokens, size_t past, Arrays &inputs) {
  if (past >= tokens.size())
    return "there is no token to go on from";
  inputs.resize(info->input_count);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (std::string failure = fill(info->inputs[i], roles[i], tokens, past, inputs[i]); !failure.empty())
      return format("input '%s': %s", info->inputs[i].name, failure.c_str());
  return {};
}

std::string TokenFeeder::scores(const Arrays &outputs, std::vector<float> &row) const {
  const Array &all = outputs[output];
  int64_t vocabulary = all.dims.back(), rows = vocabulary == 0 ? 0 : all.elements() / vocabulary;
  // Some models give the last position alone.
  int64_t wanted = rows == 1 ? 0 : static_cast<int64_t>(last);
  if (wanted >= rows)
    return format("output '%s' is %s: expected a row of scores for every token", info->outputs[output].name,
                  npy::typeText(all.dtype, all.dims).c_str());
  row.resize(static_cast<size_t>(vocabulary));
  for (int64_t i = 0; i < vocabulary; ++i)
    row[static_cast<size_t>(i)] = static_cast<float>(npy::number(all, static_cast<size_t>(wanted * vocabulary + i)));
  return {};
}
