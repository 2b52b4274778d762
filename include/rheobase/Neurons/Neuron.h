//===- Neuron.h - kinds of static neurons --------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_NEURON_H
#define RHEOBASE_NEURONS_NEURON_H

#include "rheobase/Neurons/Fit.h"
#include "rheobase/Neurons/Function.h"
#include "rheobase/Neurons/Table.h"

#include <string_view>
#include <vector>

namespace rheobase::neurons {

/// What the parameters of a fit are expanded to.
struct Shape {
  int bases = 0;
  int steps = 0;
  Interval interval;
};

/// The numbers of a fit in the words of its kind, for readers.
struct Listing {
  struct Row {
    std::string name;
    std::vector<double> numbers;
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;
  double bias = 0;
};

/// A kind of neuron: how its tables are run, checked, expanded from few numbers, and fitted. Stateless.
/// `evaluate` in float32, in the written order and without contraction, is the definition that generated code repeats.
class Neuron {
public:
  virtual ~Neuron() = default;

  virtual std::string_view name() const = 0;

  /// The value for one input.
  virtual float evaluate(const Table &table, float x) const = 0;
  /// The spikes of one basis for one input: `steps` numbers, 0 or 1.
  virtual void train(const Table &table, size_t basis, float x, uint8_t *spikes) const = 0;
  /// The error in a table of this kind (sizes and finiteness are checked before), or nothing.
  virtual std::optional<Error> checkTable(const Table &table) const = 0;

  virtual int defaultBases(const Function &function) const = 0;
  virtual int maxBases() const = 0;
  /// The variants that apply to a shape; never empty.
  virtual std::vector<std::string_view> variants(const Shape &shape) const = 0;
  /// Numbers a fit of this shape is made of.
  virtual size_t parameterCount(const Shape &shape) const = 0;
  virtual Table expand(const Shape &shape, const std::vector<float> &parameters) const = 0;
  virtual Listing list(const Shape &shape, const std::vector<float> &parameters) const = 0;
  /// True where a fit takes milliseconds, so that no table of it is committed.
  virtual bool fitsAtOnce() const = 0;
  /// True where functions are fitted by the part that an exact identity leaves (decompositionOf), false where the
  /// publication fits the whole function.
  virtual bool fitsParts() const = 0;
  /// True where the codes of its network cut toward zero, as the publication's threshold expansion does; false where
  /// they round to the nearest.
  virtual bool truncatesCodes() const = 0;

  /// The inputs of a fit, checked and with all defaults filled in.
  struct Problem {
    const Function &function;
    Shape shape;
    std::string_view variant;
    const std::vector<float> &calibration;
    uint64_t seed;
    int64_t budget;
  };
  /// The parameters of one or more good fits, to be measured by the caller.
  virtual std::vector<std::vector<float>> search(const Problem &problem) const = 0;
  virtual int64_t defaultBudget(const Shape &shape) const = 0;
};

/// All kinds, in a fixed order.
const std::vector<const Neuron *> &kinds();
/// The kind of this name, or null.
const Neuron *findKind(std::string_view name);

/// Runs a table that `check` accepts.
float evaluate(const Table &table, float x);
/// Spikes over all bases and steps.
int spikes(const Table &table, float x);
/// All spikes, N x T, basis-major.
std::vector<uint8_t> spikeTrain(const Table &table, float x);

/// A neuron as a staircase: from `from` up to the next entry's `from` it gives `value` with `spikes` spikes.
struct Level {
  float from;
  float value;
  int spikes;
};
/// The staircase of a table, found by running it: the first entry starts at minus infinity (and answers for NaN). Equal
/// to the table for every float input. An error where it has more than `limit` entries.
Result<std::vector<Level>> levels(const Table &table, size_t limit = size_t(1) << 20);

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_NEURON_H
