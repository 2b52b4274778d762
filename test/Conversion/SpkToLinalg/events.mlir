// RUN: snn-opt %s --compile-from=lower --compile-to=lower -o - | FileCheck %s
// RUN: snn-opt %s --compile-from=lower -o %t.rheo
// RUN: snn-run run %t.rheo --input x=2x4xf32=5,-3,0,7,0,0,0,-1 --expect y=2x2xi32=5,-3,0,0 --expect z=2x3xf32=-3,19,0,0,-0.5,0 --expect s=3x2x4xi8=1,-1,0,1,0,0,0,-1,0,-1,0,1,0,0,0,0,1,0,0,1,0,0,0,0 --atol 0
// RUN: snn-run bench %t.rheo --runs 1 --warmup 0 --input x=2x4xf32=5,-3,0,7,0,0,0,-1 --json | FileCheck %s --check-prefix=COUNTS

// One list per train and kind of weights. Synaptic operations are those of the planes: 8 spikes, into 2 columns and into 3.
// CHECK: rt.program @main
// CHECK-COUNT-2: rt.dispatch @list_events
// CHECK-NOT: rt.dispatch @list_events
// CHECK: rt.add_rows {{.*}} : memref<2x2xi32>, memref<2x20xi32>, memref<2x20xi8>, memref<1x4x64xi8> -> memref<2x2xi32>
// CHECK: rt.add_rows {{.*}} : memref<2x2xi32>, memref<2x20xi32>, memref<2x20xf32>, memref<1x4x64xf32> -> memref<2x3xf32>
// COUNTS: "spikes": 8,
// COUNTS: "synops": 40,
module {
  func.func @main(%x: tensor<2x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "4"]})
      -> (tensor<2x2xi32> {rheobase.name = "y"}, tensor<2x3xf32> {rheobase.name = "z"}, tensor<3x2x4xi8> {rheobase.name = "s"}) attributes {rheobase.symbols = []} {
    %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %w = "onnx.Constant"() {value = dense<[[1, 0], [0, 1], [1, 1], [0, 0]]> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
    %v = "onnx.Constant"() {value = dense<[[[0.0, 1.0, 0.0], [1.0, -3.5, 0.0], [1.0, 1.0, 1.0], [0.0, 0.5, 0.0]]]> : tensor<1x4x3xf32>} : () -> tensor<1x4x3xf32>
    %t = spk.encode %x, %one : tensor<2x4xf32>, tensor<f32> -> !spk.train<2x4, #spk.binary<3, signed, nearest>> loc("t")
    %y = spk.synapse %t, %w {events} : !spk.train<2x4, #spk.binary<3, signed, nearest>>, tensor<4x2xi8> -> tensor<2x2xi32> loc("y")
    %a = spk.synapse %t, %v {events} : !spk.train<2x4, #spk.binary<3, signed, nearest>>, tensor<1x4x3xf32> -> tensor<1x2x3xf32> loc("z")
    %shape = "onnx.Constant"() {value = dense<[2, 3]> : tensor<2xi64>} : () -> tensor<2xi64>
    %z = "onnx.Reshape"(%a, %shape) : (tensor<1x2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
    %s = spk.planes %t : !spk.train<2x4, #spk.binary<3, signed, nearest>> -> tensor<3x2x4xi8> loc("s")
    return %y, %z, %s : tensor<2x2xi32>, tensor<2x3xf32>, tensor<3x2x4xi8>
  }
}
