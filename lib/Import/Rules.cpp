//===- Rules.cpp - what attribute values must satisfy ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "Expander.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Numbers of a list that an error shows.
constexpr size_t kMaxListed = 16;

/// The smallest value of an integer, or of each integer of a list. None is as large as 2^31: sums and products of a few
/// do not overflow.
struct AtLeast {
  StringLiteral attribute;
  int64_t min;
};
constexpr AtLeast kAtLeast[] = {
    {"strides", 1},     {"dilations", 1},  {"kernel_shape", 1},   {"group", 1},        {"pads", 0},
    {"num_outputs", 1}, {"batch_dims", 0}, {"output_padding", 0}, {"output_shape", 0},
};

/// Of one operator, or of all where it is empty.
struct OneOf {
  StringLiteral op;
  StringLiteral attribute;
  std::initializer_list<StringLiteral> values;
};
const OneOf kOneOf[] = {
    {"", "auto_pad", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}},
    {"Pad", "mode", {"constant", "reflect", "edge", "wrap"}},
    {"Gelu", "approximate", {"none", "tanh"}},
    {"", "round_mode", {"up", "down", "nearest"}},
    {"BitShift", "direction", {"LEFT", "RIGHT"}},
    {"DepthToSpace", "mode", {"DCR", "CRD"}},
    {"SpaceToDepth", "mode", {"DCR", "CRD"}},
    {"TensorScatter", "mode", {"linear", "circular"}},
};

constexpr StringLiteral kFlags[] = {"keepdims",
                                    "transA",
                                    "transB",
                                    "exclusive",
                                    "reverse",
                                    "allowzero",
                                    "ceil_mode",
                                    "upper",
                                    "noop_with_empty_axes",
                                    "count_include_pad",
                                    "select_last_index",
                                    "fmod",
                                    "training_mode",
                                    "storage_order",
                                    "largest",
                                    "sorted",
                                    "detect_negative",
                                    "detect_positive"};

std::optional<int64_t> rankOf(const NodeForm &form) {
  if (Value value = form.input(0))
    return cast<RankedTensorType>(value.getType()).getRank();
  return std::nullopt;
}

LogicalResult checkMinima(const NodeForm &form) {
  for (const AtLeast &rule : kAtLeast) {
    SmallVector<int64_t> values(form.getInts(rule.attribute).value_or(ArrayRef<int64_t>()));
    if (std::optional<int64_t> value = form.getInt(rule.attribute))
      values.push_back(*value);
    for (int64_t value : values)
      if (value < rule.min)
        return form.error() << "attribute '" << rule.attribute << "' has " << value << ", at least " << rule.min
                            << " was expected";
      else if (!isInt<32>(value))
        return form.error() << "attribute '" << rule.attribute << "' has " << value
                            << ", a number below 2^31 was expected";
  }
  return success();
}

LogicalResult checkNames(const NodeForm &form) {
  for (const OneOf &rule : kOneOf) {
    auto value = dyn_cast_or_null<StringAttr>(form.attributes.get(rule.attribute));
    if (value && (rule.op.empty() || rule.op == form.op) && !is_contained(rule.values, value.getValue()))
      return form.error() << "attribute '" << rule.attribute << "' is '" << value.getValue() << "', one of "
                          << join(rule.values, ", ") << " was expected";
  }
  for (StringRef flag : kFlags)
    if (int64_t value = form.getInt(flag).value_or(0); value != 0 && value != 1)
      return form.error() << "attribute '" << flag << "' is " << value << ", 0 or 1 was expected";
  return success();
}

LogicalResult checkAxis(const NodeForm &form) {
  std::optional<int64_t> axis = form.getInt("axis"), rank = rankOf(form);
  // Operators that are written in others check their axes themselves: some count those of the result.
  if (!axis || !rank || findExpansion(form.op))
    return success();
  // Flatten may split behind the last dimension.
  int64_t last = form.op == "Flatten" ? *rank : *rank - 1;
  if (*axis < -*rank || *axis > last)
    return form.error() << "attribute 'axis' is " << *axis << ", " << -*rank << " to " << last
                        << " was expected for a tensor of rank " << *rank;
  return success();
}

LogicalResult checkPermutation(const NodeForm &form) {
  std::optional<ArrayRef<int64_t>> perm = form.getInts("perm");
  if (!perm)
    return success();
  int64_t rank = rankOf(form).value_or(perm->size());
  SmallBitVector seen(rank);
  bool valid = int64_t(perm->size()) == rank;
  for (int64_t axis : *perm) {
    valid = valid && axis >= 0 && axis < rank && !seen.test(axis);
    if (!valid)
      break;
    seen.set(axis);
  }
  if (!valid)
    return form.error() << "attribute 'perm' is [" << perm->take_front(kMaxListed)
                        << (perm->size() > kMaxListed ? ", ..." : "") << "], a permutation of the " << rank
                        << " axes of its input was expected";
  return success();
}

/// Convolution and pooling: the window has the dimensions behind batch and channel.
LogicalResult checkWindow(const NodeForm &form) {
  bool hasWindow = is_contained({"Conv", "ConvInteger", "MaxPool", "AveragePool"}, form.op);
  std::optional<int64_t> rank = rankOf(form);
  if (!hasWindow || !rank)
    return success();
  int64_t spatial = *rank - 2;
  if (spatial < 1)
    return form.error() << "its input has rank " << *rank << ", at least 3 was expected (batch, channel, space)";
  static constexpr std::pair<StringLiteral, int64_t> kNumbersPerDim[] = {
      {"strides", 1}, {"dilations", 1}, {"kernel_shape", 1}, {"pads", 2}};
  for (auto [name, perDim] : kNumbersPerDim)
    if (auto values = form.getInts(name); values && int64_t(values->size()) != spatial * perDim)
      return form.error() << "attribute '" << name << "' has " << values->size() << " numbers, " << spatial * perDim
                          << " were expected for an input of rank " << *rank;
  return success();
}

} // namespace

LogicalResult rheobase::checkAttributeValues(const NodeForm &form) {
  for (auto rule : {checkMinima, checkNames, checkAxis, checkPermutation, checkWindow})
    if (failed(rule(form)))
      return failure();
  return success();
}
