// RUN: snn-opt --onnx-simplify %s | FileCheck %s

// A linear layer over a sequence, as exporters write it: flattened, multiplied, and given its shape back.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x2xf32>
// CHECK-DAG: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}1.000000e+00, 3.000000e+00, 5.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>}>
// CHECK-DAG: %[[B:.*]] = "onnx.Constant"() <{value = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>}>
// CHECK: %[[P:.*]] = "onnx.MatMul"(%[[X]], %[[W]])
// CHECK-NEXT: %[[R:.*]] = "onnx.Add"(%[[P]], %[[B]])
// CHECK-NEXT: return %[[R]] : tensor<?x?x3xf32>
func.func @main(%x: tensor<?x?x2xf32> {rheobase.dims = ["batch", "sequence", "2"]}) -> tensor<?x?x3xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "sequence", min = 1 : i64, max = 0 : i64}]} {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>}> : () -> tensor<3x2xf32>
  %b = "onnx.Constant"() <{value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>}> : () -> tensor<3xf32>
  %flat = "onnx.Constant"() <{value = dense<[-1, 2]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %width = "onnx.Constant"() <{value = dense<3> : tensor<1xi64>}> : () -> tensor<1xi64>
  %lead = "onnx.Shape"(%x) <{start = 0 : i64, end = 2 : i64}> : (tensor<?x?x2xf32>) -> tensor<2xi64>
  %shape = "onnx.Concat"(%lead, %width) <{axis = 0 : i64}> : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  %0 = "onnx.Reshape"(%x, %flat) : (tensor<?x?x2xf32>, tensor<2xi64>) -> tensor<?x2xf32>
  %1 = "onnx.Gemm"(%0, %w, %b) <{transB = 1 : i64}> : (tensor<?x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %2 = "onnx.Reshape"(%1, %shape) : (tensor<?x3xf32>, tensor<3xi64>) -> tensor<?x?x3xf32>
  return %2 : tensor<?x?x3xf32>
}
