//===- Pipelines.h - the simplify phase ----------------------- -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TRANSFORMS_PIPELINES_H
#define RHEOBASE_TRANSFORMS_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace rheobase {

struct SimplifyOptions {
  /// Find composite operators (LayerNormalization, Gelu) in what exporters took apart.
  bool raise = true;
};

/// The phase `simplify`, on a module: from an imported graph to one without shape arithmetic, in composite operators.
void buildSimplifyPipeline(mlir::OpPassManager &pm, const SimplifyOptions &options = {});

} // namespace rheobase

#endif // RHEOBASE_TRANSFORMS_PIPELINES_H
