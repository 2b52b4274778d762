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

