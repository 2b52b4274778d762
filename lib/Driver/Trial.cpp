//===- Trial.cpp - a network run over samples while it is compiled -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Trial.h"

#include "Phases.h"

#include "npy/Numbers.h"
#include "rheobase/Artifact/Writer.h"
#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Interfaces/ConstantMemory.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace rheobase;

namespace {

/// Samples that run at once: enough rows to keep the kernels busy, few enough to show progress.
constexpr int64_t kBatch = 32;
/// What the results of one batch may take.
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

uint64_t rheobase::countOf(ArrayRef<TrialCount> counters, StringRef quantity, std::optional<StringRef> site) {
  uint64_t sum = 0;
  for (const TrialCount &each : counters)
    if (each.quantity == quantity && (!site || each.site == *site))
      sum += each.value;
  return sum;
}

void rheobase::addResults(func::FuncOp func, ArrayRef<std::pair<std::string, Value>> results) {
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  Builder b(func.getContext());
  SmallVector<Value> values(ret.getOperands());
  SmallVector<DictionaryAttr> attributes;
  func.getAllResultAttrs(attributes);
  attributes.resize(values.size(), b.getDictionaryAttr({}));
  for (const auto &[name, value] : results) {
    values.push_back(value);
    attributes.push_back(b.getDictionaryAttr(b.getNamedAttr(kNameAttr, b.getStringAttr(name))));
  }
  ret->setOperands(values);
  func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), ValueRange(values).getTypes()));
  func.setAllResultAttrs(attributes);
}

LogicalResult Trial::fail(const llvm::Twine &text) const {
  return emitError(UnknownLoc::get(context)) << purpose << ": " << text;
}

LogicalResult Trial::build(OwningOpRef<ModuleOp> module) {
  context = module->getContext();
  for (auto func : module->getOps<func::FuncOp>())
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      func.removeArgAttr(i, kStateAttr);
  if (failed(lowerToProgram(*module)))
    return failure();
  codegen::CodegenOptions options;
  options.targets = {codegen::kNativeTarget.str()};
  auto program = codegen::emitProgram(*module, options);
  if (failed(program))
    return failure();
  size_t size = 0;
  auto allocate = [&](size_t asked) {
    size = asked;
    bytes = zeroedBytes(asked);
    return reinterpret_cast<uint8_t *>(bytes.get());
  };
  if (std::string error = artifact::serializeArtifact(*program, allocate); !error.empty())
    return fail(error);
  // Nobody reads the model's weights while its samples run.
  giveBackMappedPages();
  if (rhb::Status status = rhb::Artifact::openMemory(bytes.get(), size, artifact); !status.ok())
    return fail(status.message());
  rhb_session_options sessionOptions = RHB_SESSION_OPTIONS_INIT;
  sessionOptions.counting = counts;
  if (rhb::Status status = rhb::Session::create(artifact, session, &sessionOptions); !status.ok())
    return fail(status.message());
  for (size_t i = 0; i < info().input_count; ++i)
    if (info().inputs[i].name == kMaskName && info().inputs[i].rank == 2)
      maskInput = i;
  values.resize(info().output_count);
  return success();
}

LogicalResult Trial::fill(const SampleSet &samples, int64_t first, int64_t count, Batch &batch) const {
  batch.dims.resize(info().input_count);
  for (size_t i = 0; i < info().input_count; ++i) {
    const rhb_tensor_info &input = info().inputs[i];
    const rhb::npy::Array *array = samples.find(input.name);
    if (!array)
      return fail(llvm::Twine("no array named '") + input.name + "' in " + samples.source() +
                  "; arrays are named like the model's inputs");
    if (!rhb::npy::holds(*array, input.dtype))
      return fail(llvm::Twine("array '") + input.name + "' is " + rhb_dtype_name(array->dtype) + ", " +
                  rhb_dtype_name(input.dtype) + " expected");
    batch.dims[i] = array->dims;
    batch.dims[i][0] = count;
    size_t stride = array->bytes.size() / static_cast<size_t>(array->dims[0]);
    auto *data = const_cast<uint8_t *>(array->bytes.data()) + stride * static_cast<size_t>(first);
    batch.inputs.push_back(
        {data, stride * static_cast<size_t>(count), input.dtype, batch.dims[i].size(), batch.dims[i].data()});
  }
  return success();
}

LogicalResult Trial::outputDims(const Batch &batch, std::vector<std::vector<int64_t>> &dims) {
  dims.resize(info().output_count);
  for (size_t i = 0; i < dims.size(); ++i)
    if (rhb::Status status = session.outputDims(artifact, batch.inputs, i, dims[i]); !status.ok())
      return fail(status.message());
  return success();
}

FailureOr<Trial::BatchSize> Trial::batchSize(const SampleSet &samples) {
  // Where the model fixes the first size, samples run one such batch at a time.
  int64_t total = samples.count();
  for (size_t i = 0; i < info().input_count; ++i) {
    if (info().inputs[i].rank == 0 || info().inputs[i].dims[0] <= 0)
      continue;
    int64_t batch = info().inputs[i].dims[0];
    if (total < batch)
      return fail("the model takes batches of " + llvm::Twine(batch) + ", but " + samples.source() + " holds " +
                  llvm::Twine(total) + " samples");
    return BatchSize{batch, true};
  }
  int64_t count = std::min(kBatch, total), size = 0;
  Batch batch;
  std::vector<std::vector<int64_t>> dims;
  if (failed(fill(samples, 0, count, batch)) || failed(outputDims(batch, dims)))
    return failure();
  for (auto [i, each] : llvm::enumerate(dims))
    size += elements(each) * static_cast<int64_t>(rhb_dtype_size(info().outputs[i].dtype));
  return BatchSize{size <= kBatchBytes ? kBatch : std::max<int64_t>(1, count * kBatchBytes / size), false};
}

