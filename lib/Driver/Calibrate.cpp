//===- Calibrate.cpp - ranges from samples -------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Phases.h"
#include "Samples.h"

#include "npy/Numbers.h"
#include "rheobase/Artifact/Writer.h"
#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/runtime.hpp"

#include "mlir/Transforms/Passes.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace rheobase;

namespace {

/// Samples that run at once: enough rows to keep the kernels busy, few enough to show progress.
constexpr int64_t kBatch = 32;

struct SiteRange {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

/// The network as it is, returning every site's extremes, ready to run.
class Observer {
public:
  LogicalResult build(ModuleOp module);
  LogicalResult run(const SampleSet &samples, bool progress, std::vector<SiteRange> &ranges);

private:
  LogicalResult fail(const llvm::Twine &text) const {
    return emitError(UnknownLoc::get(context)) << "calibration: " << text;
  }
  LogicalResult runBatch(const SampleSet &samples, int64_t first, int64_t count, std::vector<SiteRange> &ranges);

  MLIRContext *context = nullptr;
  std::vector<uint8_t> bytes;
  rhb::Artifact artifact;
  rhb::Session session;
};

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
  return success();
}

LogicalResult Observer::runBatch(const SampleSet &samples, int64_t first, int64_t count,
                                 std::vector<SiteRange> &ranges) {
  const rhb_artifact_info &info = artifact.info();
  std::vector<std::vector<int64_t>> dims(info.input_count);
  std::vector<rhb_tensor> inputs;
  for (size_t i = 0; i < info.input_count; ++i) {
    const rhb::npy::Array *array = samples.find(info.inputs[i].name);
    if (!array)
      return fail(llvm::Twine("no array named '") + info.inputs[i].name + "' in " + samples.source() +
                  "; arrays are named like the model's inputs");
    if (!rhb::npy::holds(*array, info.inputs[i].dtype))
      return fail(llvm::Twine("array '") + info.inputs[i].name + "' is " + rhb_dtype_name(array->dtype) + ", " +
                  rhb_dtype_name(info.inputs[i].dtype) + " expected");
    dims[i] = array->dims;
    dims[i][0] = count;
    size_t stride = array->bytes.size() / static_cast<size_t>(array->dims[0]);
    auto *data = const_cast<uint8_t *>(array->bytes.data()) + stride * static_cast<size_t>(first);
    inputs.push_back({data, stride * static_cast<size_t>(count), info.inputs[i].dtype, dims[i].size(), dims[i].data()});
  }
  std::vector<float> values(info.output_count);
  std::vector<rhb_tensor> outputs;
  for (float &value : values)
    outputs.push_back({&value, sizeof(float), RHB_F32, 0, nullptr});
  if (rhb::Status status = session.run(inputs, outputs); !status.ok())
    return fail(status.message());
  for (size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].low = std::min(ranges[i].low, values[2 * i]);
    ranges[i].high = std::max(ranges[i].high, values[2 * i + 1]);
  }
  return success();
}

LogicalResult Observer::run(const SampleSet &samples, bool progress, std::vector<SiteRange> &ranges) {
  // Where the model fixes the first size, samples run one such batch at a time.
  const rhb_artifact_info &info = artifact.info();
  int64_t batch = kBatch;
  bool fixed = false;
  for (size_t i = 0; i < info.input_count; ++i)
    if (info.inputs[i].rank > 0 && info.inputs[i].dims[0] > 0) {
      batch = info.inputs[i].dims[0];
      fixed = true;
    }
  int64_t total = samples.count();
  if (fixed && total < batch)
    return fail("the model takes batches of " + llvm::Twine(batch) + ", but " + samples.source() + " holds " +
                llvm::Twine(total) + " samples");
  for (int64_t first = 0; first < total; first += batch) {
    // A last batch that is not full overlaps the one before it where the size is fixed.
    int64_t begin = fixed ? std::min(first, total - batch) : first;
    if (failed(runBatch(samples, begin, std::min(batch, total - begin), ranges)))
      return failure();
    if (progress)
      llvm::errs() << "\r      calibrating " << std::min(first + batch, total) << " of " << total << " samples";
  }
  if (progress)
    llvm::errs() << "\n";
  return success();
}

} // namespace

LogicalResult rheobase::calibrate(ModuleOp module, StringRef path, bool progress) {
  SmallVector<spk::ObserveOp> sites;
  module.walk([&](spk::ObserveOp op) { sites.push_back(op); });
  if (sites.empty())
    return success();
  std::vector<std::string> files;
  if (std::string error = sampleFiles(path.str(), files); !error.empty())
    return emitError(UnknownLoc::get(module.getContext())) << "calibration: " << error;
  Observer observer;
  if (failed(observer.build(module)))
    return failure();
  std::vector<SiteRange> ranges(sites.size());
  for (const std::string &file : files) {
    SampleSet samples;
    if (std::string error = samples.load(file); !error.empty())
      return emitError(UnknownLoc::get(module.getContext())) << "calibration: " << error;
    if (failed(observer.run(samples, progress, ranges)))
      return failure();
  }
  Builder b(module.getContext());
  for (auto [site, range] : llvm::zip(sites, ranges))
    site.setRangeAttr(b.getDenseF32ArrayAttr({range.low, range.high}));
  return success();
}
