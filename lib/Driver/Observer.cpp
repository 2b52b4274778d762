//===- Observer.cpp - the network as it is, run over samples -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Observer.h"

#include "Phases.h"

#include "npy/Numbers.h"
#include "rheobase/Artifact/Writer.h"
#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/Passes.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>
#include <numeric>

using namespace mlir;
using namespace rheobase;

namespace {

/// Samples that run at once: enough rows to keep the kernels busy, few enough to show progress.
constexpr int64_t kBatch = 32;
/// What the tensors at all sites of one batch may take.
constexpr int64_t kBatchBytes = int64_t(256) << 20;
/// The input that exporters of language models name so is 0 where a position is padding.
constexpr StringLiteral kMaskName = "attention_mask";

int64_t elements(ArrayRef<int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t(1), std::multiplies<int64_t>());
}

bool isZero(const uint8_t *element, size_t width) {
  return std::all_of(element, element + width, [](uint8_t byte) { return byte == 0; });
}

} // namespace

LogicalResult Observer::fail(const llvm::Twine &text) const {
  return emitError(UnknownLoc::get(context)) << "calibration: " << text;
}

LogicalResult Observer::build(ModuleOp module) {
  context = module.getContext();
  OwningOpRef<ModuleOp> copy = module.clone();
  auto observed = codegen::runPasses(*copy, [](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(spk::createSpkObserveToResults());
    func.addPass(createCanonicalizerPass());
    func.addPass(createCSEPass());
  });
  if (failed(observed) || failed(lowerToProgram(*copy)))
    return failure();
  codegen::CodegenOptions options;
  options.targets = {"native"};
  auto program = codegen::emitProgram(*copy, options);
  if (failed(program))
    return failure();
  if (std::string error = artifact::serializeArtifact(*program, bytes); !error.empty())
    return fail(error);
  if (rhb::Status status = rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact); !status.ok())
    return fail(status.message());
  if (rhb::Status status = rhb::Session::create(artifact, session); !status.ok())
    return fail(status.message());
  const rhb_artifact_info &info = artifact.info();
  for (size_t i = 0; i < info.input_count; ++i)
    if (info.inputs[i].name == kMaskName && info.inputs[i].rank == 2)
      maskInput = i;
  values.resize(info.output_count);
  return success();
}

LogicalResult Observer::take(const SampleSet &samples, int64_t first, int64_t count, Batch &batch) const {
  const rhb_artifact_info &info = artifact.info();
  batch.dims.resize(info.input_count);
  for (size_t i = 0; i < info.input_count; ++i) {
    const rhb::npy::Array *array = samples.find(info.inputs[i].name);
    if (!array)
      return fail(llvm::Twine("no array named '") + info.inputs[i].name + "' in " + samples.source() +
                  "; arrays are named like the model's inputs");
    if (!rhb::npy::holds(*array, info.inputs[i].dtype))
      return fail(llvm::Twine("array '") + info.inputs[i].name + "' is " + rhb_dtype_name(array->dtype) + ", " +
                  rhb_dtype_name(info.inputs[i].dtype) + " expected");
    batch.dims[i] = array->dims;
    batch.dims[i][0] = count;
    size_t stride = array->bytes.size() / static_cast<size_t>(array->dims[0]);
    auto *data = const_cast<uint8_t *>(array->bytes.data()) + stride * static_cast<size_t>(first);
    batch.inputs.push_back(
        {data, stride * static_cast<size_t>(count), info.inputs[i].dtype, batch.dims[i].size(), batch.dims[i].data()});
  }
  return success();
}

LogicalResult Observer::outputDims(const Batch &batch, std::vector<std::vector<int64_t>> &dims) const {
  dims.resize(sites.size());
  for (size_t i = 0; i < sites.size(); ++i)
    if (rhb::Status status = artifact.outputDims(batch.inputs, i, dims[i]); !status.ok())
      return fail(status.message());
  return success();
}

