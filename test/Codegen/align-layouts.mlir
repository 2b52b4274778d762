// RUN: snn-opt %s --split-input-file --rt-align-layouts | FileCheck %s

#id = affine_map<(h, d, n) -> (h, d, n)>
#turned = affine_map<(h, d, n) -> (h, n, d)>
#keys = affine_map<(h, d, n) -> (h, n)>

// The largest of each key's channels: written as they are read, and reduced along contiguous elements.
// CHECK: #[[$TURNED:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-LABEL: func.func @keys
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x50x64xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$TURNED]], #[[$TURNED]]]{{.*}} outs(%[[E]] : tensor<2x50x64xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[$TURNED]], {{.*}}reduction
func.func @keys(%x: tensor<2x50x64xf32>, %e: tensor<2x50xi32>) -> tensor<2x50xi32> {
  %e0 = tensor.empty() : tensor<2x64x50xf32>
  %t = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<2x50x64xf32>) outs(%e0 : tensor<2x64x50xf32>) {
  ^bb0(%u: f32, %o: f32):
    %0 = arith.negf %u : f32
    linalg.yield %0 : f32
  } -> tensor<2x64x50xf32>
  %m = linalg.generic {indexing_maps = [#id, #keys], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%t : tensor<2x64x50xf32>) outs(%e : tensor<2x50xi32>) {
  ^bb0(%u: f32, %o: i32):
    %0 = arith.bitcast %u : f32 to i32
    %1 = arith.maxsi %0, %o : i32
    linalg.yield %1 : i32
  } -> tensor<2x50xi32>
  return %m : tensor<2x50xi32>
}

// -----

#id = affine_map<(h, d, n) -> (h, d, n)>
#turned = affine_map<(h, d, n) -> (h, n, d)>
#keys = affine_map<(h, d, n) -> (h, n)>

// A sum of floats has its order.
// CHECK-LABEL: func.func @sums
// CHECK: outs(%{{.*}} : tensor<2x64x50xf32>)
func.func @sums(%x: tensor<2x50x64xf32>, %e: tensor<2x50xf32>) -> tensor<2x50xf32> {
  %e0 = tensor.empty() : tensor<2x64x50xf32>
  %t = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<2x50x64xf32>) outs(%e0 : tensor<2x64x50xf32>) {
  ^bb0(%u: f32, %o: f32):
    %0 = arith.negf %u : f32
    linalg.yield %0 : f32
  } -> tensor<2x64x50xf32>
  %m = linalg.generic {indexing_maps = [#id, #keys], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%t : tensor<2x64x50xf32>) outs(%e : tensor<2x50xf32>) {
  ^bb0(%u: f32, %o: f32):
    %0 = arith.addf %u, %o : f32
    linalg.yield %0 : f32
  } -> tensor<2x50xf32>
  return %m : tensor<2x50xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>

// What is returned stays what it is.
// CHECK-LABEL: func.func @returned
// CHECK: outs(%{{.*}} : tensor<64x50xf32>)
func.func @returned(%x: tensor<50x64xf32>) -> tensor<64x50xf32> {
  %e0 = tensor.empty() : tensor<64x50xf32>
  %t = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<50x64xf32>) outs(%e0 : tensor<64x50xf32>) {
  ^bb0(%u: f32, %o: f32):
    %0 = arith.negf %u : f32
    linalg.yield %0 : f32
  } -> tensor<64x50xf32>
  return %t : tensor<64x50xf32>
}
