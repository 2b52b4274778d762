// RUN: snn-opt %s --spk-prune-units=share=0.5 --split-input-file | FileCheck %s
// RUN: not snn-opt %s --spk-prune-units=share=1 --split-input-file 2>&1 | FileCheck %s --check-prefix=SHARE
// SHARE: error: share is 1.0{{.*}}, 0 or more and less than 1 expected
// RUN: not snn-opt %s --spk-prune-units=score=svs --split-input-file 2>&1 | FileCheck %s --check-prefix=SCORE
// SCORE: error: score is 'svs', one that needs no samples expected, such as 'magnitude'

// Units 1 and 2 have the longest weights: columns, offsets and rows of the others go, shapes shrink. A number for all units stays.
// CHECK-LABEL: func.func @mlp
func.func @mlp(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %in = "onnx.Constant"() <{value = dense<[[1.0, 3.0, 5.0, 0.0], [0.0, 4.0, 0.0, 1.0]]> : tensor<2x4xf32>}> : () -> tensor<2x4xf32>
  %offset = "onnx.Constant"() <{value = dense<[0.0, 0.1, 0.2, 0.3]> : tensor<4xf32>}> : () -> tensor<4xf32>
  %half = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %out = "onnx.Constant"() <{value = dense<[[0.5], [1.0], [2.0], [3.0]]> : tensor<4x1xf32>}> : () -> tensor<4x1xf32>
  // CHECK: %[[IN:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[3.000000e+00, 5.000000e+00], [4.000000e+00, 0.000000e+00]]> : tensor<2x2xf32>}>
  // CHECK: %[[A:.*]] = "onnx.MatMul"(%{{.*}}, %[[IN]]) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK: %[[OFFSET:.*]] = "onnx.Constant"() <{value = dense<[1.000000e-01, 2.000000e-01]> : tensor<2xf32>}>
  // CHECK: "onnx.Add"(%[[OFFSET]], %[[A]]) : (tensor<2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: "onnx.Gelu"({{.*}}) <{approximate = "none"}> : (tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: %[[H:.*]] = spk.observe {{.*}} site = "out"} : tensor<?x2xf32>
  // CHECK: %[[OUT:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>}>
  // CHECK: "onnx.MatMul"(%[[H]], %[[OUT]]) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %in) : (tensor<?x2xf32>, tensor<2x4xf32>) -> tensor<?x4xf32>
  %2 = "onnx.Add"(%offset, %1) : (tensor<4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = spk.observe %2 {role = "neuron", site = "gelu"} : tensor<?x4xf32>
  %4 = "onnx.Gelu"(%3) <{approximate = "none"}> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %5 = "onnx.Mul"(%4, %half) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %6 = spk.observe %5 {role = "linear", site = "out"} : tensor<?x4xf32>
  %7 = "onnx.MatMul"(%6, %out) : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  return %7 : tensor<?x1xf32>
}

// -----

// A gate: both products lose the same units. Of three layers in a row, each is pruned.
// CHECK-LABEL: func.func @gate
// CHECK-COUNT-2: "onnx.MatMul"({{.*}}) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.Mul"({{.*}}) : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.MatMul"({{.*}}) : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.Relu"({{.*}}) : (tensor<?x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.MatMul"({{.*}}) : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
func.func @gate(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 3.0], [0.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %2 = "onnx.Sigmoid"(%1) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %4 = "onnx.Mul"(%2, %3) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %5 = spk.observe %4 {role = "linear", site = "middle"} : tensor<?x2xf32>
  %6 = "onnx.MatMul"(%5, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %7 = "onnx.Relu"(%6) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %8 = spk.observe %7 {role = "linear", site = "out"} : tensor<?x2xf32>
  %9 = "onnx.MatMul"(%8, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}

// -----

// Units that somebody else sees stay, and those that an argument or a normalisation makes.
// CHECK-LABEL: func.func @seen
// CHECK-NOT: tensor<?x1xf32>
func.func @seen(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 3.0], [0.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %scale = "onnx.Constant"() <{value = dense<[1.0, 3.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %0 = spk.observe %x {role = "linear", site = "argument"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %2 = "onnx.Relu"(%1) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = spk.observe %2 {role = "linear", site = "seen"} : tensor<?x2xf32>
  %4 = "onnx.MatMul"(%3, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %y = "onnx.LayerNormalization"(%4, %scale) <{axis = -1 : i64, epsilon = 1.0e-5 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}> : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %5 = spk.observe %y {role = "linear", site = "normalised"} : tensor<?x2xf32>
  %6 = "onnx.MatMul"(%5, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1, %4, %6 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}
