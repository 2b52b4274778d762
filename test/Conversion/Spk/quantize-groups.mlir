// RUN: snn-opt %s --spk-quantize-weights="format=int4g32 method=rtn" | FileCheck %s
// RUN: snn-opt %s --spk-quantize-weights="format=uint3 method=mse" | FileCheck %s --check-prefix=ZERO
// RUN: snn-opt %s --spk-quantize-weights=format=int4g32 --spk-fold-time | FileCheck %s --check-prefix=FOLD
// RUN: snn-opt %s --spk-quantize-weights=format=int4g32 --spk-unfold-time | FileCheck %s --check-prefix=UNFOLD
// RUN: snn-opt %s --spk-quantize-weights=format=int4g32 --spk-unfold-time --spk-fold-time --cse | FileCheck %s --check-prefix=FOLD
// RUN: not snn-opt %s --spk-quantize-weights=format=int9 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not snn-opt %s --spk-quantize-weights=method=awq 2>&1 | FileCheck %s --check-prefix=METHOD

// FORMAT: error: spk-quantize-weights has format 'int9' and method 'rtn', int2 to int8
// METHOD: error: spk-quantize-weights has format 'int8' and method 'awq', {{.*}} expected, and one of rtn, mse, wanda, gptq

!train = !spk.train<?x64, #spk.binary<7, signed, nearest>>
!offset = !spk.train<?x64, #spk.binary<8, unsigned, nearest>>
!windows = !spk.train<?x1x4x16, #spk.binary<7, signed, nearest>>

// A scale for 32 inputs of an output, in 16 bits.
// CHECK-LABEL: func.func @linear
// ZERO-LABEL: func.func @linear
// FOLD-LABEL: func.func @linear
// UNFOLD-LABEL: func.func @linear
func.func @linear(%t: !train, %lsb: tensor<?x1xf32>) -> tensor<?x3xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<64x3xf32>} : () -> tensor<64x3xf32>
  // CHECK: spk.unpack %{{.*}}, %{{.*}} {format = #spk.uniform<4, 32>} : tensor<64x3xi8>, tensor<2x3xf16> -> tensor<64x3xf32>
  // ZERO: spk.unpack %{{.*}}, %{{.*}} zero %{{.*}} {format = #spk.uniform<3, 0>} : tensor<64x3xi8>, tensor<1x3xf32>, tensor<1x3xi8> -> tensor<64x3xf32>
  // FOLD: %[[SUM:.*]] = spk.scaled_matmul %{{.*}} {format = #spk.uniform<4, 32>} : tensor<?x64xi8>, tensor<64x3xi8>, tensor<2x3xf16> -> tensor<?x3xf32>
  // FOLD: "onnx.Mul"(%[[SUM]], %arg1)
  // UNFOLD: %[[SUM:.*]] = spk.scaled_synapse %arg0, {{.*}} -> tensor<?x3xf32>
  // UNFOLD: "onnx.Mul"(%[[SUM]], %arg1)
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x64xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x64xf32>, tensor<64x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// An offset is taken out by the sums of the weights that the codes stand for: 64 times 7.
// FOLD-LABEL: func.func @offset
func.func @offset(%t: !offset, %lsb: tensor<?x1xf32>, %zero: tensor<?x1xi32>) -> tensor<?x2xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<64x2xf32>} : () -> tensor<64x2xf32>
  // FOLD-DAG: dense<4.480000e+02> : tensor<1x2xf32>
  // FOLD-DAG: spk.scaled_matmul {{.*}} lhs_unsigned
  // FOLD: "onnx.Sub"
  %x = spk.decode %t, %lsb zero %zero : !offset, tensor<?x1xf32>, tensor<?x1xi32> -> tensor<?x64xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x64xf32>, tensor<64x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// What is not of whole groups, several matrices at once, and weights on the left, are bytes.
// CHECK-LABEL: func.func @others
func.func @others(%t: !windows, %s: !train, %lsb: tensor<f32>) -> (tensor<?x1x4x2xf32>, tensor<?x2x4x2xf32>) {
  // CHECK-DAG: spk.unpack %{{.*}}, %{{.*}} : tensor<1x16x2xi8>, tensor<1x1x2xf32> -> tensor<1x16x2xf32>
  // CHECK-DAG: spk.unpack %{{.*}}, %{{.*}} : tensor<2x16x2xi8>, tensor<2x1x2xf32> -> tensor<2x16x2xf32>
  %w = "onnx.Constant"() {value = dense<1.0> : tensor<1x16x2xf32>} : () -> tensor<1x16x2xf32>
  %v = "onnx.Constant"() {value = dense<1.0> : tensor<2x16x2xf32>} : () -> tensor<2x16x2xf32>
  %x = spk.decode %t, %lsb : !windows, tensor<f32> -> tensor<?x1x4x16xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x1x4x16xf32>, tensor<1x16x2xf32>) -> tensor<?x1x4x2xf32>
  %z = "onnx.MatMul"(%x, %v) : (tensor<?x1x4x16xf32>, tensor<2x16x2xf32>) -> tensor<?x2x4x2xf32>
  return %y, %z : tensor<?x1x4x2xf32>, tensor<?x2x4x2xf32>
}

// Steps of a row's groups are multiplied in group by group; two groups of weights in one of the steps have the same.
// FOLD-LABEL: func.func @steps
// UNFOLD-LABEL: func.func @steps
func.func @steps(%t: !spk.train<?x128, #spk.binary<7, signed, nearest>>, %lsb: tensor<?x2xf32>, %own: tensor<?x4xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<128x3xf32>} : () -> tensor<128x3xf32>
  // FOLD-DAG: %[[OWNERS:.*]] = "onnx.Constant"() <{value = dense<[0, 0, 1, 1]> : tensor<4xi64>}>
  // FOLD-DAG: %[[STEPS:.*]] = "onnx.Gather"(%arg1, %[[OWNERS]]) <{axis = 1 : i64}>
  // FOLD-DAG: %[[A:.*]] = spk.scaled_matmul %{{.*}}, %{{.*}}, %{{.*}} step %[[STEPS]] {format = #spk.uniform<4, 32>}
  // FOLD-DAG: %[[B:.*]] = spk.scaled_matmul %{{.*}}, %{{.*}}, %{{.*}} step %arg2 {format = #spk.uniform<4, 32>}
  // FOLD: return %[[A]], %[[B]]
  // UNFOLD-DAG: spk.scaled_synapse %arg0, {{.*}} step %{{[0-9]+}} {
  // UNFOLD-DAG: spk.scaled_synapse %arg0, {{.*}} step %arg2 {
  %x = spk.decode %t, %lsb : !spk.train<?x128, #spk.binary<7, signed, nearest>>, tensor<?x2xf32> -> tensor<?x128xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x128xf32>, tensor<128x3xf32>) -> tensor<?x3xf32>
  %z = spk.decode %t, %own : !spk.train<?x128, #spk.binary<7, signed, nearest>>, tensor<?x4xf32> -> tensor<?x128xf32>
  %v = "onnx.MatMul"(%z, %w) : (tensor<?x128xf32>, tensor<128x3xf32>) -> tensor<?x3xf32>
  return %y, %v : tensor<?x3xf32>, tensor<?x3xf32>
}
