// RUN: snn-opt %s --pass-pipeline='builtin.module(func.func(onnx-fold-constants{max-growth=0}))' | FileCheck %s

// Weights of four bits that are not worth unfolding keep their numbers in bytes, as does their zero point.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}-8, 7, 0, 1, 2, 3, 4, 5]]> : tensor<1x8xi8>}>
// CHECK-DAG: %[[ZERO:.*]] = "onnx.Constant"() <{value = dense<-1> : tensor<i8>}>
// CHECK: "onnx.DequantizeLinear"(%[[W]], %{{.*}}, %[[ZERO]])
// CHECK-SAME: (tensor<1x8xi8>, tensor<f32>, tensor<i8>) -> tensor<1x8xf32>
func.func @main() -> tensor<1x8xf32> {
  %w = "onnx.Constant"() <{value = dense<[[-8, 7, 0, 1, 2, 3, 4, 5]]> : tensor<1x8xi4>}> : () -> tensor<1x8xi4>
  %scale = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %zero = "onnx.Constant"() <{value = dense<-1> : tensor<i4>}> : () -> tensor<i4>
  %y = "onnx.DequantizeLinear"(%w, %scale, %zero) : (tensor<1x8xi4>, tensor<f32>, tensor<i4>) -> tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}
