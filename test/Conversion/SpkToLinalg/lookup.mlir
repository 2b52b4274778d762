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

// Windows of 32 channels.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<4x288xi8>) -> tensor<4x2xf32> {
  %i = "onnx.Constant"() {value = dense<3> : tensor<32x2xi8>} : () -> tensor<32x2xi8>
  %b = "onnx.Constant"() {value = dense<-1> : tensor<32x9xi8>} : () -> tensor<32x9xi8>
  %s = "onnx.Constant"() {value = dense<1.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %q = spk.lookup %i, %b : tensor<32x2xi8>, tensor<32x9xi8> -> tensor<288x2xi8>
  // CHECK: rt.group_matmul %{{.*}}, %{{.*}} of %{{.*}} {bits = 5 : i64} : {{.*}}tensor<32x2xi8> of tensor<32x9xi8>
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.codebook<9, 32, signs, 0>} : tensor<4x288xi8>, tensor<288x2xi8>, tensor<1x2xf32> -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// Of fewer channels: taps first, channels inside.
// CHECK-LABEL: func.func @few_channels
func.func @few_channels(%x: tensor<4x18xi8>) -> tensor<4x1xf32> {
  %i = "onnx.Constant"() {value = dense<[[0], [1]]> : tensor<2x1xi8>} : () -> tensor<2x1xi8>
  %b = "onnx.Constant"() {value = dense<"0x01FF01FF01FF01FF01FFFFFFFFFFFFFFFFFF010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101"> : tensor<16x9xi8>} : () -> tensor<16x9xi8>
  %s = "onnx.Constant"() {value = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %q = spk.lookup %i, %b : tensor<2x1xi8>, tensor<16x9xi8> -> tensor<18x1xi8>
  // CHECK: dense<{{\[\[\[}}1], [-1], [-1], [-1], [1], [-1], [-1], [-1], [1], [-1], [-1], [-1], [1], [-1], [-1], [-1], [1], [-1]]]> : tensor<1x18x1xi8>
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.codebook<9, 16, signs, 0>} : tensor<4x18xi8>, tensor<18x1xi8>, tensor<1x1xf32> -> tensor<4x1xf32>
  return %y : tensor<4x1xf32>
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