void Trial::readMask(const Batch &batch) {
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

SmallVector<RowMask, 2> Trial::masksFor(size_t output) const {
  if (!maskInput)
    return {};
  // The axes whose sizes are those of the mask, by name. Where the batch is not found, or found twice, nothing is
  // known.
  const rhb_tensor_info &mask = info().inputs[*maskInput], &tensor = info().outputs[output];
  ArrayRef<const char *> texts(tensor.dims_texts, tensor.rank);
  SmallVector<size_t> batches, sequences;
  for (auto [axis, text] : llvm::enumerate(texts)) {
    if (StringRef(text) == mask.dims_texts[0])
      batches.push_back(axis);
    else if (StringRef(text) == mask.dims_texts[1])
      sequences.push_back(axis);
  }
  SmallVector<RowMask, 2> masks;
  for (size_t axis : sequences)
    if (batches.size() == 1)
      masks.push_back({maskCounts, maskSequence, batches.front(), axis});
  return masks;
}

FailureOr<TrialBatch> Trial::runBatch(const SampleSet &samples, int64_t first, int64_t count) {
  Batch batch;
  if (failed(fill(samples, first, count, batch)) || failed(outputDims(batch, dims)))
    return failure();
  std::vector<rhb_tensor> outputs;
  for (size_t i = 0; i < dims.size(); ++i) {
    rhb_dtype dtype = info().outputs[i].dtype;
    values[i].resize(elements(dims[i]) * rhb_dtype_size(dtype));
    outputs.push_back({values[i].data(), values[i].size(), dtype, dims[i].size(), dims[i].data()});
  }
  if (rhb::Status status = session.run(batch.inputs, outputs); !status.ok())
    return fail(status.message());
  readMask(batch);
  TrialBatch seen{first, count, {}};
  for (size_t i = 0; i < dims.size(); ++i) {
    SmallVector<RowMask, 2> masks = masksFor(i);
    auto mask = masks.size() == 1 ? std::optional(masks.front()) : std::nullopt;
    seen.outputs.push_back(
        {info().outputs[i].name, info().outputs[i].dtype, dims[i], values[i], std::move(masks), mask});
  }
  return seen;
}

std::vector<TrialCount> Trial::counters() const {
  std::vector<TrialCount> counted;
  for (size_t i = 0; counts && i < info().counter_count; ++i)
    counted.push_back({info().counters[i].site, info().counters[i].quantity, session.counters()[i]});
  return counted;
}

/// What all trials can run at once.
static FailureOr<Trial::BatchSize> commonBatchSize(ArrayRef<Trial *> trials, const SampleSet &samples) {
  Trial::BatchSize common{samples.count(), false};
  for (Trial *trial : trials) {
    auto size = trial->batchSize(samples);
    if (failed(size))
      return failure();
    common = {std::min(common.count, size->count), common.isFixed || size->isFixed};
  }
  return common;
}

static LogicalResult runSamples(ArrayRef<Trial *> trials, const SampleSet &samples,
                                function_ref<LogicalResult(ArrayRef<TrialBatch>)> take, StringRef verb) {
  auto size = commonBatchSize(trials, samples);
  if (failed(size))
    return failure();
  int64_t total = samples.count(), batch = size->count;
  for (int64_t first = 0; first < total; first += batch) {
    // A last batch that is not full overlaps the one before it where the size is fixed.
    int64_t begin = size->isFixed ? std::min(first, total - batch) : first;
    SmallVector<TrialBatch> batches;
    for (Trial *trial : trials) {
      auto seen = trial->runBatch(samples, begin, std::min(batch, total - begin));
      if (failed(seen))
        return failure();
      batches.push_back(*std::move(seen));
    }
    if (failed(take(batches)))
      return failure();
    if (!verb.empty())
      llvm::errs() << "\r      " << verb << " " << std::min(first + batch, total) << " of " << total << " samples";
  }
  if (!verb.empty())
    llvm::errs() << "\n";
  return success();
}

LogicalResult rheobase::runTrials(ArrayRef<Trial *> trials, const std::string &path,
                                  function_ref<LogicalResult(ArrayRef<TrialBatch>)> take, StringRef verb) {
  std::vector<std::string> files;
  if (std::string error = sampleFiles(path, files); !error.empty())
    return trials.front()->fail(error);
  for (const std::string &file : files) {
    SampleSet samples;
    if (std::string error = samples.load(file); !error.empty())
      return trials.front()->fail(error);
    if (failed(runSamples(trials, samples, take, verb)))
      return failure();
  }
  return success();
}

LogicalResult rheobase::runObserved(ModuleOp module, const SampleRun &run,
                                    function_ref<SmallVector<Value>(const IRMapping &)> choose,
                                    function_ref<void(ArrayRef<TrialOutput>)> take) {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
  std::vector<std::pair<std::string, Value>> results;
  for (auto [number, value] : llvm::enumerate(choose(mapping)))
    results.emplace_back("observed " + std::to_string(number), value);
  auto func = *copy->getOps<func::FuncOp>().begin();
  size_t first = func.getNumResults();
  addResults(func, results);
  Trial trial(run.purpose);
  if (failed(trial.build(std::move(copy))))
    return failure();
  auto takeBatch = [&](ArrayRef<TrialBatch> batches) {
    take(ArrayRef(batches.front().outputs).drop_front(first));
    return success();
  };
  return runTrials({&trial}, run.path, takeBatch, run.verb);
}
