//===- ManifestDecoder.cpp - a manifest's bytes as a model ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ManifestDecoder.h"

#include "runtime/schema/artifact_generated.h"

using namespace rheobase;
using namespace rheobase::runtime;
namespace limit = rheobase::artifact::limit;
namespace schema = rheobase::artifact::schema;

/// Names end up in messages and on terminals: control characters and malformed UTF-8 stay out.
static bool isPrintable(const uint8_t *text, size_t size) {
  for (size_t i = 0; i < size;) {
    uint8_t lead = text[i++];
    if (lead < 0x20 || lead == 0x7f || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4)
      return false;
    size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (lead == 0xc2 && i < size && text[i] < 0xa0)
      return false;
    for (; more != 0; --more)
      if (i == size || (text[i++] & 0xc0) != 0x80)
        return false;
  }
  return true;
}

static Status tooMany(const char *what, size_t found, size_t allowed) {
  return error(RHB_CORRUPT, "damaged manifest: %zu %s, at most %zu are allowed", found, what, allowed);
}

namespace {
class Decoder {
public:
  explicit Decoder(size_t manifestSize) : budget(kGrowth * manifestSize) {}

  Status decode(const schema::Manifest *from, Model &to);

private:
  /// Parts of a FlatBuffer may be shared, so a small file could ask for much memory: a copy may be only this many times
  /// as large as the manifest.
  static constexpr size_t kGrowth = 64;

  Status spend(size_t bytes);
  Status decode(const flatbuffers::String *from, std::string &to);
  Status decode(const schema::KeyValue *from, std::pair<std::string, std::string> &to);
  Status decode(const schema::Symbol *from, artifact::Symbol &to);
  Status decode(const schema::Tensor *from, Tensor &to);
  Status decode(const schema::Tap *from, Tap &to);
  Status decode(const schema::State *from, State &to);
  Status decode(const schema::Buffer *from, Buffer &to);
  Status decode(const schema::Dispatch *from, Dispatch &to);
  Status decode(const schema::Measure *from, Measure &to);
  Status decode(const schema::Counter *from, artifact::Counter &to);
  Status decode(const schema::Weights *from, Weights &to);
  Status decode(const schema::Code *from, Code &to);
  Status decodeExpressions(const schema::Manifest *from, ExpressionPool &to);
  Status decodeProgram(const schema::Manifest *from, Model &to);

  template <typename T>
  Status numbers(const flatbuffers::Vector<T> *from, const char *what, size_t allowed, std::vector<T> &to);
  template <typename From, typename To>
  Status list(const flatbuffers::Vector<flatbuffers::Offset<From>> *from, const char *what, size_t allowed,
              std::vector<To> &to);

  size_t budget;
};
} // namespace

Status Decoder::spend(size_t bytes) {
  if (bytes > budget)
    return error(RHB_CORRUPT, "damaged manifest: its parts are shared too often");
  budget -= bytes;
  return nullptr;
}

/// The FlatBuffers verifier aligns a vector's length but not its elements.
template <typename T> static Status checkAlignment(const flatbuffers::Vector<T> *list, size_t alignment) {
  if (reinterpret_cast<uintptr_t>(list->Data()) % alignment == 0)
    return nullptr;
  return error(RHB_CORRUPT, "damaged manifest: a list is not aligned to its elements");
}

template <typename T>
Status Decoder::numbers(const flatbuffers::Vector<T> *from, const char *what, size_t allowed, std::vector<T> &to) {
  if (from->size() > allowed)
    return tooMany(what, from->size(), allowed);
  if (Status status = checkAlignment(from, alignof(T)))
    return status;
  if (Status status = spend(from->size() * sizeof(T)))
    return status;
  to.assign(from->begin(), from->end());
  return nullptr;
}

template <typename From, typename To>
Status Decoder::list(const flatbuffers::Vector<flatbuffers::Offset<From>> *from, const char *what, size_t allowed,
                     std::vector<To> &to) {
  if (from->size() > allowed)
    return tooMany(what, from->size(), allowed);
  if (Status status = spend(from->size() * sizeof(To)))
    return status;
  to.resize(from->size());
  for (uint32_t i = 0; i < from->size(); ++i)
    if (Status status = decode(from->Get(i), to[i]))
      return status;
  return nullptr;
}

Status Decoder::decode(const flatbuffers::String *from, std::string &to) {
  if (from->size() > limit::kTextSize)
    return tooMany("bytes in a text", from->size(), limit::kTextSize);
  if (Status status = spend(from->size()))
    return status;
  if (!isPrintable(from->Data(), from->size()))
    return error(RHB_CORRUPT, "damaged manifest: a text with control characters or invalid UTF-8");
  to.assign(from->c_str(), from->size());
  return nullptr;
}

Status Decoder::decode(const schema::KeyValue *from, std::pair<std::string, std::string> &to) {
  if (Status status = decode(from->key(), to.first))
    return status;
  return decode(from->value(), to.second);
}

Status Decoder::decode(const schema::Symbol *from, artifact::Symbol &to) {
  to.min = from->min();
  to.max = from->max();
  return decode(from->name(), to.name);
}

Status Decoder::decode(const schema::Tensor *from, Tensor &to) {
  to.dtype = static_cast<artifact::DType>(from->dtype());
  to.buffer = from->buffer();
  if (Status status = decode(from->name(), to.name))
    return status;
  return numbers(from->dims(), "dimensions of a tensor", limit::kRank, to.dims);
}

