// RUN: snn-opt %s --spk-migrate-channels=exponent=0.5 --split-input-file | FileCheck %s
// RUN: not snn-opt %s --spk-migrate-channels=exponent=2 --split-input-file 2>&1 | FileCheck %s --check-prefix=EXPONENT
// EXPONENT: error: exponent is 2.0{{.*}}, 0 to 1 expected

// Peaks of 4 and 1/4 and weights of at most 1 give scales of 2 and 1/2.
// CHECK-LABEL: func.func @product
func.func @product(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK: %[[INVERSE:.*]] = "onnx.Constant"() <{value = dense<[5.000000e-01, 2.000000e+00]> : tensor<2xf32>}>
  // CHECK: %[[X:.*]] = "onnx.Mul"(%arg0, %[[INVERSE]])
  // CHECK: %[[SITE:.*]] = spk.observe %[[X]] {peaks = array<f32: 2.000000e+00, 5.000000e-01>, range = array<f32: -4.000000e+00, 1.000000e+00>, role = "linear", site = "a", squares = array<f32: 2.500000e-01, 4.000000e+00>}
  %w = "onnx.Constant"() <{value = dense<[[1.0, -1.0], [0.5, 1.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %0 = spk.observe %x {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "linear", site = "a", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  // CHECK: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[2.000000e+00, -2.000000e+00], [2.500000e-01, 5.000000e-01]]>
  // CHECK: "onnx.MatMul"(%[[SITE]], %[[W]])
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // Every reader's weights take the scales.
  // CHECK: %[[W:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[2.000000e+00, -2.000000e+00], [2.500000e-01, 5.000000e-01]]>
  // CHECK: "onnx.MatMul"(%[[SITE]], %[[W]])
  %2 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1, %2 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// A normalisation takes the inverse into its scale and offset.
// CHECK-LABEL: func.func @norm
func.func @norm(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[SCALE:.*]] = "onnx.Constant"() <{value = dense<[5.000000e-01, 4.000000e+00]>
  // CHECK-DAG: %[[OFFSET:.*]] = "onnx.Constant"() <{value = dense<[1.500000e+00, 8.000000e+00]>
  // CHECK: %[[Y:.*]] = "onnx.LayerNormalization"(%arg0, %[[SCALE]], %[[OFFSET]])
  // CHECK: spk.observe %[[Y]]
  %scale = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %offset = "onnx.Constant"() <{value = dense<[3.0, 4.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %w = "onnx.Constant"() <{value = dense<[[1.0, -1.0], [0.5, 1.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %y = "onnx.LayerNormalization"(%x, %scale, %offset) <{operandSegmentSizes = array<i32: 1, 1, 1>, resultSegmentSizes = array<i32: 1, 0, 0>}>
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %0 = spk.observe %y {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "linear", site = "a", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// So does a product with a constant, as a normalisation by the root mean square ends in.
// CHECK-LABEL: func.func @scale
func.func @scale(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[SCALE:.*]] = "onnx.Constant"() <{value = dense<[5.000000e-01, 4.000000e+00]>
  // CHECK: %[[Y:.*]] = "onnx.Mul"(%[[SCALE]], %arg0)
  // CHECK: spk.observe %[[Y]]
  %scale = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %w = "onnx.Constant"() <{value = dense<[[1.0, -1.0], [0.5, 1.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %y = "onnx.Mul"(%scale, %x) : (tensor<2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %0 = spk.observe %y {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "linear", site = "a", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// What something else reads keeps its scale; sites with other readers, of other roles, or that were not seen stay.
// CHECK-LABEL: func.func @others
func.func @others(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK: %[[Y:.*]] = "onnx.Mul"(%arg0, %{{.*}})
  // CHECK: %[[SCALED:.*]] = "onnx.Mul"(%[[Y]], %{{.*}})
  // CHECK: spk.observe %[[SCALED]] {peaks
  %scale = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %w = "onnx.Constant"() <{value = dense<[[1.0, -1.0], [0.5, 1.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %y = "onnx.Mul"(%x, %scale) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %0 = spk.observe %y {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "linear", site = "a", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK: spk.observe %[[Y]]
  %2 = spk.observe %y {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "linear", site = "b", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %3 = "onnx.Add"(%2, %2) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: spk.observe %[[Y]]
  %4 = spk.observe %y {peaks = array<f32: 4.0, 0.25>, range = array<f32: -8.0, 1.0>, role = "query", site = "c", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %5 = "onnx.MatMul"(%4, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK: spk.observe %[[Y]]
  %6 = spk.observe %y {role = "linear", site = "d"} : tensor<?x2xf32>
  %7 = "onnx.MatMul"(%6, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1, %3, %5, %7 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// A site's own exponent goes before the option; with 0 nothing moves.
// CHECK-LABEL: func.func @own
func.func @own(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK: spk.observe %arg0 {migrate = 0.000000e+00 : f64, peaks
  // CHECK: %[[INVERSE:.*]] = "onnx.Constant"() <{value = dense<[2.500000e-01, 4.000000e+00]> : tensor<2xf32>}>
  // CHECK: %[[X:.*]] = "onnx.Mul"(%arg0, %[[INVERSE]])
  // CHECK: spk.observe %[[X]] {migrate = 1.000000e+00 : f64, peaks
  %w = "onnx.Constant"() <{value = dense<[[1.0, -1.0], [0.5, 1.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %0 = spk.observe %x {migrate = 0.0 : f64, peaks = array<f32: 4.0, 0.25>, role = "linear", site = "a", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %2 = spk.observe %x {migrate = 1.0 : f64, peaks = array<f32: 4.0, 0.25>, role = "linear", site = "b", squares = array<f32: 1.0, 1.0>} : tensor<?x2xf32>
  %3 = "onnx.MatMul"(%2, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1, %3 : tensor<?x2xf32>, tensor<?x2xf32>
}
