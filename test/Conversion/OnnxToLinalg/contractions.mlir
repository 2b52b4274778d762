// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// One matrix on the right: the rows of all batches are the rows of one product.
// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$OUT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[BATCH:.*]] = rt.symbol "batch"
// CHECK-DAG: affine.apply {{.*}}()[%[[BATCH]]]
// CHECK: %[[ROWS:.*]] = tensor.reshape %arg0(%{{.*}}) : (tensor<?x3x4xf32>, tensor<2xindex>) -> tensor<?x4xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$OUT]]], iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME: ins(%[[ROWS]], %{{.*}} : tensor<?x4xf32>, tensor<4x5xf32>)
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK: tensor.reshape {{.*}} -> tensor<?x3x5xf32>
func.func @main(%x: tensor<?x3x4xf32> {rheobase.name = "x", rheobase.dims = ["batch", "3", "4"]}) -> tensor<?x3x5xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %w = "onnx.Constant"() {value = dense<[[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0],
                                         [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<4x5xf32>}
      : () -> tensor<4x5xf32>
  %0 = "onnx.MatMul"(%x, %w) : (tensor<?x3x4xf32>, tensor<4x5xf32>) -> tensor<?x3x5xf32>
  return %0 : tensor<?x3x5xf32>
}

// -----

// Batches that broadcast are left out of the operand, so that every map is a projection.
// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d4, d3)>
// CHECK-DAG: #[[$OUT:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func.func @main
// CHECK: tensor.reshape %arg0(%{{.*}}) : (tensor<2x1x3x4xf32>, tensor<3xindex>) -> tensor<2x3x4xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$OUT]]]
func.func @main(%x: tensor<2x1x3x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "1", "3", "4"]},
                %y: tensor<6x4x5xf32> {rheobase.name = "y", rheobase.dims = ["6", "4", "5"]}) -> tensor<2x6x3x5xf32>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.MatMul"(%x, %y) : (tensor<2x1x3x4xf32>, tensor<6x4x5xf32>) -> tensor<2x6x3x5xf32>
  return %0 : tensor<2x6x3x5xf32>
}

// -----

// A convolution is the product of patches with the filters, which stay a constant (reshaped in place).
// CHECK-DAG: #[[$PATCH:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d4, d2 * 2 + d5, d3 * 2 + d6)>
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{.*}}> : tensor<2x12xf32>}>
// CHECK-DAG: linalg.generic {indexing_maps = [#[[$PATCH]],
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.mulf
func.func @main(%x: tensor<?x3x8x8xf32> {rheobase.name = "x", rheobase.dims = ["batch", "3", "8", "8"]}) -> tensor<?x2x4x4xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<2x3x2x2xf32>} : () -> tensor<2x3x2x2xf32>
  %0 = "onnx.Conv"(%x, %w) {strides = array<i64: 2, 2>} : (tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>) -> tensor<?x2x4x4xf32>
  return %0 : tensor<?x2x4x4xf32>
}

// -----

// Padding is written around a copy of the input.
// CHECK-LABEL: func.func @main
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<1x1x1x6x6xf32>
// CHECK: tensor.insert_slice %{{.*}} into %[[ZEROS]][0, 0, 0, 1, 1] [1, 1, 1, 4, 4] [1, 1, 1, 1, 1]
func.func @main(%x: tensor<1x1x4x4xf32> {rheobase.name = "x", rheobase.dims = ["1", "1", "4", "4"]}) -> tensor<1x2x4x4xf32>
    attributes {rheobase.symbols = []} {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<2x1x3x3xf32>} : () -> tensor<2x1x3x3xf32>
  %0 = "onnx.Conv"(%x, %w) {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}
