// RUN: split-file %s %t
// RUN: snn-opt --convert-onnx-to-linalg %t/rows.mlir | FileCheck %t/rows.mlir
// RUN: snn-opt --convert-onnx-to-linalg --split-input-file --verify-diagnostics %t/errors.mlir

//--- rows.mlir
// Tuples of two name rows of the last dimension; each component is checked against its own dimension.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x5x3xf32>{{.*}}, %[[I:[a-z0-9]+]]: tensor<?x2xi64>{{.*}}, %[[U:[a-z0-9]+]]: tensor<?x3xf32>
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[I]][0, 0]
// CHECK: rt.check_indices %[[FIRST]], %{{.*}} : tensor<?x1xi64>
// CHECK: %[[SECOND:.*]] = tensor.extract_slice %[[I]][0, 1]
// CHECK: rt.check_indices %[[SECOND]], %{{.*}} : tensor<?x1xi64>
// CHECK: %[[R:.*]] = rt.scatter add %[[U]] into %[[X]] at %[[I]]
// CHECK: return %[[R]]
func.func @main(%x: tensor<?x5x3xf32> {rheobase.dims = ["a", "5", "3"]}, %i: tensor<?x2xi64> {rheobase.dims = ["b", "2"]},
                %u: tensor<?x3xf32> {rheobase.dims = ["b", "3"]}) -> tensor<?x5x3xf32>
    attributes {rheobase.symbols = [{name = "a", min = 1 : i64, max = 0 : i64}, {name = "b", min = 1 : i64, max = 0 : i64}]} {
  %r = "onnx.ScatterND"(%x, %i, %u) <{reduction = "add"}> : (tensor<?x5x3xf32>, tensor<?x2xi64>, tensor<?x3xf32>) -> tensor<?x5x3xf32>
  return %r : tensor<?x5x3xf32>
}

//--- errors.mlir
func.func @main(%x: tensor<4xf32> {rheobase.dims = ["4"]}, %i: tensor<1xi64> {rheobase.dims = ["1"]}, %u: tensor<f32> {rheobase.dims = []}) -> tensor<4xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.ScatterND': found attribute 'reduction' of 'odd', expected none, add, mul, max or min}}
  %r = "onnx.ScatterND"(%x, %i, %u) <{reduction = "odd"}> : (tensor<4xf32>, tensor<1xi64>, tensor<f32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<?x?x?x?x?x?x?x?x?x?x?x?x?x?xf32> {rheobase.dims = ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13"]}, %i: tensor<1xi64> {rheobase.dims = ["1"]},
                %u: tensor<?x?x?x?x?x?x?x?x?x?x?x?x?xf32> {rheobase.dims = ["d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13"]}) -> tensor<?x?x?x?x?x?x?x?x?x?x?x?x?x?xf32>
    attributes {rheobase.symbols = [{name = "d0", min = 1 : i64, max = 0 : i64}, {name = "d1", min = 1 : i64, max = 0 : i64}, {name = "d2", min = 1 : i64, max = 0 : i64}, {name = "d3", min = 1 : i64, max = 0 : i64}, {name = "d4", min = 1 : i64, max = 0 : i64}, {name = "d5", min = 1 : i64, max = 0 : i64}, {name = "d6", min = 1 : i64, max = 0 : i64}, {name = "d7", min = 1 : i64, max = 0 : i64}, {name = "d8", min = 1 : i64, max = 0 : i64}, {name = "d9", min = 1 : i64, max = 0 : i64}, {name = "d10", min = 1 : i64, max = 0 : i64}, {name = "d11", min = 1 : i64, max = 0 : i64}, {name = "d12", min = 1 : i64, max = 0 : i64}, {name = "d13", min = 1 : i64, max = 0 : i64}]} {
  // expected-error @+1 {{cannot lower 'onnx.ScatterND': found sizes too large to multiply, expected a product within 63 bits; bound the dimensions}}
  %r = "onnx.ScatterND"(%x, %i, %u) : (tensor<?x?x?x?x?x?x?x?x?x?x?x?x?x?xf32>, tensor<1xi64>, tensor<?x?x?x?x?x?x?x?x?x?x?x?x?xf32>) -> tensor<?x?x?x?x?x?x?x?x?x?x?x?x?x?xf32>
  return %r : tensor<?x?x?x?x?x?x?x?x?x?x?x?x?x?xf32>
}
