//===- TokenFeeder.h - the inputs of a language model -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_TOKENFEEDER_H
#define RHEOBASE_TOOLS_SNNRUN_TOKENFEEDER_H

#include "Runner.h"

namespace rheobase::snnrun {

using Tokens = std::vector<int64_t>;

/// Makes a causal language model's inputs from tokens, by the names exporters give them: input_ids (or the only input),
/// attention_mask (ones), position_ids and cache_position (counted from 0), token_type_ids (zeros). One sequence, so
/// that the first axis has size 1. Errors are texts; an empty one is success.
class TokenFeeder {
public:
  /// Finds out what each input is, and where the scores of the next token are.
  std::string open(const rhb_artifact_info &info);

  /// Whether a session remembers the tokens it has seen.
  bool remembers() const { return info->state_count != 0; }

  /// Inputs for the tokens from `past` on, which the session has not seen. Where the model fixes the length, the last
  /// tokens that fit, filled up behind with zeros that are masked.
  std::string make(const Tokens &tokens, size_t past, Arrays &inputs);

  /// The scores of the token that follows the last one of the last `make`: one row of the output.
  std::string scores(const Arrays &outputs, std::vector<float> &row) const;

private:
  enum class Role { Tokens, Mask, Positions, Types };
  std::string fill(const rhb_tensor_info &input, Role role, const Tokens &tokens, size_t past, npy::Array &array);

  const rhb_artifact_info *info = nullptr;
  std::vector<Role> roles;
  size_t output = 0;
  int64_t fixedLength = 0; ///< 0: the length is open
  size_t last = 0;         ///< the position of the last token in the input
};

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_TOKENFEEDER_H
