// Tuples of two name rows of the last dimension; each component is checked against its own dimension.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x5x3xf32>{{.*}}, %[[I:[a-z0-9]+]]: tensor<?x2xi64>{{.*}}, %[[U:[a-z0-9]+]]: tensor<?x3xf32>
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[I]][0, 0]
// CHECK: rt.check_indices %[[FIRST]], %{{.*}} : tensor<?x1xi64>
// CHECK: %[[SECOND:.*]] = tensor.extract_slice %[[I]][0, 1]
// CHECK: rt.check_indices %[[SECOND]], %{{.*}} : tensor<?x1xi64>
// CHECK: %[[R:.*]] = rt.scatter add %[[U]] into %[[X]] at %[[I]]
// CHECK: return %[[R]]
func.func @main(%x: tensor<?x5x3xf32> {rheobase.dims = ["a", "5", "3"]}, %i: tensor<?x2xi64> {rheobase.dims = ["b", "2"]},
                %u: tensor<?x3xf32> {rheobase.dims = ["b", "3"]}) -> tensor<?x5x3xf32>
    attributes {rheobase.symbols = [{name = "a", min = 1 : i64, max = 0 : i64}, {name = "b", min = 1 : i64, max = 0 : i64}]} {
  %r = "onnx.ScatterND"(%x, %i, %u) <{reduction = "add"}> : (tensor<?x5x3xf32>, tensor<?x2xi64>, tensor<?x3xf32>) -> tensor<?x5x3xf32>
  return %r : tensor<?x5x3xf32>
}

