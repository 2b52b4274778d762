//===- Feeds.cpp - arrays for inputs, from the command line ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Feeds.h"

#include "Options.h"
#include "Tool.h"

#include "npy/Numbers.h"

#include <algorithm>
#include <map>
#include <random>

using namespace rheobase;
using namespace rheobase::snnrun;
using npy::Array;

void Feeds::add(Options &options) {
  options.list("input", "NAME=VALUE", "one input: @FILE.npy, or numbers as in 2x3xf32=1,2,3,4,5,6", single);
  options.list("inputs", "FILE.npz", "arrays named like the inputs, or in:NAME", files);
}

void Feeds::addRandom(Options &options) {
  options.list("dim", "NAME=N", "a size the model leaves open, for random inputs; default: its least", dims);
  options.number("seed", "of random inputs, which are used where none are given", 0, seed);
}

const Array *rheobase::snnrun::findNamed(const npy::Arrays &arrays, const std::string &name,
                                         const std::string &prefix) {
  auto found = arrays.find(name);
  if (found == arrays.end())
    found = arrays.find(prefix + name);
  return found == arrays.end() ? nullptr : &found->second;
}

bool rheobase::snnrun::splitName(const std::string &text, std::string &name, std::string &rest) {
  // A name may hold '=' only where a file follows.
  size_t equals = text.find("=@");
  if (equals == std::string::npos)
    equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return false;
  name = text.substr(0, equals);
  rest = text.substr(equals + 1);
  return true;
}

static std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t end; (end = text.find(separator, start)) != std::string::npos; start = end + 1)
    parts.push_back(text.substr(start, end - start));
  parts.push_back(text.substr(start));
  return parts;
}

/// "2x3xf32"
static std::string parseType(const std::string &text, rhb_dtype &dtype, std::vector<int64_t> &dims) {
  std::vector<std::string> parts = split(text, 'x');
  if (!npy::dtypeNamed(parts.back(), dtype))
    return "unknown element type '" + parts.back() + "' in '" + text + "', expected a form such as 2x3xf32";
  parts.pop_back();
  for (const std::string &part : parts) {
    dims.emplace_back();
    if (!parseInteger(part, dims.back()) || dims.back() < 0)
      return format("'%s' in '%s' is not a dimension", part.c_str(), text.c_str());
  }
  return {};
}

static std::string parseNumbers(const std::string &text, Array &array) {
  std::vector<std::string> parts = text.empty() ? std::vector<std::string>() : split(text, ',');
  size_t count = static_cast<size_t>(array.elements());
  if (parts.size() != count && parts.size() != 1)
    return std::to_string(parts.size()) + " numbers, expected " + std::to_string(count) + " for " +
           npy::typeText(array.dtype, array.dims);
  for (size_t i = 0; i < count; ++i) {
    const std::string &part = parts[parts.size() == 1 ? 0 : i];
    long double number = 0;
    if (!parseReal(part, number) || !npy::setNumber(array, i, number))
      return "'" + part + "' is not a number of type " + rhb_dtype_name(array.dtype);
  }
  return {};
}

std::string rheobase::snnrun::parseValue(const std::string &text, Array &array) {
  if (!text.empty() && text[0] == '@')
    return npy::read(text.substr(1), array);
  size_t equals = text.find('=');
  if (equals == std::string::npos)
    return "'" + text + "' is neither @FILE.npy nor numbers such as 2x3xf32=1,2,3,4,5,6";
  rhb_dtype dtype = RHB_F32;
  std::vector<int64_t> dims;
  if (std::string failure = parseType(text.substr(0, equals), dtype, dims); !failure.empty())
    return failure;
  if (std::string failure = npy::allocate(dtype, dims, array); !failure.empty())
    return failure;
  return parseNumbers(text.substr(equals + 1), array);
}

//===----------------------------------------------------------------------===//
// Given inputs
//===----------------------------------------------------------------------===//

static std::string inputNames(const rhb_artifact_info &info) {
  std::string names;
  for (size_t i = 0; i < info.input_count; ++i)
    names += (i ? ", " : "") + std::string(info.inputs[i].name);
  return names;
}

static std::string noInput(const rhb_artifact_info &info, const std::string &name) {
  return "the artifact has no input '" + name + "', its inputs are: " + inputNames(info);
}

