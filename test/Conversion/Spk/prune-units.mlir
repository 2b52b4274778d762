// RUN: snn-opt %s --spk-prune-units=share=0.5 --split-input-file | FileCheck %s
// RUN: not snn-opt %s --spk-prune-units=share=1 --split-input-file 2>&1 | FileCheck %s --check-prefix=SHARE
// SHARE: error: share is 1.0{{.*}}, 0 or more and less than 1 expected
// RUN: not snn-opt %s --spk-prune-units=score=svs --split-input-file 2>&1 | FileCheck %s --check-prefix=SCORE
// SCORE: error: score is 'svs', one that needs no samples expected, such as 'magnitude'
// RUN: not snn-opt %s --spk-prune-units=what=layers --split-input-file 2>&1 | FileCheck %s --check-prefix=WHAT
// WHAT: error: what is 'layers', units, heads or channels expected
// RUN: snn-opt %s --spk-prune-units="share=0.5 what=heads,channels" --canonicalize --split-input-file | FileCheck %s --check-prefix=OTHER

// Units 1 and 2 have the longest weights: columns, offsets and rows of the others go, shapes shrink. A number for all units stays.
// CHECK-LABEL: func.func @mlp
func.func @mlp(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %in = "onnx.Constant"() <{value = dense<[[1.0, 3.0, 5.0, 0.0], [0.0, 4.0, 0.0, 1.0]]> : tensor<2x4xf32>}> : () -> tensor<2x4xf32>
  %offset = "onnx.Constant"() <{value = dense<[0.0, 0.1, 0.2, 0.3]> : tensor<4xf32>}> : () -> tensor<4xf32>
  %half = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %out = "onnx.Constant"() <{value = dense<[[0.5], [1.0], [2.0], [3.0]]> : tensor<4x1xf32>}> : () -> tensor<4x1xf32>
  // CHECK: %[[IN:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[3.000000e+00, 5.000000e+00], [4.000000e+00, 0.000000e+00]]> : tensor<2x2xf32>}>
  // CHECK: %[[A:.*]] = "onnx.MatMul"(%{{.*}}, %[[IN]]) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK: %[[OFFSET:.*]] = "onnx.Constant"() <{value = dense<[1.000000e-01, 2.000000e-01]> : tensor<2xf32>}>
  // CHECK: "onnx.Add"(%[[OFFSET]], %[[A]]) : (tensor<2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: "onnx.Gelu"({{.*}}) <{approximate = "none"}> : (tensor<?x2xf32>) -> tensor<?x2xf32>
  // CHECK: %[[H:.*]] = spk.observe {{.*}} site = "out"} : tensor<?x2xf32>
  // CHECK: %[[OUT:.*]] = "onnx.Constant"() <{value = dense<{{\[}}[1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>}>
  // CHECK: "onnx.MatMul"(%[[H]], %[[OUT]]) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %in) : (tensor<?x2xf32>, tensor<2x4xf32>) -> tensor<?x4xf32>
  %2 = "onnx.Add"(%offset, %1) : (tensor<4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = spk.observe %2 {role = "neuron", site = "gelu"} : tensor<?x4xf32>
  %4 = "onnx.Gelu"(%3) <{approximate = "none"}> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %5 = "onnx.Mul"(%4, %half) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %6 = spk.observe %5 {role = "linear", site = "out"} : tensor<?x4xf32>
  %7 = "onnx.MatMul"(%6, %out) : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  return %7 : tensor<?x1xf32>
}

// -----

// A gate: both products lose the same units. Of three layers in a row, each is pruned.
// CHECK-LABEL: func.func @gate
// CHECK-COUNT-2: "onnx.MatMul"({{.*}}) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.Mul"({{.*}}) : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.MatMul"({{.*}}) : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.Relu"({{.*}}) : (tensor<?x1xf32>) -> tensor<?x1xf32>
// CHECK: "onnx.MatMul"({{.*}}) : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
func.func @gate(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 3.0], [0.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %2 = "onnx.Sigmoid"(%1) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %4 = "onnx.Mul"(%2, %3) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %5 = spk.observe %4 {role = "linear", site = "middle"} : tensor<?x2xf32>
  %6 = "onnx.MatMul"(%5, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %7 = "onnx.Relu"(%6) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %8 = spk.observe %7 {role = "linear", site = "out"} : tensor<?x2xf32>
  %9 = "onnx.MatMul"(%8, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}

// -----

// Units that somebody else sees stay, and those that an argument or a normalisation makes.
// CHECK-LABEL: func.func @seen
// CHECK-NOT: tensor<?x1xf32>
func.func @seen(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 3.0], [0.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %scale = "onnx.Constant"() <{value = dense<[1.0, 3.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %0 = spk.observe %x {role = "linear", site = "argument"} : tensor<?x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %2 = "onnx.Relu"(%1) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = spk.observe %2 {role = "linear", site = "seen"} : tensor<?x2xf32>
  %4 = "onnx.MatMul"(%3, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %y = "onnx.LayerNormalization"(%4, %scale) <{axis = -1 : i64, epsilon = 1.0e-5 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}> : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %5 = spk.observe %y {role = "linear", site = "normalised"} : tensor<?x2xf32>
  %6 = "onnx.MatMul"(%5, %w) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1, %4, %6 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// Two heads of width 2: the second has the longer weights. Queries, keys and values are one product, cut into parts; columns and offsets of all three
// go, and the sizes that cuts and reshapes are told. As units nothing is left out: what is between mixes a head's columns.
// CHECK-LABEL: func.func @heads
// CHECK: "onnx.MatMul"({{.*}}) : (tensor<5x3x2xf32>, tensor<2x12xf32>) -> tensor<5x3x12xf32>
// OTHER-LABEL: func.func @heads
// OTHER-DAG: %[[OUT:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}3.000000e+00], [4.000000e+00]]> : tensor<2x1xf32>}>
// OTHER-DAG: %[[TOGETHER:.*]] = "onnx.Constant"() <{value = dense<[5, 3, 2]>
// OTHER-DAG: %[[APART:.*]] = "onnx.Constant"() <{value = dense<[5, 3, 1, 2]>
// OTHER-DAG: %[[SIZES:.*]] = "onnx.Constant"() <{value = dense<2> : tensor<3xi64>}>
// OTHER-DAG: %[[OFFSET:.*]] = "onnx.Constant"() <{value = dense<[3.000000e+00, 4.000000e+00, 7.000000e+00, 8.000000e+00, 1.100000e+01, 1.200000e+01]>
// OTHER-DAG: %[[BIAS:.*]] = "onnx.Constant"() <{value = dense<2.000000e+00> : tensor<1x1x1xf32>}>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x3x2xf32>, tensor<2x6xf32>) -> tensor<5x3x6xf32>
// OTHER: "onnx.Add"({{.*}}, %[[OFFSET]])
// OTHER: "onnx.Split"({{.*}}, %[[SIZES]])
// OTHER: "onnx.Reshape"({{.*}}, %[[APART]]) {{.*}} -> tensor<5x3x1x2xf32>
// OTHER: "onnx.Add"({{.*}}, %[[BIAS]])
// OTHER: "onnx.Reshape"({{.*}}, %[[TOGETHER]]) {{.*}} -> tensor<5x3x2xf32>
// OTHER: "onnx.MatMul"({{.*}}, %[[OUT]]) : (tensor<5x3x2xf32>, tensor<2x1xf32>) -> tensor<5x3x1xf32>
func.func @heads(%x: tensor<5x3x2xf32>) -> tensor<5x3x1xf32> {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]]> : tensor<2x12xf32>}> : () -> tensor<2x12xf32>
  %offset = "onnx.Constant"() <{value = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]> : tensor<12xf32>}> : () -> tensor<12xf32>
  %sizes = "onnx.Constant"() <{value = dense<[4, 4, 4]> : tensor<3xi64>}> : () -> tensor<3xi64>
  %apart = "onnx.Constant"() <{value = dense<[5, 3, 2, 2]> : tensor<4xi64>}> : () -> tensor<4xi64>
  %together = "onnx.Constant"() <{value = dense<[5, 3, 4]> : tensor<3xi64>}> : () -> tensor<3xi64>
  %bias = "onnx.Constant"() <{value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>}> : () -> tensor<2x1x1xf32>
  %out = "onnx.Constant"() <{value = dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>}> : () -> tensor<4x1xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<5x3x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<5x3x2xf32>, tensor<2x12xf32>) -> tensor<5x3x12xf32>
  %2 = "onnx.Add"(%1, %offset) : (tensor<5x3x12xf32>, tensor<12xf32>) -> tensor<5x3x12xf32>
  %q, %k, %v = "onnx.Split"(%2, %sizes) <{axis = -1 : i64}> : (tensor<5x3x12xf32>, tensor<3xi64>) -> (tensor<5x3x4xf32>, tensor<5x3x4xf32>, tensor<5x3x4xf32>)
  %3 = "onnx.Reshape"(%q, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x4xf32>, tensor<4xi64>) -> tensor<5x3x2x2xf32>
  %4 = "onnx.Transpose"(%3) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x3x2x2xf32>) -> tensor<5x2x3x2xf32>
  %5 = "onnx.Reshape"(%k, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x4xf32>, tensor<4xi64>) -> tensor<5x3x2x2xf32>
  %6 = "onnx.Transpose"(%5) <{perm = array<i64: 0, 2, 3, 1>}> : (tensor<5x3x2x2xf32>) -> tensor<5x2x2x3xf32>
  %7 = "onnx.Reshape"(%v, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x4xf32>, tensor<4xi64>) -> tensor<5x3x2x2xf32>
  %8 = "onnx.Transpose"(%7) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x3x2x2xf32>) -> tensor<5x2x3x2xf32>
  %9 = "onnx.MatMul"(%4, %6) : (tensor<5x2x3x2xf32>, tensor<5x2x2x3xf32>) -> tensor<5x2x3x3xf32>
  %10 = "onnx.Add"(%9, %bias) : (tensor<5x2x3x3xf32>, tensor<2x1x1xf32>) -> tensor<5x2x3x3xf32>
  %11 = "onnx.Softmax"(%10) <{axis = -1 : i64}> : (tensor<5x2x3x3xf32>) -> tensor<5x2x3x3xf32>
  %12 = spk.observe %11 {role = "attention", site = "weights"} : tensor<5x2x3x3xf32>
  %13 = "onnx.MatMul"(%12, %8) : (tensor<5x2x3x3xf32>, tensor<5x2x3x2xf32>) -> tensor<5x2x3x2xf32>
  %14 = "onnx.Transpose"(%13) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x2x3x2xf32>) -> tensor<5x3x2x2xf32>
  %15 = "onnx.Reshape"(%14, %together) <{allowzero = 0 : i64}> : (tensor<5x3x2x2xf32>, tensor<3xi64>) -> tensor<5x3x4xf32>
  %16 = spk.observe %15 {role = "linear", site = "out"} : tensor<5x3x4xf32>
  %17 = "onnx.MatMul"(%16, %out) : (tensor<5x3x4xf32>, tensor<4x1xf32>) -> tensor<5x3x1xf32>
  return %17 : tensor<5x3x1xf32>
}

