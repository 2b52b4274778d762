//===- ExpandRecurrent.cpp - recurrent layers, step by step -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Longer sequences make programs that nobody wants.
constexpr int64_t kMaxSteps = 1024;

/// RNN, GRU and LSTM: one direction after the other, one step after the other.
class Recurrent {
public:
  Recurrent(Expander &e, int64_t gates) : e(e), gates(gates), x(e.input(0)) {}

  void write() {
    batchFirst = e.intOr("layout", 0) != 0;
    std::string direction = e.textOr("direction", "forward");
    if (e.rank(x) != 3 || e.rank(e.input(1)) != 3 || e.rank(e.input(2)) != 3 ||
        !is_contained({"forward", "reverse", "bidirectional"}, direction)) {
      e.error() << "direction '" << direction << "' and an input of rank " << e.rank(x)
                << " found, forward, reverse or bidirectional and tensors of rank 3 were expected";
      return;
    }
    if (batchFirst)
      x = e.transpose(x, {1, 0, 2});
    steps = e.size(x, 0);
    if (!e.hasFailed() && (steps < 1 || steps > kMaxSteps))
      e.error() << "a sequence of " << steps << " steps found, 1 to " << kMaxSteps << " were expected";
    if (!readActivations(direction == "bidirectional" ? 2 : 1))
      return;
    SmallVector<Value> all, lastHidden, lastCell;
    for (int64_t d = 0; d < (direction == "bidirectional" ? 2 : 1) && !e.hasFailed(); ++d) {
      Value y = run(d, direction == "reverse" || d == 1);
      all.push_back(e.unsqueeze(y, 1));
      lastHidden.push_back(e.unsqueeze(hidden, 0));
      if (cell)
        lastCell.push_back(e.unsqueeze(cell, 0));
    }
    if (e.hasFailed())
      return;
    Value y = joined(all, 1), h = joined(lastHidden, 0);
    e.result(0, batchFirst ? e.transpose(y, {2, 0, 1, 3}) : y);
    e.result(1, batchFirst ? e.transpose(h, {1, 0, 2}) : h);
    if (!lastCell.empty()) {
      Value c = joined(lastCell, 0);
      e.result(2, batchFirst ? e.transpose(c, {1, 0, 2}) : c);
    }
  }

private:
  Value joined(ArrayRef<Value> parts, int64_t axis) {
    return parts.size() == 1 ? parts.front() : e.concat(parts, axis);
  }

  /// The functions of every direction: those of the operator, unless they are named.
  bool readActivations(size_t directions) {
    static constexpr StringLiteral kDefaults[][3] = {
        {"Tanh", "", ""}, {"Sigmoid", "Tanh", ""}, {"Sigmoid", "Tanh", "Tanh"}};
    size_t count = gates == 1 ? 1 : (gates == 3 ? 2 : 3);
    auto named = dyn_cast_or_null<ArrayAttr>(e.node().attributes.get("activations"));
    for (size_t i = 0; i < count * directions; ++i) {
      std::string name = kDefaults[count - 1][i % count].str();
      if (named && i < named.size())
        name = cast<StringAttr>(named[i]).getValue().str();
      if (!is_contained({"Tanh", "Sigmoid", "Relu", "Softsign", "Softplus", "HardSigmoid", "Elu", "LeakyRelu"}, name)) {
        e.error()
            << "the activation '" << name
            << "' found, one of Tanh, Sigmoid, Relu, Softsign, Softplus, HardSigmoid, Elu, LeakyRelu was expected";
        return false;
      }
      activations.push_back(name);
    }
    bool plain = true;
    for (StringRef list : {"activation_alpha", "activation_beta"})
      if (auto values = dyn_cast_or_null<DenseF32ArrayAttr>(e.node().attributes.get(list)))
        plain = plain && values.empty();
    if (!plain)
      e.error() << "activations with parameters of their own found, those of the standard were expected";
    return plain && !e.hasFailed();
  }

  Value activation(size_t i, Value value) {
    return e.op(activations[direction * (activations.size() / directionCount()) + i], value);
  }
  size_t directionCount() const { return activations.size() / (gates == 1 ? 1 : (gates == 3 ? 2 : 3)); }

  /// A parameter of the direction, without the dimension of directions.
  Value ofDirection(Value parameter) { return e.gather(parameter, e.scalar(direction), 0); }

  Value zeroState() {
    Value shape = e.concat({e.shapeOf(x, 1, 2), e.shapeOf(e.input(2), 2, 3)}, 0);
    return e.expand(e.numberLike(0, x), shape);
  }

