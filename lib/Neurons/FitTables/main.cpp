//===- main.cpp - makes the committed tables and their document ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Document.h"

#include "Catalogue.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace rheobase::neurons;

static constexpr const char *kUsage = "usage: rheobase-fit-tables tables FILE [TEXT]   write all committed tables\n"
                                      "       rheobase-fit-tables document FILE        renew the fits in a document\n"
                                      "Tables that are committed already are kept, but those whose names contain TEXT\n"
                                      "(as in 'mbe gelu', or '=' for all) are fitted anew.\n";

/// Writes beside the file, then renames.
static bool writeFile(const std::string &path, const std::string &text) {
  std::string beside = path + ".new";
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  if (!out || std::rename(beside.c_str(), path.c_str()) != 0) {
    std::cerr << "rheobase-fit-tables: cannot write " << path << '\n';
    return false;
  }
  return true;
}

/// A float as C++ source.
static std::string literal(float value) {
  std::string text = hexFloat(value);
  return text + (text.find('p') == std::string::npos ? "p0f" : "f");
}

static std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

static void appendNumbers(std::string &source, const std::vector<float> &numbers) {
  std::string line = "   ";
  for (float number : numbers) {
    std::string item = ' ' + literal(number) + ',';
    if (line.size() + item.size() > 120) {
      source += line + '\n';
      line = "   ";
    }
    line += item;
  }
  source += line + '\n';
}

static std::string nameOf(const FitRequest &request) {
  return request.kind + ' ' + request.function + ' ' + request.variant + " N=" + std::to_string(request.bases) +
         " T=" + std::to_string(request.steps);
}

/// The variant and the numbers for a request: committed ones where they are to be kept, else fitted.
static Result<FitResult> resultFor(const FitRequest &request, const char *fresh) {
  std::string name = nameOf(request);
  bool keep = !fresh || name.find(fresh) == std::string::npos;
  if (const CatalogueEntry *entry = findCatalogueName(request); entry && keep) {
    FitResult known;
    known.variant = entry->variant;
    known.parameters = entry->parameters();
    return known;
  }
  std::cerr << name << std::endl;
  return fit(request);
}

static int writeTables(const std::string &path, const char *fresh) {
  std::string numbers, entries;
  size_t first = 0;
  for (const FitRequest &request : catalogueRequests()) {
    Result<FitResult> result = resultFor(request, fresh);
    if (!result) {
      std::cerr << "rheobase-fit-tables: " << result.error() << '\n';
      return 1;
    }
    appendNumbers(numbers, result->parameters);
    size_t count = result->parameters.size();
    entries += "    {" + quoted(request.kind) + ", " + quoted(request.function) + ", " + quoted(request.variant) +
               ", " + quoted(result->variant) + ", " + std::to_string(request.bases) + ", " +
               std::to_string(request.steps) + ", {" + literal(request.interval->lower) + ", " +
               literal(request.interval->upper) + "}, " + std::to_string(first) + ", " + std::to_string(count) + "},\n";
    first += count;
  }
  std::string source = "// Made by rheobase-fit-tables.\nconstexpr float kNumbers[] = {\n" + numbers +
                       "};\nconstexpr CatalogueEntry kEntries[] = {\n" + entries + "};\n";
  return writeFile(path, source) ? 0 : 1;
}

static int writeDocument(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  Result<std::string> renewed = renewDocument(text.str());
  if (!in || !renewed) {
    std::cerr << "rheobase-fit-tables: " << path << ": " << (in ? renewed.error() : "cannot read") << '\n';
    return 1;
  }
  return writeFile(path, *renewed) ? 0 : 1;
}

int main(int argc, char **argv) {
  std::string what = argc > 1 ? argv[1] : "";
  if (what == "tables" && (argc == 3 || argc == 4))
    return writeTables(argv[2], argc == 4 ? argv[3] : nullptr);
  if (what == "document" && argc == 3)
    return writeDocument(argv[2]);
  std::cerr << kUsage;
  return 2;
}
