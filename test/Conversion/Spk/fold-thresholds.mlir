// RUN: snn-opt --spk-fold-thresholds %s | FileCheck %s

// y * a + b >= 1 with a scale of either sign and one of zero: the first sum that is enough, the last one negated, none.
// CHECK-LABEL: func.func @integers
func.func @integers(%x: tensor<?x4xi8>) -> tensor<?x3xi1> {
  %w = "onnx.Constant"() {value = dense<1> : tensor<4x3xi8>} : () -> tensor<4x3xi8>
  %a = "onnx.Constant"() {value = dense<[0.3, -0.3, 0.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %b = "onnx.Constant"() {value = dense<[0.1, 0.1, 0.1]> : tensor<3xf32>} : () -> tensor<3xf32>
  %t = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  // CHECK: %[[SUM:.*]] = spk.matmul
  // CHECK: %[[SIGN:.*]] = "onnx.Constant"() <{value = dense<[1, -1, 1]> : tensor<3xi32>}>
  // CHECK: %[[TURNED:.*]] = "onnx.Mul"(%[[SUM]], %[[SIGN]])
  // CHECK: %[[FIRST:.*]] = "onnx.Constant"() <{value = dense<[3, 3, 65537]> : tensor<3xi32>}>
  // CHECK: "onnx.GreaterOrEqual"(%[[TURNED]], %[[FIRST]]) : (tensor<?x3xi32>, tensor<3xi32>) -> tensor<?x3xi1>
  %0 = spk.matmul %x, %w : tensor<?x4xi8>, tensor<4x3xi8> -> tensor<?x3xi32>
  %1 = "onnx.Cast"(%0) {to = 1 : i64} : (tensor<?x3xi32>) -> tensor<?x3xf32>
  %2 = "onnx.Mul"(%1, %a) : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %3 = "onnx.Add"(%2, %b) : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %4 = "onnx.GreaterOrEqual"(%3, %t) : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xi1>
  return %4 : tensor<?x3xi1>
}

// Strictly, from the other side, and behind moves: 2 < y / 0.5 - 1.
// CHECK-LABEL: func.func @moved
func.func @moved(%x: tensor<1x6x4xi8>) -> tensor<1x2x2x3xi1> {
  %w = "onnx.Constant"() {value = dense<1> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
  %shape = "onnx.Constant"() {value = dense<[1, 2, 3, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %h = "onnx.Constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %o = "onnx.Constant"() {value = dense<1.0> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %t = "onnx.Constant"() {value = dense<2.0> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  // CHECK: %[[SUM:.*]] = spk.matmul
  // CHECK-NOT: "onnx.Cast"
  // CHECK: %[[R:.*]] = "onnx.Reshape"(%[[SUM]], %{{.*}}) {{.*}} -> tensor<1x2x3x2xi32>
  // CHECK: %[[T:.*]] = "onnx.Transpose"(%[[R]]) {{.*}} -> tensor<1x2x2x3xi32>
  // CHECK: dense<2> : tensor<2x1x1xi32>
  // CHECK: "onnx.GreaterOrEqual"(%[[T]]
  %0 = spk.matmul %x, %w : tensor<1x6x4xi8>, tensor<4x2xi8> -> tensor<1x6x2xi32>
  %1 = "onnx.Cast"(%0) {to = 1 : i64} : (tensor<1x6x2xi32>) -> tensor<1x6x2xf32>
  %2 = "onnx.Reshape"(%1, %shape) : (tensor<1x6x2xf32>, tensor<4xi64>) -> tensor<1x2x3x2xf32>
  %3 = "onnx.Transpose"(%2) {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x2x3x2xf32>) -> tensor<1x2x2x3xf32>
  %4 = "onnx.Div"(%3, %h) : (tensor<1x2x2x3xf32>, tensor<f32>) -> tensor<1x2x2x3xf32>
  %5 = "onnx.Sub"(%4, %o) : (tensor<1x2x2x3xf32>, tensor<2x1x1xf32>) -> tensor<1x2x2x3xf32>
  %6 = "onnx.Less"(%t, %5) : (tensor<1x1x1x1xf32>, tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xi1>
  return %6 : tensor<1x2x2x3xi1>
}

// A product that scales its sums keeps their signs.
// CHECK-LABEL: func.func @scaled
func.func @scaled(%x: tensor<?x32xi8>) -> tensor<?x2xi1> {
  %w = "onnx.Constant"() {value = dense<0> : tensor<32x2xi8>} : () -> tensor<32x2xi8>
  %s = "onnx.Constant"() {value = dense<[[0.7, -0.7]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %t = "onnx.Constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  // CHECK: %[[SCALE:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}1.000000e+00, -1.000000e+00]]> : tensor<1x2xf32>}>
  // CHECK: %[[SUM:.*]] = spk.scaled_matmul %arg0, %{{.*}}, %[[SCALE]]
  // CHECK: dense<1.000000e+00> : tensor<2xf32>
  // CHECK: "onnx.GreaterOrEqual"(%[[SUM]]
  %0 = spk.scaled_matmul %x, %w, %s {format = #spk.rescaw<1, 0>} : tensor<?x32xi8>, tensor<32x2xi8>, tensor<1x2xf32> -> tensor<?x2xf32>
  %1 = "onnx.Greater"(%0, %t) : (tensor<?x2xf32>, tensor<f32>) -> tensor<?x2xi1>
  return %1 : tensor<?x2xi1>
}

// A membrane that is kept is read twice; a threshold that is computed is none.
// CHECK-LABEL: func.func @kept
func.func @kept(%x: tensor<?x4xi8>, %t: tensor<f32>) -> (tensor<?x3xi1>, tensor<?x3xf32>, tensor<?x3xi1>) {
  %w = "onnx.Constant"() {value = dense<1> : tensor<4x3xi8>} : () -> tensor<4x3xi8>
  %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  // CHECK-COUNT-2: "onnx.Cast"
  %0 = spk.matmul %x, %w : tensor<?x4xi8>, tensor<4x3xi8> -> tensor<?x3xi32>
  %1 = "onnx.Cast"(%0) {to = 1 : i64} : (tensor<?x3xi32>) -> tensor<?x3xf32>
  %2 = "onnx.GreaterOrEqual"(%1, %one) : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xi1>
  %3 = spk.matmul %x, %w : tensor<?x4xi8>, tensor<4x3xi8> -> tensor<?x3xi32>
  %4 = "onnx.Cast"(%3) {to = 1 : i64} : (tensor<?x3xi32>) -> tensor<?x3xf32>
  %5 = "onnx.GreaterOrEqual"(%4, %t) : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xi1>
  return %2, %1, %5 : tensor<?x3xi1>, tensor<?x3xf32>, tensor<?x3xi1>
}