Status Decoder::decode(const schema::Tap *from, Tap &to) {
  to.after = from->after();
  return decode(from->tensor(), to.tensor);
}

Status Decoder::decode(const schema::State *from, State &to) {
  to = {from->input(), from->output()};
  if (const schema::Growth *growth = from->growth())
    to.growth = {growth->axis(), growth->room()};
  return nullptr;
}

Status Decoder::decode(const schema::Buffer *from, Buffer &to) {
  to = {static_cast<artifact::BufferKind>(from->kind()), from->slot(), from->offset(), from->bytes()};
  return nullptr;
}

Status Decoder::decode(const schema::Dispatch *from, Dispatch &to) {
  to.kernel = from->kernel();
  to.grid = from->grid();
  to.counting = from->counting();
  to.scratch = from->scratch();
  if (Status status = decode(from->location(), to.location))
    return status;
  if (Status status = numbers(from->buffers(), "buffers of a dispatch", limit::kArguments, to.buffers))
    return status;
  if (Status status = numbers(from->writes(), "written buffers of a dispatch", limit::kArguments, to.writes))
    return status;
  return numbers(from->sizes(), "sizes of a dispatch", limit::kArguments, to.sizes);
}

Status Decoder::decode(const schema::Measure *from, Measure &to) {
  to.before = from->before();
  to.buffer = from->buffer();
  if (Status status = decode(from->location(), to.location))
    return status;
  return numbers(from->values(), "values of a measure", limit::kArguments, to.values);
}

Status Decoder::decode(const schema::Counter *from, artifact::Counter &to) {
  if (Status status = decode(from->site(), to.site))
    return status;
  return decode(from->quantity(), to.quantity);
}

Status Decoder::decode(const schema::Weights *from, Weights &to) {
  to.inputs = from->inputs();
  to.outputs = from->outputs();
  to.bits = from->bits();
  to.length = from->length();
  to.groups = from->groups();
  to.columns = from->columns();
  to.hasOffsets = from->offsets();
  to.scaleType = static_cast<artifact::DType>(from->scale_type());
  to.codes = from->codes();
  to.scales = from->scales();
  to.zeros = from->zeros();
  to.codebook = from->codebook();
  to.kept = from->kept();
  return decode(from->node(), to.node);
}

Status Decoder::decode(const schema::Code *from, Code &to) {
  to.features = from->features();
  to.rank = from->rank();
  to.section = from->section();
  if (Status status = decode(from->target(), to.target))
    return status;
  return numbers(from->entries(), "entries of a code section", limit::kItems, to.entries);
}

Status Decoder::decodeExpressions(const schema::Manifest *from, ExpressionPool &to) {
  if (from->expressions()->size() > limit::kItems)
    return tooMany("size expressions", from->expressions()->size(), limit::kItems);
  artifact::Expr steps;
  for (const schema::Expression *expression : *from->expressions()) {
    if (Status status = checkAlignment(expression->ops(), alignof(schema::ExprOp)))
      return status;
    if (Status status = spend(expression->ops()->size() * sizeof(artifact::ExprOp)))
      return status;
    steps.clear();
    for (const schema::ExprOp *op : *expression->ops())
      steps.push_back({static_cast<artifact::ExprOp::Code>(op->code()), op->value()});
    if (Status status = to.add(steps))
      return status;
  }
  return nullptr;
}

Status Decoder::decode(const schema::Manifest *from, Model &to) {
  to.slots = from->slots();
  if (Status status = decode(from->name(), to.name))
    return status;
  if (Status status = decode(from->producer(), to.producer))
    return status;
  if (Status status = list(from->metadata(), "metadata entries", limit::kItems, to.metadata))
    return status;
  if (Status status = list(from->symbols(), "symbols", limit::kSymbols, to.symbols))
    return status;
  if (Status status = decodeExpressions(from, to.expressions))
    return status;
  if (Status status = list(from->inputs(), "inputs", limit::kTensors, to.inputs))
    return status;
  if (Status status = list(from->outputs(), "outputs", limit::kTensors, to.outputs))
    return status;
  if (from->states())
    if (Status status = list(from->states(), "states", limit::kTensors, to.states))
      return status;
  return decodeProgram(from, to);
}

Status Decoder::decodeProgram(const schema::Manifest *from, Model &to) {
  if (Status status = list(from->taps(), "taps", limit::kItems, to.taps))
    return status;
  if (Status status = list(from->buffers(), "buffers", limit::kItems, to.buffers))
    return status;
  if (Status status = list(from->kernels(), "kernels", limit::kItems, to.kernels))
    return status;
  if (Status status = list(from->dispatches(), "dispatches", limit::kItems, to.dispatches))
    return status;
  if (from->measures())
    if (Status status = list(from->measures(), "measures", limit::kSymbols, to.measures))
      return status;
  if (from->weights())
    if (Status status = list(from->weights(), "matrices of weights", limit::kItems, to.weights))
      return status;
  if (Status status = list(from->counters(), "counters", limit::kItems, to.counters))
    return status;
  return list(from->code(), "code entries", limit::kSections, to.code);
}

Status rheobase::runtime::decodeManifest(Bytes bytes, Model &model) {
  flatbuffers::Verifier verifier(bytes.data, bytes.size, /*max_depth=*/16, /*max_tables=*/16 * limit::kItems);
  if (!schema::VerifyManifestBuffer(verifier))
    return error(RHB_CORRUPT, "damaged manifest: not a well-formed FlatBuffer of this schema");
  return Decoder(bytes.size).decode(schema::GetManifest(bytes.data), model);
}
