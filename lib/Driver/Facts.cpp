//===- Facts.cpp - what has been decided about a module -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Facts.h"

#include "Methods.h"
#include "Phases.h"
#include "dialects/spk/WeightFormats.h"
#include "rheobase/Conversion/Spk/Weights.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace rheobase;

namespace {

constexpr StringLiteral kFactsAttr = "rheobase.facts";
constexpr StringLiteral kSource = "source";

/// One thing that a phase decides.
struct Fact {
  StringLiteral name;
  Phase phase;
  /// Of the two kinds of network, as it is and converted, those that have it.
  bool ofAnn, ofSnn;
  /// Empty where there is nothing to say.
  std::string (*get)(const CompileOptions &options, ModuleOp module);
  /// Null where later phases do not ask for it. False: no value of this kind.
  bool (*set)(CompileOptions &options, StringRef text);
};

/// What the product with a matrix says of it.
std::optional<int64_t> saidOf(spk::UnpackOp op, StringRef attribute) {
  for (Operation *user : op->getUsers())
    if (auto count = user->getAttrOfType<IntegerAttr>(attribute))
      return count.getInt();
  return std::nullopt;
}

/// What a weight takes in the mean, scales and all included; nothing where all are bytes or numbers.
std::string bitsFact(const CompileOptions &, ModuleOp module) {
  int64_t bits = 0, weights = 0;
  bool hasFormats = false;
  llvm::DenseSet<Value> seen;
  module.walk([&](spk::UnpackOp op) {
    if (!seen.insert(op.getCodes()).second)
      return;
    auto codes = cast<RankedTensorType>(op.getCodes().getType()),
         scale = cast<RankedTensorType>(op.getScale().getType());
    hasFormats |= op.getFormat().has_value();
    constexpr int64_t single = 32;
    weights += saidOf(op, spk::kFactorAttr).value_or(codes.getNumElements());
    bits += saidOf(op, spk::kChannelFactorsAttr).value_or(0) * single;
    bits += op.getFormat() ? spk::storedBits(*op.getFormat(), op.getCodes(), op.getScale(), op.getZero())
                           : codes.getNumElements() * codes.getElementTypeBitWidth() +
                                 scale.getNumElements() * scale.getElementTypeBitWidth();
  });
  std::string text;
  if (hasFormats)
    llvm::raw_string_ostream(text) << llvm::format("%.2f", static_cast<double>(bits) / static_cast<double>(weights));
  return text;
}

bool setForm(CompileOptions &options, StringRef text) {
  options.ann = text == kAnnForm;
  if (!options.ann)
    options.form = text.str();
  return options.ann || llvm::is_contained(choices::forms(), text);
}

constexpr Fact kFacts[] = {
    {kSource, Phase::Import, true, true,
     [](const CompileOptions &options, ModuleOp) { return llvm::sys::path::filename(options.input).str(); }, nullptr},
    {"form", Phase::Convert, true, false, [](const CompileOptions &, ModuleOp) { return std::string(kAnnForm); },
     setForm},
    {"method", Phase::Convert, false, true, [](const CompileOptions &options, ModuleOp) { return methodFact(options); },
     nullptr},
    {"steps", Phase::Convert, false, true,
     [](const CompileOptions &options, ModuleOp) { return std::to_string(options.steps); },
     [](CompileOptions &options, StringRef text) { return !text.getAsInteger(10, options.steps); }},
    {"bases", Phase::Convert, false, true,
     [](const CompileOptions &options, ModuleOp) { return std::to_string(options.bases); }, nullptr},
    {"code", Phase::Convert, false, true, [](const CompileOptions &options, ModuleOp) { return options.code; },
     nullptr},
    {"neuron", Phase::Convert, false, true, [](const CompileOptions &options, ModuleOp) { return options.neuron; },
     [](CompileOptions &options, StringRef text) {
       options.neuron = text.str();
       return llvm::is_contained(choices::neurons(), text);
     }},
    {"ranges", Phase::Convert, false, true, [](const CompileOptions &options, ModuleOp) { return options.ranges; },
     nullptr},
    {"plan", Phase::Convert, false, true,
     [](const CompileOptions &options, ModuleOp) { return llvm::sys::path::filename(options.plan).str(); }, nullptr},
    {"calibrated", Phase::Convert, false, true,
     [](const CompileOptions &options, ModuleOp) { return std::string(options.isCalibrated() ? "yes" : "no"); },
     nullptr},
    {"weights", Phase::Compress, false, true, [](const CompileOptions &options, ModuleOp) { return options.weights; },
     [](CompileOptions &options, StringRef text) {
       options.weights = text.str();
       return choices::areWeights(text);
     }},
    {"weights_method", Phase::Compress, false, true,
     [](const CompileOptions &options, ModuleOp) {
       return options.weightsMethod == CompileOptions().weightsMethod ? std::string() : options.weightsMethod;
     },
     nullptr},
    {"biases", Phase::Compress, false, true,
     [](const CompileOptions &options, ModuleOp) { return std::string(options.correctBiases ? "corrected" : ""); },
     nullptr},
    {"tables", Phase::Compress, false, true,
     [](const CompileOptions &options, ModuleOp module) {
       return codesTables(module, options) ? kByteTables.str() : std::string();
     },
     nullptr},
    {"weights_bits", Phase::Compress, false, true, bitsFact, nullptr},
    {"form", Phase::Schedule, false, true, [](const CompileOptions &options, ModuleOp) { return options.form; },
     setForm},
};

} // namespace

