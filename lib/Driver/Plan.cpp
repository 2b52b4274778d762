//===- Plan.cpp - what each site has of its own, in a file ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "PlanTrials.h"

#include "rheobase/Driver/Driver.h"

#include "dialects/spk/Codes.h"
#include "dialects/spk/Spk.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <array>
#include <charconv>

using namespace mlir;
using namespace rheobase;
namespace json = llvm::json;

namespace {

/// The field that says what the file is, and its version.
constexpr StringLiteral kVersionField = "rheobase plan";
constexpr int64_t kVersion = 1;
constexpr StringLiteral kTablesField = "tables", kSitesField = "sites", kNameField = "site", kRoleField = "role",
                        kWeightsField = "weights";
/// What a plan says of tables, in a module.
constexpr StringLiteral kTablesAttr = "rheobase.tables";

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

/// One thing that a site may have of its own: an attribute of spk.observe and a field of the file.
struct Setting {
  StringLiteral name;
  StringLiteral expected;
  bool (*isOf)(StringRef role);
  /// Null where the value is none.
  Attribute (*read)(Builder &b, const json::Value &value);
};

bool isOfEveryRole(StringRef role) {
  return role != spk::kNeuronRole;
}

bool isLinear(StringRef role) {
  return role == spk::kLinearRole;
}

Attribute readSteps(Builder &b, const json::Value &value) {
  std::optional<int64_t> steps = value.getAsInteger();
  return steps && *steps >= kFewestSteps && *steps <= kMostSteps ? b.getI64IntegerAttr(*steps) : Attribute();
}

Attribute readCode(Builder &b, const json::Value &value) {
  std::optional<StringRef> name = value.getAsString();
  return name && llvm::is_contained(choices::codes(), *name) ? b.getStringAttr(*name) : Attribute();
}

Attribute readBases(Builder &b, const json::Value &value) {
  std::optional<int64_t> bases = value.getAsInteger();
  return bases && *bases >= 1 && *bases <= static_cast<int64_t>(spk::kMostBases) ? b.getI64IntegerAttr(*bases)
                                                                                 : Attribute();
}

Attribute readRanges(Builder &b, const json::Value &value) {
  std::optional<StringRef> name = value.getAsString();
  return name && llvm::is_contained(choices::ranges(), *name) ? b.getStringAttr(*name) : Attribute();
}

Attribute readShare(Builder &b, const json::Value &value) {
  std::optional<double> share = value.getAsNumber();
  return share && *share >= 0 && *share <= 1 ? b.getF64FloatAttr(*share) : Attribute();
}

Attribute readFormat(Builder &b, const json::Value &value) {
  std::optional<StringRef> name = value.getAsString();
  return name && *name != kAutoWeights && choices::areWeights(*name) ? b.getStringAttr(*name) : Attribute();
}

constexpr Setting kSettings[] = {
    {"steps", "a whole number from 2 to 16", isOfEveryRole, readSteps},
    {"code", "a kind of code as --code takes it", isOfEveryRole, readCode},
    {"bases", "a whole number from 1 to 8", isOfEveryRole, readBases},
    {"ranges", "\"token\" or \"tensor\"", spk::hasFreeRows, readRanges},
    {"migrate", "a number from 0 to 1", isLinear, readShare},
    {"outliers", "a number from 0 to 1", isLinear, readShare},
    {kWeightsField, "a format as --weights takes it, but not auto,", isLinear, readFormat},
};

/// Fields that are written for the reader and not read back.
struct Figure {
  StringLiteral name;
  double SiteFigures::*member;
};

constexpr Figure kFigures[] = {
    {"activations", &SiteFigures::activations},
    {"synops share", &SiteFigures::share},
    {"error", &SiteFigures::error},
    {"spikes", &SiteFigures::spikes},
};

SmallVector<spk::ObserveOp> encodedSites(ModuleOp module) {
  SmallVector<spk::ObserveOp> sites;
  module.walk([&](spk::ObserveOp op) {
    // Outlier channels that have been split off follow their site.
    if (op.getRole() != spk::kNeuronRole && siteOfCode(op.getSite()) == op.getSite())
      sites.push_back(op);
  });
  return sites;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

std::string shown(const json::Value &value) {
  return llvm::formatv("{0}", value).str();
}

/// What is read of a plan.
enum class Part { Whole, Weights };

class Reader {
public:
  Reader(StringRef path, ModuleOp module, Part part)
      : path(path), module(module), part(part), builder(module.getContext()) {
    for (spk::ObserveOp site : encodedSites(module))
      sites[site.getSite()] = site;
  }

  /// What is wrong, or "".
  std::string read(StringRef text) {
    auto parsed = json::parse(text);
    if (!parsed)
      return file() + "is no JSON: " + llvm::toString(parsed.takeError());
    const json::Object *plan = parsed->getAsObject();
    const json::Value *version = plan ? plan->get(kVersionField) : nullptr;
    if (!version)
      return file() + "is no plan: it has no field '" + kVersionField.str() +
             "'; --target-error writes one where --plan says";
    if (version->getAsInteger() != kVersion)
      return file() + "is of version " + shown(*version) + ", version " + std::to_string(kVersion) +
             " expected; make it again with --target-error";
    if (const json::Value *tables = plan->get(kTablesField))
      if (std::string error = readTables(*tables); !error.empty())
        return error;
    const json::Array *entries = plan->getArray(kSitesField);
    if (!entries)
      return file() + "has no list '" + kSitesField.str() + "'; leave its entries as they were written";
    for (auto [index, entry] : llvm::enumerate(*entries))
      if (std::string error = readEntry(index, entry); !error.empty())
        return error;
    return "";
  }

private:
  std::string file() const { return "'" + path.str() + "' "; }

  std::string readTables(const json::Value &value) {
    std::optional<StringRef> name = value.getAsString();
    if (!name || *name == kAutoTables || !llvm::is_contained(choices::tables(), *name))
      return file() + "has " + kTablesField.str() + " " + shown(value) +
             ", a name as --tables takes it, but not auto, expected; without the field the command line's holds";
    setTables(module, *name);
    return "";
  }

  std::string readEntry(size_t index, const json::Value &entry) {
    const json::Object *fields = entry.getAsObject();
    std::optional<StringRef> name = fields ? fields->getString(kNameField) : std::nullopt;
    if (!name)
      return file() + "has an entry " + std::to_string(index) + " without the field '" + kNameField.str() +
             "', a name; leave it as it was written";
    std::string at = file() + "at site '" + name->str() + "' ";
    auto site = sites.find(*name);
    if (site == sites.end() && part == Part::Weights)
      return "";
    if (site == sites.end())
      return at + "speaks of none that the model has; is the plan of another model? Make it again with --target-error";
    if (!seen.insert(*name).second)
      return at + "has a second entry, one expected; leave one of them out";
    // In the order of their names, so that of several errors always the same is told.
    SmallVector<StringRef> names;
    for (const auto &[field, value] : *fields)
      names.push_back(field);
    llvm::sort(names);
    if (part == Part::Weights)
      llvm::erase_if(names, [](StringRef field) { return field != kWeightsField; });
    for (StringRef field : names)
      if (std::string error = readField(site->second, field, *fields->get(field)); !error.empty())
        return at + error;
    return "";
  }

  std::string readField(spk::ObserveOp site, StringRef field, const json::Value &value) {
    StringRef role = site.getRole();
    auto isNamed = [&](const auto &each) { return each.name == field; };
    if (field == kNameField || llvm::any_of(kFigures, isNamed))
      return "";
    if (field == kRoleField)
      return value.getAsString() == role ? ""
                                         : "has role " + shown(value) + ", the model's is \"" + role.str() +
                                               "\"; a role is not for choosing, leave it as it was written";
    const auto *setting = llvm::find_if(kSettings, isNamed);
    if (setting == std::end(kSettings))
      return "has a field '" + field.str() + "', one of " + fieldsOf(role) + " expected; leave it out";
    if (!setting->isOf(role))
      return "has a field '" + field.str() + "', which a site of role " + role.str() + " has not (" + fieldsOf(role) +
             " expected); leave it out";
    Attribute read = setting->read(builder, value);
    if (!read)
      return "has " + field.str() + " " + shown(value) + ", " + setting->expected.str() +
             " expected; without the field the command line's holds";
    site->setAttr(field, read);
    return "";
  }

  static std::string fieldsOf(StringRef role) {
    SmallVector<StringRef> names;
    for (const Setting &setting : kSettings)
      if (setting.isOf(role))
        names.push_back(setting.name);
    return llvm::join(names, ", ");
  }

  StringRef path;
  ModuleOp module;
  Part part;
  Builder builder;
  llvm::StringMap<spk::ObserveOp> sites;
  llvm::StringSet<> seen;
};

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// The shortest text that reads back to the same number.
std::string shortest(double number) {
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

/// What a reader needs of a figure.
std::string rounded(double number) {
  constexpr int digits = 4;
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::general, digits).ptr;
  return {text.data(), end};
}

void writeSetting(json::OStream &os, StringRef name, Attribute value) {
  if (auto number = dyn_cast<IntegerAttr>(value)) {
    os.attribute(name, number.getInt());
  } else if (auto text = dyn_cast<StringAttr>(value)) {
    os.attribute(name, text.getValue());
  } else {
    os.attributeBegin(name);
    os.rawValue(shortest(cast<FloatAttr>(value).getValueAsDouble()));
    os.attributeEnd();
  }
}

void writeSite(json::OStream &os, spk::ObserveOp site, const PlanFigures &figures) {
  os.attribute(kNameField, site.getSite());
  os.attribute(kRoleField, site.getRole());
  for (const Setting &setting : kSettings)
    if (Attribute value = site->getAttr(setting.name))
      writeSetting(os, setting.name, value);
  auto known = figures.find(site.getSite());
  if (known == figures.end())
    return;
  for (const Figure &figure : kFigures) {
    os.attributeBegin(figure.name);
    os.rawValue(rounded(known->second.*figure.member));
    os.attributeEnd();
  }
}

} // namespace

void rheobase::setTables(ModuleOp module, StringRef tables) {
  module->setAttr(kTablesAttr, StringAttr::get(module.getContext(), tables));
}

std::optional<StringRef> rheobase::tablesOf(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>(kTablesAttr);
  return name ? std::optional(name.getValue()) : std::nullopt;
}

static std::string readPart(StringRef path, ModuleOp module, Part part) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return "cannot read '" + path.str() + "': " + file.getError().message();
  return Reader(path, module, part).read((*file)->getBuffer());
}

std::string rheobase::readPlan(StringRef path, ModuleOp module) {
  return readPart(path, module, Part::Whole);
}

std::string rheobase::readPlannedWeights(StringRef path, ModuleOp module) {
  return readPart(path, module, Part::Weights);
}

std::string rheobase::planText(ModuleOp module, const PlanFigures &figures) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  constexpr unsigned indent = 2;
  json::OStream os(stream, indent);
  os.object([&] {
    os.attribute(kVersionField, kVersion);
    if (std::optional<StringRef> tables = tablesOf(module))
      os.attribute(kTablesField, *tables);
    os.attributeArray(kSitesField, [&] {
      for (spk::ObserveOp site : encodedSites(module))
        os.object([&] { writeSite(os, site, figures); });
    });
  });
  stream << "\n";
  return text;
}

std::string rheobase::writePlan(StringRef path, ModuleOp module, const PlanFigures &figures) {
  std::string text = planText(module, figures);
  // Beside the file, then renamed.
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << text;
    return llvm::Error::success();
  });
  return error ? "cannot write '" + path.str() + "': " + llvm::toString(std::move(error)) : "";
}
