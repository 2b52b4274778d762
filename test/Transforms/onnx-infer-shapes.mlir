// RUN: split-file %s %t
// RUN: snn-opt --onnx-infer-shapes %t/vit.mlir 2>%t/remarks | FileCheck %t/vit.mlir
// RUN: FileCheck --check-prefix=REMARK %t/vit.mlir < %t/remarks
// RUN: snn-opt --onnx-infer-shapes %t/past.mlir | FileCheck %t/past.mlir
// RUN: not snn-opt --onnx-infer-shapes %t/square.mlir 2>&1 | FileCheck %t/square.mlir
// RUN: snn-opt --onnx-infer-shapes %t/multiple.mlir 2>%t/multiples | FileCheck %t/multiple.mlir
// RUN: FileCheck --check-prefix=REMARK %t/multiple.mlir < %t/multiples
// RUN: snn-opt --onnx-infer-shapes %t/range.mlir 2>%t/ranges | FileCheck %t/range.mlir
// RUN: FileCheck --check-prefix=REMARK %t/range.mlir < %t/ranges
// RUN: snn-opt --onnx-infer-shapes %t/bound.mlir | FileCheck %t/bound.mlir
// RUN: not snn-opt --onnx-infer-shapes %t/mismatch.mlir 2>&1 | FileCheck %t/mismatch.mlir

//--- vit.mlir
// The weights say the channels, the position embedding says the image; the batch stays open.
// REMARK: node 'patches' (onnx.Conv): inferred channels = 3
// REMARK: node 'positions' (onnx.Add): inferred height = 28, width = 28
// CHECK: func.func @main(%{{.*}}: tensor<?x3x28x28xf32> {rheobase.dims = ["batch", "3", "28", "28"]},
// CHECK-SAME: -> tensor<?x49x8xf32> attributes {rheobase.symbols = [{max = 0 : i64, min = 1 : i64, name = "batch"}]}
func.func @main(%x: tensor<?x?x?x?xf32> {rheobase.dims = ["batch", "channels", "height", "width"]},
                %w: tensor<8x3x4x4xf32>, %p: tensor<1x49x8xf32>) -> tensor<?x?x?xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "channels", min = 1 : i64, max = 0 : i64},
                                    {name = "height", min = 1 : i64, max = 0 : i64}, {name = "width", min = 1 : i64, max = 0 : i64}]} {
  %s = "onnx.Constant"() <{value = dense<[0, 0, -1]> : tensor<3xi64>}> : () -> tensor<3xi64>
  // CHECK: "onnx.Conv"{{.*}} -> tensor<?x8x7x7xf32>
  %0 = "onnx.Conv"(%x, %w) <{strides = array<i64: 4, 4>}> : (tensor<?x?x?x?xf32>, tensor<8x3x4x4xf32>) -> tensor<?x?x?x?xf32> loc("patches")
  // CHECK: "onnx.Reshape"{{.*}} -> tensor<?x8x49xf32>
  %1 = "onnx.Reshape"(%0, %s) : (tensor<?x?x?x?xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  %2 = "onnx.Transpose"(%1) <{perm = array<i64: 0, 2, 1>}> : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %3 = "onnx.Add"(%2, %p) : (tensor<?x?x?xf32>, tensor<1x49x8xf32>) -> tensor<?x?x?xf32> loc("positions")
  return %3 : tensor<?x?x?xf32>
}

//--- past.mlir
// A mask over past and present: its length is no symbol of its own.
// CHECK: rheobase.dims = ["past"]
// CHECK-SAME: rheobase.dims = ["now"]
// CHECK-SAME: rheobase.dims = ["past + now"]
// CHECK-NOT: name = "total"
func.func @main(%a: tensor<?xf32> {rheobase.dims = ["past"]}, %b: tensor<?xf32> {rheobase.dims = ["now"]},
                %m: tensor<?xf32> {rheobase.dims = ["total"]}) -> tensor<?xf32>
    attributes {rheobase.symbols = [{name = "past", min = 0 : i64, max = 0 : i64}, {name = "now", min = 1 : i64, max = 0 : i64},
                                    {name = "total", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Concat"(%a, %b) <{axis = 0 : i64}> : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = "onnx.Mul"(%0, %m) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

//--- square.mlir
// CHECK: error: {{.*}}node 'join' (onnx.Add): needs 12 == height*width, expected dimensions that satisfy it for all their values; try --dim height=VALUE --dim width=VALUE
func.func @main(%x: tensor<?x?x?xf32> {rheobase.dims = ["batch", "height", "width"]}, %p: tensor<1x12xf32>) -> tensor<?x12xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "height", min = 1 : i64, max = 0 : i64},
                                    {name = "width", min = 1 : i64, max = 0 : i64}]} {
  %s = "onnx.Constant"() <{value = dense<[0, -1]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Reshape"(%x, %s) : (tensor<?x?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %1 = "onnx.Add"(%0, %p) : (tensor<?x?xf32>, tensor<1x12xf32>) -> tensor<?x12xf32> loc("join")
  return %1 : tensor<?x12xf32>
}

//--- multiple.mlir
// Pairs of rows are joined and parted again: the height is even, and its half is the symbol that is left.
// REMARK: node 'join' (onnx.Add): inferred height = 2*height_by_2
// CHECK: rheobase.dims = ["batch", "2*height_by_2"]
// CHECK-SAME: {max = 5 : i64, min = 2 : i64, name = "height_by_2"}
func.func @main(%x: tensor<?x?xf32> {rheobase.dims = ["batch", "height"]}) -> tensor<?x?xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "height", min = 3 : i64, max = 11 : i64}]} {
  %z = "onnx.Constant"() <{value = dense<0> : tensor<1xi64>}> : () -> tensor<1xi64>
  %o = "onnx.Constant"() <{value = dense<1> : tensor<1xi64>}> : () -> tensor<1xi64>
  %t = "onnx.Constant"() <{value = dense<2> : tensor<1xi64>}> : () -> tensor<1xi64>
  %e = "onnx.Constant"() <{value = dense<2147483647> : tensor<1xi64>}> : () -> tensor<1xi64>
  %even = "onnx.Slice"(%x, %z, %e, %o, %t) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}> : (tensor<?x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  %odd = "onnx.Slice"(%x, %o, %e, %o, %t) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}> : (tensor<?x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  %0 = "onnx.Add"(%even, %odd) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32> loc("join")
  return %0 : tensor<?x?xf32>
}

