//===- Hints.cpp - the nearest supported form of a node ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Hints.h"
#include "Schemas.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace rheobase;

/// The dialect's operator with the least edit distance to `op`, if that is small.
static StringRef nearestName(StringRef op) {
  StringRef best;
  unsigned bestDistance = 3;
  for (StringRef name : supportedOperators()) {
    unsigned distance = op.edit_distance_insensitive(name, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

std::string rheobase::nearestForm(StringRef domain, StringRef op) {
  if (!isStandardDomain(domain))
    return "export the model with the operators of the domain 'ai.onnx' only, without the optimiser of a runtime";
  StringRef hint =
      StringSwitch<StringRef>(op)
          .Cases({"Unique", "NonMaxSuppression"},
                 "export the model up to this node: how many results there are depends on the data")
          .Cases({"Bernoulli", "Multinomial", "RandomNormal", "RandomUniform"}, "make random numbers an input")
          .Default("");
  if (!hint.empty())
    return hint.str();
  if (isStandardOperator(op))
    return "";
  StringRef name = nearestName(op);
  return name.empty() ? "" : ("did you mean " + name + "?").str();
}
