// RUN: snn-opt %s --onnx-sink-transposes | FileCheck %s

// Numbers, constants of any rank that broadcasts, and other transposes of this kind move along.
// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<2x5x5x4xf32>, %y: tensor<2x5x5x4xf32>, %s: tensor<f32>) -> tensor<2x4x5x5xf32> {
  // CHECK-DAG: %[[C:.*]] = "onnx.Transpose"(%{{.*}}) {{.*}} : (tensor<1x4x1x1xf32>) -> tensor<1x1x1x4xf32>
  // CHECK-DAG: %[[A:.*]] = "onnx.Add"(%arg0, %[[C]])
  // CHECK: %[[B:.*]] = "onnx.Add"(%[[A]], %arg1)
  // CHECK: %[[M:.*]] = "onnx.Mul"(%[[B]], %arg2)
  // CHECK: %[[R:.*]] = "onnx.Relu"(%[[M]]) : (tensor<2x5x5x4xf32>)
  // CHECK: %[[T:.*]] = "onnx.Transpose"(%[[R]]) {{.*}}perm = array<i64: 0, 3, 1, 2>
  // CHECK: return %[[T]]
  %c = "onnx.Constant"() {value = dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]> : tensor<4x1x1xf32>} : () -> tensor<4x1x1xf32>
  %0 = "onnx.Transpose"(%x) {perm = array<i64: 0, 3, 1, 2>} : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
  %1 = "onnx.Transpose"(%y) {perm = array<i64: 0, 3, 1, 2>} : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
  %2 = "onnx.Add"(%0, %c) : (tensor<2x4x5x5xf32>, tensor<4x1x1xf32>) -> tensor<2x4x5x5xf32>
  %3 = "onnx.Add"(%2, %1) : (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>
  %4 = "onnx.Mul"(%3, %s) : (tensor<2x4x5x5xf32>, tensor<f32>) -> tensor<2x4x5x5xf32>
  %5 = "onnx.Relu"(%4) : (tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>
  return %5 : tensor<2x4x5x5xf32>
}

// A whole tensor with channels first would have to be transposed itself, unless it is already.
// CHECK-LABEL: func.func @others
func.func @others(%x: tensor<2x5x5x4xf32>, %y: tensor<2x4x5x5xf32>, %z: tensor<2x4x5x5xf32>)
    -> (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>, tensor<2x5x5x4xf32>) {
  // CHECK: %[[T:.*]] = "onnx.Transpose"(%arg0)
  // CHECK: %[[A:.*]] = "onnx.Add"(%[[T]], %arg1)
  // CHECK: %[[Z:.*]] = "onnx.Transpose"(%arg2) {{.*}}perm = array<i64: 0, 2, 3, 1>
  // CHECK: "onnx.Add"(%arg0, %{{.*}}) : (tensor<2x5x5x4xf32>, tensor<2x5x5x4xf32>)
  // CHECK: return %[[A]]
  %0 = "onnx.Transpose"(%x) {perm = array<i64: 0, 3, 1, 2>} : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
  %1 = "onnx.Add"(%0, %y) : (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>
  %2 = "onnx.Transpose"(%z) {perm = array<i64: 0, 2, 3, 1>} : (tensor<2x4x5x5xf32>) -> tensor<2x5x5x4xf32>
  %3 = "onnx.Add"(%0, %z) : (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>
  return %1, %3, %2 : tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>, tensor<2x5x5x4xf32>
}

// CHECK-LABEL: func.func @shapes
func.func @shapes(%x: tensor<2x5x5x4xf32>) -> (tensor<2x4x1x1xf32>, tensor<2x4x25xf32>, tensor<2x8x5x5xf32>) {
  // CHECK: %[[MEAN:.*]] = "onnx.ReduceMean"(%arg0, %{{.*}}) {{.*}} -> tensor<2x1x1x4xf32>
  // CHECK: "onnx.Reshape"(%[[MEAN]], %{{.*}}) {{.*}} -> tensor<2x4x1x1xf32>
  // CHECK: %[[JOINED:.*]] = "onnx.Reshape"(%arg0, %{{.*}}) {{.*}} -> tensor<2x25x4xf32>
  // CHECK: "onnx.Transpose"(%[[JOINED]]) {{.*}}perm = array<i64: 0, 2, 1>
  // CHECK: %[[BOTH:.*]] = "onnx.Concat"(%arg0, %arg0) {{.*}}axis = 3 : i64{{.*}} -> tensor<2x5x5x8xf32>
  // CHECK: "onnx.Transpose"(%[[BOTH]]) {{.*}} -> tensor<2x8x5x5xf32>
  %shape = "onnx.Constant"() {value = dense<[2, 4, 25]> : tensor<3xi64>} : () -> tensor<3xi64>
  %0 = "onnx.Transpose"(%x) {perm = array<i64: 0, 3, 1, 2>} : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
  %1 = "onnx.GlobalAveragePool"(%0) : (tensor<2x4x5x5xf32>) -> tensor<2x4x1x1xf32>
  %2 = "onnx.Reshape"(%0, %shape) {allowzero = 0 : i64} : (tensor<2x4x5x5xf32>, tensor<3xi64>) -> tensor<2x4x25xf32>
  %3 = "onnx.Concat"(%0, %0) {axis = 1 : i64} : (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>) -> tensor<2x8x5x5xf32>
  return %1, %2, %3 : tensor<2x4x1x1xf32>, tensor<2x4x25xf32>, tensor<2x8x5x5xf32>
}

// Other orders stay where they are.
// CHECK-LABEL: func.func @heads
func.func @heads(%x: tensor<2x6x4x8xf32>) -> tensor<2x4x6x8xf32> {
  // CHECK: "onnx.Transpose"(%arg0)
  // CHECK: "onnx.Relu"
  // CHECK-NEXT: return
  %0 = "onnx.Transpose"(%x) {perm = array<i64: 0, 2, 1, 3>} : (tensor<2x6x4x8xf32>) -> tensor<2x4x6x8xf32>
  %1 = "onnx.Relu"(%0) : (tensor<2x4x6x8xf32>) -> tensor<2x4x6x8xf32>
  return %1 : tensor<2x4x6x8xf32>
}
