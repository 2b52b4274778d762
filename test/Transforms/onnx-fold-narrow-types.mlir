// RUN: snn-opt --onnx-fold-constants --split-input-file %s | FileCheck %s

// What no float of eight bits holds becomes the largest number, infinity or NaN, as the node says.
// CHECK-LABEL: func.func @casts(
// CHECK: dense<[-4.480000e+02, -2.000000e+00, 4.480000e+02]> : tensor<3xf8E4M3FN>
// CHECK: dense<[-5.734400e+04, -2.000000e+00, 5.734400e+04]> : tensor<3xf8E5M2>
// CHECK: dense<[0xFC, -2.000000e+00, 0x7C]> : tensor<3xf8E5M2>
// CHECK: dense<[-6.000000e+00, -2.000000e+00, 6.000000e+00]> : tensor<3xf4E2M1FN>
func.func @casts() -> (tensor<3xf8E4M3FN>, tensor<3xf8E5M2>, tensor<3xf8E5M2>, tensor<3xf4E2M1FN>) {
  %x = "onnx.Constant"() <{value = dense<[-1.0e9, -2.0, 1.0e9]> : tensor<3xf32>}> : () -> tensor<3xf32>
  %a = "onnx.Cast"(%x) <{to = 17 : i64}> : (tensor<3xf32>) -> tensor<3xf8E4M3FN>
  %b = "onnx.Cast"(%x) <{to = 19 : i64}> : (tensor<3xf32>) -> tensor<3xf8E5M2>
  %c = "onnx.Cast"(%x) <{saturate = 0 : i64, to = 19 : i64}> : (tensor<3xf32>) -> tensor<3xf8E5M2>
  %d = "onnx.Cast"(%x) <{to = 23 : i64}> : (tensor<3xf32>) -> tensor<3xf4E2M1FN>
  return %a, %b, %c, %d : tensor<3xf8E4M3FN>, tensor<3xf8E5M2>, tensor<3xf8E5M2>, tensor<3xf4E2M1FN>
}

// -----

// CHECK-LABEL: func.func @powers(
// CHECK: dense<[4.000000e+00, 8.000000e+00]> : tensor<2xf8E8M0FNU>
// CHECK: dense<[2.000000e+00, 4.000000e+00]> : tensor<2xf8E8M0FNU>
// CHECK: dense<4.000000e+00> : tensor<2xf8E8M0FNU>
func.func @powers() -> (tensor<2xf8E8M0FNU>, tensor<2xf8E8M0FNU>, tensor<2xf8E8M0FNU>) {
  %x = "onnx.Constant"() <{value = dense<[3.0, 5.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %a = "onnx.Cast"(%x) <{to = 24 : i64}> : (tensor<2xf32>) -> tensor<2xf8E8M0FNU>
  %b = "onnx.Cast"(%x) <{round_mode = "down", to = 24 : i64}> : (tensor<2xf32>) -> tensor<2xf8E8M0FNU>
  %c = "onnx.Cast"(%x) <{round_mode = "nearest", to = 24 : i64}> : (tensor<2xf32>) -> tensor<2xf8E8M0FNU>
  return %a, %b, %c : tensor<2xf8E8M0FNU>, tensor<2xf8E8M0FNU>, tensor<2xf8E8M0FNU>
}

// -----

// Integers of four bits have their sign, and wrap.
// CHECK-LABEL: func.func @integers(
// CHECK: dense<[-1.000000e+00, -8.000000e+00]> : tensor<2xf32>
// CHECK: dense<[4, -7]> : tensor<2xi4>
func.func @integers() -> (tensor<2xf32>, tensor<2xi4>) {
  %x = "onnx.Constant"() <{value = dense<[-1, -8]> : tensor<2xi4>}> : () -> tensor<2xi4>
  %a = "onnx.Cast"(%x) <{to = 1 : i64}> : (tensor<2xi4>) -> tensor<2xf32>
  %y = "onnx.Constant"() <{value = dense<[20, -23]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %b = "onnx.Cast"(%y) <{to = 22 : i64}> : (tensor<2xi32>) -> tensor<2xi4>
  return %a, %b : tensor<2xf32>, tensor<2xi4>
}
