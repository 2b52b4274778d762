// RUN: snn-opt %s --spk-quantize-weights="format=int4-2:4 method=rtn" | FileCheck %s --check-prefixes=CHECK,TWO
// RUN: snn-opt %s --spk-quantize-weights="format=int8-1:4 method=rtn" | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: snn-opt %s --spk-quantize-weights="format=int4-4:8 method=rtn" | FileCheck %s --check-prefixes=CHECK,DENSE
// RUN: snn-opt %s --spk-quantize-weights="format=int8-50%% method=rtn" | FileCheck %s --check-prefixes=CHECK,SHARE
// RUN: snn-opt %s --spk-quantize-weights="format=int4-2:4 method=rtn" --spk-fold-time | FileCheck %s --check-prefix=FOLD
// RUN: snn-opt %s --spk-quantize-weights="format=int4-2:4 method=rtn" --spk-unfold-time | FileCheck %s --check-prefix=UNFOLD
// RUN: not snn-opt %s --spk-quantize-weights=format=sign-2:4 2>&1 | FileCheck %s --check-prefix=FORMAT

// FORMAT: error: spk-quantize-weights has format 'sign-2:4' and method 'rtn', {{.*}}any of int, uint and ternary with -2:4, -1:4 or -4:8

!train = !spk.train<?x64, #spk.binary<7, signed, nearest>>
!short = !spk.train<?x12, #spk.binary<7, signed, nearest>>

// Two or one of four are packed; what no kernel reads packed has the format that the codes have. Of equal ones the first stay.
// CHECK-LABEL: func.func @linear
// FOLD-LABEL: func.func @linear
// UNFOLD-LABEL: func.func @linear
func.func @linear(%t: !train, %lsb: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<64x1xf32>} : () -> tensor<64x1xf32>
  // TWO: dense<{{\[\[}}7], [7], [0], [0], [7], [7], [0], [0]
  // TWO: {format = #spk.sparse<4, 0, 2>}
  // ONE: dense<{{\[\[}}127], [0], [0], [0], [127], [0]
  // ONE: {format = #spk.sparse<8, 0, 1>}
  // DENSE: dense<{{\[\[}}7], [7], [7], [7], [0], [0], [0], [0], [7]
  // DENSE: {format = #spk.uniform<4, 0>}
  // SHARE: spk.unpack %{{.*}}, %{{.*}} : tensor<64x1xi8>, tensor<1x1xf32>
  // FOLD: spk.scaled_matmul {{.*}} {format = #spk.sparse<4, 0, 2>}
  // UNFOLD: spk.scaled_synapse {{.*}} {format = #spk.sparse<4, 0, 2>}
  %x = spk.decode %t, %lsb : !train, tensor<?x1xf32> -> tensor<?x64xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x64xf32>, tensor<64x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Twelve inputs are no whole blocks of 32: bytes, all of them.
// CHECK-LABEL: func.func @short
func.func @short(%t: !short, %lsb: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = "onnx.Constant"() {value = dense<7.0> : tensor<12x1xf32>} : () -> tensor<12x1xf32>
  // TWO: dense<127> : tensor<12x1xi8>
  // ONE: dense<127> : tensor<12x1xi8>
  %x = spk.decode %t, %lsb : !short, tensor<?x1xf32> -> tensor<?x12xf32>
  %y = "onnx.MatMul"(%x, %w) : (tensor<?x12xf32>, tensor<12x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
