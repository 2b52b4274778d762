//===- Shapes.h - shapes of a call ------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_SHAPES_H
#define RHEOBASE_RUNTIME_SHAPES_H

#include "Model.h"

namespace rheobase::runtime {

/// Reads the symbols off the inputs' shapes, after checking their number, element types, ranks and dimensions.
Status bindSymbols(const Model &model, const rhb_tensor *inputs, size_t count, std::vector<int64_t> &symbols);

/// A tensor's dimensions for these symbols, none negative, and its size in bytes.
Status resolveShape(const Model &model, const Tensor &tensor, const std::vector<int64_t> &symbols,
                    std::vector<int64_t> &dims, uint64_t &bytes);

/// "[2, 3]"
std::string shapeText(const int64_t *dims, size_t rank);

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_SHAPES_H
