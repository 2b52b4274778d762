//===- ExpandContractions.cpp - Einsum, ConvTranspose -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

#include "llvm/ADT/StringExtras.h"

#include <limits>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

/// A tensor with a letter per dimension; dimensions of an ellipsis have digits, counted from the last.
struct Labelled {
  Value value;
  std::string labels;
};

class Einsum {
public:
  explicit Einsum(Expander &e) : e(e) {}

  void write() {
    std::string equation = e.textOr("equation", "");
    equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
    auto [left, right] = StringRef(equation).split("->");
    SmallVector<StringRef> terms;
    left.split(terms, ',');
    if (terms.size() != e.inputCount()) {
      e.error() << "equation '" << equation << "' has " << terms.size() << " terms for " << e.inputCount()
                << " inputs, one each was expected";
      return;
    }
    SmallVector<Labelled> tensors;
    for (auto [i, term] : enumerate(terms))
      tensors.push_back({e.input(i), labelsOf(term, e.rank(e.input(i)))});
    std::string result = StringRef(equation).contains("->") ? labelsOf(right, -1) : implicitResult(tensors);
    if (e.hasFailed())
      return;
    for (Labelled &tensor : tensors)
      tensor = withoutRepeats(tensor);
    Labelled total = tensors.front();
    for (size_t i = 1; i < tensors.size() && !e.hasFailed(); ++i) {
      std::string later = result;
      for (const Labelled &tensor : ArrayRef(tensors).drop_front(i + 1))
        later += tensor.labels;
      total = multiply(summed(total, tensors[i].labels + later), summed(tensors[i], total.labels + later), later);
    }
    total = summed(total, result);
    if (!e.hasFailed())
      e.result(0, ordered(total, result).value);
  }

private:
  /// The labels of a term; `rank` is that of its tensor, or -1 for the result.
  std::string labelsOf(StringRef term, int64_t rank) {
    std::string labels;
    size_t dots = term.find("...");
    size_t letters = dots == StringRef::npos ? term.size() : term.size() - 3;
    int64_t hidden = rank < 0 ? ellipsis : rank - int64_t(letters);
    for (size_t i = 0; i < term.size(); ++i) {
      if (i == dots) {
        for (int64_t d = std::min<int64_t>(hidden, 9); d > 0; --d)
          labels += char('0' + d);
        i += 2;
      } else {
        valid = valid && isAlpha(term[i]);
        labels += term[i];
      }
    }
    if (dots != StringRef::npos && rank >= 0)
      ellipsis = std::max(ellipsis, hidden);
    if (!valid || (rank >= 0 && int64_t(labels.size()) != rank))
      e.error() << "term '" << term << "' of the equation found, one letter per dimension was expected"
                << (rank < 0 ? "" : " of its tensor of rank ") << (rank < 0 ? "" : std::to_string(rank));
    return labels;
  }

  /// The ellipsis, then the letters that appear once, in their order.
  std::string implicitResult(ArrayRef<Labelled> tensors) {
    std::string all, result;
    for (const Labelled &tensor : tensors)
      all += tensor.labels;
    for (int64_t d = ellipsis; d > 0; --d)
      result += char('0' + d);
    for (char c = 'A'; c <= 'z'; ++c)
      if (isAlpha(c) && StringRef(all).count(c) == 1)
        result += c;
    return result;
  }

  /// A label twice in a term is a diagonal: the part of the tensor where both indices are equal, summed.
  Labelled withoutRepeats(Labelled x) {
    for (size_t i = 0; i < x.labels.size() && !e.hasFailed(); ++i) {
      size_t again = x.labels.find(x.labels[i], i + 1);
      if (again == std::string::npos)
        continue;
      SmallVector<int64_t> others;
      for (size_t d = 0; d < x.labels.size(); ++d)
        if (d != i && d != again)
          others.push_back(d);
      Value index = e.range(e.sizeOf(x.value, i));
      Value rows = e.unsqueeze(index, 1);
      Value equal = e.op("Equal", {rows, index});
      if (!others.empty())
        equal = e.unsqueeze(equal, others);
      Value diagonal = e.where(equal, x.value, e.numberLike(0, x.value));
      x.value = e.reduce("ReduceSum", diagonal, int64_t(again), false);
      x.labels.erase(again, 1);
      --i;
    }
    return x;
  }

