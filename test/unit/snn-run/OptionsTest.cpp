//===- OptionsTest.cpp - the command line of snn-run ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/snn-run/Options.h"
#include "tools/snn-run/Feeds.h"
#include "tools/snn-run/Json.h"
#include "tools/snn-run/Tool.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase::snnrun;

namespace {
/// A command with one option of each kind.
struct Command {
  Options options{"try FILE [OPTIONS]", "Tries."};
  std::string file, name;
  std::vector<std::string> items;
  int64_t count = 7;
  double scale = 0.5;
  bool loud = false, help = false;

  Command() {
    options.positional("file", file);
    options.text("name", "NAME", "a name", name);
    options.list("item", "ITEM", "an item", items);
    options.number("count", "a number", 1, count);
    options.real("scale", "a factor", scale);
    options.flag("loud", "says more", loud);
  }
  std::string parse(const std::vector<std::string> &arguments) { return options.parse(arguments, help); }
};
} // namespace

TEST(Options, ReadsEveryKindInAnyOrder) {
  Command command;
  EXPECT_EQ(
      command.parse({"--name", "a=b", "--item=x=1", "f.rheo", "--item", "y", "--count=3", "--scale", "1e-3", "--loud"}),
      "");
  EXPECT_EQ(command.file, "f.rheo");
  EXPECT_EQ(command.name, "a=b");
  EXPECT_EQ(command.items, (std::vector<std::string>{"x=1", "y"}));
  EXPECT_EQ(command.count, 3);
  EXPECT_EQ(command.scale, 1e-3);
  EXPECT_TRUE(command.loud);
}

TEST(Options, SaysWhatIsWrong) {
  auto error = [](const std::vector<std::string> &arguments) { return Command().parse(arguments); };
  EXPECT_EQ(error({}), "no file given; usage: snn-run try FILE [OPTIONS]");
  EXPECT_EQ(error({"f", "g"}), "unexpected argument 'g', see --help");
  EXPECT_EQ(error({"f", "--cuont", "3"}), "unknown option '--cuont', did you mean '--count'?");
  EXPECT_EQ(error({"f", "--quite-another"}), "unknown option '--quite-another', see --help");
  EXPECT_EQ(error({"f", "-count", "3"}), "unknown option '--count', did you mean '--count'?");
  EXPECT_EQ(error({"f", "--name"}), "option '--name' needs a value: --name NAME");
  EXPECT_EQ(error({"f", "--loud=1"}), "option '--loud' takes no value");
  EXPECT_EQ(error({"f", "--count", "0"}), "option '--count': '0', expected a whole number from 1 on");
  EXPECT_EQ(error({"f", "--count", "3x"}), "option '--count': '3x', expected a whole number from 1 on");
  EXPECT_EQ(error({"f", "--count", "99999999999999999999"}),
            "option '--count': '99999999999999999999', expected a whole number from 1 on");
  EXPECT_EQ(error({"f", "--scale", "-1"}), "option '--scale': '-1', expected a number that is not negative");
  EXPECT_EQ(error({"f", "--scale", "nan"}), "option '--scale': 'nan', expected a number that is not negative");
}

TEST(Options, Help) {
  Command command;
  EXPECT_EQ(command.parse({"--help"}), "");
  EXPECT_TRUE(command.help);
  EXPECT_NE(command.options.help().find("--count N    a number"), std::string::npos) << command.options.help();
}

TEST(Options, Nearest) {
  EXPECT_EQ(nearest("thread", {"threads", "runs"}), "threads");
  EXPECT_EQ(nearest("benhc", {"run", "bench", "inspect"}), "bench");
  EXPECT_EQ(nearest("zzzzz", {"run", "bench"}), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), {"run"}), "");
}

TEST(Feeds, ParsesValues) {
  npy::Array array;
  EXPECT_EQ(parseValue("2x2xi32=1,-2,3,4", array), "");
  EXPECT_EQ(array.dims, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(npy::number(array, 1), -2);
  EXPECT_EQ(parseValue("3xf16=0.5", array), "");
  EXPECT_EQ(npy::number(array, 2), 0.5);
  EXPECT_EQ(parseValue("f32=1e3", array), "");
  EXPECT_TRUE(array.dims.empty());
  EXPECT_EQ(parseValue("0xf32=", array), "");
  EXPECT_EQ(parseValue("2xf32=-inf,nan", array), "");
}

TEST(Feeds, RefusesValues) {
  auto error = [](const std::string &text) {
    npy::Array array;
    return parseValue(text, array);
  };
  EXPECT_EQ(error("1,2"), "'1,2' is neither @FILE.npy nor numbers such as 2x3xf32=1,2,3,4,5,6");
  EXPECT_EQ(error("2xf31=1"), "unknown element type 'f31' in '2xf31', expected a form such as 2x3xf32");
  EXPECT_EQ(error("-2xf32=1"), "'-2' in '-2xf32' is not a dimension");
  EXPECT_EQ(error("3xf32=1,2"), "2 numbers, expected 3 for 3xf32");
  EXPECT_EQ(error("2xu8=1,256"), "'256' is not a number of type u8");
  EXPECT_EQ(error("2xf32=1,a"), "'a' is not a number of type f32");
  EXPECT_EQ(error("99999999x99999999xf32=1"), "a tensor of 99999999x99999999xf32 is too large");
  EXPECT_EQ(error("@/no-such-file.npy"), "cannot read '/no-such-file.npy': No such file or directory");
}

TEST(Feeds, SplitsNames) {
  std::string name, rest;
  EXPECT_TRUE(splitName("x=2xf32=1,2", name, rest));
  EXPECT_EQ(name, "x");
  EXPECT_EQ(rest, "2xf32=1,2");
  EXPECT_TRUE(splitName("a=b=@f.npy", name, rest));
  EXPECT_EQ(name, "a=b");
  EXPECT_FALSE(splitName("=3", name, rest));
  EXPECT_FALSE(splitName("x", name, rest));
}

TEST(Json, NestsAndEscapes) {
  Json json;
  json.open('{').member("text", "a\"\\\n").member("half", 0.5).member("none", double(NAN)).key("list").open('[');
  json.value(int64_t(-1)).value(true).close().key("empty").open('[').close().close();
  EXPECT_EQ(json.text(), "{\n  \"text\": \"a\\\"\\\\\\u000a\",\n  \"half\": 0.5,\n  \"none\": null,\n"
                         "  \"list\": [\n    -1,\n    true\n  ],\n  \"empty\": []\n}\n");
}

TEST(Tool, Tables) {
  EXPECT_EQ(table({{"node", "ms"}, {"a", "10.5"}, {"long", ""}}, 1), "node    ms\na     10.5\nlong\n");
}
