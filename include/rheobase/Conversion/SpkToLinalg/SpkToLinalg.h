//===- SpkToLinalg.h - how the spk ops lower -------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPKTOLINALG_SPKTOLINALG_H
#define RHEOBASE_CONVERSION_SPKTOLINALG_SPKTOLINALG_H

#include "mlir/IR/DialectRegistry.h"

namespace rheobase {

/// Makes `convert-onnx-to-linalg` lower the spk ops too. A train becomes its integers [shape], or, where a consumer is
/// in time form, its planes [planes, shape] of i8 spikes.
void registerSpkLowerings(mlir::DialectRegistry &registry);

} // namespace rheobase

#endif // RHEOBASE_CONVERSION_SPKTOLINALG_SPKTOLINALG_H
