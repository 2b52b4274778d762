//===- ExpandAttention.cpp - attention and its positions -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "Tensors.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// softmax(Q K^T / sqrt(d) + bias) V, as the standard defines it step by step.
class Attention {
public:
  explicit Attention(Expander &e) : e(e), type(e.type(e.input(0))) {}

  void write() {
    if (!readOperands())
      return;
    Value scores = product();
    if (double cap = e.floatOr("softcap", 0); cap > 0) {
      Value limit = e.numberLike(cap, scores);
      scores = e.mul(e.op("Tanh", e.div(scores, limit)), limit);
    }
    int64_t stage = e.intOr("qk_matmul_output_mode", 0);
    if (stage == 0 || stage == 1)
      e.result(3, scores);
    Value bias = additiveBias();
    if (bias)
      scores = e.add(scores, bias);
    if (stage == 2)
      e.result(3, scores);
    Value weights = e.cast(e.op("Softmax", e.cast(scores, softmaxType()), e.attr("axis", int64_t(-1))), type);
    // A row without any key is 0, not NaN.
    if (bias && mayMaskRows) {
      Value most = e.reduce("ReduceMax", bias, -1, true);
      weights = e.where(e.op("Equal", {most, e.numberLike(-kInfinity, bias)}), e.numberLike(0, weights), weights);
    }
    if (stage == 3)
      e.result(3, weights);
    Value y = e.matmul(weights, v);
    if (flat)
      y = e.reshape(e.transpose(y, {0, 2, 1, 3}), {0, 0, -1});
    e.result(0, y);
  }

private:
  /// [batch, sequence, heads * size] as [batch, heads, sequence, size].
  Value heads(Value x, int64_t count) { return e.transpose(e.reshape(x, {0, 0, count, -1}), {0, 2, 1, 3}); }

  bool readOperands() {
    q = e.input(0), k = e.input(1), v = e.input(2);
    int64_t rank = e.rank(q);
    flat = rank == 3;
    std::optional<int64_t> queryHeads = e.knownSize(q, 1), keyHeads = e.knownSize(k, 1);
    if ((rank != 3 && rank != 4) || e.rank(k) != rank || e.rank(v) != rank) {
      e.error() << "Q, K and V of rank " << rank << ", " << e.rank(k) << " and " << e.rank(v)
                << " found, three times 3 or 4 was expected";
      return false;
    }
    if (flat) {
      queryHeads = e.intOr("q_num_heads", 0), keyHeads = e.intOr("kv_num_heads", 0);
      if (*queryHeads < 1 || *keyHeads < 1) {
        e.error() << "attributes 'q_num_heads' and 'kv_num_heads' are " << *queryHeads << " and " << *keyHeads
                  << ", positive numbers were expected for operands of rank 3";
        return false;
      }
      q = heads(q, *queryHeads), k = heads(k, *keyHeads), v = heads(v, *keyHeads);
    }
    for (auto [past, present] : {std::pair(e.input(4), &k), std::pair(e.input(5), &v)})
      if (past)
        *present = e.concat({past, *present}, 2);
    e.result(1, k);
    e.result(2, v);
    return !e.hasFailed() && shareHeads(queryHeads, keyHeads);
  }

  /// Every head of the keys and values serves as many heads of the queries in a row.
  bool shareHeads(std::optional<int64_t> queryHeads, std::optional<int64_t> keyHeads) {
    if (!queryHeads || !keyHeads || *queryHeads == *keyHeads)
      return true;
    if (*keyHeads < 1 || *queryHeads % *keyHeads != 0) {
      e.error() << *queryHeads << " heads of queries for " << *keyHeads << " of keys found, a multiple was expected";
      return false;
    }
    for (Value *x : {&k, &v}) {
      Value batch = e.shapeOf(*x, 0, 1), head = e.shapeOf(*x, 2, 4);
      Value repeated = e.concat({e.shapeOf(*x, 0, 2), e.vector(*queryHeads / *keyHeads), head}, 0);
      *x = e.reshapeTo(e.expand(e.unsqueeze(*x, 2), repeated), e.concat({batch, e.vector(*queryHeads), head}, 0));
    }
    return true;
  }

  /// Both factors carry the root of the scale, which keeps narrow floats in range.
  Value product() {
    Value root;
    if (e.node().getFloat("scale")) {
      root = e.number(std::sqrt(e.floatOr("scale", 1)), type);
    } else if (std::optional<int64_t> size = e.knownSize(q, 3)) {
      root = e.number(std::sqrt(1 / std::sqrt(double(*size))), type);
    } else {
      Value open = e.cast(e.sizeOf(q, 3), Float32Type::get(e.node().loc.getContext()));
      root = e.cast(e.op("Sqrt", e.op("Reciprocal", e.op("Sqrt", open))), type);
    }
    return e.matmul(e.mul(q, root), e.mul(e.transpose(k, {0, 1, 3, 2}), root));
  }

  Type softmaxType() {
    if (!e.node().getInt("softmax_precision"))
      return type;
    const ElementKind *kind = findElementKind(e.intOr("softmax_precision", 1));
    Type wide = kind ? kind->type(e.node().loc.getContext()) : Type();
    if (wide && isa<FloatType>(wide))
      return wide;
    e.error() << "attribute 'softmax_precision' is " << e.intOr("softmax_precision", 1)
              << ", the number of a float type was expected";
    return type;
  }

