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

