//===- Runner.cpp - an artifact, opened and run on arrays -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "Options.h"
#include "Tool.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::snnrun;

void RunnerOptions::add(Options &options) {
  options.number("threads", "worker threads; 0, the default, is one for every CPU", 0, threads);
  options.text("cpu", "VARIANT", "the machine code to use, such as x86-64; default: the best this CPU runs", cpu);
}

std::string Runner::open(const std::string &path) {
  return rhb::Artifact::open(path.c_str(), artifact).message();
}

std::string Runner::start(const RunnerOptions &options, With with) {
  rhb_session_options wanted = RHB_SESSION_OPTIONS_INIT;
  wanted.threads = static_cast<int>(std::min<int64_t>(options.threads, 1 << 20));
  wanted.counting = with.counting;
  wanted.profile = with.profile;
  wanted.cpu_variant = options.cpu.empty() ? nullptr : options.cpu.c_str();
  if (rhb::Status status = rhb::Session::create(artifact, running, &wanted); !status.ok())
    return status.message();
  auto stopOnInterrupt = [](void *, size_t, size_t) { return interrupted() ? 1 : 0; };
  return running.setProgress(stopOnInterrupt, nullptr).message();
}

std::string Runner::run(Arrays &inputs, Arrays &outputs) {
  std::vector<rhb_tensor> given, taken;
  for (npy::Array &input : inputs)
    given.push_back(npy::view(input));
  outputs.resize(info().output_count);
  std::vector<int64_t> dims;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (rhb::Status status = running.outputDims(artifact, given, i, dims); !status.ok())
      return status.message();
    npy::Array &output = outputs[i];
    bool fits = output.dtype == info().outputs[i].dtype && output.dims == dims && !output.bytes.empty();
    if (!fits)
      if (std::string failure = npy::allocate(info().outputs[i].dtype, dims, output); !failure.empty())
        return std::string("output '") + info().outputs[i].name + "': " + failure;
  }
  for (npy::Array &output : outputs)
    taken.push_back(npy::view(output));
  rhb::Status status = running.run(given, taken);
  return status.code() == RHB_CANCELLED ? "interrupted" : status.message();
}

std::vector<std::pair<std::string, uint64_t>> Runner::counterTotals() const {
  std::vector<std::pair<std::string, uint64_t>> totals;
  const uint64_t *counters = running.counters();
  for (size_t i = 0; i < info().counter_count; ++i) {
    std::string quantity = info().counters[i].quantity;
    auto found = std::find_if(totals.begin(), totals.end(), [&](const auto &total) { return total.first == quantity; });
    if (found == totals.end())
      found = totals.insert(totals.end(), {quantity, 0});
    found->second += counters[i];
  }
  return totals;
}
