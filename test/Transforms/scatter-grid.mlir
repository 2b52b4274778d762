// RUN: snn-opt --onnx-infer-shapes --onnx-simplify-shapes --split-input-file %s | FileCheck %s

// Indices that count along both dimensions assign the whole tensor.
// CHECK-LABEL: func.func @whole(
// CHECK-SAME: %{{.*}}: tensor<?x5xf32>{{.*}}, %[[U:[a-z0-9]+]]: tensor<?x5xf32>
// CHECK-NOT: onnx.ScatterND
// CHECK: return %[[U]]
func.func @whole(%x: tensor<?x5xf32> {rheobase.dims = ["n", "5"]}, %u: tensor<?x5xf32> {rheobase.dims = ["n", "5"]}) -> tensor<?x5xf32>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %zero = "onnx.Constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
  %one = "onnx.Constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
  %five = "onnx.Constant"() <{value = dense<5> : tensor<i64>}> : () -> tensor<i64>
  %size = "onnx.Shape"(%x) : (tensor<?x5xf32>) -> tensor<2xi64>
  %n = "onnx.Gather"(%size, %zero) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %column = "onnx.Constant"() <{value = dense<[-1, 1]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %component = "onnx.Constant"() <{value = dense<[0, 0, 1]> : tensor<3xi64>}> : () -> tensor<3xi64>
  %r = "onnx.Range"(%zero, %n, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rows = "onnx.Reshape"(%r, %column) : (tensor<?xi64>, tensor<2xi64>) -> tensor<?x1xi64>
  %c = "onnx.Range"(%zero, %five, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<5xi64>
  %a = "onnx.Expand"(%rows, %size) : (tensor<?x1xi64>, tensor<2xi64>) -> tensor<?x5xi64>
  %b = "onnx.Expand"(%c, %size) : (tensor<5xi64>, tensor<2xi64>) -> tensor<?x5xi64>
  %p = "onnx.Reshape"(%a, %component) : (tensor<?x5xi64>, tensor<3xi64>) -> tensor<?x5x1xi64>
  %q = "onnx.Reshape"(%b, %component) : (tensor<?x5xi64>, tensor<3xi64>) -> tensor<?x5x1xi64>
  %i = "onnx.Concat"(%p, %q) <{axis = -1 : i64}> : (tensor<?x5x1xi64>, tensor<?x5x1xi64>) -> tensor<?x5x2xi64>
  %y = "onnx.ScatterND"(%x, %i, %u) : (tensor<?x5xf32>, tensor<?x5x2xi64>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}

// -----

// The second constant has two places in the wrong order.
// CHECK-LABEL: func.func @constant(
// CHECK: %[[Y:.*]] = "onnx.ScatterND"
// CHECK: return %arg1, %[[Y]]
func.func @constant(%x: tensor<2x2xf32>, %u: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %i = "onnx.Constant"() <{value = dense<[[[0, 0], [0, 1]], [[1, 0], [1, 1]]]> : tensor<2x2x2xi64>}> : () -> tensor<2x2x2xi64>
  %j = "onnx.Constant"() <{value = dense<[[[0, 0], [0, 1]], [[1, 1], [1, 0]]]> : tensor<2x2x2xi64>}> : () -> tensor<2x2x2xi64>
  %a = "onnx.ScatterND"(%x, %i, %u) : (tensor<2x2xf32>, tensor<2x2x2xi64>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %b = "onnx.ScatterND"(%x, %j, %u) : (tensor<2x2xf32>, tensor<2x2x2xi64>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %a, %b : tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// A sum is not an assignment.
// CHECK-LABEL: func.func @sum(
// CHECK: onnx.ScatterND
func.func @sum(%x: tensor<2xf32>, %u: tensor<2xf32>) -> tensor<2xf32> {
  %i = "onnx.Constant"() <{value = dense<[[0], [1]]> : tensor<2x1xi64>}> : () -> tensor<2x1xi64>
  %a = "onnx.ScatterND"(%x, %i, %u) <{reduction = "add"}> : (tensor<2xf32>, tensor<2x1xi64>, tensor<2xf32>) -> tensor<2xf32>
  return %a : tensor<2xf32>
}
