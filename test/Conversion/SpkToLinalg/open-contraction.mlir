// RUN: snn-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics | FileCheck %s

!left = !spk.train<4x?, #spk.binary<7, signed, nearest>>
!right = !spk.train<?x4, #spk.binary<7, signed, nearest>>

// An open contraction caps its symbol at the length that the accumulator was proved for.
// CHECK: func.func @symbol{{.*}}rheobase.symbols = [{max = 32768 : i64, min = 1 : i64, name = "n"}]
func.func @symbol(%x: tensor<4x?xf32> {rheobase.name = "x", rheobase.dims = ["4", "n"]}, %y: tensor<?x4xf32> {rheobase.name = "y", rheobase.dims = ["n", "4"]})
    -> tensor<4x4xi32> attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %s = "onnx.Constant"() {value = dense<0.1> : tensor<f32>} : () -> tensor<f32>
  %a = spk.encode %x, %s : tensor<4x?xf32>, tensor<f32> -> !left
  %b = spk.encode %y, %s : tensor<?x4xf32>, tensor<f32> -> !right
  %c = spk.product %a, %b : !left, !right -> tensor<4x4xi32>
  return %c : tensor<4x4xi32>
}

// -----

!left = !spk.train<4x?, #spk.binary<7, signed, nearest>>
!right = !spk.train<?x4, #spk.binary<7, signed, nearest>>

// A sum of symbols has no range of its own: every call checks it.
// CHECK-LABEL: func.func @sum
// CHECK: rt.check_indices
func.func @sum(%x: tensor<4x?xf32> {rheobase.name = "x", rheobase.dims = ["4", "n"]}, %z: tensor<4x?xf32> {rheobase.name = "z", rheobase.dims = ["4", "m"]},
               %y: tensor<?x4xf32> {rheobase.name = "y", rheobase.dims = ["n + m", "4"]})
    -> tensor<4x4xi32> attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}, {name = "m", min = 1 : i64, max = 0 : i64}]} {
  %s = "onnx.Constant"() {value = dense<0.1> : tensor<f32>} : () -> tensor<f32>
  %xz = "onnx.Concat"(%x, %z) {axis = 1 : i64} : (tensor<4x?xf32>, tensor<4x?xf32>) -> tensor<4x?xf32>
  %a = spk.encode %xz, %s : tensor<4x?xf32>, tensor<f32> -> !left
  %b = spk.encode %y, %s : tensor<?x4xf32>, tensor<f32> -> !right
  %c = spk.product %a, %b : !left, !right -> tensor<4x4xi32>
  return %c : tensor<4x4xi32>
}

// -----

!left = !spk.train<4x?, #spk.binary<7, signed, nearest>>
!right = !spk.train<?x4, #spk.binary<7, signed, nearest>>

func.func @beyond(%x: tensor<4x?xf32> {rheobase.name = "x", rheobase.dims = ["4", "n"]}, %y: tensor<?x4xf32> {rheobase.name = "y", rheobase.dims = ["n", "4"]})
    -> tensor<4x4xi32> attributes {rheobase.symbols = [{name = "n", min = 40000 : i64, max = 50000 : i64}]} {
  %s = "onnx.Constant"() {value = dense<0.1> : tensor<f32>} : () -> tensor<f32>
  %a = spk.encode %x, %s : tensor<4x?xf32>, tensor<f32> -> !left
  %b = spk.encode %y, %s : tensor<?x4xf32>, tensor<f32> -> !right
  // expected-error@+1 {{contracts n elements, at most 32768 expected; lower its size with --dim NAME=MIN..MAX}}
  %c = spk.product %a, %b : !left, !right -> tensor<4x4xi32>
  return %c : tensor<4x4xi32>
}

// -----

// Spikes that meet weights as numbers are counted too.
// CHECK-LABEL: func.func @numbers
// CHECK: rt.count {{.*}}"synops"
func.func @numbers(%x: tensor<4x8xf32>) -> tensor<4x2xf32> {
  %s = "onnx.Constant"() {value = dense<0.1> : tensor<f32>} : () -> tensor<f32>
  %w = "onnx.Constant"() {value = dense<0.1> : tensor<8x2xf32>} : () -> tensor<8x2xf32>
  %t = spk.encode %x, %s : tensor<4x8xf32>, tensor<f32> -> !spk.train<4x8, #spk.binary<7, signed, nearest>>
  %d = spk.decode %t, %s : !spk.train<4x8, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<4x8xf32>
  %y = "onnx.MatMul"(%d, %w) : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}
