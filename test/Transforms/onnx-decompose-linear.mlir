// RUN: snn-opt --onnx-infer-shapes --onnx-decompose-linear --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8xf32>{{.*}} %[[W:[a-z0-9]+]]: tensor<3x8xf32>{{.*}} %[[C:[a-z0-9]+]]: tensor<3xf32>
// CHECK: %[[T:.*]] = "onnx.Transpose"(%[[W]]) <{perm = array<i64: 1, 0>}>
// CHECK: %[[P:.*]] = "onnx.MatMul"(%[[X]], %[[T]])
// CHECK: "onnx.Add"(%[[P]], %[[C]])
func.func @main(%x: tensor<?x8xf32> {rheobase.dims = ["batch", "8"]}, %w: tensor<3x8xf32>, %c: tensor<3xf32>) -> tensor<?x3xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Gemm"(%x, %w, %c) <{transB = 1 : i64}> : (tensor<?x8xf32>, tensor<3x8xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// Without a convolution before it, a normalisation is a product and a sum per channel.
// CHECK-LABEL: func.func @main
// CHECK: onnx.Sqrt
// CHECK-NOT: onnx.BatchNormalization
// CHECK: "onnx.Mul"(%arg0, %{{.*}}) : (tensor<?x2x4xf32>, tensor<2x1xf32>)
// CHECK: "onnx.Add"(%{{.*}}, %{{.*}}) : (tensor<?x2x4xf32>, tensor<2x1xf32>)
func.func @main(%x: tensor<?x2x4xf32> {rheobase.dims = ["batch", "2", "4"]}, %g: tensor<2xf32>) -> tensor<?x2x4xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.BatchNormalization"(%x, %g, %g, %g, %g) <{resultSegmentSizes = array<i32: 1, 0, 0>}>
      : (tensor<?x2x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}

// -----

// Signs times a scale stay what they are: the normalisation stands behind the convolution.
// CHECK-LABEL: func.func @main
// CHECK: "onnx.Conv"(%arg0, %{{.*}})
// CHECK: "onnx.Mul"
// CHECK: "onnx.Add"
func.func @main(%x: tensor<1x4x8x8xf32>) -> tensor<1x2x6x6xf32> {
  %w = "onnx.Constant"() <{value = dense<0.3> : tensor<2x4x3x3xf32>}> : () -> tensor<2x4x3x3xf32>
  %g = "onnx.Constant"() <{value = dense<[0.7, 0.9]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %0 = "onnx.Conv"(%x, %w) : (tensor<1x4x8x8xf32>, tensor<2x4x3x3xf32>) -> tensor<1x2x6x6xf32>
  %1 = "onnx.BatchNormalization"(%0, %g, %g, %g, %g) <{resultSegmentSizes = array<i32: 1, 0, 0>}>
    : (tensor<1x2x6x6xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x6x6xf32>
  return %1 : tensor<1x2x6x6xf32>
}