  Value initial(Value given) {
    if (!given)
      return zeroState();
    return e.gather(given, e.scalar(direction), batchFirst ? 1 : 0);
  }

  /// [batch, gates * size] as [batch, gates, size]; one of them.
  Value parted(Value value) { return e.reshape(value, {0, gates, -1}); }
  Value gate(Value value, int64_t i) { return e.gather(value, e.scalar(i), 1); }

  Value clipped(Value value) {
    double limit = e.floatOr("clip", 0);
    return limit > 0 ? e.op("Clip", {value, e.numberLike(-limit, value), e.numberLike(limit, value)}) : value;
  }

  Value run(int64_t number, bool backwards) {
    direction = number;
    Value w = e.transpose(ofDirection(e.input(1)), {1, 0});
    r = e.transpose(ofDirection(e.input(2)), {1, 0});
    Value inputs = e.matmul(x, w), bias;
    recurrentBias = Value();
    if (e.input(3)) {
      bias = e.reshape(ofDirection(e.input(3)), {2, -1});
      inputs = e.add(inputs, e.gather(bias, e.scalar(0), 0));
      recurrentBias = e.gather(bias, e.scalar(1), 0);
    }
    hidden = initial(e.input(5));
    cell = gates == 4 ? initial(e.input(6)) : Value();
    Value peepholes = gates == 4 && e.input(7) ? e.reshape(ofDirection(e.input(7)), {3, -1}) : Value();
    SmallVector<Value> outputs(steps);
    for (int64_t i = 0; i < steps && !e.hasFailed(); ++i) {
      int64_t t = backwards ? steps - 1 - i : i;
      Value oldHidden = hidden, oldCell = cell;
      Value input = e.gather(inputs, e.scalar(t), 0);
      if (gates == 1)
        stepRnn(input);
      else if (gates == 3)
        stepGru(input);
      else
        stepLstm(input, peepholes);
      outputs[t] = hidden;
      if (Value lengths = e.input(4)) {
        Value active = e.unsqueeze(e.op("Greater", {lengths, e.number(double(t), e.type(lengths))}), 1);
        outputs[t] = e.where(active, hidden, e.numberLike(0, hidden));
        hidden = e.where(active, hidden, oldHidden);
        if (cell)
          cell = e.where(active, cell, oldCell);
      }
    }
    for (Value &output : outputs)
      output = e.unsqueeze(output, 0);
    return joined(outputs, 0);
  }

  Value recurrent(Value state) {
    Value product = e.matmul(state, r);
    return recurrentBias ? e.add(product, recurrentBias) : product;
  }

  void stepRnn(Value input) { hidden = activation(0, clipped(e.add(input, recurrent(hidden)))); }

  /// Gates: update, reset, new.
  void stepGru(Value input) {
    Value fromInput = parted(input), fromState = parted(recurrent(hidden));
    auto sum = [&](int64_t i) { return clipped(e.add(gate(fromInput, i), gate(fromState, i))); };
    Value update = activation(0, sum(0)), reset = activation(0, sum(1)), inner;
    if (e.intOr("linear_before_reset", 0) != 0)
      inner = e.mul(reset, gate(fromState, 2));
    else
      inner = gate(parted(recurrent(e.mul(reset, hidden))), 2);
    Value candidate = activation(1, clipped(e.add(gate(fromInput, 2), inner)));
    hidden = e.add(e.mul(e.sub(e.numberLike(1, update), update), candidate), e.mul(update, hidden));
  }

  /// Gates: input, output, forget, cell.
  void stepLstm(Value input, Value peepholes) {
    Value sums = parted(e.add(input, recurrent(hidden)));
    auto gated = [&](int64_t i, int64_t peephole, Value state) {
      Value sum = gate(sums, i);
      if (peepholes)
        sum = e.add(sum, e.mul(e.gather(peepholes, e.scalar(peephole), 0), state));
      return activation(0, clipped(sum));
    };
    Value in = gated(0, 0, cell);
    Value forget = e.intOr("input_forget", 0) != 0 ? e.sub(e.numberLike(1, in), in) : gated(2, 2, cell);
    cell = e.add(e.mul(forget, cell), e.mul(in, activation(1, clipped(gate(sums, 3)))));
    Value out = gated(1, 1, cell);
    hidden = e.mul(out, activation(2, cell));
  }

  Expander &e;
  int64_t gates;
  Value x, r, recurrentBias, hidden, cell;
  bool batchFirst = false;
  int64_t steps = 0;
  size_t direction = 0;
  SmallVector<std::string> activations;
};

