//===- snn-opt.cpp - the compiler and pass driver ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "rheobase/Driver/FitReport.h"
#include "rheobase/Import/Check.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

namespace {

int runPassDriver(int argc, char **argv) {
  DialectRegistry registry;
  rheobase::registerEveryDialect(registry);
  rheobase::registerEveryPass();
  return asMainReturnCode(MlirOptMain(argc, argv, "snn-opt: MLIR pass driver\n", registry));
}

/// A diagnostic as one line: severity, node or place in a text, text.
void report(Diagnostic &diagnostic) {
  static constexpr StringLiteral names[] = {"note", "warning", "error", "remark"};
  llvm::errs() << "snn-opt: " << names[static_cast<unsigned>(diagnostic.getSeverity())] << ": ";
  std::string text = diagnostic.str();
  auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>();
  if (name && !StringRef(text).starts_with("node '"))
    llvm::errs() << "node '" << name.getName().getValue() << "': ";
  auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
  if (!name && place && place.getLine() > 0)
    llvm::errs() << place.getFilename().getValue() << ":" << place.getLine() << ":" << place.getColumn() << ": ";
  llvm::errs() << text << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    report(note);
}

int check(const rheobase::CommandLine &line, MLIRContext &context) {
  rheobase::CheckReport checked = rheobase::check(line.compile, context);
  if (line.json)
    checked.printJson(llvm::outs());
  else
    checked.print(llvm::outs());
  return checked.ok() ? 0 : 1;
}

int fit(const rheobase::CommandLine &line) {
  auto report = rheobase::fitReport(*line.fit);
  if (!report) {
    llvm::WithColor::error(llvm::errs(), "snn-opt") << "--fit: " << report.error() << "\n";
    return 2;
  }
  if (line.json)
    report->printJson(llvm::outs());
  else
    report->print(llvm::outs());
  return 0;
}

int runCompiler(int argc, char **argv, rheobase::ModelOptions &options) {
  mlir::registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  mlir::registerAsmPrinterCLOptions();
  std::optional<rheobase::CommandLine> line = options.parse(argc, argv);
  if (!line)
    return 2;
  if (line->fit)
    return fit(*line);
  DialectRegistry registry;
  rheobase::registerCompilerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) { report(diagnostic); });
  if (line->check)
    return check(*line, context);
  return succeeded(rheobase::compile(line->compile, context)) ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  {
    rheobase::ModelOptions options;
    if (options.areMeantBy(argc, argv))
      return runCompiler(argc, argv, options);
  }
  return runPassDriver(argc, argv);
}
