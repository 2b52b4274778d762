// RUN: snn-opt %s --spk-place-sites | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: snn-opt %s --spk-place-sites=normalised=true | FileCheck %s --check-prefix=NORMALISED

// Two matrices beside one tensor share one site, named after the first; a constant side is none.
// CHECK-LABEL: func.func @shared
func.func @shared(%x: tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<8x4xf32>} : () -> tensor<8x4xf32>
  // CHECK: %[[SITE:.*]] = spk.observe %arg0 {role = "linear", site = "query:linear"}
  // CHECK-NOT: spk.observe
  // CHECK: "onnx.MatMul"(%[[SITE]],
  // CHECK: "onnx.MatMul"(%[[SITE]],
  %0 = "onnx.MatMul"(%x, %w) : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32> loc("query")
  %1 = "onnx.MatMul"(%x, %w) : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32> loc("key")
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// Queries and keys on both sides of a product; behind a softmax, also behind a guard against NaN, its weights and the values.
// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<2x8xf32>, %k: tensor<8x2xf32>, %v: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %zero = "onnx.Constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  // CHECK-DAG: spk.observe %arg0 {role = "query", site = "scores:query"}
  // CHECK-DAG: spk.observe %arg1 {role = "key", site = "scores:key"}
  // CHECK-DAG: spk.observe %arg2 {role = "value", site = "mix:value"}
  // DEFAULT-DAG: %[[GUARDED:.*]] = "onnx.Where"
  // DEFAULT-DAG: spk.observe %[[GUARDED]] {role = "attention", site = "weights:weights"}
  // Encoded after they are normalised they are an operand like any other.
  // NORMALISED: %[[WEIGHTS:.*]] = "onnx.Where"(
  // NORMALISED: %[[CODED:.*]] = spk.observe %[[WEIGHTS]] {role = "query", site = "mix:query"}
  // NORMALISED: "onnx.MatMul"(%[[CODED]],
  // CHECK-NOT: spk.observe
  %s = "onnx.MatMul"(%q, %k) : (tensor<2x8xf32>, tensor<8x2xf32>) -> tensor<2x2xf32> loc("scores")
  %p = "onnx.Softmax"(%s) {axis = -1 : i64} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("weights")
  %n = "onnx.IsNaN"(%p) : (tensor<2x2xf32>) -> tensor<2x2xi1>
  %g = "onnx.Where"(%n, %zero, %p) : (tensor<2x2xi1>, tensor<f32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %o = "onnx.MatMul"(%g, %v) : (tensor<2x2xf32>, tensor<2x8xf32>) -> tensor<2x8xf32> loc("mix")
  return %o : tensor<2x8xf32>
}

// A convolution's input is encoded once per value, before its windows overlap.
// CHECK-LABEL: func.func @convolution
func.func @convolution(%x: tensor<1x8x8x1xf32>) -> tensor<1x1x36x2xf32> {
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<9x2xf32>} : () -> tensor<9x2xf32>
  // CHECK: %[[SITE:.*]] = spk.observe %arg0 {role = "conv"
  // CHECK: spk.patches %[[SITE]]
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<1x8x8x1xf32> -> tensor<1x1x36x9xf32>
  %y = "onnx.MatMul"(%p, %w) : (tensor<1x1x36x9xf32>, tensor<9x2xf32>) -> tensor<1x1x36x2xf32>
  return %y : tensor<1x1x36x2xf32>
}

// Integers are left alone.
// CHECK-LABEL: func.func @integers
func.func @integers(%x: tensor<2x8xi32>, %y: tensor<8x2xi32>) -> tensor<2x2xi32> {
  // CHECK-NOT: spk.observe
  %z = "onnx.MatMul"(%x, %y) : (tensor<2x8xi32>, tensor<8x2xi32>) -> tensor<2x2xi32>
  return %z : tensor<2x2xi32>
}

// Angles of positions are no activations.
// CHECK-LABEL: func.func @angles
func.func @angles(%p: tensor<1x1x8xi64>) -> tensor<1x4x8xf32> {
  // CHECK-NOT: spk.observe
  %f = "onnx.Constant"() {value = dense<0.1> : tensor<1x4x1xf32>} : () -> tensor<1x4x1xf32>
  %x = "onnx.Cast"(%p) {to = 1 : i64} : (tensor<1x1x8xi64>) -> tensor<1x1x8xf32>
  %y = "onnx.MatMul"(%f, %x) : (tensor<1x4x1xf32>, tensor<1x1x8xf32>) -> tensor<1x4x8xf32>
  return %y : tensor<1x4x8xf32>
}

// Fits of functions of all numbers depend on their inputs; a value that is a factor beside its sigmoid is marked there alone.
// CHECK-LABEL: func.func @before_neurons
func.func @before_neurons(%x: tensor<?x8xf32>, %d: tensor<8xf64>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf64>) {
  // CHECK: %[[X:.*]] = spk.observe %arg0 {role = "neuron", site = "{{.*}}:neuron"}
  // CHECK-NOT: spk.observe
  // CHECK: %[[S:.*]] = "onnx.Sigmoid"(%[[X]])
  // CHECK: "onnx.Mul"(%arg0, %[[S]])
  // CHECK: "onnx.Tanh"(%[[X]])
  // CHECK: "onnx.Tanh"(%arg1)
  %s = "onnx.Sigmoid"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = "onnx.Mul"(%x, %s) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = "onnx.Tanh"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = "onnx.Tanh"(%d) : (tensor<8xf64>) -> tensor<8xf64>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf64>
}

// Windows that share nothing are rows, with thresholds of their own.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x8x8x1xf32>) -> tensor<1x1x4x2xf32> {
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<16x2xf32>}> : () -> tensor<16x2xf32>
  // CHECK: %[[ROWS:.*]] = spk.patches %arg0
  // CHECK: spk.observe %[[ROWS]] {role = "linear"
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 4, 4>} : tensor<1x8x8x1xf32> -> tensor<1x1x4x16xf32>
  %0 = "onnx.MatMul"(%p, %w) : (tensor<1x1x4x16xf32>, tensor<16x2xf32>) -> tensor<1x1x4x2xf32>
  return %0 : tensor<1x1x4x2xf32>
}

// With padding they are not: it has no row of its own.
// CHECK-LABEL: func.func @padded
func.func @padded(%x: tensor<1x6x6x1xf32>) -> tensor<1x1x4x2xf32> {
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<16x2xf32>}> : () -> tensor<16x2xf32>
  // CHECK: spk.observe %arg0 {role = "conv"
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 1, 1, 1, 1>,
    strides = array<i64: 4, 4>} : tensor<1x6x6x1xf32> -> tensor<1x1x4x16xf32>
  %0 = "onnx.MatMul"(%p, %w) : (tensor<1x1x4x16xf32>, tensor<16x2xf32>) -> tensor<1x1x4x2xf32>
  return %0 : tensor<1x1x4x2xf32>
}

// Pixels are encoded before they are taken, with the others of their image.
// CHECK-LABEL: func.func @pixels
func.func @pixels(%x: tensor<1x6x6x4xf32>) -> tensor<1x1x9x2xf32> {
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  // CHECK: %[[SITE:.*]] = spk.observe %arg0 {role = "conv"
  // CHECK: spk.patches %[[SITE]]
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 2, 2>} : tensor<1x6x6x4xf32> -> tensor<1x1x9x4xf32>
  %0 = "onnx.MatMul"(%p, %w) : (tensor<1x1x9x4xf32>, tensor<4x2xf32>) -> tensor<1x1x9x2xf32>
  return %0 : tensor<1x1x9x2xf32>
}
