//===- Artifact.h - an open artifact ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_ARTIFACT_H
#define RHEOBASE_RUNTIME_ARTIFACT_H

#include "Model.h"

#include <deque>
#include <memory>

namespace rheobase::runtime {

/// A verified artifact with its file, shared by its handle and its sessions.
class Artifact {
public:
  static Status openFile(const char *path, const rhb_open_options &options, std::shared_ptr<const Artifact> &artifact);
  static Status openMemory(Bytes bytes, const rhb_open_options &options, std::shared_ptr<const Artifact> &artifact);

  const Container &container() const { return parts; }
  const Model &model() const { return program; }
  /// Where constants lie, wherever that is.
  const uint8_t *constants() const { return loaded.data() ? loaded.data() : parts.constants().data; }
  const rhb_artifact_info &info() const { return facts; }
  bool refusesMachineCode() const { return refuse; }

  /// The code entry named `variant`, or for null the usable one of the highest rank.
  Status chooseCode(const char *variant, const Code *&code) const;

private:
  Status read(Bytes bytes, const rhb_open_options &options);
  Status loadConstants();
  void describe();
  rhb_tensor_info describeTensor(const Tensor &tensor);
  rhb_weights_info describeWeights(const Weights &matrix) const;

  Mapping file;
  Mapping loaded; ///< a copy of the constants, where there is one
  Container parts;
  Model program;
  bool refuse = false;

  rhb_artifact_info facts = {};
  std::vector<rhb_metadata> metadata;
  std::vector<rhb_symbol_info> symbols;
  std::vector<rhb_tensor_info> inputs, outputs;
  std::vector<rhb_tap_info> taps;
  std::vector<rhb_section_info> sections;
  std::vector<rhb_counter_info> counters;
  std::vector<rhb_dispatch_info> dispatches;
  std::vector<rhb_tensor_info> states;
  std::vector<rhb_weights_info> weights;
  /// What the tensors' lists point to; a deque does not move its elements.
  std::deque<std::vector<int64_t>> dimLists;
  std::deque<std::vector<const char *>> dimTextLists;
  std::deque<std::string> texts;
};

} // namespace rheobase::runtime

struct rhb_artifact {
  std::shared_ptr<const rheobase::runtime::Artifact> artifact;
};

#endif // RHEOBASE_RUNTIME_ARTIFACT_H
