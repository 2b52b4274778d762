// RUN: snn-opt %s --compile-from=schedule -o %t.rheo
// RUN: snn-run run %t.rheo --input x=2x4xf32=1,2,3,4,127,-127,127,127 --expect y=2x2xf32=388,-1552,127,-508 \
// RUN:   --expect n=2x2xf32=388,-1552,127,-508 --expect w=4x2xf32=-127.5,510,0.5,-2,1.5,-6,127.5,-510 --atol 0
// RUN: snn-opt %s --compile-from=schedule --form=time -o %t.time.rheo
// RUN: snn-run run %t.time.rheo --input x=2x4xf32=1,2,3,4,127,-127,127,127 --expect y=2x2xf32=388,-1552,127,-508 \
// RUN:   --expect n=2x2xf32=388,-1552,127,-508 --expect w=4x2xf32=-127.5,510,0.5,-2,1.5,-6,127.5,-510 --atol 0
// RUN: snn-opt %s --compile-from=schedule --compile-to=schedule --form=time | FileCheck %s
// CHECK: spk.scaled_synapse

// Codes q of odd integers 2 q + 1, -255 to 255: as numbers, and multiplied, where the step of the train folds too.
module {
  func.func @main(%x: tensor<2x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "4"]})
      -> (tensor<2x2xf32> {rheobase.name = "y"}, tensor<2x2xf32> {rheobase.name = "n"}, tensor<4x2xf32> {rheobase.name = "w"}) attributes {rheobase.symbols = []} {
    %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %q = "onnx.Constant"() {value = dense<[[-128, 127], [0, -1], [1, -2], [127, -128]]> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
    %s = "onnx.Constant"() {value = dense<[[0.5, 2.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
    %t = spk.encode %x, %one : tensor<2x4xf32>, tensor<f32> -> !spk.train<2x4, #spk.binary<7, signed, nearest>> loc("t")
    %c = spk.codes %t : !spk.train<2x4, #spk.binary<7, signed, nearest>> -> tensor<2x4xi8> loc("c")
    %y = spk.scaled_matmul %c, %q, %s {format = #spk.rescaw<8, 0>} : tensor<2x4xi8>, tensor<4x2xi8>, tensor<1x2xf32> -> tensor<2x2xf32> loc("y")
    %w = spk.unpack %q, %s {format = #spk.rescaw<8, 0>} : tensor<4x2xi8>, tensor<1x2xf32> -> tensor<4x2xf32> loc("w")
    %d = spk.decode %t, %one : !spk.train<2x4, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<2x4xf32> loc("d")
    %n = "onnx.MatMul"(%d, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32> loc("n")
    return %y, %n, %w : tensor<2x2xf32>, tensor<2x2xf32>, tensor<4x2xf32>
  }
}
