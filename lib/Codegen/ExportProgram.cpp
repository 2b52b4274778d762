//===- ExportProgram.cpp - an rt.program as the artifact's program --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ExportProgram.h"

#include "lib/Codegen/ConstantBytes.h"
#include "lib/Codegen/SizeExpr.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;
using artifact::BufferKind;
using artifact::DType;

/// Nullopt for types that tensors in memory do not have.
static std::optional<DType> dtypeOfInteger(unsigned width, bool isUnsigned) {
  switch (width) {
  case 1:
    return DType::Bool;
  case 2:
    return isUnsigned ? DType::U2 : DType::I2;
  case 4:
    return isUnsigned ? DType::U4 : DType::I4;
  case 8:
    return isUnsigned ? DType::U8 : DType::I8;
  case 16:
    return isUnsigned ? DType::U16 : DType::I16;
  case 32:
    return isUnsigned ? DType::U32 : DType::I32;
  case 64:
    return isUnsigned ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

static FailureOr<DType> dtypeOf(Type type, Location loc) {
  using Result = std::optional<DType>;
  Result result =
      llvm::TypeSwitch<Type, Result>(type)
          .Case([](Float32Type) { return DType::F32; })
          .Case([](Float16Type) { return DType::F16; })
          .Case([](BFloat16Type) { return DType::BF16; })
          .Case([](Float64Type) { return DType::F64; })
          .Case([](Float8E4M3FNType) { return DType::F8E4M3FN; })
          .Case([](Float8E4M3FNUZType) { return DType::F8E4M3FNUZ; })
          .Case([](Float8E5M2Type) { return DType::F8E5M2; })
          .Case([](Float8E5M2FNUZType) { return DType::F8E5M2FNUZ; })
          .Case([](Float8E8M0FNUType) { return DType::F8E8M0; })
          .Case([](Float4E2M1FNType) { return DType::F4E2M1; })
          .Case([](IndexType) { return DType::I64; })
          .Case([](IntegerType integer) { return dtypeOfInteger(integer.getWidth(), integer.isUnsigned()); })
          .Default(Result());
  if (result)
    return *result;
  return emitError(loc)
         << "tensors of " << type
         << " cannot be stored in an artifact: expected a float of 4 to 64 bits, bool or an integer of 2 "
         << "to 64 bits";
}

namespace {

class Exporter {
public:
  Exporter(rt::ProgramOp program, artifact::Program &result)
      : program(program), result(result), exprs(result.symbols) {}

  LogicalResult run();

private:
  LogicalResult addBuffer(Operation &op);
  LogicalResult addDispatch(rt::DispatchOp dispatch);
  LogicalResult addMeasure(rt::MeasureBufferOp measure);
  LogicalResult addWeights(rt::WeightsOp weights);
  LogicalResult addTaps();
  LogicalResult addStates();
  FailureOr<artifact::TensorInfo> describe(StringRef name, Type type, OperandRange dims, uint32_t buffer, Location loc);
  template <typename PortOp> LogicalResult addPort(PortOp port, std::vector<artifact::TensorInfo> &ports);
  uint32_t kernelNumber(StringRef name);

  rt::ProgramOp program;
  artifact::Program &result;
  SizeExprs exprs;
  DenseMap<Value, uint32_t> numbers;
  /// By all that their operations say.
  DenseMap<Attribute, artifact::Buffer> constants;
  llvm::StringMap<uint32_t> kernels;
};

} // namespace

FailureOr<artifact::TensorInfo> Exporter::describe(StringRef name, Type type, OperandRange dims, uint32_t buffer,
                                                   Location loc) {
  auto tensor = cast<RankedTensorType>(type);
  auto dtype = dtypeOf(tensor.getElementType(), loc);
  auto shape = exprs.dims(tensor, dims);
  if (failed(dtype) || failed(shape))
    return failure();
  return artifact::TensorInfo{name.str(), *dtype, *shape, buffer};
}

template <typename PortOp> LogicalResult Exporter::addPort(PortOp port, std::vector<artifact::TensorInfo> &ports) {
  auto info = describe(port.getName(), port.getType(), port.getDims(), numbers[port.getBuffer()], port.getLoc());
  if (failed(info))
    return failure();
  ports.push_back(*info);
  return success();
}

/// Ops that are buffers; others are index arithmetic, read where it is used.
LogicalResult Exporter::addBuffer(Operation &op) {
  artifact::Buffer buffer;
  LogicalResult status = success();
  auto sized = [&](BufferKind kind, uint32_t slot, Type type, ValueRange dims) {
    auto bytes = exprs.bytes(cast<RankedTensorType>(type), dims);
    if (failed(bytes))
      return failure();
    buffer = {kind, slot, 0, *bytes};
    return success();
  };
  bool isBuffer = llvm::TypeSwitch<Operation *, bool>(&op)
                      .Case([&](rt::InputOp in) {
                        status = sized(BufferKind::Input, in.getNumber(), in.getType(), in.getDims());
                        return true;
                      })
                      .Case([&](rt::OutputOp out) {
                        SmallVector<Value> dims(out.getDims());
                        if (out.getRoom())
                          dims[cast<RankedTensorType>(out.getType()).getDynamicDimIndex(*out.getAxis())] =
                              out.getRoom();
                        status = sized(BufferKind::Output, out.getNumber(), out.getType(), dims);
                        return true;
                      })
                      .Case([&](rt::BufferOp arena) {
                        uint32_t slot = arena.getSlot().value_or(0);
                        result.slots = std::max(result.slots, slot + 1);
                        status = sized(BufferKind::Arena, slot, arena.getType(), arena.getDims());
                        return true;
                      })
                      .Case([&](rt::ConstantOp constant) {
                        // What is read at several places, by the steps of a network say, is stored once.
                        auto same = constants.find(constant->getAttrDictionary());
                        if (same != constants.end()) {
                          buffer = same->second;
                          return true;
                        }
                        auto blob = constantBlob(constant);
                        status = LogicalResult(blob);
                        if (succeeded(blob)) {
                          uint64_t offset = 0;
                          for (const artifact::ConstantBlob &before : result.constants)
                            offset = llvm::alignTo(offset, 64) + before.size;
                          buffer = {BufferKind::Constant, 0, llvm::alignTo(offset, 64), constantExpr(blob->size)};
                          result.constants.push_back(*blob);
                          constants[constant->getAttrDictionary()] = buffer;
                        }
                        return true;
                      })
                      .Case([&](rt::CountersOp) {
                        buffer = {BufferKind::Counters, 0, 0, constantExpr(8 * program.getCounters().size())};
                        return true;
                      })
                      .Default(false);
  if (!isBuffer)
    return success();
  numbers[op.getResult(0)] = result.buffers.size();
  result.buffers.push_back(buffer);
  if (failed(status))
    return failure();
  if (auto in = dyn_cast<rt::InputOp>(op))
    return addPort(in, result.inputs);
  if (auto out = dyn_cast<rt::OutputOp>(op))
    return addPort(out, result.outputs);
  return success();
}

uint32_t Exporter::kernelNumber(StringRef name) {
  auto [entry, isNew] = kernels.try_emplace(name, result.kernels.size());
  if (isNew)
    result.kernels.push_back(name.str());
  return entry->second;
}

LogicalResult Exporter::addDispatch(rt::DispatchOp dispatch) {
  artifact::Dispatch call;
  call.kernel = kernelNumber(dispatch.getKernel());
  if (auto name = dyn_cast<NameLoc>(dispatch.getLoc()))
    call.location = name.getName().str();
  for (Value buffer : dispatch.getBuffers())
    call.buffers.push_back(numbers.lookup(buffer));
  for (int32_t position : dispatch.getWrites())
    call.writes.push_back(position);
  for (Value size : dispatch.getSizes()) {
    auto expr = exprs.of(size);
    if (failed(expr))
      return failure();
    call.sizes.push_back(*expr);
  }
  auto grid = exprs.of(dispatch.getGrid());
  if (failed(grid))
    return failure();
  call.grid = *grid;
  if (dispatch.getScratch()) {
    auto scratch = exprs.of(dispatch.getScratch());
    if (failed(scratch))
      return failure();
    call.scratch = *scratch;
  }
  call.counting = dispatch.getCounting();
  result.dispatches.push_back(std::move(call));
  return success();
}

LogicalResult Exporter::addMeasure(rt::MeasureBufferOp measure) {
  artifact::Measure sizes;
  sizes.before = result.dispatches.size();
  sizes.buffer = numbers.lookup(measure.getBuffer());
  if (auto name = dyn_cast<NameLoc>(measure.getLoc()))
    sizes.location = name.getName().str();
  for (Value size : measure.getSizes()) {
    auto expr = exprs.of(size);
    if (failed(expr))
      return failure();
    sizes.values.push_back(*expr);
  }
  result.measures.push_back(std::move(sizes));
  return success();
}

LogicalResult Exporter::addWeights(rt::WeightsOp op) {
  artifact::Weights weights;
  weights.node = op.getNode().str();
  weights.inputs = op.getInputs();
  weights.outputs = op.getOutputs();
  weights.bits = op.getBits();
  weights.length = op.getLength();
  weights.groups = op.getGroups();
  weights.columns = op.getColumns();
  weights.hasOffsets = op.getHasOffsets();
  weights.kept = op.getKept();
  weights.codes = numbers.lookup(op.getCodes());
  auto number = [&](Value buffer) { return buffer ? std::optional(numbers.lookup(buffer)) : std::nullopt; };
  weights.codebook = number(op.getCodebook());
  weights.scales = number(op.getScales());
  weights.zeros = number(op.getZeros());
  if (op.getScale()) {
    auto type = dtypeOf(*op.getScale(), op.getLoc());
    if (failed(type))
      return failure();
    weights.scaleType = *type;
  }
  result.weights.push_back(std::move(weights));
  return success();
}

LogicalResult Exporter::addTaps() {
  DenseMap<uint32_t, uint32_t> lastWrite;
  for (auto [number, dispatch] : llvm::enumerate(result.dispatches))
    for (uint32_t position : dispatch.writes)
      lastWrite[dispatch.buffers[position]] = number;
  for (auto buffer : program.getBody().getOps<rt::BufferOp>()) {
    if (!buffer.getTap())
      continue;
    uint32_t number = numbers[buffer.getBuffer()];
    auto info = describe(*buffer.getTap(), buffer.getType(), buffer.getDims(), number, buffer.getLoc());
    if (failed(info))
      return failure();
    result.taps.push_back({*info, lastWrite[number]});
  }
  return success();
}

LogicalResult Exporter::addStates() {
  for (auto in : program.getBody().getOps<rt::InputOp>()) {
    if (!in.getState())
      continue;
    auto output =
        llvm::find_if(result.outputs, [&](const artifact::TensorInfo &each) { return each.name == *in.getState(); });
    auto input =
        llvm::find_if(result.inputs, [&](const artifact::TensorInfo &each) { return each.name == in.getName(); });
    if (output == result.outputs.end() || input->dtype != output->dtype || input->dims.size() != output->dims.size())
      return in.emitOpError() << "is a state whose next value is the output '" << *in.getState()
                              << "', an output of that name, its element type and its rank expected";
    artifact::State state{static_cast<uint32_t>(input - result.inputs.begin()),
                          static_cast<uint32_t>(output - result.outputs.begin())};
    auto ports = program.getBody().getOps<rt::OutputOp>();
    rt::OutputOp out = *llvm::find_if(ports, [&](rt::OutputOp each) { return each.getName() == *in.getState(); });
    if (out.getRoom()) {
      auto room = exprs.of(out.getRoom());
      if (failed(room))
        return failure();
      state.growth = {*out.getAxis(), static_cast<uint32_t>(room->front().value)};
    }
    result.states.push_back(state);
  }
  return success();
}

LogicalResult Exporter::run() {
  for (Operation &op : program.getBody().front()) {
    LogicalResult added = llvm::TypeSwitch<Operation *, LogicalResult>(&op)
                              .Case([&](rt::DispatchOp dispatch) { return addDispatch(dispatch); })
                              .Case([&](rt::MeasureBufferOp measure) { return addMeasure(measure); })
                              .Case([&](rt::WeightsOp weights) { return addWeights(weights); })
                              .Default([&](Operation *) { return addBuffer(op); });
    if (failed(added))
      return failure();
  }
  for (Attribute attr : program.getCounters()) {
    auto entry = cast<DictionaryAttr>(attr);
    result.counters.push_back({entry.getAs<StringAttr>("site").str(), entry.getAs<StringAttr>("quantity").str()});
  }
  if (failed(addStates()))
    return failure();
  return addTaps();
}

LogicalResult codegen::exportProgram(rt::ProgramOp program, artifact::Program &result) {
  auto symbols = programSymbols(program);
  if (failed(symbols))
    return failure();
  result.symbols = std::move(*symbols);
  return Exporter(program, result).run();
}
