// RUN: snn-opt --spk-find-spikes %s | FileCheck %s
// RUN: snn-opt --spk-find-spikes --spk-encode-sites=steps=8 %s | FileCheck --check-prefix=CODE %s

// CHECK-LABEL: func.func @compared
// CODE-LABEL: func.func @compared
func.func @compared(%x: tensor<?x8xf32>, %t: tensor<f32>) -> tensor<?x8xf32> {
  %0 = "onnx.GreaterOrEqual"(%x, %t) : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xi1>
  %1 = "onnx.Cast"(%0) {to = 1 : i64} : (tensor<?x8xi1>) -> tensor<?x8xf32>
  // CHECK: spk.observe %{{.*}} {role = "linear", site = "a", spk.levels = {high = 1 : i64, low = 0 : i64, step = 1.000000e+00 : f32}}
  // CODE: %[[STEP:.*]] = "onnx.Constant"() <{value = dense<1.000000e+00> : tensor<f32>}>
  // CODE: spk.encode %{{.*}}, %[[STEP]] : {{.*}} -> <?x8, #spk.binary<1, unsigned, nearest>>
  %2 = spk.observe %1 {role = "linear", site = "a"} : tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}

// -1 and 1, chosen; signs have a plane and a step for the sign.
// CHECK-LABEL: func.func @chosen
// CODE-LABEL: func.func @chosen
func.func @chosen(%c: tensor<4x8xi1>) -> tensor<4x8xf32> {
  %p = "onnx.Constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %n = "onnx.Constant"() {value = dense<-5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Where"(%c, %p, %n) : (tensor<4x8xi1>, tensor<f32>, tensor<f32>) -> tensor<4x8xf32>
  // CHECK: spk.levels = {high = 1 : i64, low = -1 : i64, step = 5.000000e-01 : f32}
  // CODE: spk.encode {{.*}} -> <4x8, #spk.binary<1, signed, nearest>>
  %1 = spk.observe %0 {role = "linear", site = "a"} : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// floor(clip(4 x, 0, 4) + 0.5) / 4: five levels, also after maxima, moves and sums.
// CHECK-LABEL: func.func @levels
// CODE-LABEL: func.func @levels
func.func @levels(%x: tensor<2x1x4x4xf32>) -> (tensor<2x4xf32>, tensor<2x2xf32>) {
  %four = "onnx.Constant"() {value = dense<4.0> : tensor<f32>} : () -> tensor<f32>
  %zero = "onnx.Constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %half = "onnx.Constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %shape = "onnx.Constant"() {value = dense<[2, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %axis = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Mul"(%x, %four) : (tensor<2x1x4x4xf32>, tensor<f32>) -> tensor<2x1x4x4xf32>
  %1 = "onnx.Clip"(%0, %zero, %four) <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (tensor<2x1x4x4xf32>, tensor<f32>, tensor<f32>) -> tensor<2x1x4x4xf32>
  %2 = "onnx.Add"(%1, %half) : (tensor<2x1x4x4xf32>, tensor<f32>) -> tensor<2x1x4x4xf32>
  %3 = "onnx.Floor"(%2) : (tensor<2x1x4x4xf32>) -> tensor<2x1x4x4xf32>
  %4 = "onnx.Div"(%3, %four) : (tensor<2x1x4x4xf32>, tensor<f32>) -> tensor<2x1x4x4xf32>
  %5 = "onnx.MaxPool"(%4) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<2x1x4x4xf32>) -> tensor<2x1x2x2xf32>
  %6 = "onnx.Reshape"(%5, %shape) : (tensor<2x1x2x2xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  // CHECK: spk.levels = {high = 4 : i64, low = 0 : i64, step = 2.500000e-01 : f32}
  // CODE: spk.encode {{.*}} -> <2x4, #spk.binary<3, unsigned, nearest>>
  %7 = spk.observe %6 {role = "linear", site = "a"} : tensor<2x4xf32>
  %8 = "onnx.ReduceSum"(%5, %axis) {keepdims = 0 : i64} : (tensor<2x1x2x2xf32>, tensor<1xi64>) -> tensor<2x1x2xf32>
  %9 = "onnx.Constant"() {value = dense<[2, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %10 = "onnx.Reshape"(%8, %9) : (tensor<2x1x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  // CHECK: spk.levels = {high = 8 : i64, low = 0 : i64, step = 2.500000e-01 : f32}
  %11 = spk.observe %10 {role = "linear", site = "b"} : tensor<2x2xf32>
  return %7, %11 : tensor<2x4xf32>, tensor<2x2xf32>
}

// Bytes are of eight planes. Thirds of what is whole are rounded, numbers between no ends are any.
// CHECK-LABEL: func.func @others
func.func @others(%b: tensor<2x4xui8>, %x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %three = "onnx.Constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Cast"(%b) {to = 1 : i64} : (tensor<2x4xui8>) -> tensor<2x4xf32>
  // CHECK: site = "bytes", spk.levels = {high = 255 : i64, low = 0 : i64, step = 1.000000e+00 : f32}
  %1 = spk.observe %0 {role = "linear", site = "bytes"} : tensor<2x4xf32>
  %2 = "onnx.Div"(%0, %three) : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  // CHECK: spk.observe %{{.*}} {role = "linear", site = "thirds"} :
  %3 = spk.observe %2 {role = "linear", site = "thirds"} : tensor<2x4xf32>
  %4 = "onnx.Round"(%x) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  // CHECK: spk.observe %{{.*}} {role = "linear", site = "rounded"} :
  %5 = spk.observe %4 {role = "linear", site = "rounded"} : tensor<2x4xf32>
  return %1, %3, %5 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}

// What a neuron of its own fits has no code.
// CHECK-LABEL: func.func @neuron
func.func @neuron(%c: tensor<4xi1>) -> tensor<4xf32> {
  %0 = "onnx.Cast"(%c) {to = 1 : i64} : (tensor<4xi1>) -> tensor<4xf32>
  // CHECK-NOT: spk.levels
  %1 = spk.observe %0 {role = "neuron", site = "a"} : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A code with a sign holds half as many to each side: 65534 beside -1 have none.
// CHECK-LABEL: func.func @too_far
func.func @too_far(%x: tensor<1x4xui16>) -> tensor<1x4xf32> {
  // CHECK-NOT: spk.levels
  // CHECK: return
  %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Cast"(%x) {to = 1 : i64} : (tensor<1x4xui16>) -> tensor<1x4xf32>
  %1 = "onnx.Sub"(%0, %one) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %2 = spk.observe %1 {role = "linear", site = "a"} : tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}