  /// Without the labels that are not among `needed`.
  Labelled summed(Labelled x, StringRef needed) {
    SmallVector<int64_t> axes;
    std::string labels;
    for (auto [i, label] : enumerate(x.labels)) {
      if (needed.contains(label))
        labels += label;
      else
        axes.push_back(i);
    }
    if (axes.empty())
      return x;
    return {e.reduce("ReduceSum", x.value, axes, false), labels};
  }

  Labelled ordered(const Labelled &x, StringRef labels) {
    SmallVector<int64_t> perm;
    for (char label : labels)
      if (size_t place = x.labels.find(label); place != std::string::npos)
        perm.push_back(place);
    if (perm.size() != labels.size() || perm.size() != x.labels.size()) {
      e.error() << "the equation's result has the dimensions '" << labels << "', of which '" << x.labels
                << "' are in its terms; each was expected once";
      return x;
    }
    bool moves = !is_sorted(perm);
    return {moves ? e.transpose(x.value, perm) : x.value, labels.str()};
  }

  /// A dimension of 1 where `wanted` has a label that x does not.
  Labelled aligned(const Labelled &x, StringRef wanted) {
    std::string present;
    SmallVector<int64_t> missing;
    for (auto [i, label] : enumerate(wanted)) {
      if (StringRef(x.labels).contains(label))
        present += label;
      else
        missing.push_back(i);
    }
    Labelled moved = ordered(x, present);
    return {missing.empty() ? moved.value : e.unsqueeze(moved.value, missing), wanted.str()};
  }

  /// A MatMul where each side has at most one label of its own and one is contracted; else a product, then a sum.
  Labelled multiply(const Labelled &a, const Labelled &b, StringRef later) {
    std::string batch, contracted, ofA, ofB;
    for (char label : a.labels) {
      bool shared = StringRef(b.labels).contains(label);
      (shared ? (later.contains(label) ? batch : contracted) : ofA) += label;
    }
    for (char label : b.labels)
      if (!StringRef(a.labels).contains(label))
        ofB += label;
    if (ofA.size() > 1 || ofB.size() > 1 || contracted.size() != 1) {
      std::string all = batch + ofA + ofB + contracted;
      Labelled product{e.mul(aligned(a, all).value, aligned(b, all).value), all};
      return summed(product, later);
    }
    Value left = ordered(a, batch + ofA + contracted).value, right = ordered(b, batch + contracted + ofB).value;
    int64_t row = batch.size();
    if (ofA.empty())
      left = e.unsqueeze(left, row);
    if (ofB.empty())
      right = e.unsqueeze(right, row + 1);
    Value product = e.matmul(left, right);
    SmallVector<int64_t> gone;
    if (ofA.empty())
      gone.push_back(row);
    if (ofB.empty())
      gone.push_back(row + 1);
    return {gone.empty() ? product : e.squeeze(product, gone), batch + ofA + ofB};
  }

  Expander &e;
  int64_t ellipsis = 0;
  bool valid = true;
};

void expandEinsum(Expander &e) {
  Einsum(e).write();
}

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

/// A convolution by the mirrored kernel of the input with strides - 1 zeros between its elements.
class ConvTranspose {
public:
  explicit ConvTranspose(Expander &e) : e(e), x(e.input(0)), w(e.input(1)), spatial(e.rank(e.input(0)) - 2) {}

  void write() {
    if (spatial < 1 || e.rank(w) != spatial + 2) {
      e.error() << "an input of rank " << spatial + 2 << " and weights of rank " << e.rank(w)
                << " found, the same rank of at least 3 was expected";
      return;
    }
    readWindow();
    if (e.hasFailed())
      return;
    Value weights = mirroredWeights();
    Value spread = spreadInput();
    SmallVector<int64_t> grow(2 * spatial), cut(2 * spatial);
    for (int64_t i = 0; i < 2 * spatial; ++i) {
      int64_t reach = dilations[i % spatial] * (kernel[i % spatial] - 1);
      int64_t margin = reach - pads[i] + (i >= spatial ? extra[i - spatial] : 0);
      grow[i] = std::max<int64_t>(margin, 0);
      cut[i] = std::max<int64_t>(-margin, 0);
    }
    Value y = e.op("Conv", {spread, weights, e.input(2)},
                   {e.attr("dilations", dilations), e.attr("group", groups), e.attr("pads", grow)});
    for (int64_t i = 0; i < spatial; ++i)
      if (cut[i] || cut[spatial + i])
        y = e.slice(y, 2 + i, cut[i], cut[spatial + i] ? -cut[spatial + i] : std::numeric_limits<int64_t>::max());
    e.result(0, y);
  }

private:
  SmallVector<int64_t> listOr(StringRef name, int64_t otherwise, size_t count) {
    std::optional<Expander::Ints> given = e.ints(name);
    if (!given)
      return SmallVector<int64_t>(count, otherwise);
    if (given->size() != count)
      e.error() << "attribute '" << name << "' has " << given->size() << " numbers, " << count << " were expected";
    SmallVector<int64_t> list(given->begin(), given->end());
    list.resize(count, otherwise);
    return list;
  }