// -----

// Heads in pairs that share keys and values go together. Slices instead of a Split.
// OTHER-LABEL: func.func @shared
// OTHER-DAG: %[[TWICE:.*]] = "onnx.Constant"() <{value = dense<[1, 3, 1, 2, 1]>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x3x2xf32>, tensor<2x4xf32>) -> tensor<5x3x4xf32>
// OTHER: "onnx.Slice"({{.*}}) {{.*}} -> tensor<5x3x2xf32>
// OTHER: "onnx.Slice"({{.*}}) {{.*}} -> tensor<5x3x1xf32>
// OTHER: "onnx.Slice"({{.*}}) {{.*}} -> tensor<5x3x1xf32>
// OTHER: "onnx.Expand"({{.*}}, %[[TWICE]]) {{.*}} -> tensor<5x3x1x2x1xf32>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x3x2xf32>, tensor<2x1xf32>) -> tensor<5x3x1xf32>
func.func @shared(%x: tensor<5x3x2xf32>, %past: tensor<1xi64>) -> tensor<5x3x1xf32> {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]]> : tensor<2x8xf32>}> : () -> tensor<2x8xf32>
  %zero = "onnx.Constant"() <{value = dense<[0]> : tensor<1xi64>}> : () -> tensor<1xi64>
  %four = "onnx.Constant"() <{value = dense<[4]> : tensor<1xi64>}> : () -> tensor<1xi64>
  %six = "onnx.Constant"() <{value = dense<[6]> : tensor<1xi64>}> : () -> tensor<1xi64>
  %eight = "onnx.Constant"() <{value = dense<[8]> : tensor<1xi64>}> : () -> tensor<1xi64>
  %axis = "onnx.Constant"() <{value = dense<[2]> : tensor<1xi64>}> : () -> tensor<1xi64>
  %apart = "onnx.Constant"() <{value = dense<[5, 3, 4, 1]> : tensor<4xi64>}> : () -> tensor<4xi64>
  %few = "onnx.Constant"() <{value = dense<[5, 3, 2, 1, 1]> : tensor<5xi64>}> : () -> tensor<5xi64>
  %twice = "onnx.Constant"() <{value = dense<[1, 3, 2, 2, 1]> : tensor<5xi64>}> : () -> tensor<5xi64>
  %together = "onnx.Constant"() <{value = dense<[5, 3, 4]> : tensor<3xi64>}> : () -> tensor<3xi64>
  %out = "onnx.Constant"() <{value = dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>}> : () -> tensor<4x1xf32>
  %0 = spk.observe %x {role = "linear", site = "in"} : tensor<5x3x2xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<5x3x2xf32>, tensor<2x8xf32>) -> tensor<5x3x8xf32>
  %q = "onnx.Slice"(%1, %zero, %four, %axis) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}> : (tensor<5x3x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x3x4xf32>
  %k = "onnx.Slice"(%1, %four, %six, %axis) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}> : (tensor<5x3x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x3x2xf32>
  %v = "onnx.Slice"(%1, %six, %eight, %axis) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}> : (tensor<5x3x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x3x2xf32>
  %3 = "onnx.Reshape"(%q, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x4xf32>, tensor<4xi64>) -> tensor<5x3x4x1xf32>
  %4 = "onnx.Transpose"(%3) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x3x4x1xf32>) -> tensor<5x4x3x1xf32>
  %5 = "onnx.Reshape"(%k, %few) <{allowzero = 0 : i64}> : (tensor<5x3x2xf32>, tensor<5xi64>) -> tensor<5x3x2x1x1xf32>
  %6 = "onnx.Expand"(%5, %twice) : (tensor<5x3x2x1x1xf32>, tensor<5xi64>) -> tensor<5x3x2x2x1xf32>
  %7 = "onnx.Reshape"(%6, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x2x2x1xf32>, tensor<4xi64>) -> tensor<5x3x4x1xf32>
  %8 = "onnx.Transpose"(%7) <{perm = array<i64: 0, 2, 3, 1>}> : (tensor<5x3x4x1xf32>) -> tensor<5x4x1x3xf32>
  %9 = "onnx.Reshape"(%v, %few) <{allowzero = 0 : i64}> : (tensor<5x3x2xf32>, tensor<5xi64>) -> tensor<5x3x2x1x1xf32>
  %10 = "onnx.Expand"(%9, %twice) : (tensor<5x3x2x1x1xf32>, tensor<5xi64>) -> tensor<5x3x2x2x1xf32>
  %11 = "onnx.Reshape"(%10, %apart) <{allowzero = 0 : i64}> : (tensor<5x3x2x2x1xf32>, tensor<4xi64>) -> tensor<5x3x4x1xf32>
  %12 = "onnx.Transpose"(%11) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x3x4x1xf32>) -> tensor<5x4x3x1xf32>
  %13 = "onnx.MatMul"(%4, %8) : (tensor<5x4x3x1xf32>, tensor<5x4x1x3xf32>) -> tensor<5x4x3x3xf32>
  %14 = "onnx.Softmax"(%13) <{axis = -1 : i64}> : (tensor<5x4x3x3xf32>) -> tensor<5x4x3x3xf32>
  %15 = "onnx.MatMul"(%14, %12) : (tensor<5x4x3x3xf32>, tensor<5x4x3x1xf32>) -> tensor<5x4x3x1xf32>
  %16 = "onnx.Transpose"(%15) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x4x3x1xf32>) -> tensor<5x3x4x1xf32>
  %17 = "onnx.Reshape"(%16, %together) <{allowzero = 0 : i64}> : (tensor<5x3x4x1xf32>, tensor<3xi64>) -> tensor<5x3x4xf32>
  %18 = spk.observe %17 {role = "linear", site = "out"} : tensor<5x3x4xf32>
  %19 = "onnx.MatMul"(%18, %out) : (tensor<5x3x4xf32>, tensor<4x1xf32>) -> tensor<5x3x1xf32>
  return %19 : tensor<5x3x1xf32>
}

