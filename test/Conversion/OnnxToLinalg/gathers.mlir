// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// Indices from data are checked once and clamped where they are read.
// CHECK-LABEL: func.func @main
// CHECK: rt.check_indices %arg0, %{{.*}} : tensor<?xi64>
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<?xi64>)
// CHECK: %[[I:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[LESS:.*]] = arith.cmpi slt, %[[I]]
// CHECK: %[[FRONT:.*]] = arith.select %[[LESS]]
// CHECK: %[[UPPER:.*]] = arith.minsi %[[FRONT]]
// CHECK: %[[PLACE:.*]] = arith.maxsi %[[UPPER]]
// CHECK: tensor.extract %{{.*}}[%[[PLACE]], %{{.*}}] : tensor<7x3xf32>
func.func @main(%ids: tensor<?xi64> {rheobase.name = "ids", rheobase.dims = ["n"]}) -> tensor<?x3xf32>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %table = "onnx.Constant"() {value = dense<1.0> : tensor<7x3xf32>} : () -> tensor<7x3xf32>
  %0 = "onnx.Gather"(%table, %ids) : (tensor<7x3xf32>, tensor<?xi64>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// One known index is a part of the data, not a copy.
// CHECK-LABEL: func.func @main
// CHECK-NOT: rt.check_indices
// CHECK: tensor.extract_slice %arg0[0, 0, 0] [%{{.*}}, 1, 4] [1, 1, 1] : tensor<?x5x4xf32> to tensor<?x1x4xf32>
// CHECK-NEXT: tensor.reshape
// CHECK-NEXT: return
func.func @main(%x: tensor<?x5x4xf32> {rheobase.name = "x", rheobase.dims = ["batch", "5", "4"]}) -> tensor<?x4xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %first = "onnx.Constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %0 = "onnx.Gather"(%x, %first) {axis = 1 : i64} : (tensor<?x5x4xf32>, tensor<i64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// Every component of a tuple is checked against its own dimension.
// CHECK-LABEL: func.func @main
// CHECK: tensor.extract_slice %arg1[0, 0] [5, 1] [1, 1]
// CHECK: rt.check_indices %{{.*}}, %[[THREE:.*]] : tensor<5x1xi64>
// CHECK: tensor.extract_slice %arg1[0, 1] [5, 1] [1, 1]
// CHECK: rt.check_indices %{{.*}}, %[[FOUR:.*]] : tensor<5x1xi64>
// CHECK: tensor.extract %arg0
func.func @main(%x: tensor<3x4xf32> {rheobase.name = "x", rheobase.dims = ["3", "4"]},
                %ids: tensor<5x2xi64> {rheobase.name = "ids", rheobase.dims = ["5", "2"]}) -> tensor<5xf32>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.GatherND"(%x, %ids) : (tensor<3x4xf32>, tensor<5x2xi64>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
