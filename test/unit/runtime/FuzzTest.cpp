//===- FuzzTest.cpp - damaged artifacts end in errors ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "rheobase/Artifact/Format.h"
#include "rheobase/Artifact/Hash.h"

#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

static constexpr int kRounds = 2000;

/// The same numbers in every run, so that a failure can be repeated.
static std::mt19937_64 seeded(uint64_t seed) {
  return std::mt19937_64(seed);
}

/// The example with machine code that returns at every byte: code is trusted to use what its program gives it, and a
/// damaged program gives it something else.
static Program harmlessProgram() {
  static constexpr uint8_t kReturn = 0xc3;
  Program program = exampleProgram();
  program.code[0].image.assign(program.code[0].image.size(), kReturn);
  return program;
}

/// Opens, and where that succeeds looks at everything and runs. Returns whether it opened.
static bool exercise(const std::vector<uint8_t> &bytes) {
  rhb::Artifact artifact;
  rhb::Status status = rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact);
  if (!status.ok()) {
    EXPECT_STRNE(status.message(), "");
    return false;
  }
  const rhb_artifact_info &info = artifact.info();
  size_t letters = 0;
  for (size_t i = 0; i < info.input_count; ++i)
    for (size_t d = 0; d < info.inputs[i].rank; ++d)
      letters += strlen(info.inputs[i].dims_texts[d]);
  for (size_t i = 0; i < info.dispatch_count; ++i)
    letters += strlen(info.dispatches[i].kernel) + strlen(info.dispatches[i].location);
  EXPECT_LT(letters, size_t(1) << 30);
  rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
  options.threads = 1;
  options.counting = 1;
  rhb::Session session;
  if (!rhb::Session::create(artifact, session, &options).ok())
    return true;
  for (size_t i = 0; i < info.tap_count; ++i)
    EXPECT_TRUE(session.selectTap(i).ok());
  ExampleCall call(3);
  rhb::Status run = session.run(call.inputs(), call.outputs());
  EXPECT_EQ(run.ok(), run.code() == RHB_OK);
  return true;
}

TEST(Fuzz, Truncated) {
  std::vector<uint8_t> good = bytesOf(exampleProgram());
  std::mt19937_64 random = seeded(1);
  for (int i = 0; i < kRounds; ++i) {
    // Every length up to 400 covers header and table; then any.
    size_t size = i < 400 ? i : random() % good.size();
    // The exact allocation lets the address sanitizer see a read behind the end.
    EXPECT_NE(openError(std::vector<uint8_t>(good.begin(), good.begin() + size)), "") << size << " bytes";
  }
}

TEST(Fuzz, EveryFlippedBitIsAnError) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  std::mt19937_64 random = seeded(2);
  size_t bits = bytes.size() * 8;
  // All of the header, whose minor version is the one field that may hold anything, then anywhere.
  for (size_t i = 0; i < sizeof(Header) * 8 + kRounds; ++i) {
    size_t bit = i < sizeof(Header) * 8 ? i : random() % bits;
    bytes[bit / 8] ^= 1 << bit % 8;
    EXPECT_NE(openError(bytes), "") << "bit " << bit;
    bytes[bit / 8] ^= 1 << bit % 8;
  }
}

TEST(Fuzz, Random) {
  std::mt19937_64 random = seeded(3);
  for (int i = 0; i < kRounds; ++i) {
    std::vector<uint8_t> bytes(random() % 5000);
    for (uint8_t &byte : bytes)
      byte = static_cast<uint8_t>(random());
    // Every other file gets past the first checks.
    if (i % 2 && bytes.size() >= sizeof(Header)) {
      Header header = {};
      memcpy(header.magic, kMagic, sizeof(kMagic));
      header.endianMarker = kEndianMarker;
      header.formatMajor = kFormatMajor;
      header.fileSize = bytes.size();
      header.tableOffset = sizeof(Header);
      header.sectionEntrySize = sizeof(SectionEntry);
      header.manifestOffset = sizeof(Header);
      header.manifestSize = bytes.size() - sizeof(Header);
      memcpy(bytes.data(), &header, sizeof(header));
      reseal(bytes);
    }
    exercise(bytes);
  }
}

/// Damage to the manifest under right checksums, as an attacker would make it.
TEST(Fuzz, ResealedManifests) {
  std::vector<uint8_t> good = bytesOf(harmlessProgram());
  Header header;
  memcpy(&header, good.data(), sizeof(header));
  std::mt19937_64 random = seeded(4);
  int opened = 0;
  for (int i = 0; i < 4 * kRounds; ++i) {
    std::vector<uint8_t> bytes = good;
    for (uint64_t changes = 1 + random() % 3; changes != 0; --changes) {
      uint8_t &byte = bytes[header.manifestOffset + random() % header.manifestSize];
      byte = random() % 2 ? static_cast<uint8_t>(random()) : byte ^ (1 << random() % 8);
    }
    reseal(bytes);
    opened += exercise(bytes);
  }
  EXPECT_GT(opened, 100) << "the mutations are too coarse to reach the semantic checks";
  EXPECT_LT(opened, 4 * kRounds);
}

/// Damage to header and section table under right checksums.
TEST(Fuzz, ResealedHeaders) {
  std::vector<uint8_t> good = bytesOf(harmlessProgram());
  std::mt19937_64 random = seeded(5);
  for (int i = 0; i < kRounds; ++i) {
    std::vector<uint8_t> bytes = good;
    size_t position = 8 + random() % (sizeof(Header) + 2 * sizeof(SectionEntry) - 8);
    bytes[position] = static_cast<uint8_t>(random());
    reseal(bytes);
    exercise(bytes);
  }
}
