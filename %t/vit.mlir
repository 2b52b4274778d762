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

