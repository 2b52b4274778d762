//===- Options.h - the options of a compilation ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNN_OPT_OPTIONS_H
#define RHEOBASE_TOOLS_SNN_OPT_OPTIONS_H

#include "CommandLine.h"
#include "OptionValues.h"

namespace rheobase {

struct ModelOptions::Options {
  CompileOptions defaults;
  cl::opt<std::string> input{cl::Positional, cl::desc("MODEL.onnx"), cl::cat(optionCategory())};
  cl::opt<std::string> output{"o", cl::desc("the artifact to write, or, with --compile-to, the text"),
                              cl::value_desc("FILE"), cl::cat(optionCategory())};
  cl::opt<bool> check{"check", cl::desc("say for every node whether it is supported, and compile nothing"),
                      cl::cat(optionCategory())};
  cl::opt<std::string> fit{"fit",
                           cl::desc("fit a neuron (--neuron, --steps, --bases, --range) to FUNCTION, say how good it "
                                    "is, and compile nothing"),
                           cl::value_desc("FUNCTION"), cl::cat(optionCategory())};
  cl::opt<int> bases{
      "bases",
      cl::desc("trains of T steps side by side that a code has, 1 to 8: N carry N*T digits, 16 at most (1); "
               "with --fit: bases of the neuron"),
      cl::value_desc("N"), cl::cat(optionCategory())};
  cl::opt<std::string> range{"range", cl::desc("with --fit: the inputs to fit it on"), cl::value_desc("A..B"),
                             cl::cat(optionCategory())};
  cl::opt<bool> json{"json", cl::desc("with --check, --fit, and of a plan that is chosen: as JSON"),
                     cl::cat(optionCategory())};
  cl::opt<bool> ann{"ann", cl::desc("compile the network as it is, not converted: the reference"),
                    cl::cat(optionCategory())};
  NameOption method{"method", choices::methods(), defaults.method,
                    "a published way to convert, for comparison, as a preset of other options, which win beside it"};
  cl::opt<unsigned> steps{"steps", cl::desc("time steps T of a code, 2 to 16, the sign included (8)"),
                          cl::value_desc("T"), cl::init(defaults.steps), cl::cat(optionCategory())};
  NameOption code{"code", choices::codes(), defaults.code, "how a number becomes spikes"};
  NameOption neuron{"neuron", choices::neurons(), defaults.neuron, "static neurons"};
  std::string weightsHelp = "numbers of the weights: " + choices::weightsPatterns() + " (default int8)";
  cl::opt<std::string> weights{"weights", cl::desc(weightsHelp), cl::value_desc("FORMAT"), cl::init(defaults.weights),
                               cl::cat(optionCategory())};
  NameOption weightsMethod{"weights-method", choices::weightsMethods(), defaults.weightsMethod,
                           "how the codes of weights are chosen: the nearest, the nearest of steps with the least "
                           "squares of errors, or so that later weights make good for it, by the samples"};
  cl::opt<bool> correctBiases{"correct-biases",
                              cl::desc("calibrated: add to each layer's bias what rounding its weights takes off the "
                                       "mean of its outputs over the samples"),
                              cl::cat(optionCategory())};
  NameOption tables{"tables", choices::tables(), defaults.tables,
                    "numbers of tables of embeddings: bytes with a scale for each row, as they are, or (auto) bytes "
                    "where --weights=auto chooses formats"};
  cl::opt<std::string> targetSize{"target-size",
                                  cl::desc("with --weights=auto: choose the format of each layer's weights for the "
                                           "least error in an artifact of at most so many bytes, as 40MB"),
                                  cl::value_desc("SIZE"), cl::cat(optionCategory())};
  cl::opt<bool> allowDegraded{"allow-degraded",
                              cl::desc("with --weights=auto: formats in which a layer's outputs lose more than 0.02 of "
                                       "their squares on the samples, too"),
                              cl::cat(optionCategory())};
  NameOption form{
      "form", choices::forms(), defaults.form,
      "steps folded into integer products (value), plane by plane (time), by lists of what fires (event), or "
      "value or event, whichever is faster at each layer (auto)"};
  NameOption ranges{"ranges", choices::ranges(), defaults.ranges,
                    "what the step sizes of codes are set by, calibration or, where that is legal, each row itself"};
  cl::opt<std::string> trainedWeights{
      "trained-weights",
      cl::desc("integers and scales for constants of the model, with a manifest that names these (docs/low-bit.md)"),
      cl::value_desc("FILE.npz"), cl::cat(optionCategory())};
  cl::opt<std::string> calibrate{
      "calibrate",
      cl::desc("samples: an npz with arrays named like the inputs (first axis: samples), or a folder of them"),
      cl::value_desc("FILE"), cl::cat(optionCategory())};
  cl::opt<std::string> calibration{
      "calibration",
      cl::desc("what the samples showed: written with --calibrate, read without it, so that a model is compiled again "
               "with other options without running them"),
      cl::value_desc("FILE.npz"), cl::cat(optionCategory())};
  NameOption clip{"clip", choices::clips(), defaults.clip, "where ranges that are read off samples end"};
  cl::opt<double> percentile{"percentile", cl::desc("with --clip=percentile: the share of the elements within (99.99)"),
                             cl::value_desc("P"), cl::init(defaults.percentile), cl::cat(optionCategory())};
  cl::opt<std::string> migrate{"migrate",
                               cl::desc("calibrated: how much of a linear input's channels moves into the weights, an "
                                        "exponent from 0 (nothing) to 1 (0.65, with --ranges=tensor 0.8), or auto: "
                                        "another one where an input loses clearly less with it"),
                               cl::value_desc("A"), cl::cat(optionCategory())};
  cl::opt<double> outliers{"outliers",
                           cl::desc("calibrated: at most this share of a linear input's channels get a code of their "
                                    "own with more steps, 0 to 1 (0.01)"),
                           cl::value_desc("SHARE"), cl::init(defaults.outliers), cl::cat(optionCategory())};
  cl::opt<double> prune{"prune",
                        cl::desc("leave out this share of what --prune-what names, those that matter least (0)"),
                        cl::value_desc("SHARE"), cl::init(defaults.prune), cl::cat(optionCategory())};
  cl::list<std::string> pruneWhat{"prune-what",
                                  cl::desc("units between linear layers (the default), heads of attention, channels "
                                           "of convolutions; several with commas"),
                                  cl::value_desc("KINDS"), cl::CommaSeparated, cl::cat(optionCategory())};
  NameOption pruneScore{"prune-score", choices::pruneScores(), defaults.pruneScore, "how much a unit matters"};
  cl::opt<std::string> plan{"plan",
                            cl::desc("what single sites have in the place of --steps, --ranges, --migrate and "
                                     "--outliers: a file as --target-error writes it"),
                            cl::value_desc("FILE.json"), cl::cat(optionCategory())};
  cl::opt<std::string> targetError{"target-error",
                                   cl::desc("choose the steps of each site so that the outputs' error on the samples "
                                            "is at most this, with few planes (with --weights=auto, the formats of "
                                            "weights, with few bytes); --plan=FILE keeps the choice"),
                                   cl::value_desc("E%"), cl::cat(optionCategory())};
  cl::opt<double> maxPlanes{"max-planes",
                            cl::desc("choose the steps of each site for the least error with at most so many of an "
                                     "encoded activation in the mean"),
                            cl::value_desc("N"), cl::cat(optionCategory())};
  cl::opt<double> maxSpikes{"max-spikes",
                            cl::desc("the same with at most so many spikes of an encoded activation in the mean"),
                            cl::value_desc("N"), cl::cat(optionCategory())};
  NameOption attention{"attention", choices::attentions(), defaults.attention,
                       "attention weights are encoded before or after they are normalised"};
  NameOption cache{"cache", choices::caches(), defaults.cache,
                   "with --state: what a session keeps of keys and values that are only encoded"};
  NameOption offsets{"offsets", choices::offsets(), defaults.offsets,
                     "codes that reach farther to one side of 0 than to the other, where calibration saw such values"};
  cl::opt<bool> strict{"strict", cl::desc("refuse a network of which nodes stay on numbers"),
                       cl::cat(optionCategory())};
  cl::list<std::string> report{
      "report", cl::CommaSeparated,
      cl::desc("write what the conversion did, measured on the samples of --calibrate: errors, "
               "spikes, operations, energy; FILE.json or FILE.html"),
      cl::value_desc("FILE,..."), cl::cat(optionCategory())};
  std::string targetHelp =
      "what to make machine code for, cpu (the default) for all levels: " + llvm::join(choices::targets(), ", ");
  cl::list<std::string> target{"target", cl::CommaSeparated, cl::desc(targetHelp), cl::value_desc("NAME,..."),
                               cl::cat(optionCategory())};
  cl::list<std::string> dim{"dim", cl::desc("a size the model leaves open: NAME=VALUE, or NAME=MIN..MAX"),
                            cl::value_desc("NAME=N"), cl::cat(optionCategory())};
  cl::list<std::string> state{"state",
                              cl::desc("inputs that a session keeps from run to run, as a decoder's cache: the "
                                       "beginning of their names, or INPUT=OUTPUT"),
                              cl::value_desc("NAME"), cl::cat(optionCategory())};
  std::string phases = llvm::join(choices::phases(), ", ");
  std::string fromHelp = "start with PHASE, from the text that --compile-to wrote after the one before ('-': the "
                         "standard input): " +
                         phases;
  cl::opt<std::string> from{"compile-from", cl::desc(fromHelp), cl::value_desc("PHASE"), cl::cat(optionCategory())};
  cl::opt<std::string> to{"compile-to", cl::desc("stop after PHASE and print the module"), cl::value_desc("PHASE"),
                          cl::cat(optionCategory())};
  cl::opt<std::string> dump{"dump-phases", cl::desc("write the module after each phase into DIR"),
                            cl::value_desc("DIR"), cl::cat(optionCategory())};

