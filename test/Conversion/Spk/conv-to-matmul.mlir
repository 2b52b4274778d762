// RUN: snn-opt %s --spk-conv-to-matmul | FileCheck %s

// Channels go last, windows are rows, channels go first again.
// CHECK-LABEL: func.func @grouped
func.func @grouped(%x: tensor<?x4x8x8xf32>) -> tensor<?x6x6x6xf32> {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<6x2x3x3xf32>} : () -> tensor<6x2x3x3xf32>
  %b = "onnx.Constant"() {value = dense<1.0> : tensor<6xf32>} : () -> tensor<6xf32>
  // CHECK: %[[X:.*]] = "onnx.Transpose"(%arg0) {{.*}}perm = array<i64: 0, 2, 3, 1>
  // CHECK: %[[ROWS:.*]] = spk.patches %[[X]] {{.*}}group = 2 : i64{{.*}} -> tensor<?x2x36x18xf32>
  // CHECK: %[[Y:.*]] = "onnx.MatMul"(%[[ROWS]], %{{.*}}) : (tensor<?x2x36x18xf32>, tensor<2x18x3xf32>) -> tensor<?x2x36x3xf32>
  // CHECK: %[[MOVED:.*]] = "onnx.Transpose"(%[[Y]]) {{.*}} -> tensor<?x36x2x3xf32>
  // CHECK: %[[LAST:.*]] = "onnx.Reshape"(%[[MOVED]], {{.*}} -> tensor<?x6x6x6xf32>
  // CHECK: %[[SUM:.*]] = "onnx.Add"(%[[LAST]], %{{.*}}) : (tensor<?x6x6x6xf32>, tensor<6xf32>)
  // CHECK: "onnx.Transpose"(%[[SUM]]) {{.*}}perm = array<i64: 0, 3, 1, 2>
  %y = "onnx.Conv"(%x, %w, %b) {auto_pad = "NOTSET", group = 2 : i64} : (tensor<?x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<?x6x6x6xf32>
  return %y : tensor<?x6x6x6xf32>
}

// Automatic padding is worked out from the sizes: 8 inputs, 4 windows of 3 at stride 2 reach 9.
// CHECK-LABEL: func.func @same
func.func @same(%x: tensor<?x1x8x8xf32>) -> (tensor<?x1x4x4xf32>, tensor<?x1x4x4xf32>, tensor<?x1x3x3xf32>) {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> tensor<1x1x3x3xf32>
  // CHECK: spk.patches {{.*}}pads = array<i64: 0, 0, 1, 1>
  %0 = "onnx.Conv"(%x, %w) {auto_pad = "SAME_UPPER", group = 1 : i64, strides = array<i64: 2, 2>} : (tensor<?x1x8x8xf32>, tensor<1x1x3x3xf32>) -> tensor<?x1x4x4xf32>
  // CHECK: spk.patches {{.*}}pads = array<i64: 1, 1, 0, 0>
  %1 = "onnx.Conv"(%x, %w) {auto_pad = "SAME_LOWER", group = 1 : i64, strides = array<i64: 2, 2>} : (tensor<?x1x8x8xf32>, tensor<1x1x3x3xf32>) -> tensor<?x1x4x4xf32>
  // CHECK: spk.patches {{.*}}pads = array<i64: 0, 0, 0, 0>
  %2 = "onnx.Conv"(%x, %w) {auto_pad = "VALID", group = 1 : i64, strides = array<i64: 2, 2>} : (tensor<?x1x8x8xf32>, tensor<1x1x3x3xf32>) -> tensor<?x1x3x3xf32>
  return %0, %1, %2 : tensor<?x1x4x4xf32>, tensor<?x1x4x4xf32>, tensor<?x1x3x3xf32>
}

// Open spatial sizes have no fixed windows: the convolution stays.
// CHECK-LABEL: func.func @open
func.func @open(%x: tensor<1x1x?x8xf32>) -> tensor<1x1x?x6xf32> {
  // CHECK: onnx.Conv
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> tensor<1x1x3x3xf32>
  %y = "onnx.Conv"(%x, %w) {auto_pad = "NOTSET", group = 1 : i64} : (tensor<1x1x?x8xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x6xf32>
  return %y : tensor<1x1x?x6xf32>
}
