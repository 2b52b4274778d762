// RUN: snn-opt %s --spk-keep-grids --spk-migrate-channels=exponent=0.5 | FileCheck %s
// RUN: snn-opt %s --spk-keep-grids=bits=1 --spk-migrate-channels=exponent=0.5 | FileCheck %s --check-prefix=FEWER

// All weights are 0 or the scale: channels stay where they are.
// CHECK-LABEL: func.func @exact
// FEWER-LABEL: func.func @exact
func.func @exact(%x: tensor<?x32xf32>) -> tensor<?x2xf32> {
  // CHECK-NOT: onnx.Mul
  // CHECK: spk.observe %arg0 {grid = 32 : i64, grid_bits = 2 : i64, peaks
  // FEWER: onnx.Mul
  %w = "onnx.Constant"() <{value = dense<[[0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0], [0.0, 0.3], [0.3, 0.0]]> : tensor<32x2xf32>}> : () -> tensor<32x2xf32>
  %0 = spk.observe %x {peaks = array<f32: 9.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>,
    range = array<f32: -9.0, 3.0>, role = "linear", site = "a",
    squares = array<f32: 9.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : tensor<?x32xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x32xf32>, tensor<32x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// What a site says of itself holds.
// CHECK-LABEL: func.func @told
func.func @told(%x: tensor<?x32xf32>) -> tensor<?x2xf32> {
  // CHECK: spk.observe
  // CHECK-NOT: grid
  // CHECK: return
  %w = "onnx.Constant"() <{value = dense<0.3> : tensor<32x2xf32>}> : () -> tensor<32x2xf32>
  %0 = spk.observe %x {migrate = 0.5 : f64, role = "linear", site = "b"} : tensor<?x32xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x32xf32>, tensor<32x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// What reads the site says how many channels there are, and the site does not.
// CHECK-LABEL: func.func @open
func.func @open(%x: tensor<4x?xf32>, %y: tensor<?x2xf32>) -> tensor<4x2xf32> {
  // CHECK: spk.observe %arg0 {role = "linear", site = "c"}
  %0 = spk.observe %x {role = "linear", site = "c"} : tensor<4x?xf32>
  %1 = "onnx.MatMul"(%0, %y) : (tensor<4x?xf32>, tensor<?x2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}
