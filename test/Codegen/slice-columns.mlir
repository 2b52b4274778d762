// RUN: snn-opt %s --split-input-file --rt-slice-columns | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, n) -> (i, n)>
#column = affine_map<(i, n) -> (n)>

// Each half has its half of the weights and of what belongs to columns.
// CHECK-LABEL: func.func @main
// CHECK: %[[W0:.*]] = arith.constant dense<"0x000102{{.*}}3E3F0708{{.*}}"> : tensor<2x64xi8>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[W0]] : tensor<20x2xi8>, tensor<2x64xi8>) outs(%{{.*}} : tensor<20x64xi32>)
// CHECK: linalg.generic {{.*}} : tensor<20x2xi8>, tensor<2x96xi8>) outs(%{{.*}} : tensor<20x96xi32>)
// CHECK: %[[B0:.*]] = arith.constant dense<5.000000e-01> : tensor<64xf32>
// CHECK: %[[FIRST:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[B0]] : tensor<20x64xi32>, tensor<64xf32>)
// CHECK: %[[SECOND:.*]] = linalg.generic {{.*}} : tensor<20x96xi32>, tensor<96xf32>)
// CHECK-NOT: tensor.extract_slice
// CHECK: return %[[FIRST]], %[[SECOND]] : tensor<20x64xf32>, tensor<20x96xf32>
func.func @main(%x: tensor<20x2xi8>) -> (tensor<20x64xf32>, tensor<20x96xf32>) {
  %w = arith.constant dense_resource<weights> : tensor<2x160xi8>
  %b = arith.constant dense<0.5> : tensor<160xf32>
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<20x160xi32>
  %f0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<20x160xi32>) -> tensor<20x160xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<20x2xi8>, tensor<2x160xi8>) outs(%f0 : tensor<20x160xi32>) {
  ^bb0(%u: i8, %v: i8, %a: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %a, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<20x160xi32>
  %e1 = tensor.empty() : tensor<20x160xf32>
  %q = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<20x160xi32>, tensor<160xf32>) outs(%e1 : tensor<20x160xf32>) {
  ^bb0(%u: i32, %v: f32, %o: f32):
    %0 = arith.sitofp %u : i32 to f32
    %1 = arith.addf %0, %v : f32
    linalg.yield %1 : f32
  } -> tensor<20x160xf32>
  %s0 = tensor.extract_slice %q[0, 0] [20, 64] [1, 1] : tensor<20x160xf32> to tensor<20x64xf32>
  %s1 = tensor.extract_slice %q[0, 64] [20, 96] [1, 1] : tensor<20x160xf32> to tensor<20x96xf32>
  return %s0, %s1 : tensor<20x64xf32>, tensor<20x96xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x04000000000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F60616263000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B0708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F60616263000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142"
    }
  }
#-}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, n) -> (i, n)>
#column = affine_map<(i, n) -> (n)>

// The whole is read too: one product.
// CHECK-LABEL: func.func @main
// CHECK: outs(%{{.*}} : tensor<20x160xi32>)
// CHECK: tensor.extract_slice
func.func @main(%x: tensor<20x2xi8>) -> (tensor<20x160xf32>, tensor<20x96xf32>) {
  %w = arith.constant dense<3> : tensor<2x160xi8>
  %b = arith.constant dense<0.5> : tensor<160xf32>
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<20x160xi32>
  %f0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<20x160xi32>) -> tensor<20x160xi32>
  %p = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<20x2xi8>, tensor<2x160xi8>) outs(%f0 : tensor<20x160xi32>) {
  ^bb0(%u: i8, %v: i8, %a: i32):
    %0 = arith.extsi %u : i8 to i32
    %1 = arith.extsi %v : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %a, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<20x160xi32>
  %e1 = tensor.empty() : tensor<20x160xf32>
  %q = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<20x160xi32>, tensor<160xf32>) outs(%e1 : tensor<20x160xf32>) {
  ^bb0(%u: i32, %v: f32, %o: f32):
    %0 = arith.sitofp %u : i32 to f32
    %1 = arith.addf %0, %v : f32
    linalg.yield %1 : f32
  } -> tensor<20x160xf32>
  %s1 = tensor.extract_slice %q[0, 64] [20, 96] [1, 1] : tensor<20x160xf32> to tensor<20x96xf32>
  return %q, %s1 : tensor<20x160xf32>, tensor<20x96xf32>
}

// -----

// What is no tensor, and what has no columns, is left alone.
// CHECK-LABEL: func.func @main
// CHECK: tensor.extract_slice
#id = affine_map<(i) -> (i)>
func.func @main(%x: memref<64xf32>, %t: tensor<f32>) -> tensor<f32> {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : memref<64xf32>) {
  ^bb0(%u: f32):
    linalg.yield %u : f32
  }
  %g = linalg.generic {indexing_maps = [affine_map<() -> ()>], iterator_types = []} outs(%t : tensor<f32>) {
  ^bb0(%u: f32):
    linalg.yield %u : f32
  } -> tensor<f32>
  %s = tensor.extract_slice %g[][][] : tensor<f32> to tensor<f32>
  return %s : tensor<f32>
}
