// RUN: snn-opt %s --spk-quantize-tables | FileCheck %s
// RUN: snn-opt %s --spk-quantize-tables=rounds=false | FileCheck %s --check-prefix=EXACT

// Bytes and a scale for each row, gathered by the same indices.
// CHECK-LABEL: func.func @words
// EXACT-LABEL: func.func @words
func.func @words(%ids: tensor<?x7xi64>) -> tensor<?x7x64xf32> {
  %table = "onnx.Constant"() {value = dense<254.0> : tensor<64x64xf32>} : () -> tensor<64x64xf32>
  // On a grid already.
  // EXACT: "onnx.Gather"({{.*}} -> tensor<?x7x64xi8>
  // CHECK-DAG: %[[Q:.*]] = "onnx.Constant"() <{value = dense_resource<constant> : tensor<64x64xi8>}>
  // CHECK-DAG: %[[S:.*]] = "onnx.Constant"() <{value = dense<2.000000e+00> : tensor<64x1xf32>}>
  // CHECK: %[[CODES:.*]] = "onnx.Gather"(%[[Q]], %arg0) <{axis = 0 : i64}> : (tensor<64x64xi8>, tensor<?x7xi64>) -> tensor<?x7x64xi8>
  // CHECK: %[[NUMBERS:.*]] = "onnx.Cast"(%[[CODES]])
  // CHECK: %[[SCALES:.*]] = "onnx.Gather"(%[[S]], %arg0) <{axis = 0 : i64}> : (tensor<64x1xf32>, tensor<?x7xi64>) -> tensor<?x7x1xf32>
  // CHECK: "onnx.Mul"(%[[NUMBERS]], %[[SCALES]])
  %y = "onnx.Gather"(%table, %ids) {axis = 0 : i64} : (tensor<64x64xf32>, tensor<?x7xi64>) -> tensor<?x7x64xf32>
  return %y : tensor<?x7x64xf32>
}

// Read along another axis, small, or with what has no code: as it was.
// CHECK-LABEL: func.func @kept
func.func @kept(%ids: tensor<?xi64>) -> (tensor<64x?xf32>, tensor<?x8xf32>, tensor<?x64xf32>) {
  %table = "onnx.Constant"() {value = dense<254.0> : tensor<64x64xf32>} : () -> tensor<64x64xf32>
  %small = "onnx.Constant"() {value = dense<254.0> : tensor<8x8xf32>} : () -> tensor<8x8xf32>
  %odd = "onnx.Constant"() {value = dense<0x7F800000> : tensor<64x64xf32>} : () -> tensor<64x64xf32>
  // CHECK-NOT: i8
  // CHECK: return
  %x = "onnx.Gather"(%table, %ids) {axis = 1 : i64} : (tensor<64x64xf32>, tensor<?xi64>) -> tensor<64x?xf32>
  %y = "onnx.Gather"(%small, %ids) {axis = 0 : i64} : (tensor<8x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  %z = "onnx.Gather"(%odd, %ids) {axis = 0 : i64} : (tensor<64x64xf32>, tensor<?xi64>) -> tensor<?x64xf32>
  return %x, %y, %z : tensor<64x?xf32>, tensor<?x8xf32>, tensor<?x64xf32>
}

// The bytes, 127 each, after the alignment.
// CHECK: constant: "0x{{[0-9A-F]+00}}7F7F7F7F
