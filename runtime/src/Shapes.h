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

/// Reads the symbols off the shapes of all inputs, after checking their element types, ranks and dimensions.
Status bindSymbols(const Model &model, const std::vector<rhb_tensor> &inputs, std::vector<int64_t> &symbols);

/// The same from some of the inputs, null where one is not known; a symbol that none of them has is at its least.
Status bindKnownSymbols(const Model &model, const std::vector<const rhb_tensor *> &inputs,
                        std::vector<int64_t> &symbols);

/// Element type, rank and signs of the dimensions.
Status checkForm(const Model &model, const Tensor &input, const rhb_tensor &given);

/// The size in bytes of `tensor` with these dimensions, none negative.
Status sizeOf(const Tensor &tensor, const std::vector<int64_t> &dims, uint64_t &bytes);

/// A tensor's dimensions for these symbols, none negative, and its size in bytes.
Status resolveShape(const Model &model, const Tensor &tensor, const std::vector<int64_t> &symbols,
                    std::vector<int64_t> &dims, uint64_t &bytes);

/// The same from `evaluate(expression, value)`, which ends in a Status.
template <typename Evaluate>
Status resolveShapeBy(const Evaluate &evaluate, const Tensor &tensor, std::vector<int64_t> &dims, uint64_t &bytes) {
  dims.resize(tensor.dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    if (Status status = evaluate(tensor.dims[i], dims[i]))
      return status;
    if (dims[i] < 0)
      return error(RHB_INVALID_ARGUMENT, "tensor '%s' would have a negative dimension for these input shapes",
                   tensor.name.c_str());
  }
  return sizeOf(tensor, dims, bytes);
}

/// "[2, 3]"
std::string shapeText(const int64_t *dims, size_t rank);

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_SHAPES_H
