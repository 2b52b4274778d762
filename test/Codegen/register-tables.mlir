// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v4-vnni | FileCheck %s
// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v3 | FileCheck %s --check-prefix=SELECTS

#id = affine_map<(i) -> (i)>

// Which of four numbers: three thresholds are counted, and a register holds the numbers.
// CHECK-LABEL: func.func private @table
// CHECK-DAG: dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 4.000000e+00,
// CHECK-COUNT-3: arith.extui
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// SELECTS-LABEL: func.func private @table
// SELECTS: arith.select
// SELECTS-NOT: permvar
func.func private @table(%x: memref<64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%u: f32, %o: f32):
    %t1 = arith.constant 0.5 : f32
    %t2 = arith.constant 1.5 : f32
    %t3 = arith.constant 2.5 : f32
    %v0 = arith.constant 1.0 : f32
    %v1 = arith.constant 2.0 : f32
    %v2 = arith.constant 3.0 : f32
    %v3 = arith.constant 4.0 : f32
    %c1 = arith.cmpf oge, %u, %t1 : f32
    %s1 = arith.select %c1, %v1, %v0 : f32
    %c2 = arith.cmpf oge, %u, %t2 : f32
    %s2 = arith.select %c2, %v2, %s1 : f32
    %c3 = arith.cmpf oge, %u, %t3 : f32
    %s3 = arith.select %c3, %v3, %s2 : f32
    linalg.yield %s3 : f32
  }
  return
}

// Thresholds in another order are no table.
// CHECK-LABEL: func.func private @unordered
// CHECK-NOT: permvar
func.func private @unordered(%x: memref<64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%u: f32, %o: f32):
    %t1 = arith.constant 0.5 : f32
    %t2 = arith.constant 1.5 : f32
    %t3 = arith.constant 1.0 : f32
    %v0 = arith.constant 1.0 : f32
    %v1 = arith.constant 2.0 : f32
    %c1 = arith.cmpf oge, %u, %t1 : f32
    %s1 = arith.select %c1, %v1, %v0 : f32
    %c2 = arith.cmpf oge, %u, %t2 : f32
    %s2 = arith.select %c2, %v0, %s1 : f32
    %c3 = arith.cmpf oge, %u, %t3 : f32
    %s3 = arith.select %c3, %v1, %s2 : f32
    linalg.yield %s3 : f32
  }
  return
}

// Five thresholds that buckets of equal width tell apart: the value's bucket, what lies below it, its one threshold.
// CHECK-LABEL: func.func private @buckets
// CHECK-DAG: dense<[0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]> : vector<16xi32>
// CHECK-DAG: dense<[0x7FC00000, 0x7FC00000, 0x7FC00000, 1.000000e+00, 0x7FC00000, 0x7FC00000, 2.000000e+00,
// CHECK-DAG: dense<3.000000e+00> : vector<16xf32>
// CHECK: arith.fptosi
// CHECK: "llvm.x86.avx512.permvar.si.512"
// CHECK: "llvm.x86.avx512.permvar.sf.512"
// CHECK-COUNT-1: arith.extui
// CHECK-NOT: arith.extui
// CHECK: "llvm.x86.avx512.permvar.sf.512"
// SELECTS-LABEL: func.func private @buckets
// SELECTS-NOT: permvar
func.func private @buckets(%x: memref<64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%u: f32, %o: f32):
    %t1 = arith.constant 1.0 : f32
    %t2 = arith.constant 2.0 : f32
    %t3 = arith.constant 3.0 : f32
    %t4 = arith.constant 4.0 : f32
    %t5 = arith.constant 5.0 : f32
    %v = arith.constant 7.0 : f32
    %w = arith.constant 9.0 : f32
    %c1 = arith.cmpf oge, %u, %t1 : f32
    %s1 = arith.select %c1, %v, %w : f32
    %c2 = arith.cmpf oge, %u, %t2 : f32
    %s2 = arith.select %c2, %w, %s1 : f32
    %c3 = arith.cmpf oge, %u, %t3 : f32
    %s3 = arith.select %c3, %v, %s2 : f32
    %c4 = arith.cmpf oge, %u, %t4 : f32
    %s4 = arith.select %c4, %w, %s3 : f32
    %c5 = arith.cmpf oge, %u, %t5 : f32
    %s5 = arith.select %c5, %v, %s4 : f32
    linalg.yield %s5 : f32
  }
  return
}
