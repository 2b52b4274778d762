// RUN: snn-opt --onnx-infer-shapes --onnx-decompose-quantization --split-input-file %s | FileCheck %s
// RUN: snn-opt --onnx-simplify --split-input-file %s | FileCheck %s --check-prefix=FOLDED

// CHECK-LABEL: func.func @quantize(
// CHECK: %[[SCALE:.*]] = "onnx.Reshape"(%arg1, %{{.*}}) {{.*}} -> tensor<3x1xf32>
// CHECK: %[[DIV:.*]] = "onnx.Div"(%arg0, %[[SCALE]])
// CHECK: %[[ROUND:.*]] = "onnx.Round"(%[[DIV]])
// CHECK: %[[ZERO:.*]] = "onnx.Reshape"(%arg2, %{{.*}}) {{.*}} -> tensor<3x1xi8>
// CHECK: %[[POINT:.*]] = "onnx.Cast"(%[[ZERO]])
// CHECK: %[[MOVED:.*]] = "onnx.Add"(%[[ROUND]], %[[POINT]])
// CHECK: %[[LEAST:.*]] = "onnx.Constant"() <{value = dense<-1.280000e+02> : tensor<f32>}>
// CHECK: %[[MOST:.*]] = "onnx.Constant"() <{value = dense<1.270000e+02> : tensor<f32>}>
// CHECK: %[[ABOVE:.*]] = "onnx.Max"(%[[MOVED]], %[[LEAST]])
// CHECK: %[[CLAMPED:.*]] = "onnx.Min"(%[[ABOVE]], %[[MOST]])
// CHECK: "onnx.Cast"(%[[CLAMPED]]) <{round_mode = "up", saturate = 1 : i64, to = 3 : i64}> : (tensor<?x3x5xf32>) -> tensor<?x3x5xi8>
func.func @quantize(%x: tensor<?x3x5xf32> {rheobase.dims = ["n", "3", "5"]}, %s: tensor<3xf32>, %z: tensor<3xi8>) -> tensor<?x3x5xi8>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.QuantizeLinear"(%x, %s, %z) <{axis = 1 : i64}> : (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<?x3x5xi8>
  return %0 : tensor<?x3x5xi8>
}

// -----

