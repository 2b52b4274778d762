//===- ExpandResize.cpp - Resize, Upsample -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Interpolation is separable: each axis is resized by itself, as a sum of gathers with weights. Places and weights are
// vectors that are computed in float64 by ops, so that sizes may be open; of known sizes they fold to constants.
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

struct Method {
  /// nearest, linear, cubic
  std::string mode = "nearest";
  std::string coordinates = "half_pixel";
  /// round_prefer_floor, round_prefer_ceil, floor, ceil
  std::string rounding = "round_prefer_floor";
  double cubic = -0.75;
  double extrapolation = 0;
  bool excludeOutside = false;
  bool antialias = false;
};

/// How one axis is resized.
struct Axis {
  int64_t number;
  /// Sizes as numbers of float64 without dimensions: before, after, and after without rounding.
  Value before, after, exact;
  /// The size after, as int64; after / before, as float64.
  Value count, scale;
  /// The scale where it is known when compiling.
  std::optional<double> knownScale;
  double regionBegin = 0, regionEnd = 1;
};

class AxisResizer {
public:
  AxisResizer(Expander &e, const Method &method, const Axis &axis)
      : e(e), method(method), axis(axis), wide(Float64Type::get(e.node().loc.getContext())) {}

  Value resize(Value x) {
    Value place = sourcePlaces();
    Value y = method.mode == "nearest" ? e.gather(x, inside(nearest(place)), axis.number) : interpolate(x, place);
    if (method.coordinates != "tf_crop_and_resize")
      return y;
    Value outside = e.op("Or", {e.op("Less", {place, real(0)}), e.op("Greater", {place, lastPlace()})});
    return e.where(alongAxis(outside, e.rank(x)), e.numberLike(method.extrapolation, x), y);
  }

private:
  Value real(double number) { return e.number(number, wide); }
  Value lastPlace() { return e.sub(axis.before, real(1)); }

  Value alongAxis(Value vector, int64_t rank) {
    SmallVector<int64_t> ones;
    for (int64_t i = axis.number + 1; i < rank; ++i)
      ones.push_back(i - axis.number);
    return ones.empty() ? vector : e.unsqueeze(vector, ones);
  }

  /// For every element of the result, the place in the input, between its elements.
  Value sourcePlaces() {
    Value i = e.cast(e.range(axis.count), wide);
    Value isOne = e.op("Equal", {axis.exact, real(1)});
    auto centred = [&] { return e.sub(e.div(e.add(i, real(0.5)), axis.scale), real(0.5)); };
    auto spanned = [&](double part) {
      // A result of one element divides by 1 instead of 0.
      Value steps = e.where(isOne, real(1), e.sub(axis.exact, real(1)));
      return e.div(e.mul(i, e.mul(lastPlace(), real(part))), steps);
    };
    if (method.coordinates == "align_corners")
      return e.where(isOne, real(0), spanned(1));
    if (method.coordinates == "asymmetric")
      return e.div(i, axis.scale);
    if (method.coordinates == "pytorch_half_pixel")
      return e.where(isOne, real(-0.5), centred());
    if (method.coordinates == "tf_half_pixel_for_nn")
      return e.div(e.add(i, real(0.5)), axis.scale);
    if (method.coordinates == "tf_crop_and_resize") {
      double part = axis.regionEnd - axis.regionBegin;
      Value begin = e.mul(lastPlace(), real(axis.regionBegin));
      return e.add(e.where(isOne, e.mul(lastPlace(), real(part / 2)), spanned(part)), begin);
    }
    if (method.coordinates == "half_pixel_symmetric") {
      Value adjustment = e.div(axis.after, axis.exact);
      Value offset = e.mul(e.mul(axis.before, real(0.5)), e.sub(real(1), adjustment));
      return e.add(offset, centred());
    }
    if (method.coordinates != "half_pixel")
      e.error() << "attribute 'coordinate_transformation_mode' is '" << method.coordinates
                << "', one of the standard's was expected";
    return centred();
  }

  Value nearest(Value place) {
    if (method.rounding == "round_prefer_floor")
      return e.op("Ceil", e.sub(place, real(0.5)));
    if (method.rounding == "round_prefer_ceil")
      return e.op("Floor", e.add(place, real(0.5)));
    if (method.rounding == "floor" || method.rounding == "ceil")
      return e.op(method.rounding == "floor" ? "Floor" : "Ceil", place);
    e.error() << "attribute 'nearest_mode' is '" << method.rounding
              << "', one of round_prefer_floor, round_prefer_ceil, floor, ceil was expected";
    return place;
  }

  /// Indices from places; what is outside is the element at the edge.
  Value inside(Value place) {
    Type index = IntegerType::get(e.node().loc.getContext(), 64);
    return e.cast(e.op("Clip", {place, real(0), lastPlace()}), index);
  }