FailureOr<std::pair<int64_t, bool>> Observer::batchSize(const SampleSet &samples) const {
  // Where the model fixes the first size, samples run one such batch at a time.
  const rhb_artifact_info &info = artifact.info();
  int64_t total = samples.count();
  for (size_t i = 0; i < info.input_count; ++i) {
    if (info.inputs[i].rank == 0 || info.inputs[i].dims[0] <= 0)
      continue;
    int64_t batch = info.inputs[i].dims[0];
    if (total < batch)
      return fail("the model takes batches of " + llvm::Twine(batch) + ", but " + samples.source() + " holds " +
                  llvm::Twine(total) + " samples");
    return std::pair(batch, true);
  }
  int64_t count = std::min(kBatch, total), size = 0;
  Batch batch;
  std::vector<std::vector<int64_t>> dims;
  if (failed(take(samples, 0, count, batch)) || failed(outputDims(batch, dims)))
    return failure();
  for (const std::vector<int64_t> &each : dims)
    size += elements(each) * static_cast<int64_t>(sizeof(float));
  return std::pair(size <= kBatchBytes ? kBatch : std::max<int64_t>(1, count * kBatchBytes / size), false);
}

void Observer::readMask(const Batch &batch) {
  if (!maskInput)
    return;
  const rhb_tensor &mask = batch.inputs[*maskInput];
  int64_t count = elements(batch.dims[*maskInput]);
  size_t width = count > 0 ? mask.size / static_cast<size_t>(count) : 0;
  maskSequence = batch.dims[*maskInput].back();
  maskCounts.resize(count);
  for (int64_t i = 0; i < count; ++i)
    maskCounts[i] = !isZero(static_cast<const uint8_t *>(mask.data) + i * width, width);
}

std::optional<RowMask> Observer::maskFor(size_t site) const {
  if (!maskInput)
    return std::nullopt;
  // The axes whose sizes are those of the mask, by name. Where one is not found, or found twice, nothing is known.
  const rhb_tensor_info &mask = artifact.info().inputs[*maskInput], &tensor = artifact.info().outputs[site];
  ArrayRef<const char *> texts(tensor.dims_texts, tensor.rank);
  auto axisOf = [&](StringRef size) {
    auto is = [&](const char *text) { return size == text; };
    return llvm::count_if(texts, is) == 1 ? static_cast<size_t>(llvm::find_if(texts, is) - texts.begin()) : tensor.rank;
  };
  RowMask found{maskCounts, maskSequence, axisOf(mask.dims_texts[0]), axisOf(mask.dims_texts[1])};
  bool isKnown = found.batchAxis < tensor.rank && found.sequenceAxis < tensor.rank;
  return isKnown ? std::optional(found) : std::nullopt;
}

LogicalResult Observer::runBatch(const Batch &batch) {
  std::vector<std::vector<int64_t>> dims;
  if (failed(outputDims(batch, dims)))
    return failure();
  std::vector<rhb_tensor> outputs;
  for (size_t i = 0; i < sites.size(); ++i) {
    values[i].resize(elements(dims[i]));
    outputs.push_back({values[i].data(), values[i].size() * sizeof(float), RHB_F32, dims[i].size(), dims[i].data()});
  }
  if (rhb::Status status = session.run(batch.inputs, outputs); !status.ok())
    return fail(status.message());
  readMask(batch);
  for (size_t i = 0; i < sites.size(); ++i)
    sites[i].statistics->add(sites[i].role, values[i], dims[i], maskFor(i));
  return success();
}

LogicalResult Observer::run(const SampleSet &samples, bool progress) {
  auto size = batchSize(samples);
  if (failed(size))
    return failure();
  auto [batch, fixed] = *size;
  int64_t total = samples.count();
  for (int64_t first = 0; first < total; first += batch) {
    // A last batch that is not full overlaps the one before it where the size is fixed.
    int64_t begin = fixed ? std::min(first, total - batch) : first;
    Batch next;
    if (failed(take(samples, begin, std::min(batch, total - begin), next)) || failed(runBatch(next)))
      return failure();
    if (progress)
      llvm::errs() << "\r      calibrating " << std::min(first + batch, total) << " of " << total << " samples";
  }
  if (progress)
    llvm::errs() << "\n";
  return success();
}
