//===- WeightFormats.h - what weights of a format take -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H
#define RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H

#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// Bits of codes and of all that is stored beside them; `zero` may be null.
int64_t storedBits(WeightFormatInterface format, mlir::Value codes, mlir::Value scale, mlir::Value zero);

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_WEIGHTFORMATS_H
