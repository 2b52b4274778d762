//===- MakeArtifact.cpp - snn-test-artifact, for lit tests ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//     snn-test-artifact FILE.rheo            the example program of test/unit/runtime/TestProgram.h
//     snn-test-artifact FILE.rheo shifted    the same with other numbers in its table
//     snn-test-artifact FILE.rheo codeless    the same without machine code
//
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/TestProgram.h"

#include "rheobase/Artifact/Writer.h"

#include <cstdio>
#include <cstring>

using namespace rheobase;

int main(int argc, char **argv) {
  std::string variant = argc == 3 ? argv[2] : "";
  if (argc < 2 || argc > 3 || (argc == 3 && variant != "shifted" && variant != "codeless")) {
    fprintf(stderr, "usage: snn-test-artifact FILE.rheo [shifted|codeless]\n");
    return 2;
  }
  artifact::Program program = test::exampleProgram();
  std::vector<float> shifted(program.constants[0].size / sizeof(float));
  memcpy(shifted.data(), program.constants[0].data, program.constants[0].size);
  for (float &number : shifted)
    number += 50;
  if (variant == "shifted")
    program.constants[0].data = reinterpret_cast<const uint8_t *>(shifted.data());
  if (variant == "codeless")
    program.code.clear();
  std::string failure = artifact::writeArtifact(program, argv[1]);
  if (!failure.empty())
    fprintf(stderr, "snn-test-artifact: %s\n", failure.c_str());
  return failure.empty() ? 0 : 1;
}
