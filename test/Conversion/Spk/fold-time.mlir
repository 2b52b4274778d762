// RUN: snn-opt %s --spk-fold-time | FileCheck %s --check-prefix=FOLD
// RUN: snn-opt %s --spk-unfold-time | FileCheck %s --check-prefix=UNFOLD
// RUN: snn-opt %s --spk-unfold-time --spk-fold-time --cse | FileCheck %s --check-prefix=BACK

!train = !spk.train<?x96, #spk.binary<7, signed, nearest>>
!turned = !spk.train<96x?, #spk.binary<7, signed, nearest>>

// A step per row and a scale per output leave the sum.
// FOLD-LABEL: func.func @linear
// UNFOLD-LABEL: func.func @linear
func.func @linear(%t: !train, %lsb: tensor<?x1xf32>, %w: tensor<96x10xi8>, %s: tensor<1x10xf32>) -> tensor<?x10xf32> {
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x96xf32>
  %m = spk.unpack %w, %s : tensor<96x10xi8>, tensor<1x10xf32> -> tensor<96x10xf32>
  // FOLD: %[[CODES:.*]] = spk.codes %{{.*}} -> tensor<?x96xi8>
  // FOLD: %[[ACC:.*]] = spk.matmul %[[CODES]], %{{.*}} : {{.*}} -> tensor<?x10xi32>
  // FOLD: %[[SUM:.*]] = "onnx.Cast"(%[[ACC]])
  // FOLD: %[[STEP:.*]] = "onnx.Mul"(%arg1, %arg3)
  // FOLD: "onnx.Mul"(%[[SUM]], %[[STEP]])
  // UNFOLD: %[[ACC:.*]] = spk.synapse %arg0, %arg2 : {{.*}} -> tensor<?x10xi32>
  // UNFOLD: "onnx.Cast"(%[[ACC]])
  // BACK: spk.matmul
  %y = "onnx.MatMul"(%x, %m) : (tensor<?x96xf32>, tensor<96x10xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}

// FOLD-LABEL: func.func @product
// UNFOLD-LABEL: func.func @product
func.func @product(%a: !train, %la: tensor<?x1xf32>, %b: !turned, %lb: tensor<1x?xf32>) -> tensor<?x?xf32> {
  %x = spk.decode %a, %la : !train, tensor<?x1xf32> -> tensor<?x96xf32>
  %y = spk.decode %b, %lb : !turned, tensor<1x?xf32> -> tensor<96x?xf32>
  // FOLD: spk.matmul
  // UNFOLD: spk.product
  // BACK: spk.matmul
  // BACK-NOT: spk.product
  %z = "onnx.MatMul"(%x, %y) : (tensor<?x96xf32>, tensor<96x?xf32>) -> tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}

// A step that varies along the contracted axis cannot be taken out: both forms leave the product as it is.
// FOLD-LABEL: func.func @step_per_channel
// UNFOLD-LABEL: func.func @step_per_channel
func.func @step_per_channel(%t: !train, %lsb: tensor<96xf32>, %b: !turned, %lb: tensor<f32>) -> tensor<?x?xf32> {
  %x = spk.decode %t, %lsb : !train, tensor<96xf32> -> tensor<?x96xf32>
  %y = spk.decode %b, %lb : !turned, tensor<f32> -> tensor<96x?xf32>
  // FOLD: "onnx.MatMul"
  // UNFOLD: "onnx.MatMul"
  %z = "onnx.MatMul"(%x, %y) : (tensor<?x96xf32>, tensor<96x?xf32>) -> tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}

// f32 weights have a time form of their own; in value form they stay an ordinary product of decoded numbers.
// FOLD-LABEL: func.func @numbers
// UNFOLD-LABEL: func.func @numbers
func.func @numbers(%t: !train, %lsb: tensor<f32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() {value = dense<0.5> : tensor<96x2xf32>} : () -> tensor<96x2xf32>
  %x = spk.decode %t, %lsb : !train, tensor<f32> -> tensor<?x96xf32>
  // FOLD: "onnx.MatMul"
  // UNFOLD: spk.synapse {{.*}} -> tensor<?x2xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x96xf32>, tensor<96x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// An offset leaves the sum as the zero of each row times the sum of each output's weights, in both forms.
// FOLD-LABEL: func.func @offset
// UNFOLD-LABEL: func.func @offset
func.func @offset(%t: !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, %lsb: tensor<?x1xf32>, %zero: tensor<?x1xi32>,
                  %s: tensor<1x2xf32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() {value = dense<[[1, 2], [3, -4], [5, 6]]> : tensor<3x2xi8>} : () -> tensor<3x2xi8>
  %x = spk.decode %t, %lsb zero %zero : !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, tensor<?x1xf32>, tensor<?x1xi32> -> tensor<?x3xf32>
  %m = spk.unpack %w, %s : tensor<3x2xi8>, tensor<1x2xf32> -> tensor<3x2xf32>
  // FOLD-DAG: %[[ACC:.*]] = spk.matmul %{{.*}} {lhs_unsigned} : {{.*}} -> tensor<?x2xi32>
  // UNFOLD-DAG: %[[ACC:.*]] = spk.synapse %arg0
  // FOLD-DAG: %[[SUMS:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}9, 4]]> : tensor<1x2xi32>}>
  // FOLD: %[[OFFSET:.*]] = "onnx.Mul"(%arg2, %[[SUMS]])
  // FOLD: "onnx.Sub"(%[[ACC]], %[[OFFSET]])
  // UNFOLD-DAG: %[[SUMS:.*]] = "onnx.Constant"() <{value = dense<{{\[\[}}9, 4]]> : tensor<1x2xi32>}>
  // UNFOLD: %[[OFFSET:.*]] = "onnx.Mul"(%arg2, %[[SUMS]])
  // UNFOLD: "onnx.Sub"(%[[ACC]], %[[OFFSET]])
  %y = "onnx.MatMul"(%x, %m) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Beside weights that are not known when compiling an offset stays: an ordinary product of decoded numbers.
// FOLD-LABEL: func.func @offset_unknown
// UNFOLD-LABEL: func.func @offset_unknown
func.func @offset_unknown(%t: !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, %lsb: tensor<f32>, %zero: tensor<i32>,
                          %w: tensor<3x2xi8>, %s: tensor<1x2xf32>) -> tensor<?x2xf32> {
  %x = spk.decode %t, %lsb zero %zero : !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, tensor<f32>, tensor<i32> -> tensor<?x3xf32>
  %m = spk.unpack %w, %s : tensor<3x2xi8>, tensor<1x2xf32> -> tensor<3x2xf32>
  // FOLD: "onnx.MatMul"
  // UNFOLD: "onnx.MatMul"
  %y = "onnx.MatMul"(%x, %m) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// The same for f32 weights, whose sums are f32.
// UNFOLD-LABEL: func.func @offset_numbers
func.func @offset_numbers(%t: !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, %lsb: tensor<f32>, %zero: tensor<i32>) -> tensor<?x1xf32> {
  %w = "onnx.Constant"() {value = dense<[[0.5], [0.25], [1.0]]> : tensor<3x1xf32>} : () -> tensor<3x1xf32>
  %x = spk.decode %t, %lsb zero %zero : !spk.train<?x3, #spk.binary<8, unsigned, nearest>>, tensor<f32>, tensor<i32> -> tensor<?x3xf32>
  // UNFOLD-DAG: %[[ACC:.*]] = spk.synapse %arg0, %{{.*}} -> tensor<?x1xf32>
  // UNFOLD-DAG: %[[SUMS:.*]] = "onnx.Constant"() <{value = dense<1.750000e+00> : tensor<1x1xf32>}>
  // UNFOLD: %[[ZERO:.*]] = "onnx.Cast"(%arg2)
  // UNFOLD: %[[OFFSET:.*]] = "onnx.Mul"(%[[ZERO]], %[[SUMS]])
  // UNFOLD: "onnx.Sub"(%[[ACC]], %[[OFFSET]])
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x3xf32>, tensor<3x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
