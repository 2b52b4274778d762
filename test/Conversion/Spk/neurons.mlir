// RUN: snn-opt %s --spk-neurons="steps=8" | FileCheck %s
// RUN: snn-opt %s --spk-neurons="steps=16 neuron=mbe" | FileCheck %s --check-prefix=MBE

// CHECK-LABEL: func.func @activations
// MBE-LABEL: func.func @activations
func.func @activations(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: spk.mbe %arg0 {function = "gelu", neuron = #spk.segment<steps = 8, {{.*}}reduction = #spk.relu_minus}
  // MBE: spk.mbe %arg0 {function = "gelu", neuron = #spk.recurrent<kind = "mbe", bases = 4, steps = 16, {{.*}}reduction = #spk.direct}
  %0 = "onnx.Gelu"(%x) {approximate = "none"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: spk.mbe %arg0 {function = "tanh", {{.*}}reduction = #spk.odd}
  %1 = "onnx.Tanh"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}

// Encoded before normalisation; the reciprocal of the sum of what was encoded goes behind the product.
// CHECK-LABEL: func.func @attention
func.func @attention(%s: tensor<2x?xf32>, %v: tensor<?x8xf32>) -> tensor<2x8xf32> {
  // CHECK: %[[EXP:.*]] = spk.mbe %{{.*}} {function = "exp"
  // CHECK: %[[TRAIN:.*]] = spk.encode %[[EXP]], %{{.*}} -> {{.*}}#spk.binary<8, unsigned, nearest>
  // CHECK: %[[E:.*]] = spk.decode %[[TRAIN]]
  // CHECK: %[[SUM:.*]] = "onnx.ReduceSum"(%[[E]]
  // CHECK: %[[INVERSE:.*]] = spk.mbe %[[SUM]] {function = "reciprocal"
  // CHECK: %[[PRODUCT:.*]] = "onnx.MatMul"(%[[E]], %arg1)
  // CHECK: "onnx.Mul"(%[[PRODUCT]], %[[INVERSE]])
  // CHECK-NOT: onnx.Softmax
  %p = "onnx.Softmax"(%s) {axis = -1 : i64} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %o = "onnx.MatMul"(%p, %v) : (tensor<2x?xf32>, tensor<?x8xf32>) -> tensor<2x8xf32>
  return %o : tensor<2x8xf32>
}

// CHECK-LABEL: func.func @softmax_alone
func.func @softmax_alone(%s: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // CHECK: spk.mbe %{{.*}} {function = "exp"
  // CHECK: spk.mbe %{{.*}} {function = "reciprocal"
  // CHECK-NOT: onnx.Softmax
  %p = "onnx.Softmax"(%s) {axis = 1 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %p : tensor<2x8xf32>
}

// CHECK-LABEL: func.func @norm
func.func @norm(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %g = "onnx.Constant"() {value = dense<2.0> : tensor<8xf32>} : () -> tensor<8xf32>
  // CHECK: "onnx.ReduceMean"(%arg0
  // CHECK: spk.row_step %{{.*}} {axes = array<i64: 1>
  // CHECK: spk.encode
  // CHECK: spk.mbe %{{.*}} {function = "rsqrt"
  // CHECK-NOT: onnx.LayerNormalization
  %y:1 = "onnx.LayerNormalization"(%x, %g) {axis = -1 : i64, epsilon = 1.0e-5 : f32, stash_type = 1 : i64, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y#0 : tensor<?x8xf32>
}

// A constant divisor is a scale; a computed one costs a neuron.
// CHECK-LABEL: func.func @division
func.func @division(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %c = "onnx.Constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  // CHECK: "onnx.Div"(%arg0
  %0 = "onnx.Div"(%x, %c) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  // CHECK: spk.mbe %{{.*}} {function = "reciprocal"
  %1 = "onnx.Div"(%x, %y) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @inverse
func.func @inverse(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK: %[[SIZE:.*]] = "onnx.Abs"(%arg0)
  // CHECK: %[[SIGN:.*]] = "onnx.Sign"(%arg0)
  // CHECK: %[[N:.*]] = spk.mbe %[[SIZE]] {function = "reciprocal"
  // CHECK: "onnx.Mul"(%[[N]], %[[SIGN]])
  %0 = "onnx.Reciprocal"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  // CHECK: %[[ROOT:.*]] = spk.mbe %arg0 {function = "rsqrt"
  // CHECK: "onnx.Mul"(%arg0, %[[ROOT]])
  %1 = "onnx.Sqrt"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// A sigmoid that only its own product reads is a SiLU.
// CHECK-LABEL: func.func @silu
func.func @silu(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK: spk.mbe %arg0 {function = "silu", {{.*}}reduction = #spk.relu_minus}
  // CHECK-NOT: "onnx.Mul"
  %s = "onnx.Sigmoid"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %0 = "onnx.Mul"(%s, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  // CHECK: spk.mbe %{{.*}} {function = "sigmoid"
  %t = "onnx.Sigmoid"(%0) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "onnx.Mul"(%t, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// Vectors are no matrices: the softmax is normalised at once.
// CHECK-LABEL: func.func @vector
func.func @vector(%s: tensor<2x8xf32>, %v: tensor<8xf32>) -> tensor<2xf32> {
  // CHECK-NOT: spk.encode
  // CHECK: onnx.MatMul
  %p = "onnx.Softmax"(%s) {axis = -1 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %o = "onnx.MatMul"(%p, %v) : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2xf32>
  return %o : tensor<2xf32>
}
