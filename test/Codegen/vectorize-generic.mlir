// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64 --canonicalize --cse | FileCheck %s
// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v4-vnni --canonicalize --cse | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#col = affine_map<(i, j) -> (i)>

// The innermost loop runs in 16 lanes on every target; the last vector is moved back to end with the row; what is the same for a row
// is loaded once.
// CHECK-LABEL: func.func private @broadcast
// CHECK-SAME: %[[X:.*]]: memref<?x40xf32>, %[[S:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?x40xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index) -> i64
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: %[[SCALE:.*]] = memref.load %[[S]][%[[I]]]
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %c40 step %c16
// CHECK: %[[AT:.*]] = arith.minui %[[J]], %c24
// CHECK: vector.load %[[X]][%[[I]], %[[AT]]] : memref<?x40xf32>, vector<16xf32>
// CHECK: vector.broadcast %[[SCALE]] : f32 to vector<16xf32>
// CHECK: arith.mulf {{.*}} : vector<16xf32>
// CHECK: vector.store {{.*}}, %[[Y]][%[[I]], %[[AT]]]
// CHECK: return %c0_i64
func.func private @broadcast(%x: memref<?x40xf32>, %s: memref<?xf32>, %y: memref<?x40xf32>) {
  linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : memref<?x40xf32>, memref<?xf32>) outs(%y : memref<?x40xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    linalg.yield %0 : f32
  }
  return
}

