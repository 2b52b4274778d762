//===- Check.cpp - what would become of every node ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Phases.h"
#include "TrainedWeights.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/TypeSwitch.h"

#include <set>

using namespace mlir;
using namespace rheobase;

namespace {

/// What conversion made of the nodes, by their names.
class Conversions {
public:
  explicit Conversions(ModuleOp module) {
    module.walk([&](Operation *op) {
      if (op->getNumResults() != 0)
        note(op);
    });
  }

  std::string of(StringRef node) const {
    auto found = forms.find(node);
    if (found == forms.end())
      return "folded, or part of another node";
    // Values and integers stand beside everything: they are named where there is nothing else.
    SmallVector<StringRef> named;
    for (const std::string &form : found->second)
      if ((form != kValues && form != kIntegers) || found->second.size() == 1)
        named.push_back(form);
    return llvm::join(named, ", ");
  }

private:
  static constexpr StringLiteral kValues = "decoded values", kIntegers = "integers";

  void note(Operation *op) {
    auto name = op->getLoc()->findInstanceOf<NameLoc>();
    if (!name || isa<onnx::ConstantOp>(op))
      return;
    std::string form = llvm::TypeSwitch<Operation *, std::string>(op)
                           .Case([](onnx::MatMulOp product) { return formOf(product); })
                           .Case([](spk::MbeOp neuron) { return "neuron " + neuron.getFunction().str(); })
                           .Case([](spk::RowStepOp) { return "codes"; })
                           .Default([](Operation *other) {
                             bool real = isa<FloatType>(getElementTypeOrSelf(other->getResult(0).getType()));
                             return (real ? kValues : kIntegers).str();
                           });
    // A site is called after the node that reads it, with its role.
    if (!isa<spk::EncodeOp, spk::DecodeOp>(op))
      forms[name.getName().getValue()].insert(form);
  }

  static std::string formOf(onnx::MatMulOp product) {
    unsigned trains = 0;
    for (Value operand : product->getOperands())
      trains += operand.getDefiningOp<spk::DecodeOp>() != nullptr;
    return trains == 2 ? "codes times codes" : trains == 1 ? "codes times weights" : "product of numbers";
  }

  llvm::StringMap<std::set<std::string>> forms;
};

/// Adds what a diagnostic says to the node it is about, or else to the model's errors.
void addTo(CheckReport &report, llvm::StringMap<CheckedNode *> &nodes, Diagnostic &diagnostic) {
  auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>();
  auto found = name ? nodes.find(name.getName().getValue()) : nodes.end();
  std::string text = diagnostic.str();
  if (found == nodes.end()) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      report.errors.push_back(text);
    return;
  }
  CheckedNode &node = *found->second;
  StringRef reason = text;
  if (size_t end = reason.find("): "); reason.starts_with("node '") && end != StringRef::npos)
    reason = reason.drop_front(end + 3);
  node.reason += (node.reason.empty() ? "" : "; ") + reason.str();
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    node.supported = false;
}

} // namespace

CheckReport rheobase::check(const CompileOptions &options, MLIRContext &context) {
  OwningOpRef<ModuleOp> module;
  CheckReport report = checkOnnx(options.input, options.import, context, &module);
  if (!module || !report.ok())
    return report;
  llvm::StringMap<CheckedNode *> nodes;
  for (CheckedNode &node : report.nodes)
    nodes.try_emplace(node.name, &node);
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() <= DiagnosticSeverity::Error && diagnostic.getSeverity() != DiagnosticSeverity::Note)
      addTo(report, nodes, diagnostic);
    return success();
  });
  CompileOptions uncalibrated = options;
  uncalibrated.calibrate.clear();
  // What weights become is not asked, and may ask for samples.
  uncalibrated.weights = CompileOptions().weights;
  uncalibrated.weightsMethod = CompileOptions().weightsMethod;
  if (failed(putTrainedWeights(*module, options.trainedWeights)) || failed(simplify(*module)) || options.ann ||
      failed(convert(*module, uncalibrated)))
    return report;
  Conversions conversions(*module);
  for (CheckedNode &node : report.nodes)
    node.conversion = conversions.of(node.name);
  return report;
}
