//===- Energy.cpp - what operations cost, by stated models -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Report/Energy.h"

using namespace rheobase::report;

namespace {

constexpr double kPico = 1e-12;

/// Joules of one operation in a 45 nm process at 0.9 V: M. Horowitz, "Computing's energy problem (and what we can do
/// about it)", ISSCC 2014, figure 1.1.9. Additions of weights are the "AC" of the literature, products with addition
/// its "MAC".
namespace horowitz {
constexpr double kAddF32 = 0.9 * kPico, kMultiplyF32 = 3.7 * kPico;
constexpr double kAddI8 = 0.03 * kPico, kAddI32 = 0.1 * kPico, kMultiplyI8 = 0.2 * kPico;
/// 64 bits from a cache of 32 KB, the same figure; a byte of it.
constexpr double kByteOf32Kb = 20 * kPico / 8;
} // namespace horowitz

constexpr const char *kConstants = "Horowitz, ISSCC 2014, figure 1.1.9 (45 nm, 0.9 V)";
/// Bits of the factors that kMultiplyI8 multiplies.
constexpr double kMultiplierBits = 8;
constexpr double kBitsOfByte = 8;
constexpr double kBytesF32 = 4, kBytesAccumulator = 4;

/// The network before conversion, with activations as numbers of as many bits as its codes are worth (Yan et al., arXiv
/// 2409.08290): T of a T-step binary code, the logarithm of T + 1 of T spikes that weigh the same. The multiplier
/// shrinks with them.
double quantisedMac(const OperationCounts &counts, double add) {
  return horowitz::kMultiplyI8 * counts.bits / kMultiplierBits + add;
}

double allMacs(const OperationCounts &counts) {
  return counts.weightMacs + counts.productMacs;
}

/// Additions at `add` each, everything on numbers as f32.
Energy computeOnly(const OperationCounts &counts, const char *model, double add, double quantisedAdd) {
  Energy energy;
  energy.model = model;
  energy.counting = "arithmetic only";
  energy.source = kConstants;
  double macF32 = horowitz::kMultiplyF32 + horowitz::kAddF32;
  energy.ann = allMacs(counts) * macF32;
  energy.quantisedAnn = allMacs(counts) * quantisedMac(counts, quantisedAdd);
  energy.weights = counts.synapticAdditions * add;
  energy.products = counts.productAdditions * add;
  energy.neurons = counts.neuronSpikes * add;
  energy.numbers = counts.effectiveMacs * macF32;
  return energy;
}

/// int8 with a 32 bit accumulator, and the bytes that move: every weight, activation and event is read, every result
/// written once. Where `ordered`, events come in the order of their results, whose accumulators stay in registers, as
/// those of networks on numbers do; else each event reads its accumulator and writes it back.
Energy withMemory(const OperationCounts &counts, bool ordered) {
  const char *model = ordered ? "int8 with memory, sums in registers" : "int8 with memory, sums in memory";
  Energy energy = computeOnly(counts, model, horowitz::kAddI32, horowitz::kAddI32);
  energy.counting = ordered ? "arithmetic, and weights, activations and results in 32 KB memories"
                            : "the same, and each event reads and writes its sum";
  double results = counts.results * kBytesAccumulator, byte = horowitz::kByteOf32Kb;
  double ofSum = ordered ? 0 : 2 * kBytesAccumulator;
  energy.ann += (allMacs(counts) * 2 * kBytesF32 + results) * byte;
  energy.quantisedAnn += (allMacs(counts) * (1 + counts.bits / kBitsOfByte) + results) * byte;
  energy.weights += (counts.synapticAdditions * (counts.weightBytes + ofSum) + results) * byte;
  energy.products += counts.productAdditions * (2 / kBitsOfByte + ofSum) * byte;
  energy.neurons += counts.neuronSpikes * ofSum * byte;
  energy.numbers += counts.effectiveMacs * 2 * kBytesF32 * byte;
  return energy;
}

/// As the papers on multi-basis neurons count: mean rates instead of the pairs of spikes that meet, f32 constants.
Energy asMbePapers(const OperationCounts &counts) {
  Energy energy = computeOnly(counts, "45 nm f32, literal MBE counting", horowitz::kAddF32, horowitz::kAddI32);
  energy.counting = "arithmetic only; spike-spike products as T^2 eta1 eta2 products, mean firing rates eta";
  energy.source = std::string(kConstants) + "; counting of the multi-basis papers (arXiv 2508.07710)";
  energy.products = counts.productAdditionsByRates * horowitz::kAddF32;
  return energy;
}

} // namespace

std::vector<Energy> rheobase::report::energies(const OperationCounts &counts) {
  return {computeOnly(counts, "45 nm f32", horowitz::kAddF32, horowitz::kAddI32),
          computeOnly(counts, "int8", horowitz::kAddI8, horowitz::kAddI8),
          computeOnly(counts, "int8, 32 bit sums", horowitz::kAddI32, horowitz::kAddI32),
          withMemory(counts, /*ordered=*/true),
          withMemory(counts, /*ordered=*/false),
          asMbePapers(counts)};
}