std::string Feeds::load(const rhb_artifact_info &info, Arrays &arrays) const {
  std::map<std::string, size_t> positions;
  for (size_t i = 0; i < info.input_count; ++i)
    positions[info.inputs[i].name] = i;
  arrays.assign(info.input_count, Array());
  std::vector<bool> given(info.input_count, false);
  for (const std::string &path : files) {
    npy::Arrays found;
    if (std::string failure = npy::readAll(path, found); !failure.empty())
      return failure;
    for (const auto &[name, position] : positions)
      if (const Array *array = findNamed(found, name, "in:")) {
        arrays[position] = *array;
        given[position] = true;
      }
  }
  for (const std::string &text : single) {
    std::string name, value;
    if (!splitName(text, name, value))
      return "--input '" + text + "', expected NAME=VALUE";
    auto found = positions.find(name);
    if (found == positions.end())
      return noInput(info, name);
    if (std::string failure = parseValue(value, arrays[found->second]); !failure.empty())
      return format("input '%s': %s", name.c_str(), failure.c_str());
    given[found->second] = true;
  }
  for (size_t i = 0; i < info.input_count; ++i) {
    if (!given[i])
      return std::string("no array for input '") + info.inputs[i].name + "'; the inputs are: " + inputNames(info) +
             "; give --input " + info.inputs[i].name + "=@FILE.npy or --inputs FILE.npz";
    npy::readAs(arrays[i], info.inputs[i].dtype);
  }
  return {};
}

std::string Feeds::loadOrMake(const rhb_artifact_info &info, Arrays &arrays) const {
  return single.empty() && files.empty() ? make(info, arrays) : load(info, arrays);
}

//===----------------------------------------------------------------------===//
// Random inputs
//===----------------------------------------------------------------------===//

std::string Feeds::readDims(const rhb_artifact_info &info, std::vector<int64_t> &values) const {
  for (size_t i = 0; i < info.symbol_count; ++i)
    values.push_back(std::max<int64_t>(info.symbols[i].min, 1));
  for (const std::string &text : dims) {
    std::string name, value;
    size_t position = 0;
    if (!splitName(text, name, value))
      return "--dim '" + text + "', expected NAME=N";
    while (position < info.symbol_count && name != info.symbols[position].name)
      ++position;
    if (position == info.symbol_count)
      return "--dim '" + name + "': the artifact has no such dimension";
    if (!parseInteger(value, values[position]))
      return "--dim '" + text + "', expected a number";
  }
  return {};
}

/// Numbers from -1 to 1; integers are 0 or 1, which are sound ids, types and masks of every model.
static void fillRandom(Array &array, std::mt19937_64 &random) {
  bool real = array.dtype <= RHB_F64 || (array.dtype >= RHB_F8E4M3FN && array.dtype <= RHB_F4E2M1);
  size_t count = static_cast<size_t>(array.elements());
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits = random();
    npy::setNumber(array, i, real ? static_cast<long double>(bits >> 40) / (1 << 23) - 1 : bits & 1);
  }
}

std::string Feeds::make(const rhb_artifact_info &info, Arrays &arrays) const {
  std::vector<int64_t> symbols;
  if (std::string failure = readDims(info, symbols); !failure.empty())
    return failure;
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  arrays.assign(info.input_count, Array());
  for (size_t i = 0; i < info.input_count; ++i) {
    const rhb_tensor_info &input = info.inputs[i];
    std::vector<int64_t> shape(input.dims, input.dims + input.rank);
    for (size_t d = 0; d < shape.size(); ++d)
      for (size_t s = 0; s < info.symbol_count; ++s)
        if (shape[d] < 0 && std::string(input.dims_texts[d]) == info.symbols[s].name)
          shape[d] = symbols[s];
    if (std::count_if(shape.begin(), shape.end(), [](int64_t dim) { return dim < 0; }) != 0)
      return std::string("cannot make a random input '") + input.name + "': give --inputs FILE.npz";
    if (std::string failure = npy::allocate(input.dtype, shape, arrays[i]); !failure.empty())
      return std::string("input '") + input.name + "': " + failure;
    fillRandom(arrays[i], random);
  }
  return {};
}
