// RUN: snn-opt --onnx-infer-shapes --onnx-raise --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-NEXT: "onnx.Gelu"(%arg0) <{approximate = "none"}>
// CHECK-NEXT: return
func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %half = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %one = "onnx.Constant"() <{value = dense<1.0> : tensor<f32>}> : () -> tensor<f32>
  %root = "onnx.Constant"() <{value = dense<1.41421354> : tensor<f32>}> : () -> tensor<f32>
  %0 = "onnx.Div"(%x, %root) : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %1 = "onnx.Erf"(%0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = "onnx.Add"(%1, %one) : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %3 = "onnx.Mul"(%x, %2) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %4 = "onnx.Mul"(%3, %half) : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

// A scale of 1 where the exporter wrote none; the scale and the bias follow.
// CHECK-LABEL: func.func @main
// CHECK: %[[G:.*]] = "onnx.Constant"() <{value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}>
// CHECK: %[[B:.*]] = "onnx.Constant"() <{value = dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>}>
// CHECK: "onnx.LayerNormalization"(%arg0, %[[G]], %[[B]])
// CHECK-SAME: axis = 1 : i64, epsilon = 9.99999974E-6 : f32
// CHECK-NEXT: return
func.func @main(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %axis = "onnx.Constant"() <{value = dense<-1> : tensor<1xi64>}> : () -> tensor<1xi64>
  %eps = "onnx.Constant"() <{value = dense<1.0e-5> : tensor<f32>}> : () -> tensor<f32>
  %g = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %b = "onnx.Constant"() <{value = dense<[3.0, 4.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %0 = "onnx.ReduceMean"(%x, %axis) : (tensor<4x2xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  %1 = "onnx.Sub"(%x, %0) : (tensor<4x2xf32>, tensor<4x1xf32>) -> tensor<4x2xf32>
  %2 = "onnx.Mul"(%1, %1) : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  %3 = "onnx.ReduceMean"(%2, %axis) : (tensor<4x2xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  %4 = "onnx.Add"(%3, %eps) : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %5 = "onnx.Sqrt"(%4) : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %6 = "onnx.Div"(%1, %5) : (tensor<4x2xf32>, tensor<4x1xf32>) -> tensor<4x2xf32>
  %7 = "onnx.Mul"(%6, %g) : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %8 = "onnx.Add"(%7, %b) : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %8 : tensor<4x2xf32>
}
