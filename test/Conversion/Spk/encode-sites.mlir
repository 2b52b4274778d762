// RUN: snn-opt %s --spk-encode-sites="steps=8 ranges=tensor" --split-input-file | FileCheck %s --check-prefixes=CHECK,TENSOR
// RUN: snn-opt %s --spk-encode-sites="steps=10 ranges=token" --split-input-file | FileCheck %s --check-prefixes=CHECK,TOKEN

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // TENSOR: %[[STEP:.*]] = "onnx.Constant"() <{value = dense<0.0314960629> : tensor<f32>}>
  // TENSOR: spk.encode %arg0, %[[STEP]] : tensor<?x8xf32>, tensor<f32> -> {{.*}}#spk.binary<7, signed, nearest>
  // TOKEN: %[[STEP:.*]] = spk.row_step %arg0 {axes = array<i64: 1>, code = #spk.binary<9, signed, nearest>} : tensor<?x8xf32> -> tensor<?x1xf32>
  // TOKEN: spk.encode %arg0, %[[STEP]]
  // CHECK: spk.decode
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, role = "linear", site = "a"} : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// A key's rows are columns; a site that never went below zero spends the sign's step on a plane.
// CHECK-LABEL: func.func @key
func.func @key(%x: tensor<8x?xf32>, %v: tensor<2x?x8xf32>) -> (tensor<8x?xf32>, tensor<2x?x8xf32>) {
  // TOKEN: spk.row_step %arg0 {axes = array<i64: 0>
  // TENSOR: #spk.binary<8, unsigned, nearest>
  %0 = spk.observe %x {range = array<f32: 0.0, 2.0>, role = "key", site = "a"} : tensor<8x?xf32>
  // A value without a range has one step per sample.
  // CHECK: spk.row_step %arg1 {axes = array<i64: 1, 2>
  %1 = spk.observe %v {role = "value", site = "b"} : tensor<2x?x8xf32>
  return %0, %1 : tensor<8x?xf32>, tensor<2x?x8xf32>
}

// -----

// Windows are taken of the train, so that each value is encoded once.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x36x9xf32> {
  // CHECK: %[[TRAIN:.*]] = spk.encode %arg0
  // CHECK: spk.patches %[[TRAIN]]
  // CHECK: spk.decode
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, role = "conv", site = "a"} : tensor<1x1x8x8xf32>
  %p = spk.patches %0 {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<1x1x8x8xf32> -> tensor<1x1x36x9xf32>
  return %p : tensor<1x1x36x9xf32>
}
