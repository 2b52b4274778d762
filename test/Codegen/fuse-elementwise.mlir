// RUN: snn-opt %s --rt-fuse-elementwise --canonicalize --rt-merge-loops --canonicalize | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#col = affine_map<(i, j) -> (i)>

// Two elementwise ops with one use between them become one, over one long loop.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: (%[[X:.*]]: tensor<8x96xf32>)
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1]]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[FLAT]]
// CHECK: arith.mulf
// CHECK: arith.negf
// CHECK-NOT: linalg.generic
func.func @chain(%x: tensor<8x96xf32>) -> tensor<8x96xf32> {
  %e = tensor.empty() : tensor<8x96xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8x96xf32>) outs(%e : tensor<8x96xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    linalg.yield %0 : f32
  } -> tensor<8x96xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<8x96xf32>) outs(%e : tensor<8x96xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.negf %p : f32
    linalg.yield %0 : f32
  } -> tensor<8x96xf32>
  return %b : tensor<8x96xf32>
}

// A number everywhere does not say how long a reduction is: it is not fused into one, whose result would then grow.
// CHECK-LABEL: func.func @filled
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins({{.*}}) outs(%{{[a-z0-9]*}} : tensor<?xf32>)
func.func @filled(%n: index, %start: tensor<?xf32>) -> (tensor<?xf32>, tensor<?x?xf16>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n, %n) : tensor<?x?xf32>
  %h = tensor.empty(%n, %n) : tensor<?x?xf16>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %c = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%f : tensor<?x?xf32>) outs(%h : tensor<?x?xf16>) {
  ^bb0(%p: f32, %o: f16):
    %0 = arith.truncf %p : f32 to f16
    linalg.yield %0 : f16
  } -> tensor<?x?xf16>
  %m = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["parallel", "reduction"]} ins(%c : tensor<?x?xf16>) outs(%start : tensor<?xf32>) {
  ^bb0(%p: f16, %o: f32):
    %0 = arith.extf %p : f16 to f32
    %1 = arith.maximumf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %m, %c : tensor<?xf32>, tensor<?x?xf16>
}

// An expensive value that is broadcast is computed once per row, not once per element.
// CHECK-LABEL: func.func @broadcast
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK: linalg.generic
// CHECK-NOT: math.exp
func.func @broadcast(%x: tensor<8xf32>, %y: tensor<8x96xf32>) -> tensor<8x96xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %f = tensor.empty() : tensor<8x96xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = math.exp %p : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [#col, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%a, %y : tensor<8xf32>, tensor<8x96xf32>) outs(%f : tensor<8x96xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<8x96xf32>
  return %b : tensor<8x96xf32>
}

// A value with two uses is computed once.
// CHECK-LABEL: func.func @shared
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
func.func @shared(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = math.exp %p : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.negf %p : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  return %a, %b : tensor<8xf32>, tensor<8xf32>
}

// A transpose of a contraction's operand becomes part of its indexing map.
// CHECK-LABEL: func.func @transposed
// CHECK-SAME: (%[[X:.*]]: tensor<8x4xf32>, %[[Y:.*]]: tensor<6x4xf32>)
// CHECK-COUNT-1: linalg.generic
// CHECK-SAME: ins(%[[X]], %[[Y]]
// CHECK-NOT: linalg.generic
func.func @transposed(%x: tensor<8x4xf32>, %y: tensor<6x4xf32>) -> tensor<8x6xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %t = linalg.transpose ins(%y : tensor<6x4xf32>) outs(%e : tensor<4x6xf32>) permutation = [1, 0]
  %f = tensor.empty() : tensor<8x6xf32>
  %g = linalg.fill ins(%z : f32) outs(%f : tensor<8x6xf32>) -> tensor<8x6xf32>
  %r = linalg.matmul ins(%x, %t : tensor<8x4xf32>, tensor<4x6xf32>) outs(%g : tensor<8x6xf32>) -> tensor<8x6xf32>
  return %r : tensor<8x6xf32>
}
