//===- Check.cpp - what of a model is supported, node by node -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Import/Check.h"
#include "Hints.h"
#include "ObservedImport.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Keeps what is reported, for the node it is about or else for the model.
class Recorder : public NodeObserver {
public:
  explicit Recorder(MLIRContext &context)
      : handler(&context, [this](Diagnostic &diagnostic) { return record(diagnostic); }) {}

  void beginNode() override { flushToModel(); }

  void endNode(const NodeForm &form, StringRef domain, bool ok) override {
    std::string domainName = domain.empty() ? "ai.onnx" : domain.str();
    CheckedNode node{form.name, form.op, std::move(domainName), form.opset, ok, "", "", std::move(hint)};
    // The report names the node in its own columns; the importer and the shape functions name it in the text too.
    std::string byImporter = formatv("node '{0}' ({1}, opset {2}): ", form.name, form.op, form.opset);
    std::string byShape = formatv("node '{0}' (onnx.{1}): ", form.name, form.op);
    for (StringRef text : pending) {
      text.consume_front(byImporter) || text.consume_front(byShape);
      node.reason += (node.reason.empty() ? "" : "; ") + text.str();
    }
    pending.clear();
    hint.clear();
    report.nodes.push_back(std::move(node));
  }

  CheckReport finish() {
    flushToModel();
    return std::move(report);
  }

private:
  LogicalResult record(Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return success();
    pending.push_back(diagnostic.str());
    for (Diagnostic &note : diagnostic.getNotes()) {
      std::string text = note.str();
      StringRef view = text;
      if (view.consume_front(kNearestForm))
        hint += (hint.empty() ? "" : "; ") + view.str();
    }
    return success();
  }

  void flushToModel() {
    report.errors.insert(report.errors.end(), pending.begin(), pending.end());
    pending.clear();
    hint.clear();
  }

  CheckReport report;
  std::vector<std::string> pending;
  std::string hint;
  ScopedDiagnosticHandler handler;
};

struct Column {
  StringLiteral title;
  std::string (*text)(const CheckedNode &node);
};

constexpr Column kColumns[] = {
    {"node", [](const CheckedNode &node) { return node.name; }},
    {"operator", [](const CheckedNode &node) { return node.op; }},
    {"domain", [](const CheckedNode &node) { return node.domain; }},
    {"opset", [](const CheckedNode &node) { return std::to_string(node.opset); }},
    {"supported", [](const CheckedNode &node) { return std::string(node.supported ? "yes" : "no"); }},
    {"converted to", [](const CheckedNode &node) { return node.conversion; }},
    {"reason", [](const CheckedNode &node) { return node.reason; }},
    {"nearest supported form", [](const CheckedNode &node) { return node.hint; }},
};

size_t countSupported(const CheckReport &report) {
  return count_if(report.nodes, [](const CheckedNode &node) { return node.supported; });
}

} // namespace

bool CheckReport::ok() const {
  return errors.empty() && countSupported(*this) == nodes.size();
}

void CheckReport::print(raw_ostream &os) const {
  std::vector<std::vector<std::string>> rows(nodes.size() + 1);
  SmallVector<size_t> widths;
  for (const Column &column : kColumns) {
    rows[0].push_back(column.title.str());
    for (auto [node, row] : zip(nodes, MutableArrayRef(rows).drop_front()))
      row.push_back(column.text(node));
    size_t width = 0;
    for (const std::vector<std::string> &row : rows)
      width = std::max(width, row.back().size());
    widths.push_back(width);
  }
  for (const std::vector<std::string> &row : rows) {
    std::string line;
    for (auto [text, width] : zip(row, widths))
      line += text + std::string(width + 2 - text.size(), ' ');
    os << StringRef(line).rtrim() << '\n';
  }
  for (const std::string &error : errors)
    os << "error: " << error << '\n';
  os << countSupported(*this) << " of " << nodes.size() << " nodes supported, " << errors.size() << " other errors\n";
}

void CheckReport::printJson(raw_ostream &os) const {
  json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("ok", ok());
    json.attributeArray("errors", [&] {
      for (const std::string &error : errors)
        json.value(error);
    });
    json.attributeArray("nodes", [&] {
      for (const CheckedNode &node : nodes)
        json.object([&] {
          json.attribute("name", node.name);
          json.attribute("operator", node.op);
          json.attribute("domain", node.domain);
          json.attribute("opset", node.opset);
          json.attribute("supported", node.supported);
          json.attribute("conversion", node.conversion);
          json.attribute("reason", node.reason);
          json.attribute("hint", node.hint);
        });
    });
  });
  os << '\n';
}

CheckReport rheobase::checkOnnx(StringRef path, const ImportOptions &options, MLIRContext &context,
                                OwningOpRef<ModuleOp> *module) {
  Recorder recorder(context);
  OwningOpRef<ModuleOp> imported = importFile(path, options, context, &recorder);
  if (module)
    *module = std::move(imported);
  return recorder.finish();
}

CheckReport rheobase::checkOnnx(std::unique_ptr<MemoryBuffer> model, const ImportOptions &options,
                                MLIRContext &context) {
  Recorder recorder(context);
  importMemory(std::move(model), options, context, &recorder);
  return recorder.finish();
}
