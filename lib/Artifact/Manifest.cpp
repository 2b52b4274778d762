//===- Manifest.cpp - a program as a FlatBuffer ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"

#include "runtime/schema/artifact_generated.h"

#include <map>

using namespace rheobase;
using namespace rheobase::artifact;
using flatbuffers::Offset;
using flatbuffers::Vector;

namespace {
/// Orders expressions, so that each is written once.
struct ExprLess {
  bool operator()(const Expr &a, const Expr &b) const {
    auto less = [](const ExprOp &x, const ExprOp &y) {
      return std::pair(x.code, x.value) < std::pair(y.code, y.value);
    };
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), less);
  }
};

class Builder {
public:
  std::vector<uint8_t> build(const Program &program, uint32_t firstCodeSection);

private:
  template <typename Items, typename One> auto list(const Items &items, One one) {
    std::vector<decltype(one(*items.begin()))> offsets;
    for (const auto &item : items)
      offsets.push_back(one(item));
    return buffer.CreateVector(offsets);
  }

  Offset<flatbuffers::String> text(const std::string &value) { return buffer.CreateSharedString(value); }
  /// The position of `expression` in the pool, which grows in order of first use.
  uint32_t expression(const Expr &expression);
  Offset<Vector<uint32_t>> expressions(const std::vector<Expr> &list);
  Offset<schema::Tensor> tensor(const TensorInfo &info);
  Offset<schema::Dispatch> dispatch(const Dispatch &info);
  Offset<schema::Measure> measure(const Measure &info);
  Offset<schema::Weights> weights(const Weights &info);

  flatbuffers::FlatBufferBuilder buffer;
  std::map<Expr, uint32_t, ExprLess> numbers;
  std::vector<Offset<schema::Expression>> pool;
};
} // namespace

uint32_t Builder::expression(const Expr &expression) {
  auto [found, isNew] = numbers.try_emplace(expression, static_cast<uint32_t>(pool.size()));
  if (isNew) {
    std::vector<schema::ExprOp> ops;
    for (const ExprOp &op : expression)
      ops.emplace_back(static_cast<uint8_t>(op.code), op.value);
    pool.push_back(schema::CreateExpression(buffer, buffer.CreateVectorOfStructs(ops)));
  }
  return found->second;
}

Offset<Vector<uint32_t>> Builder::expressions(const std::vector<Expr> &list) {
  std::vector<uint32_t> positions;
  for (const Expr &item : list)
    positions.push_back(expression(item));
  return buffer.CreateVector(positions);
}

Offset<schema::Tensor> Builder::tensor(const TensorInfo &info) {
  auto name = text(info.name);
  auto dims = expressions(info.dims);
  return schema::CreateTensor(buffer, name, static_cast<uint8_t>(info.dtype), dims, info.buffer);
}

Offset<schema::Dispatch> Builder::dispatch(const Dispatch &info) {
  auto location = text(info.location);
  auto buffers = buffer.CreateVector(info.buffers);
  auto writes = buffer.CreateVector(info.writes);
  auto sizes = expressions(info.sizes);
  uint32_t grid = expression(info.grid);
  flatbuffers::Optional<uint32_t> scratch;
  if (!info.scratch.empty())
    scratch = expression(info.scratch);
  return schema::CreateDispatch(buffer, info.kernel, location, buffers, writes, sizes, grid, info.counting, scratch);
}

Offset<schema::Measure> Builder::measure(const Measure &info) {
  auto location = text(info.location);
  return schema::CreateMeasure(buffer, info.before, info.buffer, location, expressions(info.values));
}

Offset<schema::Weights> Builder::weights(const Weights &info) {
  return schema::CreateWeights(buffer, text(info.node), info.inputs, info.outputs, info.bits, info.length, info.groups,
                               info.columns, info.hasOffsets, static_cast<uint8_t>(info.scaleType), info.codes,
                               info.scales, info.zeros, info.codebook, info.kept);
}

std::vector<uint8_t> Builder::build(const Program &program, uint32_t firstCodeSection) {
  auto name = text(program.name);
  auto producer = text(program.producer);
  auto metadata = list(program.metadata, [&](const auto &item) {
    auto key = text(item.first);
    return schema::CreateKeyValue(buffer, key, text(item.second));
  });
  auto symbols = list(program.symbols, [&](const Symbol &item) {
    return schema::CreateSymbol(buffer, text(item.name), item.min, item.max);
  });
  auto oneTensor = [&](const TensorInfo &item) { return tensor(item); };
  auto inputs = list(program.inputs, oneTensor);
  auto outputs = list(program.outputs, oneTensor);
  auto taps =
      list(program.taps, [&](const Tap &item) { return schema::CreateTap(buffer, tensor(item.tensor), item.after); });
  auto buffers = list(program.buffers, [&](const Buffer &item) {
    return schema::CreateBuffer(buffer, static_cast<uint8_t>(item.kind), item.slot, item.offset,
                                expression(item.bytes));
  });
  auto kernels = list(program.kernels, [&](const std::string &item) { return text(item); });
  auto dispatches = list(program.dispatches, [&](const Dispatch &item) { return dispatch(item); });
  auto counters = list(program.counters, [&](const Counter &item) {
    auto site = text(item.site);
    return schema::CreateCounter(buffer, site, text(item.quantity));
  });
  auto code = list(program.code, [&](const CodeSection &item) {
    auto target = text(item.target);
    auto entries = buffer.CreateVector(item.entries);
    return schema::CreateCode(buffer, target, item.features, item.rank, firstCodeSection++, entries);
  });
  auto states = list(program.states, [&](const State &item) {
    auto growth =
        item.growth ? schema::CreateGrowth(buffer, item.growth->axis, item.growth->room) : Offset<schema::Growth>();
    return schema::CreateState(buffer, item.input, item.output, growth);
  });
  auto measures = list(program.measures, [&](const Measure &item) { return measure(item); });
  auto matrices = list(program.weights, [&](const Weights &item) { return weights(item); });
  auto expressions = buffer.CreateVector(pool);
  buffer.Finish(schema::CreateManifest(buffer, name, producer, metadata, symbols, expressions, inputs, outputs, taps,
                                       buffers, program.slots, kernels, dispatches, counters, code, states, measures,
                                       matrices),
                schema::ManifestIdentifier());
  return {buffer.GetBufferPointer(), buffer.GetBufferPointer() + buffer.GetSize()};
}

std::vector<uint8_t> artifact::buildManifest(const Program &program, uint32_t firstCodeSection) {
  return Builder().build(program, firstCodeSection);
}
