// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v3 --rt-lower-kernels | FileCheck %s

// The artifact's calling convention: arrays of buffers and sizes, and the range of work items.
// CHECK: llvm.func @negate(%[[BUFFERS:.*]]: !llvm.ptr, %[[SIZES:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64, %[[SCRATCH:.*]]: !llvm.ptr) -> i64
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

// Scratch memory is the fifth argument; its length is the next of the sizes.
// CHECK: llvm.func @keep(%{{.*}}: !llvm.ptr, %[[SIZES:.*]]: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %[[OWN:.*]]: !llvm.ptr) -> i64
// CHECK-NOT: rt.scratch
// CHECK: %[[ALLOCATED:.*]] = llvm.insertvalue %[[OWN]], %{{.*}}[0]
// CHECK: %[[PLACE:.*]] = llvm.insertvalue %[[OWN]], %[[ALLOCATED]][1]
// CHECK: %[[MEMORY:.*]] = llvm.insertvalue %{{.*}}, %[[PLACE]][2]
// CHECK: %[[LENGTH:.*]] = llvm.load
// CHECK: llvm.insertvalue %[[LENGTH]], %[[MEMORY]][3, 0]
func.func private @keep(%x: memref<?xi8>, %own: memref<?xi8> {rt.scratch}, %y: memref<?xi8>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : memref<?xi8>) outs(%own : memref<?xi8>) {
  ^bb0(%p: i8, %o: i8):
    %0 = arith.addi %p, %p : i8
    linalg.yield %0 : i8
  }
  return
}
