// RUN: snn-opt %s --rt-form-dispatches | FileCheck %s

// Overlapping windows are no buffer: the product reads them in the tensor they are taken from. Its rows are lines and
// columns of places, its sums run over lines of the kernel and stretches of memory.
// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2) -> (d0 floordiv 4, d0 mod 4, d2 floordiv 12, d2 mod 12)>
// CHECK: rt.program @main
// CHECK-NOT: @copy
// CHECK: rt.dispatch @matmul
// CHECK-NOT: rt.dispatch
// CHECK: func.func private @matmul{{.*}}(%[[X:.*]]: memref<1x6x6x4xi8>
// CHECK: %[[WINDOWS:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [4, 4, 3, 12], strides: [24, 4, 24, 1]
// CHECK: rt.matmul %[[WINDOWS]]{{.*}}maps = [#[[LEFT]]
func.func @main(%x: tensor<1x6x6x4xi8>) -> tensor<16x2xi32> {
  %w = arith.constant dense<1> : tensor<36x2xi8>
  %0 = tensor.empty() : tensor<1x4x4x3x3x4xi8>
  %1 = linalg.generic {indexing_maps = [affine_map<(n, y, x, i, j, c) -> (n, y + i, x + j, c)>, affine_map<(n, y, x, i, j, c) -> (n, y, x, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x6x6x4xi8>) outs(%0 : tensor<1x4x4x3x3x4xi8>) {
  ^bb0(%in: i8, %out: i8):
    linalg.yield %in : i8
  } -> tensor<1x4x4x3x3x4xi8>
  %2 = tensor.collapse_shape %1 [[0, 1, 2], [3, 4, 5]] : tensor<1x4x4x3x3x4xi8> into tensor<16x36xi8>
  %c0 = arith.constant 0 : i32
  %3 = tensor.empty() : tensor<16x2xi32>
  %4 = linalg.fill ins(%c0 : i32) outs(%3 : tensor<16x2xi32>) -> tensor<16x2xi32>
  %5 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%2, %w : tensor<16x36xi8>, tensor<36x2xi8>) outs(%4 : tensor<16x2xi32>) {
  ^bb0(%a: i8, %b: i8, %out: i32):
    %6 = arith.extsi %a : i8 to i32
    %7 = arith.extsi %b : i8 to i32
    %8 = arith.muli %6, %7 : i32
    %9 = arith.addi %out, %8 : i32
    linalg.yield %9 : i32
  } -> tensor<16x2xi32>
  return %5 : tensor<16x2xi32>
}
