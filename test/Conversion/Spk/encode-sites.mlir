// RUN: snn-opt %s --spk-encode-sites="steps=8 ranges=tensor" --split-input-file | FileCheck %s --check-prefixes=CHECK,TENSOR
// RUN: snn-opt %s --spk-encode-sites="steps=10 ranges=token" --split-input-file | FileCheck %s --check-prefixes=CHECK,TOKEN
// RUN: snn-opt %s --spk-encode-sites="steps=8 offsets=false" --split-input-file | FileCheck %s --check-prefixes=CHECK,NONE

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // TENSOR: %[[STEP:.*]] = "onnx.Constant"() <{value = dense<0.0314960629> : tensor<f32>}>
  // TENSOR: spk.encode %arg0, %[[STEP]] : tensor<?x8xf32>, tensor<f32> -> {{.*}}#spk.binary<7, signed, nearest>
  // TOKEN: %[[STEP:.*]] = spk.row_step %arg0 {axes = array<i64: 1>, code = #spk.binary<9, signed, nearest>} : tensor<?x8xf32> -> tensor<?x1xf32>
  // TOKEN: spk.encode %arg0, %[[STEP]]
  // CHECK: spk.decode
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, role = "linear", site = "a"} : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// A key's rows are columns; a site that never went below zero spends the sign's step on a plane.
// CHECK-LABEL: func.func @key
func.func @key(%x: tensor<8x?xf32>, %v: tensor<2x?x8xf32>) -> (tensor<8x?xf32>, tensor<2x?x8xf32>) {
  // TOKEN: spk.row_step %arg0 {axes = array<i64: 0>
  // TENSOR: #spk.binary<8, unsigned, nearest>
  %0 = spk.observe %x {range = array<f32: 0.0, 2.0>, role = "key", site = "a"} : tensor<8x?xf32>
  // A value without a range has one step per sample.
  // CHECK: spk.row_step %arg1 {axes = array<i64: 1, 2>
  %1 = spk.observe %v {role = "value", site = "b"} : tensor<2x?x8xf32>
  return %0, %1 : tensor<8x?xf32>, tensor<2x?x8xf32>
}

// -----

// Windows are taken of the train, so that each value is encoded once.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x8x8x1xf32>) -> tensor<1x1x36x9xf32> {
  // CHECK: %[[TRAIN:.*]] = spk.encode %arg0
  // CHECK: spk.patches %[[TRAIN]]
  // CHECK: spk.decode
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, role = "conv", site = "a"} : tensor<1x8x8x1xf32>
  %p = spk.patches %0 {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<1x8x8x1xf32> -> tensor<1x1x36x9xf32>
  return %p : tensor<1x1x36x9xf32>
}

// -----

// Channels of a value are not contracted: each has its own step, and heads have channels of their own. One that was hardly
// seen counts as a sixteenth of the median one.
// CHECK-LABEL: func.func @value
func.func @value(%x: tensor<?x2x7x2xf32>, %y: tensor<5x3xf32>) -> (tensor<?x2x7x2xf32>, tensor<5x3xf32>) {
  // TENSOR-DAG: %[[STEPS:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}[1.000000e+00, 2.000000e+00]], {{\[}}[4.000000e+00, 1.250000e-01]]]> : tensor<2x1x2xf32>}>
  %0 = spk.observe %x {peaks = array<f32: 127.0, 254.0, 508.0, 0.0>, range = array<f32: -508.0, 500.0>, role = "value", site = "a",
                       squares = array<f32: 1.0, 1.0, 1.0, 0.0>} : tensor<?x2x7x2xf32>
  // The range is cut to half of what was seen, and so is each channel.
  // TENSOR-DAG: %[[HALVED:.*]] = "onnx.Constant"() <{value = dense<[5.000000e-01, 1.000000e+00, 2.000000e+00]> : tensor<3xf32>}>
  // TENSOR: spk.encode %arg0, %[[STEPS]] : tensor<?x2x7x2xf32>, tensor<2x1x2xf32>
  // TENSOR: spk.encode %arg1, %[[HALVED]] : tensor<5x3xf32>, tensor<3xf32>
  %1 = spk.observe %y {peaks = array<f32: 127.0, 254.0, 508.0>, range = array<f32: -254.0, 254.0>, role = "value", site = "b",
                       squares = array<f32: 1.0, 1.0, 1.0>} : tensor<5x3xf32>
  return %0, %1 : tensor<?x2x7x2xf32>, tensor<5x3xf32>
}

