//===- ModelBuilder.h - small ONNX models for tests ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_IMPORT_MODELBUILDER_H
#define RHEOBASE_TEST_UNIT_IMPORT_MODELBUILDER_H

#include "rheobase/Import/Import.h"

#include "onnx.pb.h"

#include <memory>
#include <string>
#include <vector>

namespace rheobase::test {

/// A dimension: a number, or a name.
struct Dim {
  Dim(int64_t value) : value(value) {}
  Dim(const char *name) : name(name) {}
  int64_t value = 0;
  std::string name;
};

/// A node that is being built.
class NodeBuilder {
public:
  explicit NodeBuilder(::onnx::NodeProto &node) : node(node) {}

  NodeBuilder &integer(const std::string &name, int64_t value);
  NodeBuilder &real(const std::string &name, float value);
  NodeBuilder &text(const std::string &name, const std::string &value);
  NodeBuilder &integers(const std::string &name, std::vector<int64_t> values);
  NodeBuilder &reals(const std::string &name, std::vector<float> values);
  ::onnx::AttributeProto &attribute(const std::string &name, ::onnx::AttributeProto::AttributeType type);

  ::onnx::NodeProto &node;
};

/// A model that is being built: one graph, the default domain.
class ModelBuilder {
public:
  explicit ModelBuilder(int64_t opset = 18);

  ::onnx::ValueInfoProto &input(const std::string &name, std::vector<Dim> dims, int type = ::onnx::TensorProto::FLOAT);
  void output(const std::string &name);
  NodeBuilder node(const std::string &op, std::vector<std::string> inputs, std::vector<std::string> outputs,
                   const std::string &name = "n");
  /// An initializer without elements.
  ::onnx::TensorProto &tensor(const std::string &name, std::vector<int64_t> dims, int type);
  /// Initializers with raw data.
  ::onnx::TensorProto &floats(const std::string &name, std::vector<int64_t> dims, const std::vector<float> &values);
  ::onnx::TensorProto &longs(const std::string &name, std::vector<int64_t> dims, const std::vector<int64_t> &values);

  ::onnx::GraphProto &graph() { return *proto.mutable_graph(); }
  std::string bytes() const { return proto.SerializeAsString(); }

  ::onnx::ModelProto proto;
};

/// A model that computes y = x + 1 over float32[n, 4].
ModelBuilder addOne(int64_t opset = 18);

/// What an import gave.
struct Imported {
  std::shared_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;

  /// The module as text; empty where there is none.
  std::string text() const;
  /// The errors and notes, a line each.
  std::string report() const;
};

/// Imports from memory, or from a file, in a context that a number of imports share.
Imported importBytes(const std::string &bytes, const ImportOptions &options = {});
Imported importPath(const std::string &path, const ImportOptions &options = {});

/// True where the import of `bytes` fails with an error or note that contains `text`.
bool failsWith(const Imported &imported, const std::string &text);

/// Expects an import to fail with a report that contains `text`.
#define EXPECT_FAILS(imported, text)                                                                                   \
  do {                                                                                                                 \
    Imported result = imported;                                                                                        \
    EXPECT_TRUE(failsWith(result, text)) << result.report();                                                           \
  } while (false)

/// A folder that is removed with its files.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string path(const std::string &name) const { return folder + "/" + name; }
  std::string write(const std::string &name, const std::string &bytes) const;
  const std::string &root() const { return folder; }

private:
  std::string folder;
};

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_IMPORT_MODELBUILDER_H
