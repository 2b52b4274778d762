// RUN: snn-opt %s --compile-from=convert --steps=8 -o %t.rheo
// RUN: snn-run run %t.rheo --input s=4x3xf32=0,-inf,-3.4e38,-inf,-inf,-inf,-3.4e38,-3.4e38,-3.4e38,0,0,-inf \
// RUN:   --input v=3x1xf32=1,2,4 --expect y=4x1xf32=1,0,2.3333,1.5 --atol 0.05
// RUN: snn-opt %s --compile-from=convert --steps=8 --form=time -o %t.time.rheo
// RUN: snn-run run %t.time.rheo --input s=4x3xf32=0,-inf,-3.4e38,-inf,-inf,-inf,-3.4e38,-3.4e38,-3.4e38,0,0,-inf \
// RUN:   --input v=3x1xf32=1,2,4 --expect y=4x1xf32=1,0,2.3333,1.5 --atol 0.05

// Attention weights behind masks: an entry of -inf or -3.4e38 beside a finite one is exactly zero; a row of -inf alone gives zeros, never NaN; a row
// of equal finite masks is uniform, as in the float network.
module {
  func.func @main(%s: tensor<4x3xf32> {rheobase.name = "s", rheobase.dims = ["4", "3"]}, %v: tensor<3x1xf32> {rheobase.name = "v", rheobase.dims = ["3", "1"]})
      -> (tensor<4x1xf32> {rheobase.name = "y"}) attributes {rheobase.symbols = []} {
    %p = "onnx.Softmax"(%s) {axis = -1 : i64} : (tensor<4x3xf32>) -> tensor<4x3xf32> loc("softmax")
    %y = "onnx.MatMul"(%p, %v) : (tensor<4x3xf32>, tensor<3x1xf32>) -> tensor<4x1xf32> loc("mix")
    return %y : tensor<4x1xf32>
  }
}
