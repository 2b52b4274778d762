//===- TensorTest.cpp - initializers and constants ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "dialects/onnx/Onnx.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::TensorProto;

namespace {

/// A model whose only output is its only initializer, `w`, made by `fill`.
template <typename Fill> std::string constantModel(std::vector<int64_t> dims, int type, Fill fill) {
  ModelBuilder model;
  fill(model.tensor("w", std::move(dims), type));
  model.output("w");
  return model.bytes();
}

mlir::ElementsAttr constantOf(const Imported &imported) {
  mlir::ElementsAttr result;
  imported.module.get().walk([&](rheobase::onnx::ConstantOp op) { result = op.getValue(); });
  return result;
}

template <typename T> std::string rawOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

void expectText(const std::string &bytes, const std::string &text) {
  Imported imported = importBytes(bytes);
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find(text), std::string::npos) << imported.text();
}

TEST(Tensor, ReadsEveryTypeFromRawData) {
  auto raw = [](std::string bytes) { return [bytes](Proto &tensor) { tensor.set_raw_data(bytes); }; };
  expectText(constantModel({2}, Proto::FLOAT, raw(rawOf<float>({1.5f, -2}))),
             "dense<[1.500000e+00, -2.000000e+00]> : tensor<2xf32>");
  expectText(constantModel({2}, Proto::DOUBLE, raw(rawOf<double>({1.5, -2}))), "tensor<2xf64>");
  expectText(constantModel({2}, Proto::FLOAT16, raw(rawOf<uint16_t>({0x3c00, 0xc000}))),
             "dense<[1.000000e+00, -2.000000e+00]> : tensor<2xf16>");
  expectText(constantModel({2}, Proto::BFLOAT16, raw(rawOf<uint16_t>({0x3f80, 0xc000}))),
             "dense<[1.000000e+00, -2.000000e+00]> : tensor<2xbf16>");
  expectText(constantModel({2}, Proto::INT8, raw(rawOf<int8_t>({1, -2}))), "dense<[1, -2]> : tensor<2xi8>");
  expectText(constantModel({2}, Proto::INT16, raw(rawOf<int16_t>({1, -2}))), "dense<[1, -2]> : tensor<2xi16>");
  expectText(constantModel({2}, Proto::INT32, raw(rawOf<int32_t>({1, -2}))), "dense<[1, -2]> : tensor<2xi32>");
  expectText(constantModel({2}, Proto::INT64, raw(rawOf<int64_t>({1, -2}))), "dense<[1, -2]> : tensor<2xi64>");
  expectText(constantModel({2}, Proto::UINT8, raw(rawOf<uint8_t>({1, 254}))), "dense<[1, 254]> : tensor<2xui8>");
  expectText(constantModel({2}, Proto::UINT16, raw(rawOf<uint16_t>({1, 65535}))), "dense<[1, 65535]> : tensor<2xui16>");
  expectText(constantModel({2}, Proto::UINT32, raw(rawOf<uint32_t>({1, ~0u}))),
             "dense<[1, 4294967295]> : tensor<2xui32>");
  expectText(constantModel({2}, Proto::UINT64, raw(rawOf<uint64_t>({1, ~0ull}))),
             "18446744073709551615]> : tensor<2xui64>");
  // Two elements a byte, the first in its low half.
  expectText(constantModel({3}, Proto::INT4, raw("\xf7\x08")), "dense<[7, -1, -8]> : tensor<3xi4>");
  expectText(constantModel({3}, Proto::UINT4, raw("\xf7\x08")), "dense<[7, 15, 8]> : tensor<3xui4>");
  expectText(constantModel({3}, Proto::FLOAT4E2M1, raw("\xf7\x03")),
             "dense<[6.000000e+00, -6.000000e+00, 1.500000e+00]> : tensor<3xf4E2M1FN>");
  // Four elements a byte.
  expectText(constantModel({5}, Proto::INT2, raw("\xe4\x02")), "dense<[0, 1, -2, -1, -2]> : tensor<5xi2>");
  expectText(constantModel({5}, Proto::UINT2, raw("\xe4\x02")), "dense<[0, 1, 2, 3, 2]> : tensor<5xui2>");
  expectText(constantModel({2}, Proto::FLOAT8E4M3FN, raw("\x38\xc4")),
             "dense<[1.000000e+00, -3.000000e+00]> : tensor<2xf8E4M3FN>");
  expectText(constantModel({2}, Proto::FLOAT8E4M3FNUZ, raw("\x40\xc4")),
             "dense<[1.000000e+00, -1.500000e+00]> : tensor<2xf8E4M3FNUZ>");
  expectText(constantModel({2}, Proto::FLOAT8E5M2, raw("\x3c\xc2")),
             "dense<[1.000000e+00, -3.000000e+00]> : tensor<2xf8E5M2>");
  expectText(constantModel({2}, Proto::FLOAT8E5M2FNUZ, raw("\x40\xc2")),
             "dense<[1.000000e+00, -1.500000e+00]> : tensor<2xf8E5M2FNUZ>");
  expectText(constantModel({2}, Proto::FLOAT8E8M0, raw("\x7f\x81")),
             "dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf8E8M0FNU>");
  expectText(constantModel({3}, Proto::BOOL, raw(std::string("\1\0\1", 3))),
             "dense<[true, false, true]> : tensor<3xi1>");
}

