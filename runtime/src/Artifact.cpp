//===- Artifact.cpp - an open artifact ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artifact.h"

#include "Cpu.h"

#include <algorithm>
#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;

static_assert(RHB_F32 == int(artifact::DType::F32) && RHB_BOOL == int(artifact::DType::Bool) &&
              RHB_U2 == int(artifact::kLastDType));
static_assert(RHB_SECTION_CONSTANTS == int(artifact::SectionKind::Constants) &&
              RHB_SECTION_MACHINE_CODE == int(artifact::SectionKind::MachineCode));

static constexpr size_t kPiece = size_t(16) << 20;

Status Artifact::openFile(const char *path, const rhb_open_options &options,
                          std::shared_ptr<const Artifact> &artifact) {
  auto opened = std::make_shared<Artifact>();
  if (Status status = Mapping::mapFile(path, opened->file))
    return status;
  if (Status status = opened->read({opened->file.data(), opened->file.size()}, options)) {
    status->message = "'" + std::string(path) + "': " + status->message;
    return status;
  }
  // Without memory for a copy that nobody asked for they stay where they are.
  if (options.constants == RHB_CONSTANTS_AUTO && !opened->program.states.empty())
    opened->loadConstants();
  artifact = std::move(opened);
  return nullptr;
}

Status Artifact::openMemory(Bytes bytes, const rhb_open_options &options, std::shared_ptr<const Artifact> &artifact) {
  auto opened = std::make_shared<Artifact>();
  if (reinterpret_cast<uintptr_t>(bytes.data) % artifact::kConstantAlignment != 0 && bytes.size != 0) {
    if (Status status = Mapping::allocate(bytes.size, opened->file))
      return status;
    memcpy(opened->file.data(), bytes.data, bytes.size);
    bytes.data = opened->file.data();
  }
  if (Status status = opened->read(bytes, options))
    return status;
  artifact = std::move(opened);
  return nullptr;
}

Status Artifact::read(Bytes bytes, const rhb_open_options &options) {
  if (options.constants < RHB_CONSTANTS_AUTO || options.constants > RHB_CONSTANTS_LOADED)
    return error(RHB_INVALID_ARGUMENT, "option 'constants' is %d, expected one of rhb_constants: 0, 1 or 2",
                 options.constants);
  refuse = options.refuse_machine_code != 0;
  if (Status status = Container::open(bytes, parts))
    return status;
  if (Status status = Model::read(parts, program))
    return status;
  describe();
  return options.constants == RHB_CONSTANTS_LOADED ? loadConstants() : nullptr;
}

Status Artifact::loadConstants() {
  Bytes from = parts.constants();
  if (from.size == 0)
    return nullptr;
  Mapping copy;
  if (Status status = Mapping::allocate(from.size, copy))
    return status;
  // Piece by piece, so that no more than one of them is in memory twice.
  for (size_t at = 0; at < from.size; at += kPiece) {
    Bytes piece{from.data + at, std::min(kPiece, from.size - at)};
    memcpy(copy.data() + at, piece.data, piece.size);
    file.forget(piece);
  }
  loaded = std::move(copy);
  return nullptr;
}

Status Artifact::chooseCode(const char *variant, const Code *&code) const {
  if (program.code.empty())
    return error(RHB_UNSUPPORTED, "the artifact holds no machine code");
  if (refuse)
    return error(RHB_REFUSED, "the artifact holds machine code, which was refused when it was opened");
  std::string names;
  code = nullptr;
  for (const Code &candidate : program.code) {
    names += (names.empty() ? "" : ", ") + candidate.target;
    bool usable = canRun(candidate.features);
    if (variant && candidate.target == variant && !usable)
      return error(RHB_UNSUPPORTED, "this CPU cannot run '%s'", variant);
    bool wanted = variant ? candidate.target == variant : usable && (!code || candidate.rank > code->rank);
    if (wanted)
      code = &candidate;
  }
  if (code)
    return nullptr;
  if (variant)
    return error(RHB_NOT_FOUND, "the artifact has no code for '%s': it has %s", variant, names.c_str());
  return error(RHB_UNSUPPORTED, "this CPU can run none of the artifact's variants: %s", names.c_str());
}

