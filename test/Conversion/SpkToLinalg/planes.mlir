// RUN: snn-opt %s --compile-from=schedule -o %t.rheo
// RUN: snn-run run %t.rheo --input x=1x4xf32=5,-3,0,7 --expect s=3x1x4xi8=1,-1,0,1,0,-1,0,1,1,0,0,1 --expect y=1x2xi32=5,-3 --atol 0
// RUN: snn-opt %s --compile-from=schedule --form=time -o %t.time.rheo
// RUN: snn-run run %t.time.rheo --input x=1x4xf32=5,-3,0,7 --expect s=3x1x4xi8=1,-1,0,1,0,-1,0,1,1,0,0,1 --expect y=1x2xi32=5,-3 --atol 0

// The spikes of a train, the lightest plane first, also where what else reads the train wants its integers (value form).
module {
  func.func @main(%x: tensor<1x4xf32> {rheobase.name = "x", rheobase.dims = ["1", "4"]})
      -> (tensor<3x1x4xi8> {rheobase.name = "s"}, tensor<1x2xi32> {rheobase.name = "y"}) attributes {rheobase.symbols = []} {
    %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %w = "onnx.Constant"() {value = dense<[[1, 0], [0, 1], [1, 1], [0, 0]]> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
    %t = spk.encode %x, %one : tensor<1x4xf32>, tensor<f32> -> !spk.train<1x4, #spk.binary<3, signed, nearest>> loc("t")
    %s = spk.planes %t : !spk.train<1x4, #spk.binary<3, signed, nearest>> -> tensor<3x1x4xi8> loc("s")
    %q = spk.codes %t : !spk.train<1x4, #spk.binary<3, signed, nearest>> -> tensor<1x4xi8> loc("q")
    %y = spk.matmul %q, %w : tensor<1x4xi8>, tensor<4x2xi8> -> tensor<1x2xi32> loc("y")
    return %s, %y : tensor<3x1x4xi8>, tensor<1x2xi32>
  }
}
