// RUN: snn-opt %s --spk-estimate-ranges --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS
// RUN: snn-opt %s --spk-estimate-ranges=fixed=true --split-input-file 2>%t.txt | FileCheck %s --check-prefixes=CHECK,FIXED
// RUN: FileCheck %s --check-prefix=WARNING --input-file=%t.txt
// WARNING: warning: no samples: the ranges of 2 of 2 sites are estimated from weights and normalisations, the others are set by each row or sample; --calibrate=FILE reads them off samples

// Channels behind a normalisation have their offset for a mean and their scale for a deviation: 3 +- 6, 4 +- 12. A product carries
// them on: 7 +- 6 sqrt(1 + 4). A value's step is set by rows only where nothing is known.
// CHECK-LABEL: func.func @norm
func.func @norm(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x1xf32>) {
  %scale = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %offset = "onnx.Constant"() <{value = dense<[3.0, 4.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %w = "onnx.Constant"() <{value = dense<1.0> : tensor<2x1xf32>}> : () -> tensor<2x1xf32>
  %y = "onnx.LayerNormalization"(%x, %scale, %offset) <{operandSegmentSizes = array<i32: 1, 1, 1>, resultSegmentSizes = array<i32: 1, 0, 0>}>
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  // CHECK: spk.observe %{{.*}} {range = array<f32: -8.000000e+00, 1.600000e+01>, role = "linear", site = "a"}
  %0 = spk.observe %y {role = "linear", site = "a"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  // ROWS: spk.observe %{{.*}} {role = "value", site = "b"}
  // FIXED: spk.observe %{{.*}} {range = array<f32: -6.416{{[0-9]*}}, 20.416{{[0-9]*}}>, role = "value", site = "b"}
  %2 = spk.observe %1 {role = "value", site = "b"} : tensor<?x1xf32>
  return %0, %2 : tensor<?x2xf32>, tensor<?x1xf32>
}

// -----

// The least value of GELU is known; that of an input is not, and a range stays as it is.
// CHECK-LABEL: func.func @gelu
func.func @gelu(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %scale = "onnx.Constant"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %y = "onnx.LayerNormalization"(%x, %scale) <{operandSegmentSizes = array<i32: 1, 1, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}>
    : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %g = "onnx.Gelu"(%y) <{approximate = "none"}> : (tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: spk.observe %{{.*}} {range = array<f32: -1.700000e-01, {{[78]\.[0-9]*}}>, role = "linear", site = "a"}
  %0 = spk.observe %g {role = "linear", site = "a"} : tensor<?x2xf32>
  // CHECK: spk.observe %arg0 {role = "linear", site = "b"}
  %1 = spk.observe %x {role = "linear", site = "b"} : tensor<?x2xf32>
  // CHECK: spk.observe %{{.*}} {range = array<f32: -1.000000e+00, 1.000000e+00>, role = "linear", site = "c"}
  %2 = spk.observe %g {range = array<f32: -1.0, 1.0>, role = "linear", site = "c"} : tensor<?x2xf32>
  return %0, %1, %2 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}