  /// The weight of an element at `distance`, by the piecewise cubic of the standard.
  Value cubicWeight(Value distance) {
    double a = method.cubic;
    auto polynomial = [&](double c3, double c2, double c1, double c0) {
      Value sum = e.add(e.mul(distance, real(c3)), real(c2));
      sum = e.add(e.mul(sum, distance), real(c1));
      return e.add(e.mul(sum, distance), real(c0));
    };
    Value near = polynomial(a + 2, -(a + 3), 0, 1), far = polynomial(a, -5 * a, 8 * a, -4 * a);
    Value isNear = e.op("LessOrEqual", {distance, real(1)}), isFar = e.op("Less", {distance, real(2)});
    return e.where(isNear, near, e.where(isFar, far, real(0)));
  }

  Value weightAt(Value distance) {
    if (method.mode == "cubic")
      return cubicWeight(distance);
    return e.op("Max", {e.sub(real(1), distance), real(0)});
  }

  /// The elements to the left of a place that have a weight.
  int64_t reach() {
    double radius = method.mode == "cubic" ? 2 : 1;
    if (!method.antialias)
      return int64_t(radius);
    if (!axis.knownScale) {
      e.error() << "antialiasing over an axis of unknown scale found, constant scales or sizes were expected";
      return 1;
    }
    double scale = std::min(*axis.knownScale, 1.0);
    if (!(scale > 1e-3)) {
      e.error() << "a scale of " << scale << " with antialiasing found, at least 0.001 was expected";
      return 1;
    }
    return -int64_t(std::floor(-radius / scale) + 1) + 1;
  }

  Value interpolate(Value x, Value place) {
    // The element on the left of the place; of an element's own place the one before.
    Value base = e.sub(e.op("Ceil", place), real(1));
    double shrink = method.antialias && axis.knownScale ? std::min(*axis.knownScale, 1.0) : 1.0;
    int64_t left = reach();
    SmallVector<Value> places, weights;
    for (int64_t tap = 1 - left; tap <= left && !e.hasFailed(); ++tap) {
      Value at = e.add(base, real(double(tap)));
      Value weight = weightAt(e.mul(e.op("Abs", e.sub(at, place)), real(shrink)));
      if (method.excludeOutside) {
        Value outside = e.op("Or", {e.op("Less", {at, real(0)}), e.op("Greater", {at, lastPlace()})});
        weight = e.where(outside, real(0), weight);
      }
      places.push_back(at);
      weights.push_back(weight);
    }
    Value total = weights.empty() ? Value() : weights.front();
    for (Value weight : ArrayRef(weights).drop_front(weights.empty() ? 0 : 1))
      total = e.add(total, weight);
    Value sum;
    for (auto [at, weight] : zip(places, weights)) {
      Value share = method.excludeOutside || method.antialias ? e.div(weight, total) : weight;
      Value part = e.mul(e.gather(x, inside(at), axis.number), alongAxis(e.cast(share, e.type(x)), e.rank(x)));
      sum = sum ? e.add(sum, part) : part;
    }
    return sum;
  }

  Expander &e;
  const Method &method;
  const Axis &axis;
  Type wide;
};

/// Sizes from `scales`, a vector of floats, or `sizes`, a vector of int64; the other is null.
class Resizer {
public:
  Resizer(Expander &e, Method method, Value roi, Value scales, Value sizes)
      : e(e), method(std::move(method)), x(e.input(0)), scales(scales), sizes(sizes),
        wide(Float64Type::get(e.node().loc.getContext())) {
    if (this->method.coordinates == "tf_crop_and_resize" && roi)
      region = e.constantNumbers(roi, "roi");
  }

  void write() {
    if (!isa<FloatType>(e.type(x)) && method.mode != "nearest")
      return fail("integers between which values are interpolated", "floats, or the mode nearest");
    SmallVector<int64_t> axes = to_vector(seq<int64_t>(0, e.rank(x)));
    if (std::optional<Expander::Ints> given = e.ints("axes"))
      axes = map_to_vector(*given, [&](int64_t axis) { return e.axis(axis, e.rank(x)); });
    SmallVector<double> factors = scales ? e.knownNumbers(scales) : SmallVector<double>();
    if (e.hasFailed())
      return;
    if (!scales == !sizes)
      return fail("neither or both of the inputs scales and sizes", "one of them");
    if ((scales && e.knownSize(scales, 0) != int64_t(axes.size())) ||
        (sizes && e.knownSize(sizes, 0) != int64_t(axes.size())) ||
        (method.coordinates == "tf_crop_and_resize" && region.size() != 2 * axes.size()))
      return fail("numbers in roi, scales or sizes that do not fit the axes", "one (in roi two) for each axis");
    std::optional<SmallVector<int64_t>> target = sizes ? e.knownInts(sizes) : std::nullopt;
    if (target && any_of(*target, [](int64_t size) { return size < 0; }))
      return fail("a size below zero", "one that is not negative");
    if (sizes)
      sizes = e.measured(sizes);
    if (sizes && e.textOr("keep_aspect_ratio_policy", "stretch") != "stretch")
      keepAspectRatio(axes);
    for (size_t i = 0; i < axes.size() && !e.hasFailed(); ++i)
      resizeAxis(axes, i, factors.empty() ? std::nullopt : std::optional(factors[i]));
    e.result(0, x);
  }

private:
  void fail(StringRef found, StringRef expected) {
    if (!e.hasFailed())
      e.error() << found << " found, " << expected << " was expected";
  }

