// RUN: snn-opt %s --split-input-file --rt-form-dispatches --mlir-print-local-scope | FileCheck %s

// CHECK: %[[S:.*]] = rt.symbol "s"
// CHECK: %[[REST:.*]] = arith.subi %[[S]]
// CHECK: rt.dispatch @copy_0 grid(%{{.*}}) sizes(%[[S]], %[[REST]], %[[REST]])
// CHECK: func.func private @copy_0(%[[X:.*]]: memref<2x?x20xf32>, %[[Y:.*]]: memref<2x?x10xf32>, %[[N:.*]]: index)
// CHECK: %[[PART:.*]] = memref.subview %[[X]][0, 1, 1] [2, %[[N]], 10] [1, 1, 2]
// CHECK: linalg.generic {{.*}} ins(%[[PART]] {{.*}} outs(%[[Y]]
func.func @main(%x: tensor<2x?x20xf32> {rheobase.dims = ["2", "s", "20"]}) -> tensor<2x?x10xf32> attributes {rheobase.symbols = [{name = "s", min = 1, max = 0}]} {
  %s = rt.symbol "s"
  %c1 = arith.constant 1 : index
  %l = arith.subi %s, %c1 : index
  %y = tensor.extract_slice %x[0, 1, 1] [2, %l, 10] [1, 1, 2] : tensor<2x?x20xf32> to tensor<2x?x10xf32>
  return %y : tensor<2x?x10xf32>
}

// -----

// Each part of a concatenation is copied into its place.
// CHECK: rt.dispatch @copy_0 {{.*}} buffers(%{{.*}}, %[[Y:.*]]) writes [1]
// CHECK: rt.dispatch @copy_1 {{.*}} buffers(%{{.*}}, %[[Y]]) writes [1]
// CHECK: func.func private @copy_0
// CHECK: memref.subview %{{.*}}[0, 0] [3, 4] [1, 1]
// CHECK: func.func private @copy_1
// CHECK: memref.subview %{{.*}}[0, 4] [3, 5] [1, 1]
func.func @main(%p: tensor<3x4xf32>, %q: tensor<3x5xf32>) -> tensor<3x9xf32> {
  %y = tensor.concat dim(1) %p, %q : (tensor<3x4xf32>, tensor<3x5xf32>) -> tensor<3x9xf32>
  return %y : tensor<3x9xf32>
}

// -----

// Padding fills, then copies.
// CHECK: rt.dispatch @elementwise_0 {{.*}} buffers(%[[Y:.*]]) writes [0]
// CHECK: rt.dispatch @copy_1 {{.*}} buffers(%{{.*}}, %[[Y]]) writes [1]
func.func @main(%x: tensor<3x4xf32>) -> tensor<5x4xf32> {
  %v = arith.constant 1.5 : f32
  %y = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : f32
  } : tensor<3x4xf32> to tensor<5x4xf32>
  return %y : tensor<5x4xf32>
}

// -----

// An initial value that is not a fill is copied first; the sum then reads it.
// CHECK: rt.dispatch @copy_0 {{.*}} buffers(%{{.*}}, %[[Y:.*]]) writes [1]
// CHECK: rt.dispatch @reduce_1 {{.*}} buffers(%{{.*}}, %[[Y]]) writes [1]
func.func @main(%x: tensor<3x4xf32>, %start: tensor<3xf32>) -> tensor<3xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x4xf32>) outs(%start : tensor<3xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  } -> tensor<3xf32>
  return %y : tensor<3xf32>
}
