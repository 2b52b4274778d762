// RUN: snn-opt %s --spk-neurons --spk-report-float -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:

func.func @main(%x: tensor<4x8xf32>, %h: tensor<8xf16>, %w: tensor<1x1x3x3xf32>, %i: tensor<1x1x?x8xf32>, %v: tensor<8xf32>, %n: tensor<8xi64>)
    -> (tensor<1x1x?x6xf32>, tensor<1x1x?x6xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<8xf16>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>) {
  %c = "onnx.Constant"() {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> tensor<1x1x3x3xf32>
  // CHECK: warning: {{.*}}node 'open' (onnx.Conv): stays on numbers: its spatial sizes are open; fix them with --dim NAME=VALUE
  %0 = "onnx.Conv"(%i, %c) {auto_pad = "NOTSET", group = 1 : i64} : (tensor<1x1x?x8xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x6xf32> loc("open")
  // CHECK: warning: {{.*}}node 'computed' (onnx.Conv): stays on numbers: its weights are computed, constant weights expected
  %1 = "onnx.Conv"(%i, %w) {auto_pad = "NOTSET", group = 1 : i64} : (tensor<1x1x?x8xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x6xf32> loc("computed")
  // CHECK: warning: {{.*}}node 'vector' (onnx.MatMul): stays on numbers: it has an operand that is not encoded, as vectors are not
  %2 = "onnx.MatMul"(%x, %v) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4xf32> loc("vector")
  // CHECK: warning: {{.*}}node 'columns' (onnx.Softmax): stays on numbers: it is not over the last axis
  %3 = "onnx.Softmax"(%x) {axis = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32> loc("columns")
  // CHECK: warning: {{.*}}node 'half' (onnx.Tanh): stays on numbers: its elements are f16, and neurons and codes are made for f32
  %4 = "onnx.Tanh"(%h) : (tensor<8xf16>) -> tensor<8xf16> loc("half")
  // CHECK: warning: {{.*}}node 'log' (onnx.Log): stays on numbers: no neuron stands for it
  %5 = "onnx.Log"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32> loc("log")
  // Positions are no activations.
  %p = "onnx.Cast"(%n) {to = 1 : i64} : (tensor<8xi64>) -> tensor<8xf32>
  %8 = "onnx.Log"(%p) : (tensor<8xf32>) -> tensor<8xf32> loc("positions")
  // What a decoded value is for, and what became a neuron, is not named.
  %6 = "onnx.Gelu"(%x) {approximate = "none"} : (tensor<4x8xf32>) -> tensor<4x8xf32> loc("gelu")
  %7 = "onnx.Add"(%6, %5) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32> loc("sum")
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<1x1x?x6xf32>, tensor<1x1x?x6xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<8xf16>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>
}