  /// Sizes in one scale for all axes: the largest that fits into the given sizes, or the smallest that covers them.
  void keepAspectRatio(ArrayRef<int64_t> axes) {
    bool covers = e.textOr("keep_aspect_ratio_policy", "") == "not_smaller";
    SmallVector<Value> before;
    for (int64_t axis : axes)
      before.push_back(e.shapeOf(x, axis, axis + 1));
    Value given = e.cast(e.concat(before, 0), wide);
    Value ratios = e.div(e.cast(sizes, wide), e.op("Max", {given, e.number(1, wide)}));
    commonScale = e.reduce(covers ? "ReduceMax" : "ReduceMin", ratios, 0, /*keepdims=*/false);
    Value made = e.op("Floor", e.add(e.mul(given, commonScale), e.number(0.5, wide)));
    sizes = e.measured(ComputedSizes(e).toInt64(made));
  }

  /// floor(size * scale), exactly: every float is a whole number by a power of two.
  Value scaledSize(int64_t axis, double scale) {
    if (std::optional<int64_t> size = e.knownSize(x, axis))
      return e.scalar(int64_t(std::floor(double(*size) * scale)));
    int64_t divisor = 1;
    while (scale * double(divisor) != std::floor(scale * double(divisor)) && divisor < (int64_t(1) << 30))
      divisor *= 2;
    return e.div(e.mul(e.sizeOf(x, axis), e.scalar(int64_t(scale * double(divisor)))), e.scalar(divisor));
  }

  void resizeAxis(ArrayRef<int64_t> axes, size_t i, std::optional<double> factor) {
    Axis axis;
    axis.number = axes[i];
    if (factor && !(*factor > 0 && *factor < 1e6))
      return fail("a scale that is not positive", "a positive number");
    std::optional<int64_t> before = e.knownSize(x, axis.number);
    axis.before = e.cast(e.sizeOf(x, axis.number), wide);
    Value computedScale = commonScale;
    if (scales && !factor) {
      computedScale = e.cast(e.gather(scales, e.scalar(int64_t(i)), 0), wide);
      axis.count = e.measured(ComputedSizes(e).toInt64(e.op("Floor", e.mul(axis.before, computedScale))));
    } else {
      axis.count = factor ? scaledSize(axis.number, *factor) : e.gather(sizes, e.scalar(int64_t(i)), 0);
    }
    axis.after = e.cast(axis.count, wide);
    if (computedScale)
      if (SmallVector<double> known = e.knownNumbers(computedScale); !known.empty())
        factor = known.front();
    if (!factor && !computedScale && before && *before > 0)
      if (std::optional<SmallVector<int64_t>> known = e.knownInts(axis.count))
        factor = double(known->front()) / double(*before);
    if (factor == 1 && method.coordinates != "tf_crop_and_resize")
      return;
    axis.knownScale = factor;
    axis.scale = factor ? e.number(*factor, wide) : computedScale ? computedScale : e.div(axis.after, axis.before);
    axis.exact = scales || commonScale ? e.mul(axis.before, axis.scale) : axis.after;
    if (!region.empty()) {
      axis.regionBegin = region[i];
      axis.regionEnd = region[axes.size() + i];
    }
    x = AxisResizer(e, method, axis).resize(x);
  }

  Expander &e;
  Method method;
  Value x, scales, sizes;
  Type wide;
  SmallVector<double> region;
  Value commonScale;
};

/// An input of a vector without elements says nothing.
Value present(Expander &e, size_t index) {
  Value value = e.input(index);
  return value && e.knownSize(value, 0) != 0 ? value : Value();
}

bool isMode(Expander &e, StringRef mode) {
  if (is_contained({"nearest", "linear", "cubic"}, mode))
    return true;
  e.error() << "attribute 'mode' is '" << mode << "', one of nearest, linear, cubic was expected";
  return false;
}

void expandResize(Expander &e) {
  Method method;
  method.mode = e.textOr("mode", "nearest");
  method.coordinates = e.textOr("coordinate_transformation_mode", "half_pixel");
  method.rounding = e.textOr("nearest_mode", "round_prefer_floor");
  method.cubic = e.floatOr("cubic_coeff_a", -0.75);
  method.extrapolation = e.floatOr("extrapolation_value", 0);
  method.excludeOutside = e.intOr("exclude_outside", 0) != 0;
  method.antialias = e.intOr("antialias", 0) != 0 && method.mode != "nearest";
  if (isMode(e, method.mode))
    Resizer(e, std::move(method), present(e, 1), present(e, 2), present(e, 3)).write();
}

/// What Resize replaced: nothing is centred.
void expandUpsample(Expander &e) {
  Method method;
  method.mode = e.textOr("mode", "nearest");
  method.coordinates = "asymmetric";
  method.rounding = "floor";
  if (isMode(e, method.mode))
    Resizer(e, std::move(method), Value(), e.input(1), Value()).write();
}

constexpr NamedExpansion kExpansions[] = {
    {"Resize", expandResize},
    {"Upsample", expandUpsample},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::resizeExpansions() {
  return kExpansions;
}
