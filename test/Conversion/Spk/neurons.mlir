// RUN: snn-opt %s --spk-neurons="steps=8" | FileCheck %s
// RUN: snn-opt %s --spk-neurons="steps=16 neuron=mbe" | FileCheck %s --check-prefix=MBE
// RUN: snn-opt %s --spk-neurons="steps=8 neuron=mbe-ext" | FileCheck %s --check-prefix=EXT
// RUN: snn-opt %s --spk-neurons="steps=4 bases=2 code=digits" | FileCheck %s --check-prefix=PARALLEL
// RUN: snn-opt %s --spk-neurons="steps=8 code=rate" | FileCheck %s --check-prefix=RATE

// Neurons have the steps of all trains. Few levels of a rate are none for a normalisation.
// PARALLEL-LABEL: func.func @activations
// PARALLEL: neuron = #spk.segment<steps = 8,
// PARALLEL-LABEL: func.func @attention
// PARALLEL: #spk.parallel<2, #spk.digits<8, unsigned, nearest>>
// PARALLEL-LABEL: func.func @norm
// PARALLEL: #spk.parallel<2, #spk.digits<13, signed, nearest>>
// RATE-LABEL: func.func @attention
// RATE: #spk.rate<8, unsigned, nearest>
// RATE-LABEL: func.func @norm
// RATE: #spk.binary<12, signed, nearest>

// CHECK-LABEL: func.func @activations
// MBE-LABEL: func.func @activations
// EXT-LABEL: func.func @activations
func.func @activations(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: spk.mbe %arg0 {function = "gelu", neuron = #spk.segment<steps = 8, {{.*}}reduction = #spk.relu_minus}
  // MBE: spk.mbe %arg0 {function = "gelu", neuron = #spk.recurrent<kind = "mbe", bases = 4, steps = 16, {{.*}}reduction = #spk.direct}
  // EXT: spk.mbe %arg0 {function = "gelu", neuron = #spk.recurrent<kind = "mbe-ext", bases = 4, steps = 8, {{.*}}lower = -1.600000e+01 : f32, {{.*}}reduction = #spk.direct}
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

// The site of the weights says their steps.
// CHECK-LABEL: func.func @softmax_product_with_a_site
func.func @softmax_product_with_a_site(%s: tensor<2x4xf32>, %v: tensor<4x8xf32>) -> tensor<2x8xf32> {
  // CHECK: spk.encode {{.*}} #spk.binary<5, unsigned, {{.*}}>>
  // CHECK-NOT: onnx.Softmax
  // CHECK-NOT: spk.observe
  %p = "onnx.Softmax"(%s) {axis = -1 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %w = spk.observe %p {role = "attention", site = "softmax:weights", steps = 5 : i64} : tensor<2x4xf32>
  %o = "onnx.MatMul"(%w, %v) : (tensor<2x4xf32>, tensor<4x8xf32>) -> tensor<2x8xf32>
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

// x / sqrt(mean(x^2) + epsilon) in the three ways exporters write it: a code of each row and one neuron.
// CHECK-LABEL: func.func @rms_norm
func.func @rms_norm(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %two = "onnx.Constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %eps = "onnx.Constant"() {value = dense<1.0e-6> : tensor<f32>} : () -> tensor<f32>
  %last = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  // CHECK: spk.row_step %arg0
  // CHECK: %[[CODE:.*]] = spk.decode
  // CHECK: %[[SQUARE:.*]] = "onnx.Mul"(%[[CODE]], %[[CODE]])
  // CHECK: %[[MEAN:.*]] = "onnx.ReduceMean"(%[[SQUARE]]
  // CHECK: %[[SUM:.*]] = "onnx.Add"(%[[MEAN]]
  // CHECK: %[[ROOT:.*]] = spk.mbe %[[SUM]] {function = "rsqrt"
  // CHECK: "onnx.Mul"(%[[CODE]], %[[ROOT]])
  %p = "onnx.Pow"(%x, %two) : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %m = "onnx.ReduceMean"(%p, %last) {keepdims = 1 : i64, noop_with_empty_axes = 0 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %s = "onnx.Add"(%m, %eps) : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = "onnx.Sqrt"(%s) : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %i = "onnx.Div"(%one, %r) : (tensor<f32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %0 = "onnx.Mul"(%x, %i) : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  // CHECK: spk.mbe %{{.*}} {function = "rsqrt"
  %p1 = "onnx.Mul"(%x, %x) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %m1 = "onnx.ReduceMean"(%p1, %last) {keepdims = 1 : i64, noop_with_empty_axes = 0 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %s1 = "onnx.Add"(%eps, %m1) : (tensor<f32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %r1 = "onnx.Sqrt"(%s1) : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %i1 = "onnx.Reciprocal"(%r1) : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %1 = "onnx.Mul"(%i1, %x) : (tensor<?x1xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: spk.mbe %{{.*}} {function = "rsqrt"
  // CHECK-NOT: onnx.Sqrt
  // CHECK-NOT: "reciprocal"
  %p2 = "onnx.Mul"(%x, %x) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %m2 = "onnx.ReduceMean"(%p2, %last) {keepdims = 1 : i64, noop_with_empty_axes = 0 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %s2 = "onnx.Add"(%m2, %eps) : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r2 = "onnx.Sqrt"(%s2) : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %2 = "onnx.Div"(%x, %r2) : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @powers
func.func @powers(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %three = "onnx.Constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
  // CHECK: %[[SQUARE:.*]] = "onnx.Mul"(%arg0, %arg0)
  // CHECK: "onnx.Mul"(%[[SQUARE]], %arg0)
  %0 = "onnx.Pow"(%x, %three) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %half = "onnx.Constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  // CHECK: %[[ROOT:.*]] = spk.mbe %arg0 {function = "rsqrt"
  // CHECK: "onnx.Mul"(%arg0, %[[ROOT]])
  %1 = "onnx.Pow"(%x, %half) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// What calibration saw of a neuron's inputs chooses its fit; the site goes, also where no neuron stands for its reader.
// CHECK-LABEL: func.func @calibrated
// EXT-LABEL: func.func @calibrated
func.func @calibrated(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf64>) {
  %seen = spk.observe %x {role = "neuron", site = "gelu:neuron", range = array<f32: -3.0, 2.0>} : tensor<8xf32>
  // CHECK: spk.mbe %arg0 {function = "gelu", neuron = #spk.segment<{{.*}}offsets = [0.000000e+00, {{.*}}reduction = #spk.relu_minus}
  // EXT: spk.mbe %arg0 {function = "gelu", {{.*}}lower = -8.000000e+00 : f32, upper = 8.000000e+00
  %0 = "onnx.Gelu"(%seen) {approximate = "none"} : (tensor<8xf32>) -> tensor<8xf32>
  %silu = spk.observe %x {role = "neuron", site = "silu:neuron", range = array<f32: -3.0, 2.0>} : tensor<8xf32>
  // CHECK: spk.mbe %arg0 {function = "silu", {{.*}}reduction = #spk.relu_minus}
  %s = "onnx.Sigmoid"(%silu) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "onnx.Mul"(%s, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  // CHECK-NOT: spk.observe
  %other = spk.observe %x {role = "neuron", site = "other:neuron", range = array<f32: -3.0, 2.0>} : tensor<8xf32>
  %2 = "onnx.Cast"(%other) {to = 11 : i64, saturate = 1 : i64} : (tensor<8xf32>) -> tensor<8xf64>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf64>
}
