// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: tensor.extract_slice %arg0[0, 1] [%{{.*}}, 2] [1, 2] : tensor<?x6xf32> to tensor<?x2xf32>
// CHECK-NEXT: return
func.func @main(%x: tensor<?x6xf32> {rheobase.name = "x", rheobase.dims = ["batch", "6"]}) -> tensor<?x2xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %starts = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %ends = "onnx.Constant"() {value = dense<-2> : tensor<1xi64>} : () -> tensor<1xi64>
  %axes = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %steps = "onnx.Constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %starts, %ends, %axes, %steps) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<?x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// The second operand goes behind the first, whose size is open.
// CHECK-LABEL: func.func @main
// CHECK: %[[N:.*]] = rt.symbol "n"
// CHECK: %[[BOTH:.*]] = affine.apply
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[BOTH]]) : tensor<?xf32>
// CHECK: %[[FIRST:.*]] = tensor.insert_slice %arg0 into %[[EMPTY]][0] [%[[N]]] [1]
// CHECK: %[[SECOND:.*]] = tensor.insert_slice %arg1 into %[[FIRST]][%[[N]]] [3] [1]
// CHECK: return %[[SECOND]]
func.func @main(%x: tensor<?xf32> {rheobase.name = "x", rheobase.dims = ["n"]},
                %y: tensor<3xf32> {rheobase.name = "y", rheobase.dims = ["3"]}) -> tensor<?xf32>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Concat"(%x, %y) {axis = 0 : i64} : (tensor<?xf32>, tensor<3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-DAG: #[[$READ:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @main
// CHECK: linalg.generic {indexing_maps = [#[[$READ]], {{.*}} ins(%arg0 : tensor<2x3xf32>) outs(%{{.*}} : tensor<2x4x3xf32>)
// CHECK: tensor.reshape {{.*}} -> tensor<2x12xf32>
func.func @main(%x: tensor<2x3xf32> {rheobase.name = "x", rheobase.dims = ["2", "3"]}) -> tensor<2x12xf32>
    attributes {rheobase.symbols = []} {
  %repeats = "onnx.Constant"() {value = dense<[1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = "onnx.Tile"(%x, %repeats) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x12xf32>
  return %0 : tensor<2x12xf32>
}

// -----

// CHECK-DAG: #[[$READ:.*]] = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
// CHECK-LABEL: func.func @main
// CHECK: linalg.generic {indexing_maps = [#[[$READ]], {{.*}} outs(%{{.*}} : tensor<4x2x3xf32>)
func.func @main(%x: tensor<2x3x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "3", "4"]}) -> tensor<4x2x3xf32>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.Transpose"(%x) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}