//--- range.mlir
// A pooling window larger than any image leaves one position, for the sizes where that is so.
// REMARK: node 'flat' (onnx.Reshape): inferred height from 2 to 17, width from 2 to 17
// CHECK: rheobase.dims = ["batch", "3", "height", "width"]
// CHECK-SAME: -> tensor<?x3xf32>
func.func @main(%x: tensor<?x3x?x?xf32> {rheobase.dims = ["batch", "3", "height", "width"]}) -> tensor<?x?xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "height", min = 1 : i64, max = 0 : i64},
                                    {name = "width", min = 1 : i64, max = 0 : i64}]} {
  %h = "onnx.AveragePool"(%x) <{kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}> : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  %p = "onnx.AveragePool"(%h) <{ceil_mode = 1 : i64, kernel_shape = array<i64: 8, 8>, strides = array<i64: 8, 8>}> : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  %f = "onnx.Constant"() <{value = dense<[0, 3]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Reshape"(%p, %f) : (tensor<?x3x?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32> loc("flat")
  return %0 : tensor<?x?xf32>
}

//--- bound.mlir
// A small number as a bound says how long a dimension is at least.
// CHECK: {max = 0 : i64, min = 6 : i64, name = "length"}
func.func @main(%x: tensor<?xf32> {rheobase.dims = ["length"]}) -> tensor<?xf32>
    attributes {rheobase.symbols = [{name = "length", min = 1 : i64, max = 0 : i64}]} {
  %z = "onnx.Constant"() <{value = dense<0> : tensor<1xi64>}> : () -> tensor<1xi64>
  %s = "onnx.Constant"() <{value = dense<-6> : tensor<1xi64>}> : () -> tensor<1xi64>
  %e = "onnx.Constant"() <{value = dense<-2> : tensor<1xi64>}> : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %s, %e, %z) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}> : (tensor<?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

//--- mismatch.mlir
// Every op that fails is reported, and nothing that follows from it.
// CHECK: error: {{.*}}node 'first' (onnx.Add): shapes [2] and [3] do not broadcast, expected equal sizes or 1
// CHECK-NOT: 'after'
// CHECK: error: {{.*}}node 'second' (onnx.MatMul): the last dimension of A is 2 and the contracted dimension of B is 3, expected equal sizes
func.func @main(%a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<f32> {
  %0 = "onnx.Add"(%a, %b) : (tensor<2xf32>, tensor<3xf32>) -> tensor<3xf32> loc("first")
  %1 = "onnx.Relu"(%0) : (tensor<3xf32>) -> tensor<3xf32> loc("after")
  %2 = "onnx.MatMul"(%a, %b) : (tensor<2xf32>, tensor<3xf32>) -> tensor<f32> loc("second")
  return %2 : tensor<f32>
}
