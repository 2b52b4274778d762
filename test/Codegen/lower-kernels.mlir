// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v3 --rt-lower-kernels | FileCheck %s

// The artifact's calling convention: arrays of buffers and sizes, and the range of work items.
// CHECK: llvm.func @negate(%[[BUFFERS:.*]]: !llvm.ptr, %[[SIZES:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64) -> i64
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> i64
// CHECK: llvm.fneg
// CHECK: llvm.return
// CHECK-NOT: llvm.call
// CHECK-NOT: unrealized_conversion_cast
func.func private @negate(%x: memref<?x16xf32>, %y: memref<?x16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x : memref<?x16xf32>) outs(%y : memref<?x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.negf %p : f32
    linalg.yield %0 : f32
  }
  return
}