void expandRNN(Expander &e) {
  Recurrent(e, 1).write();
}
void expandGRU(Expander &e) {
  Recurrent(e, 3).write();
}
void expandLSTM(Expander &e) {
  Recurrent(e, 4).write();
}

/// Attention without a softmax: a matrix per head is the sum of keys times values so far.
class LinearAttention {
public:
  explicit LinearAttention(Expander &e) : e(e), wide(Float32Type::get(e.node().loc.getContext())) {}

  void write() {
    std::string rule = e.textOr("update_rule", "gated_delta");
    bool gated = rule == "gated" || rule == "gated_delta", corrected = rule == "delta" || rule == "gated_delta";
    int64_t queryHeads = e.intOr("q_num_heads", 0), heads = e.intOr("kv_num_heads", 0);
    if ((!gated && !corrected && rule != "linear") || gated != bool(e.input(4)) || corrected != bool(e.input(5)) ||
        heads < 1 || queryHeads < 1 || queryHeads % heads != 0 || e.rank(e.input(0)) != 3) {
      e.error() << "update rule '" << rule << "' with " << queryHeads << " heads of queries for " << heads
                << " of keys found, the standard's rules with their operands and a multiple were expected";
      return;
    }
    Value q = unpacked(e.input(0), queryHeads), k = unpacked(e.input(1), heads), v = unpacked(e.input(2), heads);
    Value decay = gated ? unpacked(e.input(4), heads) : Value(), beta;
    if (corrected)
      beta = unpacked(e.input(5), e.knownSize(e.input(5), 2) == 1 ? 1 : heads);
    int64_t steps = e.size(q, 2), size = e.size(q, 3);
    if (!e.hasFailed() && (steps < 1 || steps > kMaxSteps))
      e.error() << "a sequence of " << steps << " steps found, 1 to " << kMaxSteps << " were expected";
    double scale = e.floatOr("scale", 0);
    q = e.mul(q, e.numberLike(scale == 0 ? 1 / std::sqrt(double(std::max<int64_t>(size, 1))) : scale, q));
    // [batch, heads, size of keys, size of values]
    Value state = e.input(3) ? e.cast(e.input(3), wide) : zeroState(k, v);
    SmallVector<Value> rows;
    for (int64_t t = 0; t < steps && !e.hasFailed(); ++t) {
      auto at = [&](Value x) { return e.gather(x, e.scalar(t), 2); };
      Value key = e.unsqueeze(at(k), 3), value = e.unsqueeze(at(v), 2);
      if (gated)
        state = e.mul(state, e.unsqueeze(e.op("Exp", at(decay)), 3));
      if (corrected)
        value = e.mul(e.unsqueeze(at(beta), 3), e.sub(value, e.matmul(e.transpose(key, {0, 1, 3, 2}), state)));
      state = e.add(state, e.mul(key, value));
      rows.push_back(read(e.unsqueeze(at(q), 2), state, heads, queryHeads / heads));
    }
    if (e.hasFailed())
      return;
    Value y = rows.size() == 1 ? rows.front() : e.concat(rows, 2);
    e.result(0, e.cast(e.reshape(e.transpose(y, {0, 2, 1, 3}), {0, 0, -1}), e.type(e.input(0))));
    e.result(1, e.cast(state, e.type(e.input(3) ? e.input(3) : e.input(0))));
  }

private:
  /// [batch, sequence, heads * size] as [batch, heads, sequence, size], in float32.
  Value unpacked(Value x, int64_t heads) {
    return e.transpose(e.reshape(e.cast(x, wide), {0, 0, heads, -1}), {0, 2, 1, 3});
  }

  Value zeroState(Value k, Value v) {
    Value shape = e.concat({e.shapeOf(k, 0, 2), e.shapeOf(k, 3, 4), e.shapeOf(v, 3, 4)}, 0);
    return e.expand(e.number(0, wide), shape);
  }

  /// Every state serves as many heads of the queries in a row: [batch, heads, shared, size] times the state.
  Value read(Value query, Value state, int64_t heads, int64_t shared) {
    if (shared == 1)
      return e.matmul(query, state);
    Value grouped = e.reshape(query, {0, heads, shared, -1});
    Value y = e.matmul(grouped, state);
    return e.reshape(y, {0, heads * shared, 1, -1});
  }

  Expander &e;
  Type wide;
};

void expandLinearAttention(Expander &e) {
  LinearAttention(e).write();
}

constexpr NamedExpansion kExpansions[] = {
    {"GRU", expandGRU},
    {"LSTM", expandLSTM},
    {"LinearAttention", expandLinearAttention},
    {"RNN", expandRNN},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::recurrentExpansions() {
  return kExpansions;
}
