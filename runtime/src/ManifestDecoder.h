//===- ManifestDecoder.h - a manifest's bytes as a model --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_MANIFESTDECODER_H
#define RHEOBASE_RUNTIME_MANIFESTDECODER_H

#include "Model.h"

namespace rheobase::runtime {

/// Copies a FlatBuffer out: its structure, counts, texts and expressions are verified, the positions in it are not yet.
Status decodeManifest(Bytes bytes, Model &model);

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_MANIFESTDECODER_H