  void readWindow() {
    groups = e.intOr("group", 1);
    strides = listOr("strides", 1, spatial);
    dilations = listOr("dilations", 1, spatial);
    extra = listOr("output_padding", 0, spatial);
    pads = listOr("pads", 0, 2 * spatial);
    for (int64_t i = 0; i < spatial; ++i)
      kernel.push_back(e.size(w, 2 + i));
    std::string automatic = e.textOr("auto_pad", "NOTSET");
    std::optional<Expander::Ints> shape = e.ints("output_shape");
    if (shape && int64_t(shape->size()) != spatial)
      e.error() << "attribute 'output_shape' has " << shape->size() << " numbers, " << spatial << " were expected";
    if (e.hasFailed() || (!shape && !StringRef(automatic).starts_with("SAME")))
      return;
    for (int64_t i = 0; i < spatial && !e.hasFailed(); ++i) {
      int64_t extent = (kernel[i] - 1) * dilations[i] + 1;
      // What the result has more than (input - 1) * stride.
      int64_t wanted = shape ? (*shape)[i] - strides[i] * (e.size(x, 2 + i) - 1) : strides[i];
      int64_t total = extra[i] + extent - wanted;
      // Elements that no position of the kernel reaches are zeros at the end.
      if (total < 0) {
        extra[i] -= total;
        total = 0;
      }
      int64_t half = total / 2;
      pads[i] = automatic == "SAME_UPPER" ? half : total - half;
      pads[spatial + i] = total - pads[i];
    }
  }

  /// [channels, outputs per group, ...] as [outputs, channels per group, ...], backwards in space.
  Value mirroredWeights() {
    for (int64_t i = 0; i < spatial; ++i)
      if (kernel[i] > 1)
        w = e.slice(w, 2 + i, -1, std::numeric_limits<int64_t>::min() + 1, -1);
    int64_t channels = e.size(w, 0), outputs = e.size(w, 1);
    if (groups < 1 || channels % groups != 0) {
      e.error() << groups << " groups of " << channels
                << " channels found, a positive number that divides them was expected";
      return Value();
    }
    SmallVector<int64_t> parted = {groups, channels / groups, outputs}, merged = {groups * outputs, channels / groups};
    SmallVector<int64_t> perm = {0, 2, 1};
    for (int64_t i = 0; i < spatial; ++i) {
      parted.push_back(kernel[i]);
      merged.push_back(kernel[i]);
      perm.push_back(3 + i);
    }
    return e.reshape(e.transpose(e.reshape(w, parted), perm), merged);
  }

  Value spreadInput() {
    if (all_of(strides, [](int64_t stride) { return stride == 1; }))
      return x;
    // Each element gets a dimension of its own, which is padded to the stride.
    SmallVector<int64_t> places, after, begin;
    for (int64_t i = 0; i < spatial; ++i) {
      places.push_back(3 + 2 * i);
      begin.push_back(0);
      after.push_back(strides[i] - 1);
    }
    begin.append(after);
    Value zero = e.numberLike(0, x);
    Value padded = e.op("Pad", {e.unsqueeze(x, places), e.vector(begin), zero, e.vector(places)});
    Value space = e.mul(e.shapeOf(x, 2, 2 + spatial), e.vector(strides));
    Value spread = e.reshapeTo(padded, e.concat({e.shapeOf(x, 0, 2), space}, 0));
    for (int64_t i = 0; i < spatial; ++i)
      if (strides[i] > 1)
        spread = e.slice(spread, 2 + i, 0, 1 - strides[i]);
    return spread;
  }

  Expander &e;
  Value x, w;
  int64_t spatial, groups = 1;
  SmallVector<int64_t> kernel, strides, dilations, pads, extra;
};

void expandConvTranspose(Expander &e) {
  ConvTranspose(e).write();
}

constexpr NamedExpansion kExpansions[] = {
    {"ConvTranspose", expandConvTranspose},
    {"Einsum", expandEinsum},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::contractionExpansions() {
  return kExpansions;
}