TEST(Tensor, ReadsEveryTypeFromTypedFields) {
  expectText(constantModel({2}, Proto::FLOAT, [](Proto &t) { t.add_float_data(1), t.add_float_data(-2); }),
             "-2.000000e+00]> : tensor<2xf32>");
  expectText(constantModel({1}, Proto::DOUBLE, [](Proto &t) { t.add_double_data(-2); }),
             "dense<-2.000000e+00> : tensor<1xf64>");
  expectText(constantModel({2}, Proto::INT64, [](Proto &t) { t.add_int64_data(INT64_MIN), t.add_int64_data(1); }),
             "dense<[-9223372036854775808, 1]> : tensor<2xi64>");
  expectText(constantModel({1}, Proto::INT8, [](Proto &t) { t.add_int32_data(-128); }), "dense<-128> : tensor<1xi8>");
  expectText(constantModel({1}, Proto::UINT8, [](Proto &t) { t.add_int32_data(255); }), "dense<255> : tensor<1xui8>");
  expectText(constantModel({2}, Proto::BOOL, [](Proto &t) { t.add_int32_data(0), t.add_int32_data(1); }),
             "dense<[false, true]> : tensor<2xi1>");
  expectText(constantModel({1}, Proto::FLOAT16, [](Proto &t) { t.add_int32_data(0xc000); }),
             "dense<-2.000000e+00> : tensor<1xf16>");
  expectText(constantModel({1}, Proto::FLOAT8E4M3FN, [](Proto &t) { t.add_int32_data(0xc4); }),
             "dense<-3.000000e+00> : tensor<1xf8E4M3FN>");
  // Elements that share a byte share a number of the field.
  expectText(constantModel({3}, Proto::INT4, [](Proto &t) { t.add_int32_data(0xf7), t.add_int32_data(8); }),
             "dense<[7, -1, -8]> : tensor<3xi4>");
  expectText(constantModel({5}, Proto::UINT2, [](Proto &t) { t.add_int32_data(0xe4), t.add_int32_data(2); }),
             "dense<[0, 1, 2, 3, 2]> : tensor<5xui2>");
  expectText(constantModel({1}, Proto::UINT32, [](Proto &t) { t.add_uint64_data(~0u); }),
             "dense<4294967295> : tensor<1xui32>");
  expectText(constantModel({1}, Proto::UINT64, [](Proto &t) { t.add_uint64_data(~0ull); }),
             "dense<18446744073709551615> : tensor<1xui64>");
}

TEST(Tensor, ReadsScalarsAndEmptyTensors) {
  expectText(constantModel({}, Proto::FLOAT, [](Proto &t) { t.set_raw_data(rawOf<float>({3})); }), "tensor<f32>");
  for (int type : {Proto::FLOAT, Proto::INT64, Proto::BOOL, Proto::FLOAT16}) {
    Imported imported = importBytes(constantModel({0, 4}, type, [](Proto &t) {}));
    ASSERT_TRUE(imported.module) << imported.report();
    EXPECT_EQ(constantOf(imported).getNumElements(), 0);
  }
  expectText(constantModel({0}, Proto::INT64, [](Proto &t) { t.set_raw_data(""); }), "tensor<0xi64>");
}

TEST(Tensor, KeepsSpecialFloats) {
  std::vector<float> values = {NAN, INFINITY, -INFINITY, std::numeric_limits<float>::denorm_min(), -0.0f};
  Imported imported = importBytes(constantModel({5}, Proto::FLOAT, [&](Proto &t) { t.set_raw_data(rawOf(values)); }));
  ASSERT_TRUE(imported.module) << imported.report();
  auto read = mlir::cast<mlir::DenseElementsAttr>(constantOf(imported)).getRawData();
  EXPECT_EQ(std::string(read.data(), read.size()), rawOf(values));
}

