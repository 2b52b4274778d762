//===- Biases.h - what is added to the outputs of a layer ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_BIASES_H
#define RHEOBASE_LIB_CONVERSION_SPK_BIASES_H

#include "dialects/onnx/Onnx.h"

namespace rheobase::spk {

/// Adds a number to each of a product's outputs: to the bias that it has, else by an addition of its own.
void addToBias(onnx::MatMulOp product, llvm::ArrayRef<double> offsets);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_BIASES_H
