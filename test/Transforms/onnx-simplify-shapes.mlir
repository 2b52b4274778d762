// RUN: snn-opt --onnx-infer-shapes --onnx-simplify-shapes --cse --split-input-file %s | FileCheck %s

// x.view(x.size(0), x.size(1), 4, 2): both open dimensions are copied, the rest is known.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[S:.*]] = "onnx.Constant"() <{value = dense<[0, 0, 4, 2]> : tensor<4xi64>}>
// CHECK-NEXT: "onnx.Reshape"(%{{.*}}, %[[S]])
// CHECK-NEXT: return
func.func @main(%x: tensor<?x?x8xf32> {rheobase.dims = ["batch", "sequence", "8"]}) -> tensor<?x?x4x2xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "sequence", min = 1 : i64, max = 0 : i64}]} {
  %c = "onnx.Constant"() <{value = dense<[4, 2]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Shape"(%x) <{start = 0 : i64, end = 2 : i64}> : (tensor<?x?x8xf32>) -> tensor<2xi64>
  %1 = "onnx.Concat"(%0, %c) <{axis = 0 : i64}> : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  %2 = "onnx.Reshape"(%x, %1) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x4x2xf32>
  return %2 : tensor<?x?x4x2xf32>
}

// -----

// Sizes that must be computed are read off an argument, wherever the exporter took them from.
// CHECK-LABEL: func.func @main
// CHECK: %[[B:.*]] = "onnx.Shape"(%arg0) <{end = 1 : i64, start = 0 : i64}>
// CHECK: %[[S:.*]] = "onnx.Concat"(%[[B]], %{{.*}}) <{axis = 0 : i64}>
// CHECK: "onnx.Expand"(%arg1, %[[S]])
func.func @main(%x: tensor<?x8xf32> {rheobase.dims = ["batch", "8"]}, %t: tensor<1x8xf32>) -> tensor<?x8xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Relu"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = "onnx.Shape"(%0) : (tensor<?x8xf32>) -> tensor<2xi64>
  %2 = "onnx.Expand"(%t, %1) : (tensor<1x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}

// -----

// What moves nothing goes; what turns the order around stays.
// CHECK-LABEL: func.func @main
// CHECK-NOT: onnx.Identity
// CHECK-NOT: onnx.Cast
// CHECK-NOT: onnx.Transpose
// CHECK: %[[R:.*]] = "onnx.Slice"
// CHECK: return %[[R]]
func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %i = "onnx.Constant"() <{value = dense<-1> : tensor<1xi64>}> : () -> tensor<1xi64>
  %e = "onnx.Constant"() <{value = dense<-9223372036854775807> : tensor<1xi64>}> : () -> tensor<1xi64>
  %0 = "onnx.Identity"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "onnx.Cast"(%0) <{to = 1 : i64}> : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = "onnx.Transpose"(%1) : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %3 = "onnx.Transpose"(%2) : (tensor<8x4xf32>) -> tensor<4x8xf32>
  %4 = "onnx.Slice"(%3, %i, %e, %i, %i) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}>
      : (tensor<4x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}
