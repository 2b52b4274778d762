//===- Target.cpp - CPU targets of the code sections ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Target.h"

#include "rheobase/Artifact/Program.h"
#include "rheobase/Codegen/Codegen.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace feature = rheobase::artifact::cpu_feature;

/// From the lowest to the highest.
static const Target kLevels[] = {
    {"x86-64", "x86-64-v2", "generic", "", 0, 0, 4, 16, false, false},
    {"x86-64-v3", "x86-64-v3", "generic", "", feature::kAvx2, 1, 8, 16, true, false},
    {"x86-64-v3-vnni", "x86-64-v3", "generic", "+avxvnni", feature::kAvx2 | feature::kAvxVnni, 2, 8, 16, true, true},
    {"x86-64-v4-vnni", "x86-64-v4", "generic", "+avx512vnni", feature::kAvx2 | feature::kAvx512 | feature::kAvx512Vnni,
     3, 16, 32, true, true},
};

static bool hostHas(uint64_t needs) {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  auto all = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names, [&](StringRef name) { return host.lookup(name); });
  };
  if ((needs & feature::kAvx2) && !all({"avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt", "movbe"}))
    return false;
  if ((needs & feature::kAvx512) && !all({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return false;
  if ((needs & feature::kAvxVnni) && !all({"avxvnni"}))
    return false;
  return !(needs & feature::kAvx512Vnni) || all({"avx512vnni"});
}

std::vector<std::string> codegen::cpuLevels() {
  std::vector<std::string> names;
  for (const Target &level : kLevels)
    names.push_back(level.name);
  return names;
}

FailureOr<Target> codegen::lookupTarget(StringRef name, Location loc) {
  for (const Target &level : kLevels)
    if (level.name == name)
      return level;
  if (name == kNativeTarget) {
    Target best = kLevels[0];
    for (const Target &level : kLevels)
      if (hostHas(level.needs))
        best = level;
    if (best.registerLanes == 16 && llvm::sys::getHostCPUFeatures().lookup("avx512vpopcntdq"))
      best.features += ",+avx512vpopcntdq", best.countsBits = true;
    best.name = kNativeTarget;
    best.tune = llvm::sys::getHostCPUName().str();
    best.rank = static_cast<int32_t>(std::size(kLevels));
    return best;
  }
  return emitError(loc) << "unknown CPU target '" << name << "', expected " << llvm::join(cpuLevels(), ", ") << " or "
                        << kNativeTarget;
}
