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

