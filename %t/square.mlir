// CHECK: error: {{.*}}node 'join' (onnx.Add): needs 12 == height*width, expected dimensions that satisfy it for all their values; try --dim height=VALUE --dim width=VALUE
func.func @main(%x: tensor<?x?x?xf32> {rheobase.dims = ["batch", "height", "width"]}, %p: tensor<1x12xf32>) -> tensor<?x12xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "height", min = 1 : i64, max = 0 : i64},
                                    {name = "width", min = 1 : i64, max = 0 : i64}]} {
  %s = "onnx.Constant"() <{value = dense<[0, -1]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Reshape"(%x, %s) : (tensor<?x?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %1 = "onnx.Add"(%0, %p) : (tensor<?x?xf32>, tensor<1x12xf32>) -> tensor<?x12xf32> loc("join")
  return %1 : tensor<?x12xf32>
}

