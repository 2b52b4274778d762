// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// Arguments and results of narrow types are codes, and say of what. Of eight bits every code is one: no code for movement.
// CHECK-LABEL: func.func @movement(
// CHECK-SAME: %[[X:.*]]: tensor<2x3xi8> {rheobase.dims = ["2", "3"], rheobase.element = f8E4M3FN, rheobase.name = "x"})
// CHECK-SAME: -> (tensor<3x2xi8> {rheobase.element = f8E4M3FN, rheobase.name = "y"})
// CHECK: linalg.generic
// CHECK: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
// CHECK-NEXT: linalg.yield %[[IN]] : i8
func.func @movement(%x: tensor<2x3xf8E4M3FN> {rheobase.name = "x", rheobase.dims = ["2", "3"]})
    -> (tensor<3x2xf8E4M3FN> {rheobase.name = "y"}) attributes {rheobase.symbols = []} {
  %y = "onnx.Transpose"(%x) <{perm = array<i64: 1, 0>}> : (tensor<2x3xf8E4M3FN>) -> tensor<3x2xf8E4M3FN>
  return %y : tensor<3x2xf8E4M3FN>
}

// -----

// Of fewer bits the others of a byte are dropped on the way in; signed integers get their sign where they are cast.
// CHECK-LABEL: func.func @four_bits(
// CHECK-SAME: tensor<4xi8> {{{.*}}rheobase.element = i4{{.*}}}) -> tensor<4xi32>
// CHECK: %[[CLEAN:.*]] = arith.andi %{{.*}}, %c15_i8 : i8
// CHECK: %[[UP:.*]] = arith.shli %{{.*}}, %c4_i8 : i8
// CHECK: %[[NUMBER:.*]] = arith.shrsi %[[UP]], %c4_i8 : i8
// CHECK: arith.extsi %[[NUMBER]] : i8 to i32
func.func @four_bits(%x: tensor<4xi4> {rheobase.name = "x", rheobase.dims = ["4"]}) -> tensor<4xi32>
    attributes {rheobase.symbols = []} {
  %y = "onnx.Cast"(%x) <{to = 6 : i64}> : (tensor<4xi4>) -> tensor<4xi32>
  return %y : tensor<4xi32>
}

// -----

// CHECK-LABEL: func.func @two_bits(
// CHECK-SAME: -> (tensor<4xi8> {rheobase.element = ui2})
// CHECK: arith.andi %{{.*}}, %c3_i8 : i8
func.func @two_bits(%x: tensor<4xi32> {rheobase.name = "x", rheobase.dims = ["4"]}) -> tensor<4xui2>
    attributes {rheobase.symbols = []} {
  %y = "onnx.Cast"(%x) <{to = 25 : i64}> : (tensor<4xi32>) -> tensor<4xui2>
  return %y : tensor<4xui2>
}

// -----

// Constants are codes too; a large one is read where it lies.
// CHECK-LABEL: func.func @constants(
// CHECK: "onnx.Constant"() <{value = dense<[15, 8, 7]> : tensor<3xi8>}>
// CHECK: "onnx.Constant"() <{value = dense_resource<codes> : tensor<4xi8>}>
func.func @constants() -> (tensor<3xi4>, tensor<4xf8E5M2>) attributes {rheobase.symbols = []} {
  %x = "onnx.Constant"() <{value = dense<[-1, -8, 7]> : tensor<3xi4>}> : () -> tensor<3xi4>
  %y = "onnx.Constant"() <{value = dense_resource<codes> : tensor<4xf8E5M2>}> : () -> tensor<4xf8E5M2>
  return %x, %y : tensor<3xi4>, tensor<4xf8E5M2>
}

{-#
  dialect_resources: {
    builtin: {
      codes: "0x010000003C3D3E3F"
    }
  }
#-}
