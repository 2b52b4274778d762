//===- Text.cpp - a report as a page of text ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Format.h"

using namespace rheobase::report;
using llvm::format;
using llvm::raw_ostream;

namespace {

/// Sites that a page of text names.
constexpr size_t kWorst = 5;

void writeWorst(raw_ostream &os, llvm::ArrayRef<Site> sites) {
  llvm::SmallVector<const Site *> order;
  for (const Site &site : sites)
    if (site.accumulatedError)
      order.push_back(&site);
  // Of equal ones the first in the network.
  llvm::sort(order, [](const Site *a, const Site *b) {
    return std::pair(-a->accumulatedError->relativeRms, a) < std::pair(-b->accumulatedError->relativeRms, b);
  });
  if (order.size() > kWorst)
    order.truncate(kWorst);
  if (!order.empty())
    os << "farthest from the ANN     rel. RMS  of the code   clipped  spikes  site\n";
  for (const Site *site : order)
    os << format("%26s%7.2f %%  %9.2f %%  %6.3f %%  %6.2f  ", "", 100 * site->accumulatedError->relativeRms,
                 100 * site->codingError.relativeRms, 100 * site->clipRate(), site->spikesPerActivation())
       << site->name << "\n";
}

void writeEnergy(raw_ostream &os, const OperationCounts &operations) {
  os << "energy per sample in uJ (estimates)          ANN  quantised ANN        SNN\n";
  for (const Energy &energy : energies(operations))
    os << llvm::left_justify("  " + energy.model, 38)
       << format("%10.4g%15.4g%11.4g\n", energy.ann * 1e6, energy.quantisedAnn * 1e6, energy.snn() * 1e6);
}

void writeNeurons(raw_ostream &os, llvm::ArrayRef<Neuron> neurons) {
  if (neurons.empty())
    return;
  auto most = llvm::max_element(neurons, [](const Neuron &a, const Neuron &b) { return a.steps < b.steps; });
  os << neurons.size() << " inner neurons (normalisation, softmax, gates, activations), at most " << most->steps
     << " steps\n";
}

void writeIslands(raw_ostream &os, llvm::ArrayRef<Island> islands) {
  double share = 0;
  for (const Island &island : islands)
    share += island.share;
  if (islands.empty())
    os << "no node stays on numbers where a spiking form would be expected\n";
  else
    os << islands.size() << format(" nodes stay on numbers: %.2f %% of the operations\n", 100 * share);
}

/// The formats, and the matrices whose outputs lose most.
void writeMatrices(raw_ostream &os, llvm::ArrayRef<Matrix> matrices) {
  double bits = 0, weights = 0;
  llvm::SmallVector<const Matrix *> order;
  for (const Matrix &matrix : matrices) {
    bits += matrix.bits, weights += matrix.bits / matrix.bitsOfWeight();
    if (matrix.outputError && *matrix.outputError > 0)
      order.push_back(&matrix);
  }
  if (matrices.empty())
    return;
  os << format("%zu matrices of weights, %.2f bits a weight, %.3f MB\n", matrices.size(), bits / weights, bits / 8e6);
  llvm::sort(order, [](const Matrix *a, const Matrix *b) {
    return std::pair(-*a->outputError, a) < std::pair(-*b->outputError, b);
  });
  if (order.size() > kWorst)
    order.truncate(kWorst);
  if (!order.empty())
    os << "farthest from its outputs  rel. error  of the weights    bits  format      matrix\n";
  for (const Matrix *matrix : order)
    os << format("%26s %11.3g  %14.3g  %6.2f  ", "", *matrix->outputError, matrix->weightError, matrix->bitsOfWeight())
       << llvm::left_justify(matrix->format, 11) << " " << matrix->node << "\n";
}

} // namespace

void Report::writeText(raw_ostream &os) const {
  os << "report on " << model << ": " << sites.size() << " sites, " << sampleCount << " samples\n";
  for (const Output &output : outputs) {
    os << format("output %s: relative RMS %.3f %%, cosine %.6f", output.name.c_str(), 100 * output.error.relativeRms,
                 output.error.cosine);
    if (output.agreement)
      os << format(", argmax agrees %.2f %%", 100 * *output.agreement);
    os << "\n";
  }
  os << format("planes per activation %.3f, spikes per activation %.3f, activation sparsity %.3f\n",
               network.planesPerActivation, network.spikesPerActivation, network.activationSparsity)
     << format("synaptic operations per sample: Effective_ACs %.4g of Dense %.4g; in attention %.4g of %.4g\n",
               network.operations.effectiveAcs, network.operations.dense, network.operations.productAdditions,
               network.operations.productDense);
  writeWorst(os, sites);
  writeMatrices(os, matrices);
  writeEnergy(os, network.operations);
  writeNeurons(os, neurons);
  writeIslands(os, islands);
}
