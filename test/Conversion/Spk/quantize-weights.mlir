// RUN: snn-opt %s --spk-quantize-weights | FileCheck %s

!train = !spk.train<?x2, #spk.binary<7, signed, nearest>>

// One scale per output; ties to even; an all-zero output has scale 1.
// CHECK-LABEL: func.func @linear
func.func @linear(%t: !train, %lsb: tensor<f32>) -> tensor<?x3xf32> {
  %w = "onnx.Constant"() {value = dense<[[127.0, 0.0, 1.0], [2.5, 0.0, -2.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  // CHECK-DAG: %[[CODES:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}127, 0, 64], [2, 0, -127]]> : tensor<2x3xi8>}>
  // CHECK-DAG: %[[SCALE:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}1.000000e+00, 1.000000e+00, 0.0157480314]]> : tensor<1x3xf32>}>
  // CHECK: spk.unpack %[[CODES]], %[[SCALE]]
  %x = spk.decode %t, %lsb : !train, tensor<f32> -> tensor<?x2xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// Numbers that no train meets stay numbers.
// CHECK-LABEL: func.func @numbers
func.func @numbers(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  // CHECK-NOT: spk.unpack
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
