// RUN: snn-opt %s --spk-quantize-weights="format=vq8x16 method=rtn" | FileCheck %s
// RUN: snn-opt %s --spk-quantize-weights="format=vq8x16 method=rtn" --spk-fold-time | FileCheck %s --check-prefix=FOLD
// RUN: snn-opt %s --spk-quantize-weights="format=vq8x16 method=rtn" --spk-unfold-time | FileCheck %s --check-prefix=UNFOLD
// RUN: snn-opt %s --spk-quantize-weights="format=signg64" | FileCheck %s --check-prefix=SIGN
// RUN: snn-opt %s --spk-quantize-weights="format=ternary" | FileCheck %s --check-prefix=TERNARY
// RUN: not snn-opt %s --spk-quantize-weights=format=vq8x17 2>&1 | FileCheck %s --check-prefix=FORMAT

// FORMAT: error: spk-quantize-weights has format 'vq8x17' and method 'rtn', {{.*}}ternary, vq4x16, vq4x256, vq8x16 or vq8x256

!train = !spk.train<?x64, #spk.binary<7, signed, nearest>>
!offset = !spk.train<?x64, #spk.binary<8, unsigned, nearest>>
!short = !spk.train<?x32, #spk.binary<7, signed, nearest>>

// Weights are looked up until code is generated.
// CHECK-LABEL: func.func @linear
// FOLD-LABEL: func.func @linear
// UNFOLD-LABEL: func.func @linear
// SIGN-LABEL: func.func @linear
// TERNARY-LABEL: func.func @linear
func.func @linear(%t: !train, %lsb: tensor<?x1xf32>) -> tensor<?x3xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<64x3xf32>} : () -> tensor<64x3xf32>
  // CHECK: %[[Q:.*]] = spk.lookup %{{.*}}, %{{.*}} : tensor<8x3xi8>, tensor<16x8xi8> -> tensor<64x3xi8>
  // CHECK: spk.unpack %[[Q]], %{{.*}} {format = #spk.codebook<8, 16, numbers, 0>} : tensor<64x3xi8>, tensor<1x3xf32> -> tensor<64x3xf32>
  // FOLD: %[[Q:.*]] = spk.lookup
  // FOLD: spk.scaled_matmul %{{.*}}, %[[Q]], %{{.*}} {format = #spk.codebook<8, 16, numbers, 0>}
  // UNFOLD: %[[Q:.*]] = spk.lookup
  // UNFOLD: spk.scaled_synapse %arg0, %[[Q]], %{{.*}} {format = #spk.codebook<8, 16, numbers, 0>}
  // SIGN-DAG: dense<0> : tensor<64x3xi8>
  // SIGN-DAG: dense<7.000000e+00> : tensor<1x3xf16>
  // SIGN: spk.unpack %{{.*}}, %{{.*}} {format = #spk.rescaw<1, 64>} : tensor<64x3xi8>, tensor<1x3xf16> -> tensor<64x3xf32>
  // TERNARY: spk.unpack %{{.*}}, %{{.*}} {format = #spk.ternary<0>} : tensor<64x3xi8>, tensor<1x3xf32> -> tensor<64x3xf32>
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x64xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x64xf32>, tensor<64x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// An offset is taken out by the sums of what is looked up: 64 times 7.
// FOLD-LABEL: func.func @offset
func.func @offset(%t: !offset, %lsb: tensor<?x1xf32>, %zero: tensor<?x1xi32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<64x2xf32>} : () -> tensor<64x2xf32>
  // FOLD-DAG: dense<4.4{{[78].*}}> : tensor<1x2xf32>
  // FOLD-DAG: spk.scaled_matmul {{.*}} lhs_unsigned
  %x = spk.decode %t, %lsb zero %zero : !offset, tensor<?x1xf32>, tensor<?x1xi32> -> tensor<?x64xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x64xf32>, tensor<64x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Inputs whose indices fill no words are bytes.
// CHECK-LABEL: func.func @short
func.func @short(%t: !short, %lsb: tensor<f32>) -> tensor<?x2xf32> {
  // CHECK: spk.unpack %{{.*}}, %{{.*}} : tensor<32x2xi8>, tensor<1x2xf32> -> tensor<32x2xf32>
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<32x2xf32>} : () -> tensor<32x2xf32>
  %x = spk.decode %t, %lsb : !short, tensor<f32> -> tensor<?x32xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x32xf32>, tensor<32x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
