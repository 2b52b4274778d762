//===- snn-run.cpp - the program that runs artifacts ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Tool.h"

#include "rheobase/runtime.h"

#include <cstdio>
#include <exception>
#include <new>

using namespace rheobase::snnrun;

static constexpr struct {
  const char *name;
  int (*run)(const std::vector<std::string> &arguments);
  const char *about;
} kCommands[] = {
    {"run", runCommand, "run once on given inputs; print, save or check the outputs"},
    {"bench", benchCommand, "measure latency; count spikes and synaptic operations"},
    {"inspect", inspectCommand, "show the signature, sections, sizes and hashes"},
    {"compare", compareCommand, "run two artifacts and show where their layers part"},
    {"eval", evalCommand, "accuracy over labelled samples"},
    {"generate", generateCommand, "continue a sequence of tokens with a language model"},
};

static void printHelp() {
  printf("Runs spiking networks compiled by snn-opt.\n\nusage: snn-run COMMAND FILE.rheo [OPTIONS]\n");
  for (const auto &command : kCommands)
    printf("  %-10s%s\n", command.name, command.about);
  printf("snn-run COMMAND --help lists a command's options; snn-run --version prints the version.\n");
}

static int dispatch(const std::vector<std::string> &arguments) {
  if (arguments.empty()) {
    printHelp();
    return kWrongUsage;
  }
  const std::string &name = arguments[0];
  if (name == "--help" || name == "-h" || name == "help") {
    printHelp();
    return kSuccess;
  }
  if (name == "--version") {
    printf("snn-run %s\n", rhb_version());
    return kSuccess;
  }
  std::vector<std::string> names = {"--help", "--version"};
  for (const auto &command : kCommands) {
    if (name == command.name)
      return command.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(command.name);
  }
  std::string best = nearest(name, names);
  return fail("unknown command '" + name + "'" + (best.empty() ? ", see --help" : ", did you mean '" + best + "'?"),
              kWrongUsage);
}

int main(int argc, char **argv) {
  catchInterrupts();
  try {
    int code = dispatch({argv + 1, argv + argc});
    // What the system could not write, to a full disk or a closed pipe, must not look like success.
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == kSuccess)
      code = fail("cannot write to the standard output");
    return interrupted() && code != kSuccess ? kInterrupted : code;
  } catch (const std::bad_alloc &) {
    return fail("out of memory");
  } catch (const std::exception &e) {
    return fail(e.what());
  }
}
