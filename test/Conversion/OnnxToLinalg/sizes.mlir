// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// What the exporter computes with Shape, Gather and Concat is an expression of the symbols: no tensor op computes it.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[BATCH:.*]] = rt.symbol "batch"
// CHECK-DAG: %[[SEQ:.*]] = rt.symbol "seq"
// CHECK-NOT: onnx
// CHECK-NOT: tensor.insert_slice
// CHECK: tensor.from_elements %[[BATCH]], %{{.*}} : tensor<2xindex>
// CHECK: tensor.reshape %arg0(%{{.*}}) : (tensor<?x?x4xf32>, tensor<2xindex>) -> tensor<?x?xf32>
// CHECK-NEXT: return
func.func @main(%x: tensor<?x?x4xf32> {rheobase.name = "x", rheobase.dims = ["batch", "seq", "4"]}) -> tensor<?x?xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "seq", min = 1 : i64, max = 0 : i64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %minus = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Shape"(%x) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %1 = "onnx.Gather"(%0, %zero) : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
  %2 = "onnx.Concat"(%1, %minus) {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %3 = "onnx.Reshape"(%x, %2) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %3 : tensor<?x?xf32>
}

// -----

// Where such a tensor is read as data it is made from the sizes.
// CHECK-LABEL: func.func @main
// CHECK: %[[BATCH:.*]] = rt.symbol "batch"
// CHECK: %[[ELEMENT:.*]] = arith.index_cast %[[BATCH]] : index to i64
// CHECK: %[[SHAPE:.*]] = tensor.from_elements %[[ELEMENT]], %{{.*}} : tensor<2xi64>
// CHECK: return %[[SHAPE]]
func.func @main(%x: tensor<?x4xf32> {rheobase.name = "x", rheobase.dims = ["batch", "4"]}) -> tensor<2xi64>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Shape"(%x) : (tensor<?x4xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// -----

// Known numbers are a constant.
// CHECK-LABEL: func.func @main
// CHECK: %[[C:.*]] = "onnx.Constant"() <{value = dense<[2, 4]> : tensor<2xi64>}>
// CHECK-NEXT: return %[[C]]
func.func @main(%x: tensor<2x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "4"]}) -> tensor<2xi64>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.Shape"(%x) : (tensor<2x4xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// -----

// Sizes that must be equal, and are not known to be, are compared in every call: a as an index below b + 1, and b below
// a + 1.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[A:.*]] = rt.symbol "a"
// CHECK-DAG: %[[B:.*]] = rt.symbol "b"
// CHECK: rt.check_indices %{{.*}}, %{{.*}} : tensor<1xi64>
// CHECK-NEXT: rt.check_indices %{{.*}}, %{{.*}} : tensor<1xi64>
// CHECK: linalg.generic
func.func @main(%x: tensor<?xf32> {rheobase.name = "x", rheobase.dims = ["a"]},
                %y: tensor<?xf32> {rheobase.name = "y", rheobase.dims = ["b"]}) -> tensor<?xf32>
    attributes {rheobase.symbols = [{name = "a", min = 1 : i64, max = 0 : i64}, {name = "b", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Add"(%x, %y) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
