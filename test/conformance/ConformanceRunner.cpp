//===- ConformanceRunner.cpp - compile and run many models --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// conformance-runner FOLDER: reads requests from standard input, one a line:
//
//     NAME INPUT...       with INPUT = f32:2x3:0:24, an element type, the shape, and place and size in FOLDER/NAME.in
//
// compiles FOLDER/NAME.onnx for this machine, not converted, runs it, and answers one line of JSON per request:
//
//     {"name": NAME, "outcome": "ran", "outputs": [{"dtype": "f32", "shape": [2, 3], "size": 24}, ...]}
//     {"name": NAME, "outcome": "rejected" (by the compiler) or "stopped" (by the runtime), "message": TEXT}
//
// with the outputs' bytes in FOLDER/NAME.out, one after the other. A request that ends the process has no answer.
//
//===----------------------------------------------------------------------===//

#include "rheobase/Driver/Driver.h"
#include "rheobase/runtime.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <iostream>

using namespace rheobase;
namespace json = llvm::json;

namespace {

/// A tensor of the runtime with its memory.
struct Tensor {
  std::vector<char> bytes;
  std::vector<int64_t> dims;
  rhb_dtype dtype = RHB_F32;

  rhb_tensor view() { return {bytes.data(), bytes.size(), dtype, dims.size(), dims.data()}; }
};

std::optional<rhb_dtype> dtypeByName(llvm::StringRef name) {
  for (rhb_dtype dtype = RHB_F32; rhb_dtype_name(dtype); ++dtype)
    if (name == rhb_dtype_name(dtype))
      return dtype;
  return std::nullopt;
}

std::optional<Tensor> readInput(llvm::StringRef text, llvm::StringRef data) {
  llvm::SmallVector<llvm::StringRef> parts, dims;
  text.split(parts, ':');
  size_t offset = 0, size = 0;
  if (parts.size() != 4 || !dtypeByName(parts[0]) || parts[2].getAsInteger(10, offset) ||
      parts[3].getAsInteger(10, size) || offset > data.size() || size > data.size() - offset)
    return std::nullopt;
  Tensor tensor;
  tensor.dtype = *dtypeByName(parts[0]);
  tensor.bytes.assign(data.begin() + offset, data.begin() + offset + size);
  parts[1].split(dims, 'x', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef dim : dims)
    if (dim.getAsInteger(10, tensor.dims.emplace_back()))
      return std::nullopt;
  return tensor;
}

/// The text of a failed status, which is freed.
std::string take(rhb_status *status) {
  std::string text = rhb_status_message(status);
  rhb_status_free(status);
  return text;
}

class Request {
public:
  Request(llvm::StringRef folder, llvm::StringRef name) : path((folder + "/" + name).str()), name(name) {}

  json::Object answer(llvm::ArrayRef<llvm::StringRef> inputs) {
    if (std::string error = readInputs(inputs); !error.empty())
      return outcome("rejected", error);
    if (std::string error = compileModel(); !error.empty())
      return outcome("rejected", error);
    if (std::string error = run(); !error.empty())
      return outcome("stopped", error);
    json::Array shapes;
    std::error_code error;
    llvm::raw_fd_ostream file(path + ".out", error);
    for (Tensor &output : outputs) {
      file.write(output.bytes.data(), output.bytes.size());
      shapes.push_back(json::Object{
          {"dtype", rhb_dtype_name(output.dtype)}, {"shape", output.dims}, {"size", int64_t(output.bytes.size())}});
    }
    return json::Object{{"name", name}, {"outcome", "ran"}, {"outputs", std::move(shapes)}};
  }

private:
  json::Object outcome(llvm::StringRef kind, llvm::StringRef message) {
    return json::Object{{"name", name}, {"outcome", kind}, {"message", json::fixUTF8(message)}};
  }

  std::string readInputs(llvm::ArrayRef<llvm::StringRef> texts) {
    auto data = llvm::MemoryBuffer::getFile(path + ".in");
    if (!data)
      return "cannot read the inputs: " + data.getError().message();
    for (llvm::StringRef text : texts) {
      std::optional<Tensor> tensor = readInput(text, (*data)->getBuffer());
      if (!tensor)
        return ("input '" + text + "' is not DTYPE:SHAPE:OFFSET:SIZE").str();
      inputs.push_back(*std::move(tensor));
    }
    return "";
  }

  std::string compileModel() {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    std::string text;
    llvm::raw_string_ostream stream(text);
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
        stream << diagnostic << "\n";
    });
    CompileOptions options;
    options.input = path + ".onnx";
    options.output = path + ".rheo";
    options.ann = true;
    options.targets = {"native"};
    if (succeeded(compile(options, context)))
      return "";
    return text.empty() ? "the compiler failed without a word" : text;
  }

  std::string run() {
    rhb_artifact *artifact = nullptr;
    if (rhb_status *status = rhb_artifact_open((path + ".rheo").c_str(), nullptr, &artifact))
      return take(status);
    llvm::scope_exit release([&] { rhb_artifact_release(artifact); });
    const rhb_artifact_info *info = rhb_artifact_inspect(artifact);
    rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
    options.threads = 1;
    rhb_session *session = nullptr;
    if (rhb_status *status = rhb_session_create(artifact, &options, &session))
      return take(status);
    llvm::scope_exit releaseSession([&] { rhb_session_release(session); });
    std::vector<rhb_tensor> in, out;
    for (Tensor &input : inputs)
      in.push_back(input.view());
    outputs.resize(info->output_count);
    for (size_t i = 0; i < outputs.size(); ++i) {
      Tensor &output = outputs[i];
      output.dtype = info->outputs[i].dtype;
      output.dims.resize(info->outputs[i].rank);
      if (rhb_status *status = rhb_session_output_dims(session, in.data(), in.size(), i, output.dims.data()))
        return take(status);
      size_t count = rhb_dtype_size(output.dtype);
      for (int64_t dim : output.dims)
        count *= dim;
      output.bytes.resize(count);
      out.push_back(output.view());
    }
    rhb_status *status = rhb_session_run(session, in.data(), in.size(), out.data(), out.size());
    return status ? take(status) : "";
  }

  std::string path;
  llvm::StringRef name;
  std::vector<Tensor> inputs, outputs;
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "conformance-runner: expected the folder of the models\n";
    return 2;
  }
  mlir::registerPassManagerCLOptions();
  for (std::string line; std::getline(std::cin, line);) {
    llvm::SmallVector<llvm::StringRef> words;
    llvm::SplitString(line, words);
    if (words.empty())
      continue;
    json::Object answer = Request(argv[1], words.front()).answer(llvm::ArrayRef(words).drop_front());
    llvm::outs() << json::Value(std::move(answer)) << "\n";
    llvm::outs().flush();
  }
  return 0;
}
