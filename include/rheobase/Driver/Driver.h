//===- Driver.h - from a model file to an artifact --------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DRIVER_DRIVER_H
#define RHEOBASE_DRIVER_DRIVER_H

#include "dialects/spk/Codes.h"
#include "rheobase/Import/Check.h"
#include "rheobase/Import/Import.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase {

/// The stops of a compilation, in order. Each is a start too: the module printed after one phase is read back before
/// the next.
enum class Phase { Import, Simplify, Convert, Compress, Schedule, Lower, Emit };

llvm::StringRef phaseName(Phase phase);
std::optional<Phase> phaseByName(llvm::StringRef name);

/// What the options that take a name may say, from the parts that own the names.
namespace choices {
std::vector<std::string> phases();
std::vector<std::string> methods();
std::vector<std::string> neurons();
std::vector<std::string> codes();
std::vector<std::string> weightsMethods();
std::vector<std::string> pruneScores();
std::vector<std::string> prunedKinds();
/// What names of weight formats look like, and whether a name is one.
std::string weightsPatterns();
bool areWeights(llvm::StringRef name);
std::vector<std::string> tables();
std::vector<std::string> forms();
std::vector<std::string> ranges();
std::vector<std::string> clips();
std::vector<std::string> attentions();
std::vector<std::string> caches();
std::vector<std::string> offsets();
std::vector<std::string> targets();
} // namespace choices

/// Weights that stay numbers, and weights of which each matrix has the format that serves a goal.
inline constexpr llvm::StringLiteral kFloatWeights = "f32", kAutoWeights = "auto";
/// Tables of embeddings in bytes; where formats of weights are chosen, else as they are.
inline constexpr llvm::StringLiteral kByteTables = "int8", kAutoTables = "auto";
/// What an artifact that is not converted has for a form.
inline constexpr llvm::StringLiteral kAnnForm = "ann";
/// Every layer that may by events; each layer by what is faster.
inline constexpr llvm::StringLiteral kEventForm = "event", kAutoForm = "auto";

using spk::kFewestSteps, spk::kMostSteps;

/// What the steps of the sites are to be chosen for.
struct PlanGoal {
  enum class Kind {
    Error,  ///< at most this error of the outputs (docs/plan.md), with the fewest planes
    Planes, ///< at most so many time steps of an encoded activation in the mean, with the least error
    Spikes, ///< at most so many spikes of an encoded activation in the mean, with the least error
  };
  Kind kind;
  double value;
};

/// How the names of reports end.
inline constexpr llvm::StringLiteral kJsonReport = ".json", kHtmlReport = ".html";

struct CompileOptions {
  std::string input, output;
  /// Compile the network as it is: the reference.
  bool ann = false;
  /// A way to convert: one of choices::methods(), each a preset of options below.
  std::string method = "rheobase";
  /// Time steps T of a code, the sign included.
  unsigned steps = 8;
  /// Trains of so many steps side by side that a code has.
  unsigned bases = 1;
  /// One of choices::codes(), and so on.
  std::string code = "binary";
  std::string neuron = "segment";
  std::string weights = "int8";
  /// How the codes of weights are chosen: one of choices::weightsMethods().
  std::string weightsMethod = "rtn";
  /// Whether what codes of weights do to the mean outputs of samples is added to biases.
  bool correctBiases = false;
  /// Numbers of the tables that Gather reads: one of choices::tables().
  std::string tables = kAutoTables.str();
  /// With weights "auto": bytes that the artifact may take; or the goal below is theirs.
  std::optional<double> targetSize;
  /// Whether layers may lose more than weights::kMostOutputError where formats are chosen.
  bool allowDegraded = false;
  /// An npz file with integers for constants of the model (docs/low-bit.md); or empty.
  std::string trainedWeights;
  std::string form = "value";
  std::string ranges = "token";
  /// An npz file with samples, or a folder of them; or empty.
  std::string calibrate;
  /// Where to keep what the samples showed; without samples, where it was kept; or empty.
  std::string calibration;
  /// Where ranges that are read off samples end, and, of clip "percentile", at which.
  std::string clip = "max";
  double percentile = 99.99;
  /// The exponent by which channels of linear inputs move into the weights, 0 for not at all; unset: by `ranges`.
  std::optional<double> migrate;
  /// Whether inputs that lose clearly less with another exponent have that one.
  bool searchMigration = false;
  /// At most this share of the channels of a linear input get a code of their own.
  double outliers = 0.01;
  /// Whether a plan that is chosen may have a larger share.
  bool searchOutliers = true;
  /// This share is left out of what `pruneWhat` (some of choices::prunedKinds()) names, those that `pruneScore` (one of
  /// choices::pruneScores()) says matter least.
  double prune = 0;
  std::vector<std::string> pruneWhat{"units"};
  std::string pruneScore = "svs";
  /// A file that says for each site what the options above say for all (docs/plan.md): read, and with a wish below
  /// written; or empty.
  std::string plan;
  std::optional<PlanGoal> goal;
  /// Where the plan that was chosen goes as JSON beside `plan`: the standard output.
  bool printPlan = false;
  /// Whether attention weights are encoded before or after they are normalised.
  std::string attention = "unnormalised";
  /// "auto": one-sided sites have a code with an offset; "none": all codes have their 0 at 0.
  std::string offsets = "auto";
  /// Targets of the machine code; empty: every CPU level.
  std::vector<std::string> targets;
  /// Inputs that sessions keep, as --state names them.
  std::vector<std::string> states;
  /// What states of a spiking decoder hold of what is only encoded: "codes", or "f32" as the model has it.
  std::string cache = "codes";
  ImportOptions import;
  Phase from = Phase::Import, to = Phase::Emit;
  /// Writes the module after each phase into this folder, numbered.
  std::string dumpPhases;
  /// Refuse what stays on numbers.
  bool strict = false;
  /// Files to write a report on the conversion into, .json or .html; it needs samples.
  std::vector<std::string> reports;
  /// Phases, times and counts on stderr.
  bool progress = false;

  bool isCalibrated() const { return !calibrate.empty() || !calibration.empty(); }
  bool choosesWeights() const { return weights == kAutoWeights; }
  /// What tables are where nothing is said: bytes where formats are chosen.
  llvm::StringRef usualTables() const { return choosesWeights() ? kByteTables : kFloatWeights; }
  /// Whether `goal` is about the steps of sites.
  bool choosesSteps() const { return goal && !choosesWeights(); }
};

/// Dialects, interfaces and models that the compiler's contexts need.
void registerCompilerDialects(mlir::DialectRegistry &registry);
/// The same and all of MLIR's: for programs that read any module.
void registerEveryDialect(mlir::DialectRegistry &registry);
/// Every pass of the project and of MLIR.
void registerEveryPass();

/// Sets what `options.method` is a preset of.
void applyMethod(CompileOptions &options);

/// Imports the model and, unless it is to stay as it is, converts it without calibration and without code: what is
/// supported, what each node becomes, and what stays on numbers.
CheckReport check(const CompileOptions &options, mlir::MLIRContext &context);

/// Runs the phases; errors go to the context's diagnostics. Nothing is left at `output` on failure.
llvm::LogicalResult compile(const CompileOptions &options, mlir::MLIRContext &context);

} // namespace rheobase

#endif // RHEOBASE_DRIVER_DRIVER_H