// -----

// Channels of a convolution behind which each channel has a convolution of its own, then a sum of branches, whose channels stay.
// OTHER-LABEL: func.func @channels
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x1x16x1xf32>, tensor<1x1xf32>) -> tensor<5x1x16x1xf32>
// OTHER: spk.patches {{.*}}group = 1{{.*}} -> tensor<5x1x4x4xf32>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x1x4x4xf32>, tensor<1x4x1xf32>) -> tensor<5x1x4x1xf32>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x1x4x1xf32>, tensor<1x2xf32>) -> tensor<5x1x4x2xf32>
// OTHER: "onnx.MatMul"({{.*}}) : (tensor<5x1x4x1xf32>, tensor<1x2xf32>) -> tensor<5x1x4x2xf32>
// OTHER: "onnx.Add"({{.*}}) : (tensor<5x2x2x2xf32>, tensor<5x2x2x2xf32>)
func.func @channels(%x: tensor<5x4x4x1xf32>, %y: tensor<5x4x4x1xf32>) -> tensor<5x2xf32> {
  %w = "onnx.Constant"() <{value = dense<[[1.0, 3.0]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  %own = "onnx.Constant"() <{value = dense<[[[1.0], [1.0], [1.0], [1.0]], [[2.0], [2.0], [2.0], [2.0]]]> : tensor<2x4x1xf32>}> : () -> tensor<2x4x1xf32>
  %next = "onnx.Constant"() <{value = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %image = "onnx.Constant"() <{value = dense<[5, 4, 4, 2]> : tensor<4xi64>}> : () -> tensor<4xi64>
  %small = "onnx.Constant"() <{value = dense<[5, 2, 2, 2]> : tensor<4xi64>}> : () -> tensor<4xi64>
  %axes = "onnx.Constant"() <{value = dense<[1, 2]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = spk.observe %x {role = "conv", site = "first"} : tensor<5x4x4x1xf32>
  %1 = spk.patches %0 {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : tensor<5x4x4x1xf32> -> tensor<5x1x16x1xf32>
  %2 = "onnx.MatMul"(%1, %w) : (tensor<5x1x16x1xf32>, tensor<1x2xf32>) -> tensor<5x1x16x2xf32>
  %3 = "onnx.Reshape"(%2, %image) <{allowzero = 0 : i64}> : (tensor<5x1x16x2xf32>, tensor<4xi64>) -> tensor<5x4x4x2xf32>
  %4 = "onnx.Relu"(%3) : (tensor<5x4x4x2xf32>) -> tensor<5x4x4x2xf32>
  %5 = spk.observe %4 {role = "conv", site = "own"} : tensor<5x4x4x2xf32>
  %6 = spk.patches %5 {dilations = array<i64: 1, 1>, group = 2 : i64, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : tensor<5x4x4x2xf32> -> tensor<5x2x4x4xf32>
  %7 = "onnx.MatMul"(%6, %own) : (tensor<5x2x4x4xf32>, tensor<2x4x1xf32>) -> tensor<5x2x4x1xf32>
  %8 = "onnx.Transpose"(%7) <{perm = array<i64: 0, 2, 1, 3>}> : (tensor<5x2x4x1xf32>) -> tensor<5x4x2x1xf32>
  %9 = "onnx.Reshape"(%8, %small) <{allowzero = 0 : i64}> : (tensor<5x4x2x1xf32>, tensor<4xi64>) -> tensor<5x2x2x2xf32>
  %10 = spk.observe %9 {role = "conv", site = "next"} : tensor<5x2x2x2xf32>
  %11 = spk.patches %10 {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : tensor<5x2x2x2xf32> -> tensor<5x1x4x2xf32>
  %12 = "onnx.MatMul"(%11, %next) : (tensor<5x1x4x2xf32>, tensor<2x2xf32>) -> tensor<5x1x4x2xf32>
  %13 = "onnx.Reshape"(%12, %small) <{allowzero = 0 : i64}> : (tensor<5x1x4x2xf32>, tensor<4xi64>) -> tensor<5x2x2x2xf32>
  %14 = spk.observe %y {role = "conv", site = "other"} : tensor<5x4x4x1xf32>
  %15 = spk.patches %14 {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : tensor<5x4x4x1xf32> -> tensor<5x1x4x1xf32>
  %16 = "onnx.MatMul"(%15, %w) : (tensor<5x1x4x1xf32>, tensor<1x2xf32>) -> tensor<5x1x4x2xf32>
  %17 = "onnx.Reshape"(%16, %small) <{allowzero = 0 : i64}> : (tensor<5x1x4x2xf32>, tensor<4xi64>) -> tensor<5x2x2x2xf32>
  %18 = "onnx.Add"(%13, %17) : (tensor<5x2x2x2xf32>, tensor<5x2x2x2xf32>) -> tensor<5x2x2x2xf32>
  %19 = "onnx.ReduceMean"(%18, %axes) <{keepdims = 0 : i64, noop_with_empty_axes = 0 : i64}> : (tensor<5x2x2x2xf32>, tensor<2xi64>) -> tensor<5x2xf32>
  %20 = spk.observe %19 {role = "linear", site = "classes"} : tensor<5x2xf32>
  %21 = "onnx.MatMul"(%20, %next) : (tensor<5x2xf32>, tensor<2x2xf32>) -> tensor<5x2xf32>
  return %21 : tensor<5x2xf32>
}