/// Large tensors are resources over the model's own bytes, wherever they begin.
TEST(Tensor, DoesNotCopyLargeTensors) {
  std::vector<float> values(1024);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(i);
  for (size_t padding = 0; padding < 4; ++padding) {
    ModelBuilder model;
    model.graph().set_name(std::string(1 + padding, 'g'));
    model.floats("w", {32, 32}, values);
    model.output("w");
    std::unique_ptr<llvm::MemoryBuffer> buffer = llvm::MemoryBuffer::getMemBufferCopy(model.bytes());
    const char *begin = buffer->getBufferStart(), *end = buffer->getBufferEnd();
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    auto module = importOnnx(std::move(buffer), {}, context);
    ASSERT_TRUE(module);
    module->walk([&](rheobase::onnx::ConstantOp op) {
      auto resource = mlir::cast<mlir::DenseResourceElementsAttr>(op.getValue());
      llvm::ArrayRef<char> data = resource.getRawHandle().getBlob()->getData();
      EXPECT_EQ(std::string(data.data(), data.size()), rawOf(values));
      EXPECT_TRUE(data.data() >= begin && data.data() < end);
    });
  }
}

TEST(Tensor, RefusesBadShapes) {
  auto none = [](Proto &t) {};
  EXPECT_FAILS(importBytes(constantModel({-1}, Proto::FLOAT, none)), "a dimension of -1, at least 0 was expected");
  EXPECT_FAILS(importBytes(constantModel({int64_t(1) << 32, int64_t(1) << 32}, Proto::FLOAT, none)),
               "more than 2^40 elements");
  EXPECT_FAILS(importBytes(constantModel({0, int64_t(1) << 62}, Proto::FLOAT, none)), "more than 2^40 elements");
  EXPECT_FAILS(importBytes(constantModel({(int64_t(1) << 42) + 1}, Proto::UINT8, none)), "more than 2^40 elements");
  EXPECT_FAILS(importBytes(constantModel({INT64_MIN}, Proto::UINT8, none)), "at least 0 was expected");
  EXPECT_FAILS(importBytes(constantModel(std::vector<int64_t>(1000, 1), Proto::FLOAT, none)),
               "1000 dimensions, at most 8");
  EXPECT_FAILS(importBytes(constantModel({int64_t(1) << 39}, Proto::FLOAT, none)),
               "it has no elements, 549755813888 were expected");
}

TEST(Tensor, RefusesWrongLengths) {
  auto raw = [](size_t bytes) { return [bytes](Proto &t) { t.set_raw_data(std::string(bytes, '\0')); }; };
  EXPECT_FAILS(importBytes(constantModel({2}, Proto::FLOAT, raw(7))), "its raw_data has 7 bytes, 8 were expected");
  EXPECT_FAILS(importBytes(constantModel({2}, Proto::FLOAT, raw(9))), "its raw_data has 9 bytes, 8 were expected");
  EXPECT_FAILS(importBytes(constantModel({}, Proto::FLOAT, raw(8))), "its raw_data has 8 bytes, 4 were expected");
  EXPECT_FAILS(importBytes(constantModel({0}, Proto::FLOAT, raw(4))), "its raw_data has 4 bytes, 0 were expected");
  EXPECT_FAILS(importBytes(constantModel({2}, Proto::FLOAT, [](Proto &t) { t.add_float_data(1); })),
               "its float_data has 4 bytes, 8 were expected");
  EXPECT_FAILS(importBytes(constantModel({2}, Proto::INT64, [](Proto &t) { t.add_int64_data(1); })),
               "its int64_data has 1 valid int64 numbers, 2 were expected");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::INT8, [](Proto &t) { t.add_int32_data(128); })),
               "its int32_data has 0 valid int8 numbers, 1 were expected");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::UINT16, [](Proto &t) { t.add_int32_data(-1); })),
               "0 valid uint16 numbers");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::BOOL, [](Proto &t) { t.add_int32_data(2); })),
               "0 valid bool numbers");
}

TEST(Tensor, RefusesTwoSourcesOfElements) {
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::FLOAT,
                                         [](Proto &t) { t.add_float_data(1), t.set_raw_data(rawOf<float>({1})); })),
               "it has both float_data and raw_data");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::FLOAT, [](Proto &t) { t.add_int64_data(1); })),
               "its elements are in int64_data, raw_data or float_data was expected for float32");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::FLOAT,
                                         [](Proto &t) {
                                           t.set_raw_data(rawOf<float>({1}));
                                           t.add_external_data()->set_key("location");
                                         })),
               "it has external data entries, although its elements are in the model");
}

