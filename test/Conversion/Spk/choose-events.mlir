// RUN: snn-opt %s --spk-choose-events | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: snn-opt %s --spk-choose-events=all=true | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: snn-opt %s --spk-choose-events=all=true --spk-fold-time --cse | FileCheck %s --check-prefix=BACK

!train = !spk.train<?x768, #spk.binary<8, unsigned, nearest>>
!wide = !spk.train<?x8, #spk.binary<13, signed, nearest>>

// Few inputs fire at the first layer, too many at the second, and of the third nothing is known.
// CHECK-LABEL: func.func @bytes
// BACK-LABEL: func.func @bytes
// BACK-COUNT-3: spk.matmul {{.*}} {lhs_unsigned
// BACK-NOT: spk.synapse
func.func @bytes(%t: !train) -> (tensor<?x768xi32>, tensor<?x768xi32>, tensor<?x768xi32>) {
  %w = "onnx.Constant"() {value = dense<1> : tensor<768x768xi8>} : () -> tensor<768x768xi8>
  %q = spk.codes %t : !train -> tensor<?x768xi8>
  // CHECK: spk.synapse %arg0, %{{.*}} {events, rheobase.active = 1.000000e-01 : f64}
  %0 = spk.matmul %q, %w {lhs_unsigned, rheobase.active = 0.1 : f64} : tensor<?x768xi8>, tensor<768x768xi8> -> tensor<?x768xi32>
  // ALL-COUNT-2: spk.synapse
  // AUTO-COUNT-2: spk.matmul
  %1 = spk.matmul %q, %w {lhs_unsigned, rheobase.active = 0.6 : f64} : tensor<?x768xi8>, tensor<768x768xi8> -> tensor<?x768xi32>
  %2 = spk.matmul %q, %w {lhs_unsigned} : tensor<?x768xi8>, tensor<768x768xi8> -> tensor<?x768xi32>
  return %0, %1, %2 : tensor<?x768xi32>, tensor<?x768xi32>, tensor<?x768xi32>
}

// Weights of f32: the step leaves the sum, as in the other forms.
// CHECK-LABEL: func.func @numbers
func.func @numbers(%t: !train, %lsb: tensor<f32>) -> tensor<?x64xf32> {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<768x64xf32>} : () -> tensor<768x64xf32>
  %x = spk.decode %t, %lsb : !train, tensor<f32> -> tensor<?x768xf32>
  // CHECK: %[[SUM:.*]] = spk.synapse %arg0, %{{.*}} {events, rheobase.active = 5.000000e-02 : f64} : {{.*}} -> tensor<?x64xf32>
  // CHECK: "onnx.Mul"(%[[SUM]], %arg1)
  %y = "onnx.MatMul"(%x, %w) {rheobase.active = 0.05 : f64} : (tensor<?x768xf32>, tensor<768x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Codes wider than bytes, sums of i64, weights of several groups or made when running, and integers of which nobody
// says what train they are have no lists.
// CHECK-LABEL: func.func @unlisted
// CHECK-NOT: spk.synapse
// CHECK: return
func.func @unlisted(%t: !wide, %u: !spk.train<2x3x8, #spk.binary<8, unsigned, nearest>>, %v: tensor<8x4xi8>, %i: tensor<?x8xi8>)
    -> (tensor<?x4xi32>, tensor<2x3x4xi64>, tensor<2x3x4xi32>, tensor<2x3x4xi32>, tensor<?x4xi32>) {
  %w = "onnx.Constant"() {value = dense<1> : tensor<8x4xi8>} : () -> tensor<8x4xi8>
  %groups = "onnx.Constant"() {value = dense<1> : tensor<2x8x4xi8>} : () -> tensor<2x8x4xi8>
  %q = spk.codes %t : !wide -> tensor<?x8xi16>
  %0 = spk.matmul %q, %w : tensor<?x8xi16>, tensor<8x4xi8> -> tensor<?x4xi32>
  %r = spk.codes %u : !spk.train<2x3x8, #spk.binary<8, unsigned, nearest>> -> tensor<2x3x8xi8>
  %1 = spk.matmul %r, %w {lhs_unsigned} : tensor<2x3x8xi8>, tensor<8x4xi8> -> tensor<2x3x4xi64>
  %2 = spk.matmul %r, %groups {lhs_unsigned} : tensor<2x3x8xi8>, tensor<2x8x4xi8> -> tensor<2x3x4xi32>
  %3 = spk.matmul %r, %v {lhs_unsigned} : tensor<2x3x8xi8>, tensor<8x4xi8> -> tensor<2x3x4xi32>
  %4 = spk.matmul %i, %w : tensor<?x8xi8>, tensor<8x4xi8> -> tensor<?x4xi32>
  return %0, %1, %2, %3, %4 : tensor<?x4xi32>, tensor<2x3x4xi64>, tensor<2x3x4xi32>, tensor<2x3x4xi32>, tensor<?x4xi32>
}
