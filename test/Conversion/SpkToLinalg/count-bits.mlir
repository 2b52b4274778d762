// RUN: snn-opt %s --convert-onnx-to-linalg | FileCheck %s
// RUN: snn-opt %s --compile-from=schedule -o %t.rheo
// RUN: snn-run run %t.rheo --input x=2x32xf32=1,1,1,0,1,0,0,0,0,1,1,0,1,1,0,0,1,1,0,0,0,1,1,0,1,0,0,1,0,1,0,1,1,1,0,0,0,1,1,0,1,1,1,1,1,1,1,1,1,1,0,1,1,0,1,0,0,0,0,0,1,0,1,1 --input z=2x32xf32=1,0,0,1,1,1,1,3,2,3,3,2,0,0,2,2,3,2,3,0,1,2,2,1,0,2,0,2,3,2,0,2,1,2,2,0,0,1,2,0,3,1,3,2,2,3,1,1,2,0,2,2,0,0,0,2,2,1,3,1,1,3,0,1 \
// RUN:   --expect y=2x3xf32=3,2,0,-1,-2,4 --expect v=2x3xf32=-2.5,7,18,-4,2,4 --expect u=2x3xf32=3,2,0,-1,-2,4 --atol 0

// Codes of one or two planes meet weights of one bit as words of bits; codes with a sign do not.
// CHECK: rt.group_matmul {{.*}} {bits = 1 : i64, isUnsigned, odd} : tensor<2x1xi32>, tensor<32x3xi8>
// CHECK: rt.group_matmul {{.*}} {bits = 1 : i64, isUnsigned, odd} : tensor<2x2xi32>, tensor<32x3xi8>
// CHECK: rt.group_matmul {{.*}} {bits = 1 : i64, odd} : tensor<2x32xi8>, tensor<32x3xi8>
module {
  func.func @main(%x: tensor<2x32xf32> {rheobase.name = "x", rheobase.dims = ["2", "32"]}, %z: tensor<2x32xf32> {rheobase.name = "z", rheobase.dims = ["2", "32"]})
      -> (tensor<2x3xf32> {rheobase.name = "y"}, tensor<2x3xf32> {rheobase.name = "v"}, tensor<2x3xf32> {rheobase.name = "u"}) attributes {rheobase.symbols = []} {
    %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %q = "onnx.Constant"() {value = dense<[[0, -1, -1], [-1, -1, 0], [0, 0, -1], [-1, -1, -1], [0, -1, -1], [-1, 0, 0], [-1, -1, -1], [-1, 0, 0], [-1, -1, 0], [0, -1, 0], [0, 0, 0], [-1, -1, 0], [0, 0, 0], [-1, 0, -1], [-1, 0, 0], [-1, -1, -1], [-1, 0, 0], [0, -1, -1], [-1, 0, -1], [-1, -1, 0], [0, -1, -1], [-1, 0, 0], [0, 0, 0], [-1, 0, 0], [-1, -1, -1], [0, -1, 0], [0, -1, -1], [0, 0, 0], [-1, 0, -1], [0, 0, -1], [0, 0, -1], [0, -1, -1]]> : tensor<32x3xi8>} : () -> tensor<32x3xi8>
    %s = "onnx.Constant"() {value = dense<[[0.5, 1.0, 2.0]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
    %ty = spk.encode %x, %one : tensor<2x32xf32>, tensor<f32> -> !spk.train<2x32, #spk.binary<1, unsigned, nearest>> loc("ty")
    %cy = spk.codes %ty : !spk.train<2x32, #spk.binary<1, unsigned, nearest>> -> tensor<2x32xi8> loc("cy")
    %y = spk.scaled_matmul %cy, %q, %s {format = #spk.rescaw<1, 0>, lhs_unsigned} : tensor<2x32xi8>, tensor<32x3xi8>, tensor<1x3xf32> -> tensor<2x3xf32> loc("y")
    %tv = spk.encode %z, %one : tensor<2x32xf32>, tensor<f32> -> !spk.train<2x32, #spk.binary<2, unsigned, nearest>> loc("tv")
    %cv = spk.codes %tv : !spk.train<2x32, #spk.binary<2, unsigned, nearest>> -> tensor<2x32xi8> loc("cv")
    %v = spk.scaled_matmul %cv, %q, %s {format = #spk.rescaw<1, 0>, lhs_unsigned} : tensor<2x32xi8>, tensor<32x3xi8>, tensor<1x3xf32> -> tensor<2x3xf32> loc("v")
    %tu = spk.encode %x, %one : tensor<2x32xf32>, tensor<f32> -> !spk.train<2x32, #spk.binary<1, signed, nearest>> loc("tu")
    %cu = spk.codes %tu : !spk.train<2x32, #spk.binary<1, signed, nearest>> -> tensor<2x32xi8> loc("cu")
    %u = spk.scaled_matmul %cu, %q, %s {format = #spk.rescaw<1, 0>} : tensor<2x32xi8>, tensor<32x3xi8>, tensor<1x3xf32> -> tensor<2x3xf32> loc("u")
    return %y, %v, %u : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  }
}