  void allow(Value condition) { allowed = allowed ? e.op("And", {allowed, condition}) : condition; }

  /// What may be seen by position: by queries up to their own place, inside of a window, and before the padding.
  void findAllowed() {
    int64_t left = e.intOr("left_window_size", -1), right = e.intOr("right_window_size", -1);
    bool causal = e.intOr("is_causal", 0) != 0;
    Value count = e.input(6)
                      ? e.unsqueeze(e.cast(e.input(6), IntegerType::get(e.node().loc.getContext(), 64)), {1, 2, 3})
                      : Value();
    Value columns = causal || left >= 0 || right >= 0 || count ? e.range(e.sizeOf(k, 2)) : Value();
    if (causal || left >= 0 || right >= 0) {
      Value rows = e.unsqueeze(e.range(e.sizeOf(q, 2)), 1);
      if (e.input(4))
        rows = e.add(rows, e.sizeOf(e.input(4), 2));
      else if (count)
        rows = e.add(rows, e.sub(count, e.sizeOf(q, 2)));
      if (causal)
        allow(e.op("LessOrEqual", {columns, rows}));
      if (left >= 0)
        allow(e.op("LessOrEqual", {e.sub(rows, columns), e.scalar(left)}));
      if (right >= 0)
        allow(e.op("LessOrEqual", {e.sub(columns, rows), e.scalar(right)}));
    }
    if (count)
      allow(e.op("Less", {columns, count}));
    mayMaskRows = e.input(3) || count || left >= 0 || right >= 0;
  }

  /// The mask as numbers, up to the last key: shorter ones end with what may not be seen.
  Value mask() {
    Value given = e.input(3);
    if (!given)
      return given;
    if (e.type(given).isInteger(1))
      given = e.where(given, e.number(0, type), e.number(-kInfinity, type));
    int64_t last = e.rank(given) - 1;
    if (e.hasFailed() || last < 0 || e.dims(given)[last] == e.dims(k)[2])
      return given;
    Value missing = e.sub(e.shapeOf(k, 2, 3), e.shapeOf(given, last, last + 1));
    Value pads = e.concat({e.vector(0), missing}, 0);
    return e.op("Pad", {given, pads, e.number(-kInfinity, e.type(given)), e.vector(last)});
  }

  Value additiveBias() {
    findAllowed();
    Value bias = mask();
    if (!allowed)
      return bias;
    Value positions = e.where(allowed, e.number(0, type), e.number(-kInfinity, type));
    return bias ? e.add(bias, positions) : positions;
  }

  Expander &e;
  Type type;
  Value q, k, v, allowed;
  bool flat = false, mayMaskRows = false;
};

void expandAttention(Expander &e) {
  Attention(e).write();
}

/// Pairs of elements as complex numbers, turned by the angle of their position.
void expandRotaryEmbedding(Expander &e) {
  Value x = e.input(0), positions = e.input(3);
  int64_t rank = e.rank(x), count = e.intOr("num_heads", 0), turned = e.intOr("rotary_embedding_dim", 0);
  if ((rank != 3 && rank != 4) || (rank == 3 && count < 1) || turned < 0) {
    e.error() << "a tensor of rank " << rank << ", " << count << " heads and " << turned
              << " turned elements found, rank 4, or rank 3 and a number of heads was expected";
    return;
  }
  // [batch, sequence, heads, size]
  Value heads = rank == 3 ? e.reshape(x, {0, 0, count, -1}) : e.transpose(x, {0, 2, 1, 3}), rest;
  Value part = heads;
  if (turned) {
    part = e.slice(heads, 3, 0, turned);
    rest = e.slice(heads, 3, turned, std::numeric_limits<int64_t>::max());
  }
  bool interleaved = e.intOr("interleaved", 0) != 0;
  int64_t pair = interleaved ? 4 : 3;
  Value pairs = e.reshape(part, interleaved ? Expander::Ints{0, 0, 0, -1, 2} : Expander::Ints{0, 0, 0, 2, -1});
  Value real = e.gather(pairs, e.scalar(0), pair), imaginary = e.gather(pairs, e.scalar(1), pair);
  auto angles = [&](Value cache) { return e.unsqueeze(positions ? e.gather(cache, positions, 0) : cache, 2); };
  Value cosine = angles(e.input(1)), sine = angles(e.input(2));
  Value newReal = e.sub(e.mul(cosine, real), e.mul(sine, imaginary));
  Value newImaginary = e.add(e.mul(sine, real), e.mul(cosine, imaginary));
  Value joined = e.concat({e.unsqueeze(newReal, pair), e.unsqueeze(newImaginary, pair)}, pair);
  Value y = e.reshapeLike(joined, part);
  if (rest)
    y = e.concat({y, rest}, 3);
  e.result(0, rank == 3 ? e.reshapeLike(y, x) : e.transpose(y, {0, 2, 1, 3}));
}

constexpr NamedExpansion kExpansions[] = {
    {"Attention", expandAttention},
    {"RotaryEmbedding", expandRotaryEmbedding},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::attentionExpansions() {
  return kExpansions;
}