  /// Options that act in one phase, and which that is.
  std::vector<std::pair<const cl::Option *, Phase>> byPhase() const {
    const cl::Option &dims = dim, &states = state, &reports = report; // a list's own & is that of its values
    return {{&dims, Phase::Import},
            {&states, Phase::Import},
            {&trainedWeights, Phase::Import},
            {&ann, Phase::Convert},
            {&method.asOption(), Phase::Convert},
            {&steps, Phase::Convert},
            {&bases, Phase::Convert},
            {&code.asOption(), Phase::Convert},
            {&neuron.asOption(), Phase::Convert},
            {&ranges.asOption(), Phase::Convert},
            {&calibrate, Phase::Convert},
            {&calibration, Phase::Convert},
            {&clip.asOption(), Phase::Convert},
            {&percentile, Phase::Convert},
            {&migrate, Phase::Convert},
            {&outliers, Phase::Convert},
            {&prune, Phase::Convert},
            {&pruneScore.asOption(), Phase::Convert},
            {std::addressof(pruneWhat), Phase::Convert},
            {&plan, Phase::Convert},
            {&targetError, Phase::Convert},
            {&maxPlanes, Phase::Convert},
            {&maxSpikes, Phase::Convert},
            {&attention.asOption(), Phase::Convert},
            {&offsets.asOption(), Phase::Convert},
            {&strict, Phase::Convert},
            {&reports, Phase::Convert},
            {&targetSize, Phase::Convert},
            {&allowDegraded, Phase::Compress},
            {&weights, Phase::Compress},
            {&weightsMethod.asOption(), Phase::Compress},
            {&correctBiases, Phase::Compress},
            {&tables.asOption(), Phase::Compress},
            {&form.asOption(), Phase::Schedule},
            {&cache.asOption(), Phase::Lower}};
  }

  /// What steps are to be chosen for: the options that say so.
  std::vector<const cl::Option *> goals() const { return {&targetError, &maxPlanes, &maxSpikes, &targetSize}; }

  /// Copies the values over and checks them; all errors at once.
  bool fill(CommandLine &line) const;
  bool fillFit(CommandLine &line) const;
  bool checkValues(CommandLine &line) const;
  bool readGoal(std::optional<PlanGoal> &goal) const;
  /// What a code has room for.
  bool checkBases() const;
  /// Options that say nothing, or the opposite, beside one another.
  bool checkTogether(const CommandLine &line) const;
  bool checkWeightChoice(const CommandLine &line) const;
  /// Files that may not be one another, and what they hold.
  static bool checkFiles(const CommandLine &line);
};

} // namespace rheobase

#endif // RHEOBASE_TOOLS_SNN_OPT_OPTIONS_H
