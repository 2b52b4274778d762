//===- PlanTest.cpp - plans in files -------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Plan.h"

#include "dialects/spk/Spk.h"
#include "rheobase/Driver/Driver.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace rheobase;

namespace {

constexpr StringLiteral kModule = R"(
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = spk.observe %x {role = "linear", site = "a"} : tensor<?x8xf32>
  %1 = spk.observe %0 {role = "value", site = "b"} : tensor<?x8xf32>
  %2 = spk.observe %1 {role = "neuron", site = "n"} : tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
})";

class PlanTest : public testing::Test {
protected:
  PlanTest() {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(kModule, ParserConfig(&context));
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("plan", "json", path));
    remover.setFile(path);
  }

  /// Reads a plan with this list of sites.
  std::string read(const std::string &sites) { return readText(R"({"rheobase plan": 1, "sites": [)" + sites + "]}"); }

  std::string readText(const std::string &text) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << text;
    return readPlan(path, *module);
  }

  spk::ObserveOp site(StringRef name) {
    spk::ObserveOp found;
    module->walk([&](spk::ObserveOp op) {
      if (op.getSite() == name)
        found = op;
    });
    return found;
  }

  void expectError(const std::string &sites, const std::string &text) {
    std::string error = read(sites);
    EXPECT_NE(error.find(text), std::string::npos) << error;
    EXPECT_NE(error.find(path.str()), std::string::npos) << error;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  SmallString<128> path;
  llvm::FileRemover remover;
};

TEST_F(PlanTest, SetsWhatItSaysAndNothingElse) {
  ASSERT_EQ(read(R"({"site": "a", "role": "linear", "steps": 9, "ranges": "tensor", "migrate": 0.5, "outliers": 0,
                     "activations": 7, "synops share": 0.1, "error": 1e-3, "spikes": 3.5})"),
            "");
  spk::ObserveOp a = site("a");
  EXPECT_EQ(a.getSteps(), 9u);
  EXPECT_EQ(a.getRanges(), "tensor");
  EXPECT_EQ(a.getMigrate()->convertToDouble(), 0.5);
  EXPECT_EQ(a.getOutliers()->convertToDouble(), 0);
  EXPECT_EQ(site("b").getSteps(), std::nullopt);
  EXPECT_TRUE(succeeded(a.verify()));
}

TEST_F(PlanTest, ReadsBackWhatItWrote) {
  ASSERT_EQ(read(R"({"site": "a", "steps": 5, "migrate": 0.65}, {"site": "b", "steps": 12})"), "");
  PlanFigures figures;
  figures["a"] = {96, 0.25, 0.00123456, 3.14159};
  std::string text = planText(*module, figures);
  ASSERT_EQ(writePlan(path, *module, figures), "");
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path))->getBuffer(), text);
  EXPECT_NE(text.find("\"migrate\": 0.65"), std::string::npos) << text;
  EXPECT_EQ(text.find("\"n\""), std::string::npos) << "a neuron has no code: " << text;
  module = parseSourceString<ModuleOp>(kModule, ParserConfig(&context));
  ASSERT_EQ(readPlan(path, *module), "");
  EXPECT_EQ(site("a").getSteps(), 5u);
  EXPECT_EQ(site("a").getMigrate()->convertToDouble(), 0.65);
  EXPECT_EQ(site("b").getSteps(), 12u);
  EXPECT_EQ(planText(*module, figures), text);
}

TEST_F(PlanTest, TablesAreOneForAllSites) {
  EXPECT_EQ(planText(*module, {}).find("tables"), std::string::npos);
  ASSERT_EQ(readText(R"({"rheobase plan": 1, "tables": "int8", "sites": []})"), "");
  EXPECT_EQ(tablesOf(*module), "int8");
  EXPECT_NE(planText(*module, {}).find("\"tables\": \"int8\""), std::string::npos);
  for (const char *wrong : {"\"auto\"", "\"int4\"", "8"})
    EXPECT_NE(readText(std::string(R"({"rheobase plan": 1, "sites": [], "tables": )") + wrong + "}")
                  .find(std::string("has tables ") + wrong + ", a name as --tables takes it, but not auto, expected"),
              std::string::npos);
}

TEST_F(PlanTest, FileMustBeAPlan) {
  EXPECT_NE(readPlan("/no/such/plan.json", *module).find("cannot read '/no/such/plan.json'"), std::string::npos);
  EXPECT_NE(readText("{").find("is no JSON"), std::string::npos);
  EXPECT_NE(readText("[]").find("is no plan: it has no field 'rheobase plan'"), std::string::npos);
  EXPECT_NE(readText(R"({"rheobase plan": 2, "sites": []})").find("is of version 2, version 1 expected"),
            std::string::npos);
  EXPECT_NE(readText(R"({"rheobase plan": 1})").find("has no list 'sites'"), std::string::npos);
}

TEST_F(PlanTest, EntriesMustBeOfTheModel) {
  expectError("4", "has an entry 0 without the field 'site', a name");
  expectError(R"({"site": "a"}, {"steps": 4})", "has an entry 1 without the field 'site'");
  expectError(R"({"site": "z"})", "at site 'z' speaks of none that the model has");
  expectError(R"({"site": "n"})", "at site 'n' speaks of none that the model has");
  expectError(R"({"site": "a"}, {"site": "a"})", "at site 'a' has a second entry, one expected");
  expectError(R"({"site": "a", "role": "key"})", "has role \"key\", the model's is \"linear\"");
}

TEST_F(PlanTest, FieldsMustBeWhatTheyCanBe) {
  expectError(R"({"site": "a", "steps": 17})", "at site 'a' has steps 17, a whole number from 2 to 16 expected");
  expectError(R"({"site": "a", "steps": 7.5})", "has steps 7.5, a whole number");
  expectError(R"({"site": "a", "steps": "8"})", "has steps \"8\", a whole number");
  expectError(R"({"site": "a", "ranges": "row"})", "has ranges \"row\", \"token\" or \"tensor\" expected");
  expectError(R"({"site": "a", "code": "morse"})", "has code \"morse\", a kind of code as --code takes it expected");
  expectError(R"({"site": "a", "bases": 9})", "has bases 9, a whole number from 1 to 8 expected");
  expectError(R"({"site": "a", "migrate": 1.5})", "has migrate 1.5, a number from 0 to 1 expected");
  expectError(R"({"site": "a", "outliers": null})", "has outliers null, a number from 0 to 1 expected");
  expectError(R"({"site": "a", "step": 8})",
              "has a field 'step', one of steps, code, bases, ranges, migrate, outliers, weights expected");
  expectError(R"({"site": "b", "ranges": "token"})", "has a field 'ranges', which a site of role value has not");
}

} // namespace
