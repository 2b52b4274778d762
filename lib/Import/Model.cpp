//===- Model.cpp - a parsed model whose tensors stay where they are --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Schemas.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

const TensorPayload *Model::payloadOf(const ::onnx::TensorProto &tensor) const {
  // The walk writes the number of a payload, and nothing else, into raw_data.
  if (!tensor.has_raw_data())
    return nullptr;
  return &payloads[support::endian::read64le(tensor.raw_data().data())];
}

/// The structure is nested as deep as the walk allows, which counts the same messages.
static bool parseStructure(const std::string &structure, ::onnx::ModelProto &proto) {
  google::protobuf::io::ArrayInputStream bytes(structure.data(), int(structure.size()));
  google::protobuf::io::CodedInputStream stream(&bytes);
  constexpr int kRecursionLimit = 128;
  stream.SetRecursionLimit(kRecursionLimit);
  return proto.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

static LogicalResult checkVersions(Model &model, Location loc) {
  auto [oldestIr, newestIr] = irVersions();
  LogicalResult result = success();
  int64_t ir = model.proto.ir_version();
  if (ir < oldestIr || ir > newestIr)
    result = emitError(loc) << "the model has ir_version " << ir << ", " << oldestIr << " to " << newestIr
                            << " is supported; export it again with another version of the exporter";

  llvm::StringSet<> domains;
  std::optional<int64_t> opset;
  for (const ::onnx::OperatorSetIdProto &import : model.proto.opset_import()) {
    StringRef domain = isStandardDomain(import.domain()) ? "ai.onnx" : StringRef(import.domain());
    if (!domains.insert(domain).second)
      result = emitError(loc) << "the model imports the domain '" << domain << "' twice, one version was expected";
    if (domain == "ai.onnx")
      opset = import.version();
  }
  if (!opset)
    return emitError(loc) << "the model does not say which opset of the domain 'ai.onnx' it uses";
  OpsetRange range = opsets();
  if (*opset < range.oldest || *opset > range.newest)
    return emitError(loc) << "the model uses opset " << *opset << ", " << range.oldest << " to " << range.newest
                          << " is supported; convert it with onnx.version_converter, or export it again";
  model.opset = *opset;
  return result;
}

/// A function is called by its domain, name and overload.
static LogicalResult checkFunctions(const Model &model, Location loc) {
  LogicalResult result = success();
  llvm::StringSet<> seen;
  for (const ::onnx::FunctionProto &function : model.proto.functions()) {
    std::string key = function.domain() + "\n" + function.name() + "\n" + function.overload();
    if (!seen.insert(key).second)
      result = emitError(loc) << "the model defines the function '" << function.domain() << "." << function.name()
                              << "' twice, one definition was expected";
  }
  return result;
}

/// What a file that is no model is more likely, from its first bytes; empty where nothing is known.
static std::string likelyFormat(ArrayRef<char> bytes) {
  struct Format {
    StringLiteral begin, hint;
  };
  static constexpr Format kFormats[] = {
      {"version https://git-lfs", "a pointer of Git LFS; fetch the file itself with 'git lfs pull'"},
      {"PK\x03\x04", "a zip archive, such as a PyTorch checkpoint; unpack it, or export the model to ONNX"},
      {"\x1f\x8b", "compressed by gzip; unpack it"},
      {"GGUF", "a GGUF file; export the model to ONNX"},
      {"{", "JSON; export the model to ONNX's binary form"},
      {"<", "XML or HTML; was the file downloaded from a page that shows it?"},
      {"\x89RHEO", "an artifact of this compiler; run it with snn-run"},
  };
  StringRef text(bytes.data(), bytes.size());
  for (const Format &format : kFormats)
    if (text.starts_with(format.begin))
      return ("; it looks like " + format.hint).str();
  return "";
}

LogicalResult rheobase::loadModel(ByteSource source, const ImportOptions &options, Location loc, Model &model) {
  // Protobuf counts in int.
  uint64_t maxStructure = std::min<uint64_t>(options.maxStructureBytes, uint64_t(1) << 30);
  Expected<StrippedModel> stripped = stripModel(source.bytes, {maxStructure, options.maxObjects});
  if (!stripped)
    return emitError(loc) << toString(stripped.takeError()) << likelyFormat(source.bytes);
  model.source = std::move(source);
  model.payloads = std::move(stripped->payloads);
  if (!parseStructure(stripped->structure, model.proto))
    return emitError(loc) << "not a valid ONNX model: Protobuf cannot parse its structure";
  if (stripped->unknownFields)
    emitWarning(loc) << "skipped " << stripped->unknownFields << " fields that the ONNX schema does not know";
  LogicalResult versions = checkVersions(model, loc);
  LogicalResult functions = checkFunctions(model, loc);
  if (!model.proto.has_graph())
    return emitError(loc) << "the model has no graph";
  return success(succeeded(versions) && succeeded(functions));
}
