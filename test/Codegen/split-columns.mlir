// RUN: snn-opt %s --split-input-file --rt-split-columns | FileCheck %s
// RUN: snn-opt %s --split-input-file --rt-split-columns --rt-fuse-tiles | FileCheck %s --check-prefix=TILES

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#all = affine_map<(i, j, h, c) -> (i, j, h, c)>
#heads = affine_map<(i, h, j, c) -> (i, j, h, c)>
#same = affine_map<(i, h, j, c) -> (i, h, j, c)>
#row = affine_map<(i, h, j, c) -> (i, h, j)>
#three = affine_map<(i, j, n) -> (i, j, n)>
#column = affine_map<(i, j, n) -> (n)>

// The product computes each head's columns, so that the largest of a head's row is found in its tiles.
// CHECK-DAG: #[[LHS:map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3)>
// CHECK-DAG: #[[RHS:map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d3, d1, d2)>
// CHECK-DAG: #[[OUT:map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[BIAS:map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-LABEL: func.func @main
// CHECK: %[[WEIGHTS:.*]] = tensor.reshape %{{.*}} -> tensor<32x2x64xi8>
// CHECK: %[[FILLED:.*]] = linalg.fill {{.*}} -> tensor<20x2x64xi32>
// CHECK: %[[PRODUCT:.*]] = linalg.generic {indexing_maps = [#[[LHS]], #[[RHS]], #[[OUT]]]
// CHECK-SAME: ins(%{{.*}}, %[[WEIGHTS]] : tensor<20x32xi8>, tensor<32x2x64xi8>) outs(%[[FILLED]]
// CHECK: %[[ROWS:.*]] = tensor.reshape %[[PRODUCT]]{{.*}} -> tensor<1x20x2x64xi32>
// CHECK: linalg.generic {{.*}}#[[BIAS]]{{.*}} ins(%[[ROWS]], %{{.*}} : tensor<1x20x2x64xi32>, tensor<2x64xf32>)
// One tile is one head's columns of 24 rows.
// TILES-LABEL: func.func @main
// TILES-COUNT-3: rt.group = 0 : i64, rt.tile_loops = array<i64: {{[0-9], [0-9]}}>, rt.tile_steps = array<i64: 1, 24>
func.func @main(%x: tensor<20x32xi8>) -> tensor<1x2x20xf32> {
  %w = arith.constant dense<3> : tensor<32x128xi8>
  %b = arith.constant dense<0.5> : tensor<128xf32>
  %zero = arith.constant 0 : i32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty() : tensor<20x128xi32>
  %f0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<20x128xi32>) -> tensor<20x128xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<20x32xi8>, tensor<32x128xi8>) outs(%f0 : tensor<20x128xi32>) {
  ^bb0(%u: i8, %v: i8, %a: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %a, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<20x128xi32>
  %s1 = arith.constant dense<[1, 20, 128]> : tensor<3xindex>
  %r1 = tensor.reshape %p(%s1) : (tensor<20x128xi32>, tensor<3xindex>) -> tensor<1x20x128xi32>
  %e1 = tensor.empty() : tensor<1x20x128xf32>
  %q = linalg.generic {indexing_maps = [#three, #column, #three], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%r1, %b : tensor<1x20x128xi32>, tensor<128xf32>) outs(%e1 : tensor<1x20x128xf32>) {
  ^bb0(%u: i32, %v: f32, %o: f32):
    %0 = arith.sitofp %u : i32 to f32
    %1 = arith.addf %0, %v : f32
    linalg.yield %1 : f32
  } -> tensor<1x20x128xf32>
  %s2 = arith.constant dense<[1, 20, 2, 64]> : tensor<4xindex>
  %r2 = tensor.reshape %q(%s2) : (tensor<1x20x128xf32>, tensor<4xindex>) -> tensor<1x20x2x64xf32>
  %e2 = tensor.empty() : tensor<1x2x20xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<1x2x20xf32>) -> tensor<1x2x20xf32>
  %m = linalg.generic {indexing_maps = [#heads, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%r2 : tensor<1x20x2x64xf32>) outs(%f2 : tensor<1x2x20xf32>) {
  ^bb0(%u: f32, %a: f32):
    %0 = arith.maximumf %u, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x20xf32>
  return %m : tensor<1x2x20xf32>
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#all = affine_map<(i, j, h, c) -> (i, j, h, c)>
#heads = affine_map<(i, h, j, c) -> (i, j, h, c)>
#same = affine_map<(i, h, j, c) -> (i, h, j, c)>
#row = affine_map<(i, h, j, c) -> (i, h, j)>
#three = affine_map<(i, j, n) -> (i, j, n)>
#column = affine_map<(i, j, n) -> (n)>

// Groups of 20 columns would be padded: they stay as they are.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tensor<32x2x20xi8>
func.func @main(%x: tensor<20x32xi8>) -> tensor<1x2x20xf32> {
  %w = arith.constant dense<3> : tensor<32x40xi8>
  %b = arith.constant dense<0.5> : tensor<40xf32>
  %zero = arith.constant 0 : i32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty() : tensor<20x40xi32>
  %f0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<20x40xi32>) -> tensor<20x40xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<20x32xi8>, tensor<32x40xi8>) outs(%f0 : tensor<20x40xi32>) {
  ^bb0(%u: i8, %v: i8, %a: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %a, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<20x40xi32>
  %s1 = arith.constant dense<[1, 20, 40]> : tensor<3xindex>
  %r1 = tensor.reshape %p(%s1) : (tensor<20x40xi32>, tensor<3xindex>) -> tensor<1x20x40xi32>
  %e1 = tensor.empty() : tensor<1x20x40xf32>
  %q = linalg.generic {indexing_maps = [#three, #column, #three], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%r1, %b : tensor<1x20x40xi32>, tensor<40xf32>) outs(%e1 : tensor<1x20x40xf32>) {
  ^bb0(%u: i32, %v: f32, %o: f32):
    %0 = arith.sitofp %u : i32 to f32
    %1 = arith.addf %0, %v : f32
    linalg.yield %1 : f32
  } -> tensor<1x20x40xf32>
  %s2 = arith.constant dense<[1, 20, 2, 20]> : tensor<4xindex>
  %r2 = tensor.reshape %q(%s2) : (tensor<1x20x40xf32>, tensor<4xindex>) -> tensor<1x20x2x20xf32>
  %e2 = tensor.empty() : tensor<1x2x20xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<1x2x20xf32>) -> tensor<1x2x20xf32>
  %m = linalg.generic {indexing_maps = [#heads, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%r2 : tensor<1x20x2x20xf32>) outs(%f2 : tensor<1x2x20xf32>) {
  ^bb0(%u: f32, %a: f32):
    %0 = arith.maximumf %u, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x20xf32>
  return %m : tensor<1x2x20xf32>
}
