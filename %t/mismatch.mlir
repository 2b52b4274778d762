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
