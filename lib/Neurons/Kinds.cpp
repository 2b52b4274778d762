//===- Kinds.cpp - the register of kinds ---------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

using namespace rheobase::neurons;

const std::vector<const Neuron *> &rheobase::neurons::kinds() {
  static const std::vector<const Neuron *> all = {&mbe(), &extendedMbe(), &fewSpikes(), &segment()};
  return all;
}

const Neuron *rheobase::neurons::findKind(std::string_view name) {
  for (const Neuron *kind : kinds())
    if (kind->name() == name)
      return kind;
  return nullptr;
}
