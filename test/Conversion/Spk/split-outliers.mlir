// RUN: snn-opt %s --spk-split-outliers="share=0.3 steps=8" --split-input-file | FileCheck %s
// RUN: not snn-opt %s --spk-split-outliers=share=1.5 --split-input-file 2>&1 | FileCheck %s --check-prefix=SHARE
// RUN: snn-opt %s --spk-split-outliers="share=0.3 steps=5 bases=3" --split-input-file | FileCheck %s --check-prefix=MOST
// Whole steps of three trains, 16 digits at most.
// MOST: site = "a:outliers", {{.*}}steps = 5 : i64
// RUN: snn-opt %s --spk-split-outliers="share=0.3 steps=3 bases=2 extra=3" --split-input-file | FileCheck %s --check-prefix=WHOLE
// WHOLE: site = "a:outliers", {{.*}}steps = 5 : i64
// SHARE: error: share is 1.5{{.*}}, 0 to 1 expected
// RUN: not snn-opt %s --spk-split-outliers=steps=17 --split-input-file 2>&1 | FileCheck %s --check-prefix=STEPS
// STEPS: error: steps is 17, 2 to 16 expected
// RUN: not snn-opt %s --spk-split-outliers=ranges=global --split-input-file 2>&1 | FileCheck %s --check-prefix=RANGES
// RANGES: error: ranges is 'global', token or tensor expected

// Of four channels at most two; the second and the last reach farthest.
// CHECK-LABEL: func.func @split
func.func @split(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[CHOSEN:.*]] = "onnx.Constant"() <{value = dense<[1, 3]> : tensor<2xi64>}>
  // CHECK: %[[FEW:.*]] = "onnx.Gather"(%arg0, %[[CHOSEN]]) <{axis = 1 : i64}> : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x2xf32>
  // CHECK: %[[OUTLIERS:.*]] = spk.observe %[[FEW]] {peaks = array<f32: 9.000000e+00, 8.000000e+00>, range = array<f32: -9.000000e+00, 3.000000e+00>, role = "linear", site = "a:outliers", squares = array<f32: 2.000000e+00, 4.000000e+00>, steps = 12 : i64}
  // CHECK: %[[KEPT:.*]] = "onnx.Constant"() <{value = dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00]>
  // CHECK: %[[REST:.*]] = "onnx.Mul"(%arg0, %[[KEPT]])
  // CHECK: %[[SITE:.*]] = spk.observe %[[REST]] {peaks = array<f32: 1.000000e+00, 0.000000e+00, 5.000000e-01, 0.000000e+00>, range = array<f32: -1.000000e+00, 1.000000e+00>, role = "linear", site = "a", squares = array<f32: 1.000000e+00, 0.000000e+00, 3.000000e+00, 0.000000e+00>}
  %w = "onnx.Constant"() <{value = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {peaks = array<f32: 1.0, 9.0, 0.5, 8.0>, range = array<f32: -9.0, 3.0>, role = "linear", site = "a",
                       squares = array<f32: 1.0, 2.0, 3.0, 4.0>} : tensor<?x4xf32>
  // CHECK: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[1.000000e+00, 2.000000e+00], [0.000000e+00, 0.000000e+00], [5.000000e+00, 6.000000e+00], [0.000000e+00, 0.000000e+00]]>
  // CHECK: %[[MANY:.*]] = "onnx.MatMul"(%[[SITE]], %[[W]])
  // CHECK: %[[ROWS:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[3.000000e+00, 4.000000e+00], [7.000000e+00, 8.000000e+00]]>
  // CHECK: %[[FEW:.*]] = "onnx.MatMul"(%[[OUTLIERS]], %[[ROWS]])
  // CHECK: %[[SUM:.*]] = "onnx.Add"(%[[MANY]], %[[FEW]])
  // CHECK: return %[[SUM]]
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Where the rest reaches as far nothing is gained.
// CHECK-LABEL: func.func @even
func.func @even(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NOT: onnx.Gather
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {peaks = array<f32: 1.0, 1.05, 0.9, 1.1>, role = "linear", site = "a", squares = array<f32: 1.0, 2.0, 3.0, 4.0>} : tensor<?x4xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// A site's own share, steps and ranges; with a share of 0 all channels stay together.
// CHECK-LABEL: func.func @own_share
func.func @own_share(%x: tensor<?x4xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK: "onnx.Gather"(%arg0, %{{.*}}) {{.*}} -> tensor<?x1xf32>
  // CHECK: ranges = "tensor", role = "linear", site = "a:outliers", squares = array<f32: 2.000000e+00>, steps = 16 : i64}
  // CHECK-NOT: onnx.Gather
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {outliers = 0.25 : f64, peaks = array<f32: 1.0, 9.0, 0.5, 2.0>, ranges = "tensor", role = "linear", site = "a", squares = array<f32: 1.0, 2.0, 3.0, 4.0>, steps = 14 : i64} : tensor<?x4xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  %2 = spk.observe %x {outliers = 0.0 : f64, peaks = array<f32: 1.0, 9.0, 0.5, 8.0>, role = "linear", site = "b", squares = array<f32: 1.0, 2.0, 3.0, 4.0>} : tensor<?x4xf32>
  %3 = "onnx.MatMul"(%2, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1, %3 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// The channels taken out have the site's own kind of code and trains, and more steps than its own.
// CHECK-LABEL: func.func @own
func.func @own(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK: spk.observe {{.*}} {bases = 2 : i64, code = "digits", {{.*}}site = "a:outliers", {{.*}}steps = 5 : i64}
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {bases = 2 : i64, code = "digits", peaks = array<f32: 1.0, 9.0, 0.9, 1.1>, role = "linear", site = "a",
                       squares = array<f32: 1.0, 2.0, 3.0, 4.0>, steps = 3 : i64} : tensor<?x4xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Weights that lie on a grid stay there: the rest's inputs are 0 in the place of the channels taken out.
// CHECK-LABEL: func.func @exact
func.func @exact(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 6.000000e+00], [7.000000e+00, 8.000000e+00]]>
  // CHECK: %[[OUTLIERS:.*]] = spk.observe {{.*}}site = "a:outliers"
  // CHECK: %[[KEPT:.*]] = "onnx.Constant"() <{value = dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 1.000000e+00]>
  // CHECK: %[[REST:.*]] = "onnx.Mul"(%arg0, %[[KEPT]])
  // CHECK: %[[SITE:.*]] = spk.observe %[[REST]] {grid = 4 : i64,
  // CHECK: %[[MANY:.*]] = "onnx.MatMul"(%[[SITE]], %[[W]])
  // CHECK: %[[ROWS:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[3.000000e+00, 4.000000e+00]]>
  // CHECK: "onnx.MatMul"(%[[OUTLIERS]], %[[ROWS]])
  %w = "onnx.Constant"() <{value = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {grid = 4 : i64, outliers = 0.25 : f64, peaks = array<f32: 1.0, 9.0, 0.5, 1.0>, role = "linear", site = "a", squares = array<f32: 1.0, 2.0, 3.0, 4.0>} : tensor<?x4xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Where groups get steps of their own nothing needs to be taken out.
// CHECK-LABEL: func.func @groups
func.func @groups(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NOT: outliers
  // CHECK: return
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>
  %0 = spk.observe %x {grid = 2 : i64, peaks = array<f32: 1.0, 9.0, 0.9, 1.1>, role = "linear", site = "a", squares = array<f32: 1.0, 2.0, 3.0, 4.0>} : tensor<?x4xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
