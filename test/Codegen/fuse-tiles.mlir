// RUN: snn-opt %s --split-input-file --rt-fuse-tiles | FileCheck %s
// RUN: snn-opt %s --split-input-file --rt-fuse-tiles --rt-form-dispatches | FileCheck %s --check-prefix=FORM

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

// A product and what is done with each of its elements: 64 columns of 24 rows at a time.
// CHECK-LABEL: func.func @main
// CHECK: linalg.generic {{.*}}rt.group = 0 : i64, rt.tile_loops = array<i64: 1, 0>, rt.tile_steps = array<i64: 64, 24>
// CHECK: linalg.generic {{.*}}rt.group = 0 : i64, rt.tile_loops = array<i64: 1, 0>, rt.tile_steps = array<i64: 64, 24>
// FORM: rt.dispatch @matmul_0
// FORM-LABEL: func.func private @matmul_0
// FORM: memref.alloca() {alignment = 64 : i64} : memref<6144xi8>
// FORM: rt.tiles({{.*}}) steps [64, 24]
// FORM: rt.matmul
// FORM: linalg.generic
func.func @main(%x: tensor<50x96xi8>, %b: tensor<128xf32>) -> tensor<50x128xf32> {
  %w = arith.constant dense<3> : tensor<96x128xi8>
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<50x128xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e0 : tensor<50x128xi32>) -> tensor<50x128xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<50x96xi8>, tensor<96x128xi8>) outs(%f : tensor<50x128xi32>) {
  ^bb0(%u: i8, %v: i8, %o: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<50x128xi32>
  %e1 = tensor.empty() : tensor<50x128xf32>
  %y = linalg.generic {indexing_maps = [#id, #columns, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<50x128xi32>, tensor<128xf32>) outs(%e1 : tensor<50x128xf32>) {
  ^bb0(%u: i32, %v: f32, %o: f32):
    %0 = arith.sitofp %u : i32 to f32
    %1 = arith.mulf %0, %v : f32
    linalg.yield %1 : f32
  } -> tensor<50x128xf32>
  return %y : tensor<50x128xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// A sum along rows and what it is divided by, which stays in the tile; the counter reads a copy outside.
// CHECK-LABEL: func.func @main
// CHECK: linalg.generic {{.*}}rt.group = 0 : i64, rt.tile_loops = array<i64: 0>, rt.tile_steps = array<i64: 10>
// CHECK: linalg.generic {{.*}}rt.group = 0 : i64, rt.tile_loops = array<i64: 0>
// CHECK: linalg.generic {{.*}}reduction
// CHECK-NOT: rt.group
// CHECK: rt.count
// FORM: rt.dispatch @rows_0
// FORM-SAME: writes [1]
// FORM: rt.dispatch @reduce_1
// FORM-SAME: {counting}
func.func @main(%x: tensor<50x96xi32>) -> tensor<50x96xi32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<50xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e0 : tensor<50xi32>) -> tensor<50xi32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<50x96xi32>) outs(%f : tensor<50xi32>) {
  ^bb0(%u: i32, %o: i32):
    %0 = arith.addi %o, %u : i32
    linalg.yield %0 : i32
  } -> tensor<50xi32>
  %e1 = tensor.empty() : tensor<50x96xi32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : tensor<50x96xi32>, tensor<50xi32>) outs(%e1 : tensor<50x96xi32>) {
  ^bb0(%u: i32, %v: i32, %o: i32):
    %0 = arith.subi %u, %v : i32
    linalg.yield %0 : i32
  } -> tensor<50x96xi32>
  rt.count %s, %c1 {site = "rows", quantity = "spikes"} : tensor<50xi32>
  return %y : tensor<50x96xi32>
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>

// Behind the product two ops that only a counter kept apart become one; the counter reads copies.
// CHECK-LABEL: func.func @main
// CHECK: linalg.generic {{.*}}"reduction"]{{.*}}rt.group = 0
// CHECK: linalg.generic {{.*}}rt.group = 0
// CHECK: arith.muli
// CHECK-NEXT: arith.addi
// CHECK-NEXT: linalg.yield
// CHECK-NOT: rt.group
// CHECK: rt.count
// FORM: rt.dispatch @matmul_1
// FORM: rt.dispatch
// FORM-SAME: {counting}
func.func @main(%x: tensor<50x96xi8>, %w: tensor<96x128xi8>) -> tensor<50x128xi32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<50x128xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<50x128xi32>) -> tensor<50x128xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<50x96xi8>, tensor<96x128xi8>) outs(%f : tensor<50x128xi32>) {
  ^bb0(%u: i8, %v: i8, %o: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<50x128xi32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<50x128xi32>) outs(%e : tensor<50x128xi32>) {
  ^bb0(%u: i32, %o: i32):
    %0 = arith.muli %u, %u : i32
    linalg.yield %0 : i32
  } -> tensor<50x128xi32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<50x128xi32>) outs(%e : tensor<50x128xi32>) {
  ^bb0(%u: i32, %o: i32):
    %0 = arith.addi %u, %u : i32
    linalg.yield %0 : i32
  } -> tensor<50x128xi32>
  rt.count %y, %c1 {site = "rows", quantity = "spikes"} : tensor<50x128xi32>
  return %z : tensor<50x128xi32>
}
