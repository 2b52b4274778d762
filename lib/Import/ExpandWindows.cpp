//===- ExpandWindows.cpp - further windows over space -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

#include <limits>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// (sum of |x|^p)^(1/p): a sum is the window's size times its average, where the padding counts as zeros.
void expandLpPool(Expander &e) {
  Value x = e.input(0);
  double p = double(e.intOr("p", 2)), count = 1;
  SmallVector<NamedAttribute> window;
  for (NamedAttribute attribute : e.node().attributes)
    if (attribute.getName() != "p")
      window.push_back(attribute);
  window.push_back(e.attr("count_include_pad", int64_t(1)));
  for (int64_t size : e.ints("kernel_shape").value_or(Expander::Ints()))
    count *= double(size);
  Value powers = e.op("Pow", {e.op("Abs", x), e.numberLike(p, x)});
  Value sums = e.mul(e.op("AveragePool", powers, window), e.numberLike(count, x));
  e.result(0, e.op("Pow", {sums, e.numberLike(1 / p, x)}));
}

/// Columns of blocks back to an image, where what overlaps is added: a transposed convolution whose filters each have a
/// single one.
void expandCol2Im(Expander &e) {
  Value x = e.input(0);
  SmallVector<int64_t> image = e.constantInts(e.input(1), "image_shape"),
                       block = e.constantInts(e.input(2), "block_shape");
  int64_t spatial = image.size(), elements = 1, rows = e.size(x, 1);
  if (e.hasFailed())
    return;
  auto listOr = [&](StringRef name, int64_t otherwise, size_t count) {
    SmallVector<int64_t> list(e.ints(name).value_or(Expander::Ints()));
    if (list.empty())
      list.assign(count, otherwise);
    if (list.size() != count)
      e.error() << "attribute '" << name << "' has " << list.size() << " numbers, " << count << " were expected";
    list.resize(count, otherwise);
    return list;
  };
  SmallVector<int64_t> strides = listOr("strides", 1, spatial), dilations = listOr("dilations", 1, spatial);
  SmallVector<int64_t> pads = listOr("pads", 0, 2 * spatial), positions;
  bool isImage = all_of(image, [](int64_t size) { return size >= 0 && isInt<32>(size); });
  for (int64_t size : block)
    elements = size >= 1 && size <= (1 << 10) && elements <= (1 << 10) ? elements * size : -1;
  // A filter for every row.
  bool isLarge = elements > 0 && rows > (1 << 22) / elements;
  if (!isImage || isLarge || block.size() != image.size() || spatial < 1 || elements < 1 || elements > (1 << 10) ||
      rows % elements != 0 || e.rank(x) != 3) {
    if (!e.hasFailed())
      e.error() << rows << " rows of blocks of " << elements << " elements in " << spatial
                << " dimensions found, a multiple in as many dimensions as the image has was expected";
    return;
  }
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t extent = dilations[i] * (block[i] - 1) + 1;
    positions.push_back((image[i] + pads[i] + pads[spatial + i] - extent) / strides[i] + 1);
  }
  // Filter (channel, place) writes its one element at its place.
  SmallVector<double> filters(rows * elements, 0);
  for (int64_t row = 0; row < rows; ++row)
    filters[row * elements + row % elements] = 1;
  SmallVector<int64_t> filterShape = {rows, 1}, shape = {0, rows};
  filterShape.append(block.begin(), block.end());
  shape.append(positions);
  Value w = e.reshape(e.numbers(filters, e.type(x)), filterShape);
  // Columns that the image's size leaves over are filled up at its end.
  SmallVector<int64_t> extra;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t made = strides[i] * (positions[i] - 1) + dilations[i] * (block[i] - 1) + 1 - pads[i] - pads[spatial + i];
    extra.push_back(std::max<int64_t>(image[i] - made, 0));
  }
  e.result(0, e.op("ConvTranspose", {e.reshape(x, shape), w},
                   {e.attr("group", rows / elements), e.attr("strides", strides), e.attr("dilations", dilations),
                    e.attr("pads", pads), e.attr("output_padding", extra)}));
}

/// A convolution per channel that sees only what came before; its state is the end of what it saw.
void expandCausalConvWithState(Expander &e) {
  Value x = e.input(0), w = e.input(1), past = e.input(3);
  if (e.rank(x) != 3 || e.rank(w) != 3) {
    e.error() << "an input of rank " << e.rank(x) << " and weights of rank " << e.rank(w) << " found, 3 was expected";
    return;
  }
  int64_t channels = e.size(w, 0), kernel = e.size(w, 2);
  std::string activation = e.textOr("activation", "none");
  if (!is_contained({"none", "silu", "swish"}, activation)) {
    e.error() << "attribute 'activation' is '" << activation << "', one of none, silu, swish was expected";
    return;
  }
  Value seen = past ? e.concat({past, x}, 2) : e.op("Pad", {x, e.vector({kernel - 1, 0}), Value(), e.vector(2)});
  Value y = e.op("Conv", {seen, w, e.input(2)}, e.attr("group", channels));
  if (activation != "none") {
    Value wide = e.cast(y, Float32Type::get(e.node().loc.getContext()));
    y = e.cast(e.mul(wide, e.op("Sigmoid", wide)), e.type(y));
  }
  e.result(0, y);
  // Of a kernel of one element nothing is kept.
  e.result(1, kernel > 1 ? e.slice(seen, 2, 1 - kernel, std::numeric_limits<int64_t>::max()) : e.slice(seen, 2, 0, 0));
}

constexpr NamedExpansion kExpansions[] = {
    {"CausalConvWithState", expandCausalConvWithState},
    {"Col2Im", expandCol2Im},
    {"LpPool", expandLpPool},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::windowExpansions() {
  return kExpansions;
}
