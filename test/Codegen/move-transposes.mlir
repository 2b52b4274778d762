// RUN: snn-opt %s --rt-move-transposes | FileCheck %s

// Pooling between two transposes: padding is put around the channels-last tensor, and the maxima are written as it is.
// CHECK-DAG: #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 * 2 + d4, d3 * 2 + d5)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d3, d1)>
// CHECK-LABEL: func.func @pool
func.func @pool(%x: tensor<1x6x6x4xf32>) -> tensor<1x3x3x4xf32> {
  // CHECK: %[[PADDED:.*]] = tensor.insert_slice %arg0 into %{{.*}}[0, 1, 1, 0] [1, 6, 6, 4] [1, 1, 1, 1] : tensor<1x6x6x4xf32> into tensor<1x8x8x4xf32>
  // CHECK: %[[FIRST:.*]] = linalg.generic {{.*}} ins(%[[PADDED]]
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[WINDOW]], {{.*}}, #[[LAST]]]{{.*}} ins(%[[FIRST]]{{.*}} outs(%{{.*}} : tensor<1x3x3x4xf32>)
  // CHECK: return %[[Y]]
  %cst = arith.constant 0xFF800000 : f32
  %0 = tensor.empty() : tensor<1x4x6x6xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(n, c, y, x) -> (n, y, x, c)>, affine_map<(n, c, y, x) -> (n, c, y, x)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x6x6x4xf32>) outs(%0 : tensor<1x4x6x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x4x6x6xf32>
  %2 = tensor.empty() : tensor<1x4x8x8xf32>
  %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %4 = tensor.insert_slice %1 into %3[0, 0, 1, 1] [1, 4, 6, 6] [1, 1, 1, 1] : tensor<1x4x6x6xf32> into tensor<1x4x8x8xf32>
  %5 = tensor.empty() : tensor<3x3xf32>
  %6 = tensor.empty() : tensor<1x4x3x3xf32>
  %7 = linalg.fill ins(%cst : f32) outs(%6 : tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(n, c, y, x, i, j) -> (n, c, y * 2 + i, x * 2 + j)>, affine_map<(n, c, y, x, i, j) -> (i, j)>,
      affine_map<(n, c, y, x, i, j) -> (n, c, y, x)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%4, %5 : tensor<1x4x8x8xf32>, tensor<3x3xf32>) outs(%7 : tensor<1x4x3x3xf32>) {
  ^bb0(%in: f32, %e: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<1x4x3x3xf32>
  %9 = tensor.empty() : tensor<1x3x3x4xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(n, y, x, c) -> (n, c, y, x)>, affine_map<(n, y, x, c) -> (n, y, x, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8 : tensor<1x4x3x3xf32>) outs(%9 : tensor<1x3x3x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x3x3x4xf32>
  return %10 : tensor<1x3x3x4xf32>
}

// What is done with a product's rows after they became places is done before: per channel, and with another image.
// CHECK-LABEL: func.func @places
func.func @places(%rows: tensor<36x4xf32>, %bias: tensor<4xf32>, %image: tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32> {
  // CHECK: %[[OTHER:.*]] = tensor.collapse_shape %arg2 {{\[\[}}0, 1, 2], [3]] : tensor<1x6x6x4xf32> into tensor<36x4xf32>
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%arg0, %arg1, %[[OTHER]] : tensor<36x4xf32>, tensor<4xf32>, tensor<36x4xf32>)
  // CHECK: %[[Y:.*]] = tensor.reshape %[[SUM]]
  // CHECK: return %[[Y]]
  %shape = arith.constant dense<[1, 6, 6, 4]> : tensor<4xi64>
  %0 = tensor.reshape %rows(%shape) : (tensor<36x4xf32>, tensor<4xi64>) -> tensor<1x6x6x4xf32>
  %1 = tensor.empty() : tensor<1x6x6x4xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, y, x, c) -> (n, y, x, c)>, affine_map<(n, y, x, c) -> (c)>, affine_map<(n, y, x, c) -> (n, y, x, c)>,
      affine_map<(n, y, x, c) -> (n, y, x, c)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %bias, %image : tensor<1x6x6x4xf32>, tensor<4xf32>, tensor<1x6x6x4xf32>) outs(%1 : tensor<1x6x6x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %out: f32):
    %3 = arith.addf %a, %b : f32
    %4 = arith.addf %3, %c : f32
    linalg.yield %4 : f32
  } -> tensor<1x6x6x4xf32>
  return %2 : tensor<1x6x6x4xf32>
}
