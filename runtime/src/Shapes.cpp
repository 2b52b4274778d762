//===- Shapes.cpp - shapes of a call --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"

#include "CheckedMath.h"

#include <optional>

using namespace rheobase;
using namespace rheobase::runtime;

std::string rheobase::runtime::shapeText(const int64_t *dims, size_t rank) {
  std::string text = "[";
  for (size_t i = 0; i < rank; ++i)
    text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

static std::string declaredShape(const Model &model, const Tensor &tensor) {
  std::string text = "[";
  for (size_t i = 0; i < tensor.dims.size(); ++i)
    text += (i ? ", " : "") + model.expressions.text(tensor.dims[i]);
  return text + "]";
}

Status rheobase::runtime::checkForm(const Model &model, const Tensor &input, const rhb_tensor &given) {
  const char *name = input.name.c_str();
  if (given.dtype != static_cast<rhb_dtype>(input.dtype)) {
    const char *found = rhb_dtype_name(given.dtype);
    return error(RHB_INVALID_ARGUMENT, "input '%s' has element type %s, expected %s", name, found ? found : "unknown",
                 rhb_dtype_name(static_cast<rhb_dtype>(input.dtype)));
  }
  if (given.rank != input.dims.size() || (given.rank != 0 && !given.dims))
    return error(RHB_INVALID_ARGUMENT, "input '%s' has rank %zu, expected %zu: %s", name, given.rank, input.dims.size(),
                 declaredShape(model, input).c_str());
  for (size_t i = 0; i < given.rank; ++i)
    if (given.dims[i] < 0)
      return error(RHB_INVALID_ARGUMENT, "input '%s' has a negative dimension: %s", name,
                   shapeText(given.dims, given.rank).c_str());
  return nullptr;
}

static Status checkRange(const artifact::Symbol &symbol, int64_t value, const char *input) {
  if (value >= symbol.min && (symbol.max == 0 || value <= symbol.max))
    return nullptr;
  std::string most = symbol.max == 0 ? "any number" : std::to_string(symbol.max);
  return error(RHB_INVALID_ARGUMENT, "dimension '%s' of input '%s' is %lld, expected %lld to %s", symbol.name.c_str(),
               input, (long long)value, (long long)symbol.min, most.c_str());
}

/// A dimension of `factor` times a symbol.
static Status checkMultiple(const artifact::Symbol &symbol, int64_t factor, int64_t size, const char *input,
                            size_t number) {
  if (size % factor == 0 && size / factor >= symbol.min && (symbol.max == 0 || size / factor <= symbol.max))
    return nullptr;
  // The bounds of a damaged file may be any numbers: what has too many digits is not a size.
  auto bound = [&](int64_t of) {
    uint64_t product = 0;
    bool fits = checkedMul(static_cast<uint64_t>(of), static_cast<uint64_t>(factor), product);
    return of == 0 || !fits ? std::string("any number") : std::to_string(product);
  };
  std::string least = symbol.min == 0 ? "0" : bound(symbol.min);
  return error(RHB_INVALID_ARGUMENT, "dimension %zu of input '%s' is %lld, expected a multiple of %lld from %s to %s",
               number, input, (long long)size, (long long)factor, least.c_str(), bound(symbol.max).c_str());
}

/// In the list of symbols' values until one is known: no size is negative.
static constexpr int64_t kUnknown = -1;

/// Takes the symbols that are dimensions of `input`, alone or times a number.
static Status takeSymbols(const Model &model, const Tensor &input, const rhb_tensor &given,
                          std::vector<int64_t> &values) {
  for (size_t i = 0; i < given.rank; ++i) {
    std::optional<ExpressionPool::Multiple> of = model.expressions.symbol(input.dims[i]);
    if (!of || values[of->symbol] != kUnknown)
      continue;
    const artifact::Symbol &symbol = model.symbols[of->symbol];
    if (Status status = of->factor == 1 ? checkRange(symbol, given.dims[i], input.name.c_str())
                                        : checkMultiple(symbol, of->factor, given.dims[i], input.name.c_str(), i))
      return status;
    values[of->symbol] = given.dims[i] / of->factor;
  }
  return nullptr;
}

static Status checkDims(const Model &model, const Tensor &input, const rhb_tensor &given,
                        const std::vector<int64_t> &symbols) {
  for (size_t i = 0; i < given.rank; ++i) {
    int64_t expected = 0;
    if (Status status = model.expressions.evaluate(input.dims[i], symbols, expected))
      return status;
    if (given.dims[i] == expected)
      continue;
    std::string text = model.expressions.text(input.dims[i]);
    if (!model.expressions.literal(input.dims[i]))
      text += " = " + std::to_string(expected);
    return error(RHB_INVALID_ARGUMENT, "input '%s' has shape %s, expected %s with %s in dimension %zu",
                 input.name.c_str(), shapeText(given.dims, given.rank).c_str(), declaredShape(model, input).c_str(),
                 text.c_str(), i);
  }
  return nullptr;
}

/// `inputAt(i)` is the given input i, null where it is not known.
template <typename InputAt>
static Status bindShapes(const Model &model, const InputAt &inputAt, std::vector<int64_t> &symbols) {
  symbols.assign(model.symbols.size(), kUnknown);
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const rhb_tensor *input = inputAt(i);
    if (!input)
      continue;
    if (Status status = checkForm(model, model.inputs[i], *input))
      return status;
    if (Status status = takeSymbols(model, model.inputs[i], *input, symbols))
      return status;
  }
  for (size_t i = 0; i < symbols.size(); ++i)
    if (symbols[i] == kUnknown)
      symbols[i] = model.symbols[i].min;
  for (size_t i = 0; i < model.inputs.size(); ++i)
    if (const rhb_tensor *input = inputAt(i))
      if (Status status = checkDims(model, model.inputs[i], *input, symbols))
        return status;
  return nullptr;
}

Status rheobase::runtime::bindKnownSymbols(const Model &model, const std::vector<const rhb_tensor *> &inputs,
                                           std::vector<int64_t> &symbols) {
  return bindShapes(model, [&](size_t i) { return inputs[i]; }, symbols);
}

Status rheobase::runtime::bindSymbols(const Model &model, const std::vector<rhb_tensor> &inputs,
                                      std::vector<int64_t> &symbols) {
  return bindShapes(model, [&](size_t i) { return &inputs[i]; }, symbols);
}

Status rheobase::runtime::sizeOf(const Tensor &tensor, const std::vector<int64_t> &dims, uint64_t &bytes) {
  bytes = rhb_dtype_size(static_cast<rhb_dtype>(tensor.dtype));
  bool fits = true;
  for (int64_t dim : dims)
    fits &= checkedMul(bytes, static_cast<uint64_t>(dim), bytes);
  if (fits && bytes <= static_cast<uint64_t>(artifact::limit::kBytes))
    return nullptr;
  return error(RHB_OUT_OF_MEMORY, "tensor '%s' would be too large: %s", tensor.name.c_str(),
               shapeText(dims.data(), dims.size()).c_str());
}

Status rheobase::runtime::resolveShape(const Model &model, const Tensor &tensor, const std::vector<int64_t> &symbols,
                                       std::vector<int64_t> &dims, uint64_t &bytes) {
  auto evaluate = [&](ExpressionId id, int64_t &value) { return model.expressions.evaluate(id, symbols, value); };
  return resolveShapeBy(evaluate, tensor, dims, bytes);
}