// -----

// A site may have more steps than the rest.
// CHECK-LABEL: func.func @steps
func.func @steps(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: spk.encode {{.*}} -> <?x8, #spk.binary<11, signed, nearest>>
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, role = "linear", site = "a", steps = 12 : i64} : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// A site's own steps and ranges go before the options.
// CHECK-LABEL: func.func @own
func.func @own(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: %[[STEP:.*]] = "onnx.Constant"() <{value = dense<1.000000e+00> : tensor<f32>}>
  // CHECK: spk.row_step %arg0 {axes = array<i64: 1>, code = #spk.binary<4, signed, nearest>}
  %0 = spk.observe %x {range = array<f32: -4.0, 2.0>, ranges = "token", role = "linear", site = "a", steps = 5 : i64} : tensor<?x8xf32>
  // CHECK: spk.encode %arg0, %[[STEP]]
  %1 = spk.observe %x {range = array<f32: -7.0, 3.0>, ranges = "tensor", role = "linear", site = "b", steps = 4 : i64} : tensor<?x8xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// A site's own kind, trains and steps.
// CHECK-LABEL: func.func @codes
func.func @codes(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: spk.encode {{.*}} -> <?x8, #spk.parallel<2, #spk.twos<12, nearest>>>
  %0 = spk.observe %x {bases = 2 : i64, code = "twos", range = array<f32: -4.0, 2.0>, role = "linear", site = "a", steps = 6 : i64} : tensor<?x8xf32>
  // Two's complement without negative numbers is binary.
  // TENSOR: spk.encode {{.*}} -> <?x8, #spk.binary<8, unsigned, nearest>>
  // TOKEN: spk.encode {{.*}} -> <?x8, #spk.binary<10, unsigned, nearest>>
  %1 = spk.observe %x {code = "twos", range = array<f32: 0.0, 2.0>, role = "linear", site = "b"} : tensor<?x8xf32>
  // CHECK: spk.encode {{.*}} -> <?x8, #spk.digits<5, signed, nearest>>
  %2 = spk.observe %x {code = "digits", range = array<f32: -4.0, 2.0>, role = "linear", site = "c", steps = 5 : i64} : tensor<?x8xf32>
  // CHECK: spk.encode {{.*}} -> <?x8, #spk.rate<4, signed, nearest>>
  %3 = spk.observe %x {code = "rate", range = array<f32: -4.0, 2.0>, role = "linear", site = "d", steps = 4 : i64} : tensor<?x8xf32>
  return %0, %1, %2, %3 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// A site that reaches far to one side has an unsigned code with an offset: here 51 of 255 codes below 0.
// CHECK-LABEL: func.func @one_sided
func.func @one_sided(%x: tensor<?x8xf32>, %p: tensor<1x8x8x1xf32>) -> (tensor<?x8xf32>, tensor<1x8x8x1xf32>) {
  // TENSOR-DAG: %[[STEP:.*]] = "onnx.Constant"() <{value = dense<1.000000e+00> : tensor<f32>}>
  // TENSOR-DAG: %[[ZERO:.*]] = "onnx.Constant"() <{value = dense<51> : tensor<i32>}>
  // TOKEN: %[[STEP:.*]], %[[ZERO:.*]] = spk.row_step %arg0 {axes = array<i64: 1>, code = #spk.binary<10, unsigned, nearest>} : tensor<?x8xf32> -> tensor<?x1xf32>, tensor<?x1xi32>
  // TENSOR: %[[TRAIN:.*]] = spk.encode %arg0, %[[STEP]] zero %[[ZERO]] : {{.*}} -> <?x8, #spk.binary<8, unsigned, nearest>>
  // TENSOR: spk.decode %[[TRAIN]], %[[STEP]] zero %[[ZERO]]
  // TOKEN: %[[TRAIN:.*]] = spk.encode %arg0, %[[STEP]] zero %[[ZERO]]
  // TOKEN: spk.decode %[[TRAIN]], %[[STEP]] zero %[[ZERO]]
  // NONE-NOT: zero
  %0 = spk.observe %x {range = array<f32: -51.0, 204.0>, role = "linear", site = "a"} : tensor<?x8xf32>
  // Windows pad with the code of 0, which has no offset.
  // CHECK: spk.encode %arg1, %{{[^ ]*}} : {{.*}}signed
  %1 = spk.observe %p {range = array<f32: -51.0, 204.0>, role = "conv", site = "b"} : tensor<1x8x8x1xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<1x8x8x1xf32>
}

// -----

// Weights in groups meet codes with a step for each group of a row.
// CHECK-LABEL: func.func @groups
func.func @groups(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // TENSOR-NOT: spk.row_step
  // TOKEN: %[[STEPS:.*]] = spk.row_step %arg0 {axes = array<i64: 1>, code = #spk.binary<9, signed, nearest>, group = 32 : i64} : tensor<?x64xf32> -> tensor<?x2xf32>
  // TOKEN: %[[TRAIN:.*]] = spk.encode %arg0, %[[STEPS]] : tensor<?x64xf32>, tensor<?x2xf32>
  // TOKEN: spk.decode %[[TRAIN]], %[[STEPS]]
  %0 = spk.observe %x {grid = 32 : i64, range = array<f32: -1.0, 8.0>, role = "linear", site = "a"} : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

// All of a row in one group.
// CHECK-LABEL: func.func @one_group
func.func @one_group(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // TOKEN: spk.row_step {{.*}} -> tensor<?x1xf32>
  %0 = spk.observe %x {grid = 64 : i64, range = array<f32: -8.0, 8.0>, role = "linear", site = "a"} : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

// Weights that are to be rounded to other groups, with a scale for all channels here, meet one step of a row; those with bits enough stay on their grid.
// CHECK-LABEL: func.func @other_groups
func.func @other_groups(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %z: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  // TOKEN: spk.row_step {{.*}} -> tensor<?x1xf32>
  %0 = spk.observe %x {grid = 32 : i64, grid_bits = 4 : i64, range = array<f32: -8.0, 8.0>, role = "linear", site = "a", weights = "int3"} : tensor<?x64xf32>
  // TOKEN: spk.row_step {{.*}} -> tensor<?x2xf32>
  %1 = spk.observe %y {grid = 32 : i64, grid_bits = 4 : i64, range = array<f32: -8.0, 8.0>, role = "linear", site = "b", weights = "int8"} : tensor<?x64xf32>
  // TOKEN: spk.row_step {{.*}} -> tensor<?x2xf32>
  %2 = spk.observe %z {grid = 32 : i64, grid_bits = 4 : i64, range = array<f32: -8.0, 8.0>, role = "linear", site = "c", weights = "int2g32"} : tensor<?x64xf32>
  return %0, %1, %2 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// Groups that do not fill a row are none.
// CHECK-LABEL: func.func @part_of_a_group
func.func @part_of_a_group(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // TOKEN: spk.row_step {{.*}} -> tensor<?x1xf32>
  %0 = spk.observe %x {grid = 48 : i64, range = array<f32: -8.0, 8.0>, role = "linear", site = "a"} : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
