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
  for (StringRef name : dialectOperators()) {
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
          .Case("If", "export the model with the condition fixed")
          .Cases({"Loop", "Scan"}, "export one step, with the state as inputs and outputs")
          .Cases({"LSTM", "GRU", "RNN"}, "export one step, as MatMul, Add, Sigmoid and Tanh")
          .Case("Attention", "export with opset 22 or older, which writes MatMul, Softmax and MatMul")
          .Case("RotaryEmbedding", "export with opset 22 or older, which writes Mul, Slice, Neg and Concat")
          .Case("RMSNormalization", "export with opset 22 or older, which writes Pow, ReduceMean, Sqrt, Div and Mul")
          .Cases({"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearMatMul", "QLinearConv",
                  "MatMulInteger", "ConvInteger"},
                 "import the float model; weights are quantised by the compiler (--weights=int8)")
          .Cases({"ScatterND", "ScatterElements", "Scatter"}, "write the update as Concat of slices, or Where")
          .Cases({"Resize", "Upsample"}, "resize the images before they enter the model")
          .Case("CastLike", "Cast")
          .Case("Einsum", "MatMul with Transpose and Reshape")
          .Case("Swish", "Mul of the input and its Sigmoid")
          .Cases({"InstanceNormalization", "GroupNormalization"}, "ReduceMean, Sub, Mul, Sqrt, Div and Add")
          .Default("");
  if (!hint.empty())
    return hint.str();
  if (isStandardOperator(op))
    return "";
  StringRef name = nearestName(op);
  return name.empty() ? "" : ("did you mean " + name + "?").str();
}
