//===- GraphText.cpp - graphs in a few lines of text ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphText.h"

#include "rheobase/Transforms/Passes.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::test;
using llvm::StringRef;

namespace {

/// Writes the lines as MLIR in generic form; results have provisional types.
class Writer {
public:
  std::string write(StringRef text) {
    SmallVector<StringRef> lines;
    text.split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (StringRef line : lines)
      if (line = line.trim(); !line.empty())
        writeLine(line);
    std::string symbolTexts = llvm::join(llvm::map_range(symbols,
                                                         [](const std::string &name) {
                                                           return "{name = \"" + name +
                                                                  "\", min = " + (name[0] == 'z' ? "0" : "1") +
                                                                  " : i64, max = 0 : i64}";
                                                         }),
                                         ", ");
    std::string types = llvm::join(llvm::map_range(last, [&](const std::string &name) { return typeOf[name]; }), ", ");
    std::string values = llvm::join(llvm::map_range(last, [](const std::string &name) { return "%" + name; }), ", ");
    return "func.func @main(" + llvm::join(arguments, ", ") + ") -> (" + types + ") attributes {rheobase.symbols = [" +
           symbolTexts + "]} {\n" + body + "  return " + values + (last.empty() ? "" : " : " + types) + "\n}\n";
  }

private:
  void writeLine(StringRef line) {
    auto [left, right] = line.split(" = ");
    if (right.empty())
      return writeArgument(line);
    if (right.starts_with("dense") || right.starts_with("[") || llvm::isDigit(right[0]) || right[0] == '-')
      return writeConstant(left.str(), right);
    writeOp(left, right);
  }

  void writeArgument(StringRef line) {
    auto [name, rest] = line.split(": ");
    auto [elementType, list] = rest.rtrim(']').split('[');
    SmallVector<StringRef> dims;
    list.split(dims, ',', -1, /*KeepEmpty=*/false);
    std::string type, attribute;
    for (StringRef dim : dims) {
      dim = dim.trim();
      type += (llvm::all_of(dim, llvm::isDigit) ? dim.str() : std::string("?")) + "x";
      attribute += (attribute.empty() ? "\"" : ", \"") + dim.str() + "\"";
      addSymbols(dim);
    }
    typeOf[name] = "tensor<" + type + elementType.str() + ">";
    arguments.push_back("%" + name.str() + ": " + typeOf[name] + " {rheobase.name = \"" + name.str() +
                        "\", rheobase.dims = [" + attribute + "]}");
  }

  /// The names in an expression.
  void addSymbols(StringRef dim) {
    while (!(dim = dim.drop_until(llvm::isAlpha)).empty()) {
      StringRef name = dim.take_while(llvm::isAlnum);
      if (!llvm::is_contained(symbols, name))
        symbols.push_back(name.str());
      dim = dim.drop_front(name.size());
    }
  }

  void writeConstant(std::string name, StringRef value) {
    std::string text = value.str();
    if (value.starts_with("[")) {
      size_t count = value == "[]" ? 0 : value.count(',') + 1;
      text = "dense<" + value.str() + "> : tensor<" + std::to_string(count) + "xi64>";
    } else if (!value.starts_with("dense")) {
      text = "dense<" + value.str() + "> : tensor<i64>";
    }
    typeOf[name] = StringRef(text).rsplit(" : ").second.str();
    body += "  %" + name + " = \"onnx.Constant\"() <{value = " + text + "}> : () -> " + typeOf[name] + "\n";
  }

  static std::string segments(StringRef attribute, ArrayRef<StringRef> names, size_t count) {
    std::string sizes;
    for (size_t i = 0; i < count; ++i)
      sizes += (i ? ", " : "") + std::string(i < names.size() && names[i] != "_" ? "1" : "0");
    return attribute.str() + " = array<i32: " + sizes + ">";
  }

  void writeOp(StringRef left, StringRef right) {
    auto [call, attributes] = right.split(" {");
    auto [op, list] = call.split('(');
    SmallVector<StringRef> operands, results;
    list.rtrim(')').split(operands, ", ", -1, /*KeepEmpty=*/false);
    left.split(results, ", ");
    SmallVector<std::string> properties;
    if (!attributes.empty())
      properties.push_back(attributes.drop_back().str());
    for (auto [name, count] : {std::pair("Clip", 3), {"ConvInteger", 4}, {"Dropout", 3}, {"Pad", 4}, {"Slice", 5}})
      if (op == name)
        properties.push_back(segments("operandSegmentSizes", operands, count));
    for (StringRef name : {"BatchNormalization", "LayerNormalization"})
      if (op == name)
        properties.push_back(segments("resultSegmentSizes", results, 3));
    llvm::erase(operands, "_");
    llvm::erase(results, "_");
    last.clear();
    for (StringRef result : results) {
      typeOf[result] = "tensor<f32>";
      last.push_back(result.str());
    }
    auto values = [](ArrayRef<StringRef> names) {
      return llvm::join(llvm::map_range(names, [](StringRef name) { return "%" + name.str(); }), ", ");
    };
    auto types = [&](ArrayRef<StringRef> names) {
      return llvm::join(llvm::map_range(names, [&](StringRef name) { return typeOf[name]; }), ", ");
    };
    body += "  " + values(results) + " = \"onnx." + op.str() + "\"(" + values(operands) + ")" +
            (properties.empty() ? "" : " <{" + llvm::join(properties, ", ") + "}>") + " : (" + types(operands) +
            ") -> (" + types(results) + ") loc(\"" + results[0].str() + "\")\n";
  }

  SmallVector<std::string> symbols, arguments, last;
  llvm::StringMap<std::string> typeOf;
  std::string body;
};

} // namespace

Graph::Graph(StringRef text) {
  DialectRegistry registry;
  registry.insert<onnx::OnnxDialect, func::FuncDialect>();
  onnx::registerShapeModels(registry);
  context.appendDialectRegistry(registry);
  context.disableMultithreading();
  context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) { log += diagnostic.str() + "\n"; });
  std::string source = Writer().write(text);
  parsed = parseSourceString<ModuleOp>(source, &context);
  EXPECT_TRUE(parsed) << source << log;
}

func::FuncOp Graph::function() {
  return *parsed->getOps<func::FuncOp>().begin();
}

Value Graph::result(unsigned i) {
  return function().getBody().front().getTerminator()->getOperand(i);
}

bool Graph::run(StringRef pipeline) {
  static const bool registered = (registerTransformsPasses(), registerCSEPass(), true);
  (void)registered;
  PassManager manager(&context, ModuleOp::getOperationName());
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (failed(parsePassPipeline(("func.func(" + pipeline + ")").str(), manager, stream))) {
    ADD_FAILURE() << errors;
    return false;
  }
  return succeeded(manager.run(*parsed));
}

std::string Graph::ops() {
  SmallVector<std::string> names;
  for (Operation &op : function().getBody().front().without_terminator())
    if (!isa<onnx::ConstantOp>(op))
      names.push_back(op.getName().stripDialect().str());
  return llvm::join(names, " ");
}

std::string Graph::text() {
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  parsed->print(stream);
  return printed;
}
