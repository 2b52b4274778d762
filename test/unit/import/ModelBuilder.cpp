//===- ModelBuilder.cpp - small ONNX models for tests ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <fstream>

using namespace rheobase;
using namespace rheobase::test;

::onnx::AttributeProto &NodeBuilder::attribute(const std::string &name, ::onnx::AttributeProto::AttributeType type) {
  ::onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

NodeBuilder &NodeBuilder::integer(const std::string &name, int64_t value) {
  attribute(name, ::onnx::AttributeProto::INT).set_i(value);
  return *this;
}

NodeBuilder &NodeBuilder::real(const std::string &name, float value) {
  attribute(name, ::onnx::AttributeProto::FLOAT).set_f(value);
  return *this;
}

NodeBuilder &NodeBuilder::text(const std::string &name, const std::string &value) {
  attribute(name, ::onnx::AttributeProto::STRING).set_s(value);
  return *this;
}

NodeBuilder &NodeBuilder::integers(const std::string &name, std::vector<int64_t> values) {
  ::onnx::AttributeProto &list = attribute(name, ::onnx::AttributeProto::INTS);
  for (int64_t value : values)
    list.add_ints(value);
  return *this;
}

NodeBuilder &NodeBuilder::reals(const std::string &name, std::vector<float> values) {
  ::onnx::AttributeProto &list = attribute(name, ::onnx::AttributeProto::FLOATS);
  for (float value : values)
    list.add_floats(value);
  return *this;
}

ModelBuilder::ModelBuilder(int64_t opset) {
  proto.set_ir_version(8);
  proto.set_producer_name("test");
  proto.add_opset_import()->set_version(opset);
  graph().set_name("g");
}

::onnx::ValueInfoProto &ModelBuilder::input(const std::string &name, std::vector<Dim> dims, int type) {
  ::onnx::ValueInfoProto &info = *graph().add_input();
  info.set_name(name);
  ::onnx::TypeProto::Tensor &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const Dim &dim : dims) {
    auto &added = *tensor.mutable_shape()->add_dim();
    if (dim.name.empty())
      added.set_dim_value(dim.value);
    else
      added.set_dim_param(dim.name);
  }
  return info;
}

void ModelBuilder::output(const std::string &name) {
  graph().add_output()->set_name(name);
}

NodeBuilder ModelBuilder::node(const std::string &op, std::vector<std::string> inputs, std::vector<std::string> outputs,
                               const std::string &name) {
  ::onnx::NodeProto &node = *graph().add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  return NodeBuilder(node);
}

::onnx::TensorProto &ModelBuilder::tensor(const std::string &name, std::vector<int64_t> dims, int type) {
  ::onnx::TensorProto &tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  return tensor;
}

::onnx::TensorProto &ModelBuilder::floats(const std::string &name, std::vector<int64_t> dims,
                                          const std::vector<float> &values) {
  ::onnx::TensorProto &result = tensor(name, std::move(dims), ::onnx::TensorProto::FLOAT);
  result.set_raw_data(values.data(), values.size() * sizeof(float));
  return result;
}

::onnx::TensorProto &ModelBuilder::longs(const std::string &name, std::vector<int64_t> dims,
                                         const std::vector<int64_t> &values) {
  ::onnx::TensorProto &result = tensor(name, std::move(dims), ::onnx::TensorProto::INT64);
  result.set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return result;
}

ModelBuilder rheobase::test::addOne(int64_t opset) {
  ModelBuilder model(opset);
  model.input("x", {"n", 4});
  model.floats("one", {1}, {1.0f});
  model.node("Add", {"x", "one"}, {"y"}, "add");
  model.output("y");
  return model;
}

std::string Imported::text() const {
  std::string result;
  llvm::raw_string_ostream os(result);
  if (module)
    module.get().print(os);
  return result;
}

std::string Imported::report() const {
  std::string result;
  for (const auto *list : {&errors, &notes})
    for (const std::string &line : *list)
      result += line + "\n";
  return result;
}

/// A context keeps what is made in it: attributes, and resources, whose equal names it numbers by counting.
static std::shared_ptr<mlir::MLIRContext> sharedContext() {
  static std::shared_ptr<mlir::MLIRContext> context;
  static unsigned uses = 0;
  if (uses++ % 256 == 0) {
    context = std::make_shared<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
    context->printOpOnDiagnostic(false);
  }
  return context;
}

static Imported collect(llvm::function_ref<mlir::OwningOpRef<mlir::ModuleOp>(mlir::MLIRContext &)> import) {
  Imported result;
  result.context = sharedContext();
  mlir::ScopedDiagnosticHandler handler(result.context.get(), [&](mlir::Diagnostic &diagnostic) {
    bool isError = diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    (isError ? result.errors : result.warnings).push_back(diagnostic.str());
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      result.notes.push_back(note.str());
    return mlir::success();
  });
  result.module = import(*result.context);
  return result;
}

Imported rheobase::test::importBytes(const std::string &bytes, const ImportOptions &options) {
  return collect([&](mlir::MLIRContext &context) {
    return importOnnx(llvm::MemoryBuffer::getMemBufferCopy(bytes, "model"), options, context);
  });
}

Imported rheobase::test::importPath(const std::string &path, const ImportOptions &options) {
  return collect([&](mlir::MLIRContext &context) { return importOnnx(path, options, context); });
}

bool rheobase::test::failsWith(const Imported &imported, const std::string &text) {
  return !imported.module && !imported.errors.empty() && imported.report().find(text) != std::string::npos;
}

TemporaryFolder::TemporaryFolder() {
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createUniqueDirectory("rheobase-import", path))
    ADD_FAILURE() << "cannot make a temporary folder";
  folder = path.str().str();
}

TemporaryFolder::~TemporaryFolder() {
  if (llvm::sys::fs::remove_directories(folder))
    ADD_FAILURE() << "cannot remove '" << folder << "'";
}

std::string TemporaryFolder::write(const std::string &name, const std::string &bytes) const {
  std::ofstream(path(name), std::ios::binary) << bytes;
  return path(name);
}
