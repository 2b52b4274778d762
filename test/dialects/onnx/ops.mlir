// RUN: snn-opt %s | snn-opt | FileCheck %s

// Ops of the dialect are read and printed in generic form; absent operands and results are left out.
// CHECK-LABEL: func.func @main
// CHECK: "onnx.Clip"(%{{.*}}, %{{.*}}) <{operandSegmentSizes = array<i32: 1, 0, 1>}> : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
// CHECK: "onnx.LayerNormalization"(%{{.*}}, %{{.*}}) <{axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 1>, stash_type = 1 : i64}>
// CHECK: %{{.*}}:3 = "onnx.Split"(%{{.*}}) <{axis = 1 : i64, num_outputs = 3 : i64}>
func.func @main(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> (tensor<?x3xf32>, tensor<?x1xf32>) {
  %max = "onnx.Constant"() <{value = dense<6.0> : tensor<f32>}> : () -> tensor<f32>
  %0 = "onnx.Clip"(%x, %max) <{operandSegmentSizes = array<i32: 1, 0, 1>}> : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %1, %d = "onnx.LayerNormalization"(%0, %g) <{axis = -1 : i64, resultSegmentSizes = array<i32: 1, 0, 1>}>
      : (tensor<?x8xf32>, tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x1xf32>)
  %2:3 = "onnx.Split"(%1) <{axis = 1 : i64, num_outputs = 3 : i64}> : (tensor<?x8xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x2xf32>)
  return %2#0, %d : tensor<?x3xf32>, tensor<?x1xf32>
}
