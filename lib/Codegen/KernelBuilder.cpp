//===- KernelBuilder.cpp - one kernel over memrefs and the call of it -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

MemRefType codegen::memrefTypeOf(RankedTensorType type) {
  Type element = type.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = IntegerType::get(type.getContext(), std::max(8u, integer.getWidth()));
  return MemRefType::get(type.getShape(), element);
}

FlatSymbolRefAttr KernelTable::intern(func::FuncOp kernel, StringRef prefix) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel.print(stream, OpPrintingFlags().useLocalScope());
  FlatSymbolRefAttr &name = names[text];
  if (name) {
    kernel.erase();
    return name;
  }
  kernel.setName((prefix + "_" + Twine(names.size() - 1)).str());
  module.getBody()->push_back(kernel);
  return name = FlatSymbolRefAttr::get(kernel.getNameAttr());
}

KernelBuilder::KernelBuilder(OpBuilder &program, KernelTable &table)
    : body(program.getContext()), program(program), table(table),
      kernel(func::FuncOp::create(program.getUnknownLoc(), "kernel", program.getFunctionType({}, {}))) {
  kernel.setPrivate();
  body.setInsertionPointToStart(kernel.addEntryBlock());
}

KernelBuilder::~KernelBuilder() {
  if (kernel)
    kernel.erase();
}

Value KernelBuilder::addBuffer(Value buffer, MemRefType type, ArrayRef<Value> openDims, bool written) {
  if (written)
    writes.push_back(buffers.size());
  buffers.push_back(buffer);
  llvm::append_range(bufferSizes, openDims);
  return kernel.getBody().addArgument(type, body.getUnknownLoc());
}

Value KernelBuilder::addIndex(Value value, bool keepArgument) {
  auto constant = getConstantIntValue(value);
  if (constant && !keepArgument)
    return arith::ConstantIndexOp::create(body, body.getUnknownLoc(), *constant);
  indexSizes.push_back(value);
  return kernel.getBody().addArgument(body.getIndexType(), body.getUnknownLoc());
}

rt::DispatchOp KernelBuilder::finish(StringRef prefix, Value grid, Location loc, bool counting) {
  func::ReturnOp::create(body, body.getUnknownLoc());
  kernel.setType(body.getFunctionType(kernel.getBody().getArgumentTypes(), {}));
  FlatSymbolRefAttr name = table.intern(std::exchange(kernel, nullptr), prefix);
  SmallVector<Value> sizes(bufferSizes);
  llvm::append_range(sizes, indexSizes);
  return rt::DispatchOp::create(program, loc, name, grid, sizes, buffers, /*scratch=*/Value(),
                                program.getDenseI32ArrayAttr(writes), counting ? program.getUnitAttr() : UnitAttr());
}
