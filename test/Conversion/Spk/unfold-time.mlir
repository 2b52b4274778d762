// RUN: snn-opt %s --spk-unfold-time | FileCheck %s
// RUN: snn-opt %s --spk-unfold-time --spk-fold-time --cse | FileCheck %s --check-prefix=BACK

!train = !spk.train<?x96, #spk.binary<7, signed, nearest>>
!bytes = !spk.train<96x?, #spk.binary<8, unsigned, nearest>>

// From value form back: a train times weights is a synapse.
// CHECK-LABEL: func.func @linear
// BACK-LABEL: func.func @linear
func.func @linear(%t: !train, %w: tensor<96x10xi8>) -> tensor<?x10xi32> {
  // CHECK: %[[ACC:.*]] = spk.synapse %arg0, %arg1 : {{.*}} -> tensor<?x10xi32>
  // CHECK-NEXT: return %[[ACC]]
  // BACK: spk.matmul
  %q = spk.codes %t : !train -> tensor<?x96xi8>
  %a = spk.matmul %q, %w : tensor<?x96xi8>, tensor<96x10xi8> -> tensor<?x10xi32>
  return %a : tensor<?x10xi32>
}

// Two trains: all pairs of planes. How the storage is to be read is the code's affair again.
// CHECK-LABEL: func.func @product
// BACK-LABEL: func.func @product
func.func @product(%a: !train, %b: !bytes) -> tensor<?x?xi32> {
  // CHECK: spk.product %arg0, %arg1
  // BACK: spk.matmul {{.*}} {rhs_unsigned}
  %q = spk.codes %a : !train -> tensor<?x96xi8>
  %r = spk.codes %b : !bytes -> tensor<96x?xi8>
  %c = spk.matmul %q, %r {rhs_unsigned} : tensor<?x96xi8>, tensor<96x?xi8> -> tensor<?x?xi32>
  return %c : tensor<?x?xi32>
}

// Weights on the left, and integers of which nobody says what train they are, stay.
// CHECK-LABEL: func.func @left
func.func @left(%b: !bytes, %w: tensor<10x96xi8>, %q: tensor<4x96xi8>, %v: tensor<96x4xi8>) -> (tensor<10x?xi32>, tensor<4x4xi32>) {
  // CHECK: spk.matmul
  %r = spk.codes %b : !bytes -> tensor<96x?xi8>
  %0 = spk.matmul %w, %r {rhs_unsigned} : tensor<10x96xi8>, tensor<96x?xi8> -> tensor<10x?xi32>
  // CHECK: spk.matmul %arg2, %arg3
  %1 = spk.matmul %q, %v : tensor<4x96xi8>, tensor<96x4xi8> -> tensor<4x4xi32>
  return %0, %1 : tensor<10x?xi32>, tensor<4x4xi32>
}