void rheobase::recordFacts(ModuleOp module, Phase phase, const CompileOptions &options) {
  Builder b(module.getContext());
  NamedAttrList facts(module->getAttrOfType<DictionaryAttr>(kFactsAttr));
  for (const Fact &fact : kFacts)
    if (fact.phase == phase && (options.ann ? fact.ofAnn : fact.ofSnn))
      if (std::string text = fact.get(options, module); !text.empty())
        facts.set(fact.name, b.getStringAttr(text));
  if (!facts.empty())
    module->setAttr(kFactsAttr, facts.getDictionary(module.getContext()));
}

LogicalResult rheobase::resumeFacts(ModuleOp module, CompileOptions &options) {
  Attribute attribute = module->getAttr(kFactsAttr);
  auto facts = dyn_cast_or_null<DictionaryAttr>(attribute);
  if ((attribute && !facts) ||
      (facts && !llvm::all_of(facts, [](NamedAttribute each) { return isa<StringAttr>(each.getValue()); })))
    return module.emitError() << kFactsAttr << " is " << attribute
                              << ", a dictionary of strings expected, as --compile-to writes it";
  for (const Fact &fact : kFacts) {
    auto text = facts ? facts.getAs<StringAttr>(fact.name) : StringAttr();
    if (text && fact.set && fact.phase < options.from && !fact.set(options, text))
      return module.emitError() << kFactsAttr << " says that " << fact.name << " is " << text
                                << ", which is none of its values; leave it as --compile-to writes it";
  }
  if (!facts || !facts.contains(kSource))
    recordFacts(module, Phase::Import, options);
  return success();
}

std::vector<std::pair<std::string, std::string>> rheobase::readFacts(ModuleOp module) {
  std::vector<std::pair<std::string, std::string>> result;
  if (auto facts = module->getAttrOfType<DictionaryAttr>(kFactsAttr))
    for (NamedAttribute each : facts)
      result.emplace_back(each.getName().str(), cast<StringAttr>(each.getValue()).str());
  return result;
}

std::string rheobase::modelName(ModuleOp module) {
  auto facts = module->getAttrOfType<DictionaryAttr>(kFactsAttr);
  return llvm::sys::path::stem(facts.getAs<StringAttr>(kSource).getValue()).str();
}
