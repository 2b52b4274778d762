// RUN: snn-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics | FileCheck %s

// The kernel reads indices and codebook.
// CHECK-LABEL: func.func @packed
func.func @packed(%x: tensor<4x64xi8>) -> tensor<4x2xf32> {
  %i = "onnx.Constant"() {value = dense<3> : tensor<8x2xi8>} : () -> tensor<8x2xi8>
  %b = "onnx.Constant"() {value = dense<5> : tensor<16x8xi8>} : () -> tensor<16x8xi8>
  %s = "onnx.Constant"() {value = dense<1.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %q = spk.lookup %i, %b : tensor<8x2xi8>, tensor<16x8xi8> -> tensor<64x2xi8>
  // CHECK: rt.group_matmul %{{.*}}, %{{.*}} of %{{.*}} {bits = 4 : i64} : {{.*}}tensor<8x2xi8> of tensor<16x8xi8>
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<4x64xi8>, tensor<64x2xi8>, tensor<1x2xf32> -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// Half a word of indices: the integers take their places.
// CHECK-LABEL: func.func @expanded
func.func @expanded(%x: tensor<4x32xi8>) -> tensor<4x2xf32> {
  %i = "onnx.Constant"() {value = dense<3> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
  %b = "onnx.Constant"() {value = dense<5> : tensor<16x8xi8>} : () -> tensor<16x8xi8>
  %s = "onnx.Constant"() {value = dense<1.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %q = spk.lookup %i, %b : tensor<4x2xi8>, tensor<16x8xi8> -> tensor<32x2xi8>
  // CHECK: dense<5> : tensor<32x2xi8>
  // CHECK: rt.group_matmul {{.*}} {bits = 8 : i64}
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<4x32xi8>, tensor<32x2xi8>, tensor<1x2xf32> -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

func.func @computed(%x: tensor<4x64xi8>, %i: tensor<8x2xi8>, %b: tensor<16x8xi8>, %s: tensor<1x2xf32>) -> tensor<4x2xf32> {
  // expected-error @below {{a codebook or indices that are computed}}
  %q = spk.lookup %i, %b : tensor<8x2xi8>, tensor<16x8xi8> -> tensor<64x2xi8>
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<4x64xi8>, tensor<64x2xi8>, tensor<1x2xf32> -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}