rhb_tensor_info Artifact::describeTensor(const Tensor &tensor) {
  std::vector<int64_t> &dims = dimLists.emplace_back();
  std::vector<const char *> &dimTexts = dimTextLists.emplace_back();
  for (ExpressionId dim : tensor.dims) {
    dims.push_back(program.expressions.literal(dim).value_or(-1));
    dimTexts.push_back(texts.emplace_back(program.expressions.text(dim)).c_str());
  }
  return {tensor.name.c_str(), static_cast<rhb_dtype>(tensor.dtype), dims.size(), dims.data(), dimTexts.data()};
}

rhb_weights_info Artifact::describeWeights(const Weights &matrix) const {
  uint64_t bytes = 0;
  for (std::optional<uint32_t> part : {std::optional(matrix.codes), matrix.scales, matrix.zeros, matrix.codebook})
    bytes += part ? program.sizeOf(program.buffers[*part]) : 0;
  uint64_t section = 0;
  for (const artifact::SectionEntry &entry : parts.sections())
    if (entry.kind == artifact::SectionKind::Constants)
      section = entry.offset;
  return {matrix.node.c_str(),
          matrix.inputs,
          matrix.outputs,
          matrix.bits,
          matrix.length,
          matrix.kept,
          matrix.groups,
          matrix.codebook.has_value(),
          matrix.zeros.has_value(),
          matrix.hasOffsets,
          bytes,
          section + program.buffers[matrix.codes].offset};
}

void Artifact::describe() {
  const artifact::Header &header = parts.header();
  for (const auto &[key, value] : program.metadata)
    metadata.push_back({key.c_str(), value.c_str()});
  for (size_t i = 0; i < program.symbols.size(); ++i)
    if (!program.isRoom(i))
      symbols.push_back({program.symbols[i].name.c_str(), program.symbols[i].min, program.symbols[i].max});
  for (uint32_t input : program.callerInputs)
    inputs.push_back(describeTensor(program.inputs[input]));
  for (uint32_t output : program.callerOutputs)
    outputs.push_back(describeTensor(program.outputs[output]));
  for (const State &state : program.states)
    states.push_back(describeTensor(program.inputs[state.input]));
  for (const Tap &tap : program.taps)
    taps.push_back({describeTensor(tap.tensor), tap.after});
  for (const artifact::SectionEntry &entry : parts.sections())
    sections.push_back({static_cast<rhb_section_kind>(entry.kind), "", 1, entry.offset, entry.size, entry.hash});
  for (const Code &code : program.code) {
    sections[code.section].target = code.target.c_str();
    sections[code.section].usable = canRun(code.features);
  }
  for (const artifact::Counter &counter : program.counters)
    counters.push_back({counter.site.c_str(), counter.quantity.c_str()});
  for (const Dispatch &dispatch : program.dispatches)
    dispatches.push_back(
        {program.kernels[dispatch.kernel].c_str(), dispatch.location.c_str(), dispatch.counting ? 1 : 0});
  for (const Weights &matrix : program.weights)
    weights.push_back(describeWeights(matrix));
  facts = {program.name.c_str(), program.producer.c_str(),
           header.formatMajor,   header.formatMinor,
           header.features,      header.fileSize,
           header.manifestSize,  header.manifestHash,
           metadata.size(),      metadata.data(),
           symbols.size(),       symbols.data(),
           inputs.size(),        inputs.data(),
           outputs.size(),       outputs.data(),
           taps.size(),          taps.data(),
           sections.size(),      sections.data(),
           counters.size(),      counters.data(),
           dispatches.size(),    dispatches.data(),
           states.size(),        states.data(),
           weights.size(),       weights.data()};
}
