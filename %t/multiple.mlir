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