// A sum along the contiguous dimension: 16 partial sums, then halves are added; short rows in order.
// CHECK-LABEL: func.func private @sum
// CHECK: scf.if
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>)
// CHECK: vector.step
// CHECK: arith.select {{.*}} : vector<16xi1>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK: vector.shuffle {{.*}} [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: } else {
// CHECK: scf.for {{.*}} -> (f32)
func.func private @sum(%x: memref<8x?xf32>, %y: memref<8xf32>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%y : memref<8xf32>)
  linalg.generic {indexing_maps = [#id, #col], iterator_types = ["parallel", "reduction"]} ins(%x : memref<8x?xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// A sum of columns runs in lanes over the columns.
// CHECK-LABEL: func.func private @columns
// CHECK: scf.for
// CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>)
// CHECK: vector.load
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: vector.store %[[SUM]]
func.func private @columns(%x: memref<8x32xf32>, %y: memref<32xf32>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%y : memref<32xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]} ins(%x : memref<8x32xf32>) outs(%y : memref<32xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// A gather whose last index is the loop's reads rows; indices become scalars once per row.
// CHECK-LABEL: func.func private @gather
// CHECK: %[[ROW:.*]] = arith.index_cast
// CHECK: vector.load %{{.*}}[%[[ROW]], %{{.*}}] : memref<11x32xf32>, vector<16xf32>
func.func private @gather(%ids: memref<4xi64>, %table: memref<11x32xf32>, %y: memref<4x32xf32>) {
  linalg.generic {indexing_maps = [#col, #id], iterator_types = ["parallel", "parallel"]} ins(%ids : memref<4xi64>) outs(%y : memref<4x32xf32>) {
  ^bb0(%p: i64, %o: f32):
    %r = arith.index_cast %p : i64 to index
    %j = linalg.index 1 : index
    %0 = memref.load %table[%r, %j] : memref<11x32xf32>
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func private @check
// CHECK: scf.for
// CHECK: arith.cmpi slt
// CHECK: arith.cmpi sge
func.func private @check(%ids: memref<?xi64>, %limit: index) {
  rt.check_indices %ids, %limit : memref<?xi64>
  return
}

// 64 sums of columns side by side; rows of bytes that are a line of the cache are asked for before they are read.
// CHECK-LABEL: func.func private @values
// CHECK-SAME: %[[P:.*]]: memref<?xi8>, %[[V:.*]]: memref<?x64xi8>
// CHECK: scf.for %[[K:.*]] = {{.*}} iter_args({{.*}}) -> (vector<64xi32>)
// CHECK: %[[AHEAD:.*]] = arith.addi %[[K]], %c24
// CHECK: memref.prefetch %[[V]][%[[AHEAD]], %c0], read, locality<3>, data
// CHECK: vector.load %[[V]][%[[K]], {{.*}}] : memref<?x64xi8>, vector<64xi8>
func.func private @values(%p: memref<?xi8>, %v: memref<?x64xi8>, %y: memref<64xi32>) {
  %z = arith.constant 0 : i32
  linalg.fill ins(%z : i32) outs(%y : memref<64xi32>)
  linalg.generic {indexing_maps = [#col, #id, #row], iterator_types = ["reduction", "parallel"]} ins(%p, %v : memref<?xi8>, memref<?x64xi8>) outs(%y : memref<64xi32>) {
  ^bb0(%a: i8, %b: i8, %o: i32):
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extsi %b : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  }
  return
}

// The same along the rows; behind the last row of a head the next head's begin.
// CHECK-LABEL: func.func private @keys
// CHECK-SAME: %[[Q:.*]]: memref<64xi8>, %[[M:.*]]: memref<64x?x64xi8>
// CHECK: scf.for %[[H:.*]] =
// CHECK: scf.for %[[J:.*]] = %c0 to %[[ROWS:.*]] step
// CHECK-DAG: %[[AHEAD:.*]] = arith.addi %[[J]], %c24
// CHECK-DAG: %[[BEHIND:.*]] = arith.cmpi uge, %[[AHEAD]], %[[ROWS]]
// CHECK-DAG: %[[NEXT:.*]] = arith.addi %[[H]], %c1
// CHECK-DAG: %[[HEAD:.*]] = arith.select %[[BEHIND]], %[[NEXT]], %[[H]]
// CHECK-DAG: %[[REST:.*]] = arith.subi %[[AHEAD]], %[[ROWS]]
// CHECK-DAG: %[[ROW:.*]] = arith.select %[[BEHIND]], %[[REST]], %[[AHEAD]]
// CHECK: memref.prefetch %[[M]][%[[HEAD]], %[[ROW]], %c0], read, locality<3>, data
func.func private @keys(%q: memref<64xi8>, %m: memref<64x?x64xi8>, %y: memref<64x?xi32>) {
  %z = arith.constant 0 : i32
  linalg.fill ins(%z : i32) outs(%y : memref<64x?xi32>)
  linalg.generic {indexing_maps = [affine_map<(h, j, k) -> (k)>, affine_map<(h, j, k) -> (h, j, k)>, affine_map<(h, j, k) -> (h, j)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%q, %m : memref<64xi8>, memref<64x?x64xi8>) outs(%y : memref<64x?xi32>) {
  ^bb0(%a: i8, %b: i8, %o: i32):
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extsi %b : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  }
  return
}

// Rows whose number is a sum of loops are asked for as they come.
// CHECK-LABEL: func.func private @windows
// CHECK-SAME: %[[P:.*]]: memref<?xi8>, %[[V:.*]]: memref<?x64xi8>
// CHECK: %[[AHEAD:.*]] = arith.addi %[[W:.*]], %c24
// CHECK: %[[ROW:.*]] = arith.addi %{{.*}}, %[[AHEAD]]
// CHECK: memref.prefetch %[[V]][%[[ROW]], %c0], read
func.func private @windows(%p: memref<?xi8>, %v: memref<?x64xi8>, %y: memref<?x64xi32>) {
  %z = arith.constant 0 : i32
  linalg.fill ins(%z : i32) outs(%y : memref<?x64xi32>)
  linalg.generic {indexing_maps = [affine_map<(i, w, k) -> (w)>, affine_map<(i, w, k) -> (i + w, k)>, affine_map<(i, w, k) -> (i, k)>], iterator_types = ["parallel", "reduction", "parallel"]} ins(%p, %v : memref<?xi8>, memref<?x64xi8>) outs(%y : memref<?x64xi32>) {
  ^bb0(%a: i8, %b: i8, %o: i32):
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extsi %b : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  }
  return
}
