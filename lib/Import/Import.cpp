//===- Import.cpp - ONNX models as MLIR ---------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "ObservedImport.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/rt/Rt.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

static void loadDialects(MLIRContext &context) {
  if (!context.getLoadedDialect<rheobase::onnx::OnnxDialect>()) {
    DialectRegistry registry;
    rheobase::onnx::registerShapeModels(registry);
    context.appendDialectRegistry(registry);
  }
  context.loadDialect<rheobase::onnx::OnnxDialect, rt::RtDialect, func::FuncDialect>();
}

/// What the file says about itself.
static void describe(ModuleOp module, const Model &model) {
  Builder builder(module.getContext());
  const ::onnx::ModelProto &proto = model.proto;
  std::string producer = proto.producer_name();
  if (!proto.producer_version().empty())
    producer += (producer.empty() ? "" : " ") + proto.producer_version();
  module->setAttr("rheobase.ir_version", builder.getI64IntegerAttr(proto.ir_version()));
  module->setAttr("rheobase.opset", builder.getI64IntegerAttr(model.opset));
  module->setAttr("rheobase.producer", builder.getStringAttr(producer));
}

static OwningOpRef<ModuleOp> importSource(ByteSource source, const std::string &directory, Location loc,
                                          const ImportOptions &options, NodeObserver *observer) {
  loadDialects(*loc.getContext());
  Model model;
  if (failed(loadModel(std::move(source), options, loc, model)))
    return {};
  ExternalData external(options.dataDirectory.empty() ? directory : options.dataDirectory, model.source,
                        options.maxFileBytes);
  TensorReader tensors(model, external);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  describe(*module, model);
  if (failed(GraphImporter(model, options, tensors, observer).run(*module)) || failed(verify(*module)))
    return {};
  return module;
}

OwningOpRef<ModuleOp> rheobase::importFile(StringRef path, const ImportOptions &options, MLIRContext &context,
                                           NodeObserver *observer) {
  Location loc = FileLineColLoc::get(&context, path, 0, 0);
  Expected<ByteSource> source = mapFile(path, options.maxFileBytes);
  if (!source) {
    emitError(loc) << toString(source.takeError());
    return {};
  }
  StringRef parent = sys::path::parent_path(path);
  return importSource(*std::move(source), parent.empty() ? "." : parent.str(), loc, options, observer);
}

OwningOpRef<ModuleOp> rheobase::importMemory(std::unique_ptr<MemoryBuffer> model, const ImportOptions &options,
                                             MLIRContext &context, NodeObserver *observer) {
  Location loc = FileLineColLoc::get(&context, model->getBufferIdentifier(), 0, 0);
  return importSource(sourceOf(std::move(model)), "", loc, options, observer);
}

OwningOpRef<ModuleOp> rheobase::importOnnx(StringRef path, const ImportOptions &options, MLIRContext &context) {
  return importFile(path, options, context, nullptr);
}

OwningOpRef<ModuleOp> rheobase::importOnnx(std::unique_ptr<MemoryBuffer> model, const ImportOptions &options,
                                           MLIRContext &context) {
  return importMemory(std::move(model), options, context, nullptr);
}
