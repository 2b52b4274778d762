// RUN: snn-opt --onnx-infer-shapes --onnx-fold-constants --split-input-file %s | FileCheck %s

// Shape arithmetic over a known dimension, then floats: the scale of an attention.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[C:.*]] = "onnx.Constant"() <{value = dense<2.82842708> : tensor<f32>}>
// CHECK-NEXT: "onnx.Div"(%{{.*}}, %[[C]])
func.func @main(%x: tensor<?x8xf32> {rheobase.dims = ["batch", "8"]}) -> tensor<?x8xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %i = "onnx.Constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
  %0 = "onnx.Shape"(%x) : (tensor<?x8xf32>) -> tensor<2xi64>
  %1 = "onnx.Gather"(%0, %i) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %2 = "onnx.Cast"(%1) <{to = 1 : i64}> : (tensor<i64>) -> tensor<f32>
  %3 = "onnx.Sqrt"(%2) : (tensor<f32>) -> tensor<f32>
  %4 = "onnx.Div"(%x, %3) : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  return %4 : tensor<?x8xf32>
}

// -----

// Scales of trained weights: the mean magnitude and the length of each row, the largest of all; signs, clamped numbers.
// CHECK-LABEL: func.func @main
// CHECK-DAG: dense<{{\[\[}}2.000000e+00], [3.000000e+00]]> : tensor<2x1xf32>
// CHECK-DAG: dense<[2.23606801, 4.2426405]> : tensor<2xf32>
// CHECK-DAG: dense<3.000000e+00> : tensor<f32>
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, -1.000000e+00], [1.000000e+00, 1.000000e+00]]> : tensor<2x2xf32>
// CHECK-DAG: dense<{{\[\[}}1.500000e+00, -1.500000e+00], [1.500000e+00, 1.500000e+00]]> : tensor<2x2xf32>
// CHECK-NOT: onnx.Reduce
func.func @main() -> (tensor<2x1xf32>, tensor<2xf32>, tensor<f32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = "onnx.Constant"() <{value = dense<[[1.0, -2.0], [3.0, 3.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %v = "onnx.Constant"() <{value = dense<[[2.0, -2.0], [3.0, 3.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %last = "onnx.Constant"() <{value = dense<-1> : tensor<1xi64>}> : () -> tensor<1xi64>
  %low = "onnx.Constant"() <{value = dense<-1.5> : tensor<f32>}> : () -> tensor<f32>
  %high = "onnx.Constant"() <{value = dense<1.5> : tensor<f32>}> : () -> tensor<f32>
  %0 = "onnx.Abs"(%v) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = "onnx.ReduceMean"(%0, %last) <{keepdims = 1 : i64, noop_with_empty_axes = 0 : i64}> : (tensor<2x2xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %2 = "onnx.ReduceL2"(%w, %last) <{keepdims = 0 : i64, noop_with_empty_axes = 0 : i64}> : (tensor<2x2xf32>, tensor<1xi64>) -> tensor<2xf32>
  %3 = "onnx.ReduceMax"(%w) <{keepdims = 0 : i64, noop_with_empty_axes = 0 : i64}> : (tensor<2x2xf32>) -> tensor<f32>
  %4 = "onnx.Sign"(%w) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %5 = "onnx.Clip"(%v, %low, %high) <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (tensor<2x2xf32>, tensor<f32>, tensor<f32>) -> tensor<2x2xf32>
  return %1, %2, %3, %4, %5 : tensor<2x1xf32>, tensor<2xf32>, tensor<f32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// A resource (as weights are) is read; the result is small, and written out.
// CHECK-LABEL: func.func @main
// CHECK: dense<{{\[\[}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// CHECK-NOT: onnx.Transpose
func.func @main() -> tensor<2x2xf32> {
  %w = "onnx.Constant"() <{value = dense_resource<weights> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %0 = "onnx.Transpose"(%w) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F000000400000404000008040"
    }
  }
#-}

// -----

// A small file must not become gigabytes.
// CHECK-LABEL: func.func @main
// CHECK: onnx.Expand
func.func @main() -> tensor<2x1000000000xf32> {
  %x = "onnx.Constant"() <{value = dense<[[1.0], [2.0]]> : tensor<2x1xf32>}> : () -> tensor<2x1xf32>
  %s = "onnx.Constant"() <{value = dense<[2, 1000000000]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Expand"(%x, %s) : (tensor<2x1xf32>, tensor<2xi64>) -> tensor<2x1000000000xf32>
  return %0 : tensor<2x1000000000xf32>
}
