//===- NpyTest.cpp - numpy's files ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "npy/Npy.h"
#include "npy/Numbers.h"
#include "npy/Zip.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

using namespace rhb;

/// A file that is removed at the end.
struct TemporaryFile {
  explicit TemporaryFile(const std::string &suffix)
      : path(std::filesystem::temp_directory_path() /
             ("rheobase-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + suffix)) {}
  ~TemporaryFile() { std::filesystem::remove(path); }
  void fill(const std::vector<uint8_t> &bytes) const {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  }
  std::string path;
};

static npy::Array ramp(rhb_dtype dtype, std::vector<int64_t> dims) {
  npy::Array array;
  EXPECT_EQ(npy::allocate(dtype, dims, array), "");
  for (int64_t i = 0; i < array.elements(); ++i)
    EXPECT_TRUE(npy::setNumber(array, i, dtype == RHB_BOOL ? i % 2 : i));
  return array;
}

/// What numpy.savez_compressed writes for a = [[0, 1, 2], [3, 4, 5]] (int32) and ramp = zeros(300) (float32).
static constexpr uint8_t kCompressedBytes[] = {
    0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x50, 0xb4, 0x4d, 0x84, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x05, 0x00, 0x14, 0x00, 0x61, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10,
    0x00, 0x98, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x55, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec,
    0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad, 0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0,
    0x6e, 0x93, 0x69, 0xa2, 0xae, 0xa3, 0xa0, 0x9e, 0x96, 0x5f, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92,
    0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17, 0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0x46, 0x3a,
    0x0a, 0xc6, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x64, 0x03, 0x2e, 0x06, 0x20, 0x60, 0x04, 0x62, 0x26, 0x20, 0x66, 0x06,
    0x62, 0x16, 0x20, 0x66, 0x05, 0x62, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
    0x21, 0x00, 0xe9, 0x3a, 0xb4, 0x34, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x08, 0x00, 0x14, 0x00, 0x72,
    0x61, 0x6d, 0x70, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0x30, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x50, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50,
    0xad, 0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x66, 0xa2, 0xae, 0xa3, 0xa0, 0x9e, 0x96,
    0x5f, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a,
    0x17, 0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0xc6, 0x06, 0x06, 0x3a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x64, 0x03,
    0x2e, 0x86, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x28, 0x18, 0x22, 0x00, 0x00, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d,
    0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x50, 0xb4, 0x4d, 0x84, 0x55, 0x00, 0x00, 0x00, 0x98, 0x00,
    0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x61, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
    0x00, 0x21, 0x00, 0xe9, 0x3a, 0xb4, 0x34, 0x50, 0x00, 0x00, 0x00, 0x30, 0x05, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x8c, 0x00, 0x00, 0x00, 0x72, 0x61, 0x6d, 0x70, 0x2e,
    0x6e, 0x70, 0x79, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02, 0x00, 0x69, 0x00, 0x00, 0x00,
    0x16, 0x01, 0x00, 0x00, 0x00, 0x00,
};

static std::vector<uint8_t> compressed() {
  return {std::begin(kCompressedBytes), std::end(kCompressedBytes)};
}

/// An npy file with this dictionary and so many bytes of data.
static std::vector<uint8_t> npyFile(const std::string &header, size_t size, uint8_t version = 1) {
  std::string text("\x93NUMPY");
  text += static_cast<char>(version);
  text += '\0';
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text.resize(text.size() + size);
  return {text.begin(), text.end()};
}

static std::string parseError(const std::vector<uint8_t> &bytes) {
  npy::Array array;
  return npy::parse(bytes.data(), bytes.size(), array);
}

static void expectContains(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << "found '" << text << "', expected '" << part << "' in it";
}

//===----------------------------------------------------------------------===//
// npy
//===----------------------------------------------------------------------===//

TEST(Npy, RoundTripsEveryType) {
  for (rhb_dtype dtype = RHB_F32; dtype <= RHB_BOOL; ++dtype)
    for (const std::vector<int64_t> &dims : std::vector<std::vector<int64_t>>{{}, {5}, {2, 3}, {0, 4}, {1, 2, 1, 3}}) {
      npy::Array array = ramp(dtype, dims), back;
      std::vector<uint8_t> bytes = npy::format(array);
      EXPECT_EQ((bytes.size() - array.bytes.size()) % 64, 0u);
      EXPECT_EQ(npy::parse(bytes.data(), bytes.size(), back), "");
      EXPECT_EQ(back.dtype, dtype);
      EXPECT_EQ(back.dims, dims);
      EXPECT_EQ(back.bytes, array.bytes);
    }
}

/// NumPy has no names for the types of ml_dtypes of a byte, but for one, which it cannot read: they are codes.
TEST(Npy, NarrowTypesAreCodes) {
  for (rhb_dtype dtype = RHB_F8E4M3FN; dtype <= RHB_U2; ++dtype) {
    npy::Array array = ramp(dtype, {2}), back, other = ramp(RHB_F32, {2});
    std::vector<uint8_t> bytes = npy::format(array);
    std::string text(bytes.begin(), bytes.end());
    expectContains(text, "'descr': '|V1'");
    EXPECT_EQ(npy::parse(bytes.data(), bytes.size(), back), "");
    EXPECT_EQ(back.dtype, RHB_U8);
    EXPECT_TRUE(npy::holds(back, dtype));
    npy::readAs(back, RHB_F32);
    EXPECT_EQ(back.dtype, RHB_U8);
    npy::readAs(back, dtype);
    EXPECT_EQ(back.dtype, dtype);
    EXPECT_EQ(back.bytes, array.bytes);
    EXPECT_FALSE(npy::holds(other, dtype));
  }
  npy::Array array = ramp(RHB_U8, {2}), back;
  for (auto [descr, dtype] : {std::pair("<f1", RHB_F8E5M2), {"|f1", RHB_F8E5M2}, {"<V1", RHB_U8}, {"|V1", RHB_U8}}) {
    std::vector<uint8_t> bytes = npy::format(array);
    std::string text(bytes.begin(), bytes.end());
    std::memcpy(bytes.data() + text.find("|u1"), descr, 3);
    EXPECT_EQ(npy::parse(bytes.data(), bytes.size(), back), "");
    EXPECT_EQ(back.dtype, dtype) << descr;
  }
}

TEST(Npy, WritesFiles) {
  TemporaryFile file(".npy");
  npy::Array array = ramp(RHB_F32, {2, 3}), back;
  EXPECT_EQ(npy::write(file.path, array), "");
  EXPECT_EQ(npy::read(file.path, back), "");
  EXPECT_EQ(back.bytes, array.bytes);
  expectContains(npy::write("/no-such-folder/x.npy", array), "cannot write '/no-such-folder/x.npy'");
  expectContains(npy::write("/proc", array), "cannot write '/proc': it exists and is no regular file");
  expectContains(npy::read("/no-such-folder/x.npy", back), "cannot read '/no-such-folder/x.npy'");
  expectContains(npy::read("/", back), "cannot read '/'");
}

TEST(Npy, RefusesWhatItCannotRead) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  EXPECT_EQ(parseError(npyFile(good, 24)), "");
  expectContains(parseError({}), "is no npy file");
  expectContains(parseError(npyFile(good, 24, 9)), "npy version 9");
  expectContains(parseError(npyFile(good, 23)), "holds 23 bytes");
  expectContains(parseError(npyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24)),
                 "Fortran order");
  expectContains(parseError(npyFile("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 24)), "type '>f4'");
  expectContains(parseError(npyFile("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", 48)), "type '<c8'");
  expectContains(parseError(npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", 48)), "type '|O'");
  expectContains(parseError(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", 24)), "the shape");
  expectContains(parseError(npyFile("{'fortran_order': False, 'shape': (2, 3), }", 24)), "no header");
  expectContains(parseError(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                    "(4611686018427387904, 4611686018427387904), }",
                                    24)),
                 "holds 24 bytes");
  std::vector<uint8_t> cut = npyFile(good, 24);
  cut[8] = 0xff;
  expectContains(parseError(cut), "header longer than the file");
}

//===----------------------------------------------------------------------===//
// npz
//===----------------------------------------------------------------------===//

TEST(Npz, ReadsWhatNumpyCompresses) {
  TemporaryFile file(".npz");
  file.fill(compressed());
  npy::Arrays arrays;
  ASSERT_EQ(npy::readAll(file.path, arrays), "");
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(arrays["a"].dims, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(npy::number(arrays["a"], 5), 5);
  EXPECT_EQ(arrays["ramp"].bytes, std::vector<uint8_t>(1200));
}

TEST(Npz, RoundTrips) {
  TemporaryFile file(".npz"), again("-again.npz");
  npy::Arrays arrays = {{"x", ramp(RHB_F32, {2, 3})}, {"in:y", ramp(RHB_I64, {4})}, {"empty", ramp(RHB_U8, {0})}}, back;
  EXPECT_EQ(npy::writeAll(file.path, arrays), "");
  EXPECT_EQ(npy::readAll(file.path, back), "");
  ASSERT_EQ(back.size(), 3u);
  for (const auto &[name, array] : arrays)
    EXPECT_EQ(back[name].bytes, array.bytes);
  EXPECT_EQ(npy::writeAll(again.path, back), "");
  EXPECT_EQ(std::filesystem::file_size(again.path), std::filesystem::file_size(file.path));
}

/// The same numbers in every run, so that a failure can be repeated.
static std::mt19937 seeded(uint32_t seed) {
  return std::mt19937(seed);
}

/// Damaged archives end in errors; where one still opens, its checksum held.
static int unzipDamaged(const std::vector<uint8_t> &bytes) {
  npy::Members members;
  return npy::unzip(bytes, members).empty();
}

TEST(Npz, Truncated) {
  for (size_t size = 0; size < std::size(kCompressedBytes); ++size)
    EXPECT_FALSE(unzipDamaged({kCompressedBytes, kCompressedBytes + size})) << size;
}

TEST(Npz, Flipped) {
  std::vector<uint8_t> bytes = compressed();
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= 1 << bit % 8;
    unzipDamaged(bytes);
    bytes[bit / 8] ^= 1 << bit % 8;
  }
}

TEST(Npz, SeveralBytesChanged) {
  std::mt19937 random = seeded(7);
  for (int i = 0; i < 4000; ++i) {
    std::vector<uint8_t> bytes = compressed();
    for (int change = 0; change < 4; ++change)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    unzipDamaged(bytes);
  }
}

TEST(Npy, Damaged) {
  std::mt19937 random = seeded(8);
  std::vector<uint8_t> good = npy::format(ramp(RHB_F32, {2, 3}));
  for (int i = 0; i < 4000; ++i) {
    std::vector<uint8_t> bytes(good.begin(), good.begin() + (i % 2 ? good.size() : random() % good.size()));
    for (int change = 0; !bytes.empty() && change < 3; ++change)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    parseError(bytes);
  }
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The bits of `value` as a 16-bit float.
static uint16_t halfBits(rhb_dtype dtype, long double value) {
  npy::Array array = ramp(dtype, {1});
  EXPECT_TRUE(npy::setNumber(array, 0, value));
  uint16_t bits = 0;
  memcpy(&bits, array.bytes.data(), sizeof(bits));
  return bits;
}

TEST(Numbers, EveryHalfIsItself) {
  for (rhb_dtype dtype : {RHB_F16, RHB_BF16}) {
    npy::Array array = ramp(dtype, {1});
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      uint16_t half = static_cast<uint16_t>(bits);
      memcpy(array.bytes.data(), &half, sizeof(half));
      long double value = npy::number(array, 0);
      if (std::isnan(value))
        continue;
      ASSERT_EQ(halfBits(dtype, value), half) << bits;
    }
  }
}

TEST(Numbers, HalvesRoundToNearestEven) {
  EXPECT_EQ(halfBits(RHB_F16, 1.0L), 0x3c00);
  EXPECT_EQ(halfBits(RHB_F16, 1.0L + 0x1p-11L), 0x3c00) << "a tie, to even";
  EXPECT_EQ(halfBits(RHB_F16, 1.0L + 0x1p-10L + 0x1p-11L), 0x3c02) << "a tie, to even";
  EXPECT_EQ(halfBits(RHB_F16, 1.0L + 0x1p-11L + 0x1p-30L), 0x3c01);
  EXPECT_EQ(halfBits(RHB_F16, 65504.0L), 0x7bff);
  EXPECT_EQ(halfBits(RHB_F16, 65520.0L), 0x7c00) << "the first that is infinite";
  EXPECT_EQ(halfBits(RHB_F16, 65519.0L), 0x7bff);
  EXPECT_EQ(halfBits(RHB_F16, 0x1p-24L), 0x0001) << "the least subnormal number";
  EXPECT_EQ(halfBits(RHB_F16, 0x1p-25L), 0x0000);
  EXPECT_EQ(halfBits(RHB_F16, -0.0L), 0x8000);
  EXPECT_EQ(halfBits(RHB_F16, -HUGE_VALL), 0xfc00);
  EXPECT_EQ(halfBits(RHB_F16, NAN) & 0x7e00, 0x7e00);
  EXPECT_EQ(halfBits(RHB_BF16, 1.0L), 0x3f80);
  EXPECT_EQ(halfBits(RHB_BF16, 3.4e38L), 0x7f80);
}

TEST(Numbers, EveryCodeIsItself) {
  for (rhb_dtype dtype = RHB_F8E4M3FN; dtype <= RHB_U2; ++dtype) {
    npy::Array array = ramp(dtype, {1});
    int codes = dtype < RHB_F4E2M1 ? 256 : dtype <= RHB_U4 ? 16 : 4;
    for (int code = 0; code < codes; ++code) {
      array.bytes[0] = static_cast<uint8_t>(code);
      long double value = npy::number(array, 0);
      if (std::isnan(value))
        continue;
      EXPECT_TRUE(npy::setNumber(array, 0, value));
      ASSERT_EQ(array.bytes[0], code) << rhb_dtype_name(dtype);
      // High bits are of no account.
      array.bytes[0] = static_cast<uint8_t>(code | (256 - codes));
      ASSERT_EQ(npy::number(array, 0), value);
    }
  }
}

TEST(Numbers, NarrowFloatsSaturateAndNarrowIntegersRefuse) {
  auto code = [](rhb_dtype dtype, long double value) {
    npy::Array array = ramp(dtype, {1});
    EXPECT_TRUE(npy::setNumber(array, 0, value));
    return int(array.bytes[0]);
  };
  EXPECT_EQ(code(RHB_F8E4M3FN, 1e9L), 0x7e);
  EXPECT_EQ(code(RHB_F8E4M3FN, NAN), 0x7f);
  EXPECT_EQ(code(RHB_F8E4M3FNUZ, -0.0L), 0x00);
  EXPECT_EQ(code(RHB_F8E4M3FNUZ, NAN), 0x80);
  EXPECT_EQ(code(RHB_F8E4M3FN, -HUGE_VALL), 0xfe);
  EXPECT_EQ(code(RHB_F8E5M2, -1e9L), 0xfb);
  EXPECT_EQ(code(RHB_F8E5M2, -HUGE_VALL), 0xfc);
  EXPECT_EQ(code(RHB_F8E8M0, 3), 0x81) << "of two powers equally near the larger";
  EXPECT_EQ(code(RHB_F8E8M0, 0), 0x00);
  EXPECT_EQ(code(RHB_F4E2M1, -100), 0xf);
  EXPECT_EQ(code(RHB_I4, -8), 0x8);
  EXPECT_EQ(code(RHB_I2, -1), 0x3);
  npy::Array i4 = ramp(RHB_I4, {1}), u2 = ramp(RHB_U2, {1});
  EXPECT_FALSE(npy::setNumber(i4, 0, 8));
  EXPECT_FALSE(npy::setNumber(u2, 0, -1));
  EXPECT_FALSE(npy::setNumber(u2, 0, 0.5L));
}

TEST(Numbers, IntegersAreExactOrRefused) {
  npy::Array i64 = ramp(RHB_I64, {1}), u64 = ramp(RHB_U64, {1}), u8 = ramp(RHB_U8, {1}), truth = ramp(RHB_BOOL, {1});
  EXPECT_TRUE(npy::setNumber(i64, 0, 9223372036854775807.0L));
  EXPECT_EQ(npy::number(i64, 0), 9223372036854775807.0L);
  EXPECT_FALSE(npy::setNumber(i64, 0, 9223372036854775808.0L));
  EXPECT_TRUE(npy::setNumber(u64, 0, 18446744073709551615.0L));
  EXPECT_EQ(npy::number(u64, 0), 18446744073709551615.0L);
  EXPECT_FALSE(npy::setNumber(u64, 0, -1));
  EXPECT_FALSE(npy::setNumber(u8, 0, 256));
  EXPECT_FALSE(npy::setNumber(u8, 0, 0.5L));
  EXPECT_FALSE(npy::setNumber(u8, 0, NAN));
  EXPECT_FALSE(npy::setNumber(truth, 0, 2));
}

TEST(Numbers, Types) {
  EXPECT_EQ(npy::typeText(RHB_F32, {2, 3}), "2x3xf32");
  EXPECT_EQ(npy::typeText(RHB_BOOL, {}), "bool");
  rhb_dtype dtype = RHB_F32;
  EXPECT_TRUE(npy::dtypeNamed("u16", dtype));
  EXPECT_EQ(dtype, RHB_U16);
  EXPECT_FALSE(npy::dtypeNamed("f8", dtype));
  npy::Array array;
  expectContains(npy::allocate(RHB_F32, {int64_t(1) << 40, int64_t(1) << 40}, array), "is too large");
  expectContains(npy::allocate(RHB_F32, {-1}, array), "is too large");
}