// Weights fold to floats; a zero point of 0 is left out.
// FOLDED-LABEL: func.func @weights(
// FOLDED: dense<{{\[}}[-2.500000e-01, 0.000000e+00, 5.000000e-01], [2.000000e+00, -6.000000e+00, 8.000000e+00]]> : tensor<2x3xf32>
// FOLDED-NOT: onnx.Mul
func.func @weights() -> tensor<2x3xf32> {
  %x = "onnx.Constant"() <{value = dense<[[-1, 0, 2], [1, -3, 4]]> : tensor<2x3xi8>}> : () -> tensor<2x3xi8>
  %s = "onnx.Constant"() <{value = dense<[0.25, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %z = "onnx.Constant"() <{value = dense<0> : tensor<2xi8>}> : () -> tensor<2xi8>
  %0 = "onnx.DequantizeLinear"(%x, %s, %z) <{axis = 0 : i64}> : (tensor<2x3xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// Blocks of two: 5 elements are two blocks and a half.
// FOLDED-LABEL: func.func @blocks(
// FOLDED: dense<{{\[}}[1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00, 4.000000e+00]]> : tensor<1x5xf32>
func.func @blocks() -> tensor<1x5xf32> {
  %x = "onnx.Constant"() <{value = dense<11> : tensor<1x5xui8>}> : () -> tensor<1x5xui8>
  %s = "onnx.Constant"() <{value = dense<[[1.0, 2.0, 4.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
  %z = "onnx.Constant"() <{value = dense<10> : tensor<1x3xui8>}> : () -> tensor<1x3xui8>
  %0 = "onnx.DequantizeLinear"(%x, %s, %z) <{axis = 1 : i64, block_size = 2 : i64}> : (tensor<1x5xui8>, tensor<1x3xf32>, tensor<1x3xui8>) -> tensor<1x5xf32>
  return %0 : tensor<1x5xf32>
}

// -----

// A constant through both: rounded to even, clamped.
// FOLDED-LABEL: func.func @both(
// FOLDED: dense<[0.000000e+00, 2.000000e+00, 2.000000e+00, 1.270000e+02]> : tensor<4xf32>
func.func @both() -> tensor<4xf32> {
  %x = "onnx.Constant"() <{value = dense<[0.5, 1.5, 2.5, 1000.0]> : tensor<4xf32>}> : () -> tensor<4xf32>
  %s = "onnx.Constant"() <{value = dense<1.0> : tensor<f32>}> : () -> tensor<f32>
  %z = "onnx.Constant"() <{value = dense<0> : tensor<i8>}> : () -> tensor<i8>
  %0 = "onnx.QuantizeLinear"(%x, %s, %z) : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  %1 = "onnx.DequantizeLinear"(%0, %s, %z) : (tensor<4xi8>, tensor<f32>, tensor<i8>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// A softmax between integers takes the whole part of 1 / scale, as the runtime that such models are measured with.
// CHECK-LABEL: func.func @softmax(
// CHECK: %[[P:.*]] = "onnx.Softmax"
// CHECK: dense<2.540000e+02>
// CHECK: "onnx.Mul"(%[[P]],
func.func @softmax(%x: tensor<4xui8>) -> tensor<4xui8> {
  %s = "onnx.Constant"() <{value = dense<0.0039215689> : tensor<f32>}> : () -> tensor<f32>
  %z = "onnx.Constant"() <{value = dense<0> : tensor<ui8>}> : () -> tensor<ui8>
  %0 = "onnx.DequantizeLinear"(%x, %s, %z) : (tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<4xf32>
  %1 = "onnx.Softmax"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "onnx.QuantizeLinear"(%1, %s, %z) : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %2 : tensor<4xui8>
}


// -----

// Blocks of open sizes: every element looks up the scale of its block.
// CHECK-LABEL: func.func @open_blocks(
// CHECK: %[[PLACES:.*]] = "onnx.Range"
// CHECK: %[[BLOCKS:.*]] = "onnx.Div"(%[[PLACES]], %{{.*}}) : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
// CHECK: %[[SCALES:.*]] = "onnx.Gather"(%arg1, %[[BLOCKS]]) <{axis = 1 : i64}>
// CHECK: "onnx.Div"(%arg0, %[[SCALES]])
func.func @open_blocks(%x: tensor<?x?xf32> {rheobase.dims = ["n", "d"]}, %s: tensor<?x?xf32> {rheobase.dims = ["n", "b"]}) -> tensor<?x?xui8>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}, {name = "d", min = 1 : i64, max = 0 : i64}, {name = "b", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.QuantizeLinear"(%x, %s) <{axis = 1 : i64, block_size = 2 : i64}> : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xui8>
  return %0 : tensor<?x?xui8>
}

// -----

// Floats are rounded by the cast alone; a zero point of 0 adds -0, which changes no number.
// CHECK-LABEL: func.func @small_floats(
// CHECK: %[[POINT:.*]] = "onnx.Cast"(%arg2)
// CHECK: dense<-0.000000e+00> : tensor<f32>
// CHECK: %[[OFFSET:.*]] = "onnx.Where"(%{{.*}}, %{{.*}}, %[[POINT]])
// CHECK: %[[MOVED:.*]] = "onnx.Add"(%{{.*}}, %[[OFFSET]])
// CHECK-NEXT: "onnx.Cast"(%[[MOVED]]) <{round_mode = "up", saturate = 0 : i64, to = 17 : i64}>
func.func @small_floats(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<f8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = "onnx.QuantizeLinear"(%x, %s, %z) <{saturate = 0 : i64}> : (tensor<4xf32>, tensor<f32>, tensor<f8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}
