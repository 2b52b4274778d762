// RUN: snn-opt %s --spk-quantize-weights=recognise | FileCheck %s
// RUN: snn-opt %s --spk-quantize-weights | FileCheck %s --check-prefix=NONE
// RUN: snn-opt %s --spk-quantize-weights=recognise --spk-fold-time | FileCheck %s --check-prefix=FOLD
// RUN: snn-opt %s --spk-quantize-weights="recognise format=int4g32" | FileCheck %s --check-prefix=OWN

!train = !spk.train<?x32, #spk.binary<7, signed, nearest>>
!offset = !spk.train<?x32, #spk.binary<8, unsigned, nearest>>

// Weights 1 and 4: two codes of two bits from an offset, for steps around 0 would take three.
// CHECK-LABEL: func.func @two
// NONE-LABEL: func.func @two
// FOLD-LABEL: func.func @two
func.func @two(%t: !train, %lsb: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %v = "onnx.Constant"() {value = dense<[[1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0],
    [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0], [1.0], [4.0]]> : tensor<32x1xf32>} : () -> tensor<32x1xf32>
  // CHECK: spk.unpack {{.*}} {format = #spk.affine<2, 32>} : tensor<32x1xi8>, tensor<2x1xf16> -> tensor<32x1xf32>
  // NONE: spk.unpack {{.*}} : tensor<32x1xi8>, tensor<1x1xf32> -> tensor<32x1xf32>
  // FOLD: spk.scaled_matmul {{.*}} {format = #spk.affine<2, 32>}
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x32xf32>
  %y = "onnx.MatMul"(%x, %v) : (tensor<?x32xf32>, tensor<32x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Halves from 100: only an offset has both. The sum of the weights, which an offset of the inputs is taken out by, has it too: 32 * 100 + 16 / 2.
// CHECK-LABEL: func.func @far
// FOLD-LABEL: func.func @far
func.func @far(%t: !offset, %lsb: tensor<?x1xf32>, %zero: tensor<?x1xi32>) -> tensor<?x1xf32> {
  %w = "onnx.Constant"() {value = dense<[[100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5],
    [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0], [100.5], [100.0],
    [100.5]]> : tensor<32x1xf32>} : () -> tensor<32x1xf32>
  // CHECK: spk.unpack {{.*}} {format = #spk.affine<2, 32>} : tensor<32x1xi8>, tensor<2x1xf16> -> tensor<32x1xf32>
  // FOLD: dense<3.208000e+03> : tensor<1x1xf32>
  // FOLD: spk.scaled_matmul {{.*}} {format = #spk.affine<2, 32>, lhs_unsigned} : tensor<?x32xi8>, tensor<32x1xi8>, tensor<2x1xf16> -> tensor<?x1xf32>
  %x = spk.decode %t, %lsb zero %zero : !offset, tensor<?x1xf32>, tensor<?x1xi32> -> tensor<?x32xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x32xf32>, tensor<32x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Odd integers beyond bytes, whose codes are bytes. The sum is of the weights: 16 * 255 - 15 * 251 + 1.
// CHECK-LABEL: func.func @odd
// FOLD-LABEL: func.func @odd
func.func @odd(%t: !offset, %lsb: tensor<?x1xf32>, %zero: tensor<?x1xi32>) -> tensor<?x1xf32> {
  %w = "onnx.Constant"() {value = dense<[[255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0],
    [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [-251.0], [255.0], [1.0]]> : tensor<32x1xf32>} : () -> tensor<32x1xf32>
  // CHECK: dense<{{\[\[}}127], [-126], {{.*}}, [127], [0]]> : tensor<32x1xi8>
  // CHECK: spk.unpack {{.*}} {format = #spk.rescaw<8, 0>} : tensor<32x1xi8>, tensor<1x1xf32> -> tensor<32x1xf32>
  // FOLD: dense<3.160000e+02> : tensor<1x1xf32>
  // FOLD: spk.scaled_matmul {{.*}} {format = #spk.rescaw<8, 0>, lhs_unsigned} : tensor<?x32xi8>, tensor<32x1xi8>, tensor<1x1xf32> -> tensor<?x1xf32>
  %x = spk.decode %t, %lsb zero %zero : !offset, tensor<?x1xf32>, tensor<?x1xi32> -> tensor<?x32xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x32xf32>, tensor<32x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// A product's own format goes before the option, and says how many bits a grid may have; numbers stay.
// OWN-LABEL: func.func @own
func.func @own(%t: !train, %lsb: tensor<?x1xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // OWN-COUNT-1: spk.unpack {{.*}} {format = #spk.rescaw<1, 0>}
  // OWN-NOT: spk.unpack
  // OWN: return
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<32x2xf32>} : () -> tensor<32x2xf32>
  %v = "onnx.Constant"() {value = dense<9.0> : tensor<32x2xf32>} : () -> tensor<32x2xf32>
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x32xf32>
  %y = "onnx.MatMul"(%x, %w) {spk.weights = "int6"} : (tensor<?x32xf32>, tensor<32x2xf32>) -> tensor<?x2xf32>
  %z = "onnx.MatMul"(%x, %v) {spk.weights = "f32"} : (tensor<?x32xf32>, tensor<32x2xf32>) -> tensor<?x2xf32>
  return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
}