TEST(Tensor, NamesUnsupportedTypes) {
  auto none = [](Proto &t) {};
  const std::pair<int, const char *> kTypes[] = {{Proto::STRING, "string"},         {Proto::COMPLEX64, "complex64"},
                                                 {Proto::FLOAT6E2M3, "float6e2m3"}, {Proto::FLOAT6E3M2, "float6e3m2"},
                                                 {Proto::UNDEFINED, "undefined"},   {1234, "number 1234"}};
  for (auto [type, name] : kTypes)
    EXPECT_FAILS(importBytes(constantModel({1}, type, none)),
                 std::string("initializer 'w' cannot be read: its element type is ") + name);
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::BOOL, [](Proto &t) { t.set_raw_data("\x02"); })),
               "it has the bool 2, 0 or 1 was expected");
}

TEST(Tensor, OperatorsSayWhichTypesTheyTake) {
  EXPECT_FAILS(importBytes(constantModel({3}, Proto::INT4, [](Proto &t) { t.set_raw_data("\x01"); })),
               "initializer 'w' cannot be read");
  EXPECT_FAILS(importBytes(constantModel({5}, Proto::UINT2, [](Proto &t) { t.set_raw_data("\x01"); })),
               "its raw_data has 1 bytes, 2 were expected");
  EXPECT_FAILS(importBytes(constantModel({1}, Proto::FLOAT8E5M2, [](Proto &t) { t.add_int32_data(256); })),
               "its int32_data has 0 valid float8e5m2 numbers, 1 were expected");
  ModelBuilder model;
  model.tensor("w", {2}, Proto::INT4).set_raw_data("\x21");
  model.node("Neg", {"w"}, {"y"});
  model.output("y");
  EXPECT_FAILS(importBytes(model.bytes()), "input 'X' is a tensor of int4");
}

TEST(Tensor, RefusesSparseInitializers) {
  ModelBuilder model = addOne();
  model.graph().add_sparse_initializer()->mutable_values()->set_name("s");
  EXPECT_FAILS(importBytes(model.bytes()), "initializer 's' is sparse");
}

TEST(Tensor, ReadsConstantNodes) {
  auto constant = [](auto fill) {
    ModelBuilder model;
    NodeBuilder node = model.node("Constant", {}, {"c"});
    fill(node);
    model.output("c");
    return model.bytes();
  };
  expectText(constant([](NodeBuilder &n) { n.real("value_float", 2); }), "dense<2.000000e+00> : tensor<f32>");
  expectText(constant([](NodeBuilder &n) { n.reals("value_floats", {2, 3}); }),
             "dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32>");
  expectText(constant([](NodeBuilder &n) { n.integer("value_int", -2); }), "dense<-2> : tensor<i64>");
  expectText(constant([](NodeBuilder &n) { n.integers("value_ints", {2, 3}); }), "dense<[2, 3]> : tensor<2xi64>");
  expectText(constant([](NodeBuilder &n) { n.integers("value_ints", {}); }), "tensor<0xi64>");
  expectText(constant([](NodeBuilder &n) {
               Proto &t = *n.attribute("value", ::onnx::AttributeProto::TENSOR).mutable_t();
               t.set_data_type(Proto::INT32);
               t.add_int32_data(5);
             }),
             "dense<5> : tensor<i32>");
  EXPECT_FAILS(importBytes(constant([](NodeBuilder &n) {})), "has 0 values, exactly one was expected");
  EXPECT_FAILS(importBytes(constant([](NodeBuilder &n) { n.real("value_float", 2).integer("value_int", 2); })),
               "has 2 values, exactly one was expected");
  EXPECT_FAILS(importBytes(constant([](NodeBuilder &n) { n.text("value_string", "s"); })),
               "attribute 'value_string' is not supported: it holds a string");
  EXPECT_FAILS(importBytes(constant([](NodeBuilder &n) { n.node.add_input("x"); })),
               "no input and one output were expected");
  EXPECT_FAILS(importBytes(constant([](NodeBuilder &n) {
                 n.attribute("value", ::onnx::AttributeProto::TENSOR).mutable_t()->set_data_type(Proto::STRING);
               })),
               "attribute 'value' is a tensor that cannot be read: its element type is string");
}

} // namespace
