//===- Cases.cpp - operators with inputs and expected outputs ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cases.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"

#include <cstring>
#include <fstream>
#include <numeric>
#include <sstream>

using namespace rheobase::test;

static bool isFloat(const std::string &element) {
  return element[0] == 'f';
}
static bool isUnsigned(const std::string &element) {
  return element[0] == 'u' || element == "i1";
}
static unsigned bitsOf(const std::string &element) {
  return std::stoul(element.substr(element.find_first_of("0123456789")));
}

unsigned rheobase::test::bytesOf(const std::string &element) {
  return (bitsOf(element) + 7) / 8;
}

int64_t Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

static const llvm::fltSemantics &semanticsOf(const std::string &element) {
  unsigned bits = bitsOf(element);
  return bits == 16   ? llvm::APFloat::IEEEhalf()
         : bits == 32 ? llvm::APFloat::IEEEsingle()
                      : llvm::APFloat::IEEEdouble();
}

double Tensor::number(int64_t i) const {
  unsigned width = bytesOf(element);
  uint64_t raw = 0;
  std::memcpy(&raw, bytes.data() + i * width, width);
  llvm::APInt bits(width * 8, raw);
  if (!isFloat(element))
    return isUnsigned(element) ? static_cast<double>(bits.getZExtValue()) : static_cast<double>(bits.getSExtValue());
  llvm::APFloat value(semanticsOf(element), bits);
  bool inexact = false;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &inexact);
  return value.convertToDouble();
}

std::string Tensor::type(const std::set<int64_t> &open) const {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += (open.count(size) ? "?" : std::to_string(size)) + "x";
  return text + element + ">";
}

/// APFloat and stoll have their own spellings of what the file writes.
static uint64_t bitsOfNumber(const std::string &element, const std::string &text) {
  if (!isFloat(element))
    return text[0] == '-' ? static_cast<uint64_t>(std::stoll(text)) : std::stoull(text);
  bool inexact = false;
  llvm::APFloat value(std::stod(text));
  value.convert(semanticsOf(element), llvm::APFloat::rmNearestTiesToEven, &inexact);
  return value.bitcastToAPInt().getZExtValue();
}

Tensor rheobase::test::makeTensor(const std::string &element, std::vector<int64_t> shape,
                                  const std::vector<std::string> &numbers) {
  Tensor tensor{element, std::move(shape), {}};
  unsigned width = bytesOf(element);
  for (const std::string &text : numbers) {
    uint64_t raw = bitsOfNumber(element, text);
    const char *first = reinterpret_cast<const char *>(&raw);
    tensor.bytes.insert(tensor.bytes.end(), first, first + width);
  }
  return tensor;
}

static Tensor readTensor(std::istream &in) {
  std::string element, shape, number;
  in >> element >> shape;
  std::vector<int64_t> dims;
  std::istringstream sizes(shape == "-" ? "" : shape);
  for (std::string dim; std::getline(sizes, dim, 'x');)
    dims.push_back(std::stoll(dim));
  std::vector<std::string> numbers;
  while (in >> number)
    numbers.push_back(number);
  return makeTensor(element, dims, numbers);
}

std::vector<Case> rheobase::test::readCases(const std::string &path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string kind, mark;
    line >> kind;
    if (kind == "case") {
      Case &made = cases.emplace_back();
      line >> made.name >> made.tolerance >> mark;
      made.isStatic = mark == "static";
    } else if (kind == "op") {
      line >> cases.back().op >> std::ws;
      std::getline(line, cases.back().attributes);
    } else if (kind == "constant") {
      std::getline(line >> std::ws, cases.back().operands.emplace_back());
    } else if (kind == "input") {
      cases.back().operands.emplace_back();
      cases.back().inputs.push_back(readTensor(line));
    } else if (kind == "output") {
      cases.back().outputs.push_back(readTensor(line));
    }
  }
  return cases;
}

std::string rheobase::test::symbolOf(int64_t size) {
  return "n" + std::to_string(size);
}

/// The type in the text of a dense attribute.
static std::string typeOfConstant(const std::string &text) {
  return text.substr(text.find(": tensor<") + 2);
}

std::set<int64_t> Case::openSizes() const {
  std::set<int64_t> open;
  for (const Tensor &input : inputs)
    for (int64_t size : input.shape)
      if (size > 1)
        open.insert(size);
  for (const std::string &operand : operands) {
    if (operand.empty())
      continue;
    std::istringstream sizes(typeOfConstant(operand).substr(strlen("tensor<")));
    for (std::string size; std::getline(sizes, size, 'x');)
      if (std::isdigit(static_cast<unsigned char>(size[0])))
        open.erase(std::stoll(size));
  }
  return isStatic ? std::set<int64_t>() : open;
}

static std::string join(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string Case::module(const std::set<int64_t> &open) const {
  std::vector<std::string> arguments, values, types, results, table, returned;
  std::string constants;
  for (size_t i = 0, input = 0; i < operands.size(); ++i) {
    std::string value = "%v" + std::to_string(i);
    values.push_back(value);
    if (!operands[i].empty()) {
      types.push_back(typeOfConstant(operands[i]));
      constants += "  " + value + " = \"onnx.Constant\"() {value = " + operands[i] + "} : () -> " + types.back() + "\n";
      continue;
    }
    const Tensor &tensor = inputs[input++];
    types.push_back(tensor.type(open));
    std::vector<std::string> dims;
    for (int64_t dim : tensor.shape)
      dims.push_back("\"" + (open.count(dim) ? symbolOf(dim) : std::to_string(dim)) + "\"");
    arguments.push_back(value + ": " + types.back() + " {rheobase.name = \"" + value.substr(1) +
                        "\", rheobase.dims = [" + join(dims) + "]}");
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    results.push_back(outputs[i].type(open));
    returned.push_back("%r#" + std::to_string(i));
  }
  for (int64_t size : open)
    table.push_back("{name = \"" + symbolOf(size) + "\", min = 1 : i64, max = 0 : i64}");
  return "func.func @main(" + join(arguments) + ") -> (" + join(results) + ") attributes {rheobase.symbols = [" +
         join(table) + "]} {\n" + constants + "  %r:" + std::to_string(outputs.size()) + " = \"" + op + "\"(" +
         join(values) + ") " + attributes + " : (" + join(types) + ") -> (" + join(results) + ")\n  return " +
         join(returned) + " : " + join(results) + "\n}\n";
}
