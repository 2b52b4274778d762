// RUN: snn-opt %s --compile-from=schedule -o %t.rheo
// RUN: snn-run run %t.rheo --input x=2x4xf32=127,-3,0,2.54,0,0,1,-12.7 --expect q=2x4xi8=127,-3,0,127,0,0,10,-127 \
// RUN:   --expect l=2x2xf32=1,0.02,0,0.1 --expect y=2x4xf32=127,-3,0,2.54,0,0,1,-12.7 --atol 1e-6
// RUN: snn-opt %s --compile-from=schedule --form=time -o %t.time.rheo
// RUN: snn-run run %t.time.rheo --input x=2x4xf32=127,-3,0,2.54,0,0,1,-12.7 --expect q=2x4xi8=127,-3,0,127,0,0,10,-127 \
// RUN:   --expect l=2x2xf32=1,0.02,0,0.1 --expect y=2x4xf32=127,-3,0,2.54,0,0,1,-12.7 --atol 1e-6

// Two of a row's channels share a step; those of a silent group have 0.
module {
  func.func @main(%x: tensor<2x4xf32> {rheobase.name = "x", rheobase.dims = ["2", "4"]})
      -> (tensor<2x4xi8> {rheobase.name = "q"}, tensor<2x2xf32> {rheobase.name = "l"}, tensor<2x4xf32> {rheobase.name = "y"}) attributes {rheobase.symbols = []} {
    %l = spk.row_step %x {axes = array<i64: 1>, code = #spk.binary<7, signed, nearest>, group = 2 : i64} : tensor<2x4xf32> -> tensor<2x2xf32> loc("l")
    %t = spk.encode %x, %l : tensor<2x4xf32>, tensor<2x2xf32> -> !spk.train<2x4, #spk.binary<7, signed, nearest>> loc("q")
    %q = spk.codes %t : !spk.train<2x4, #spk.binary<7, signed, nearest>> -> tensor<2x4xi8> loc("q")
    %y = spk.decode %t, %l : !spk.train<2x4, #spk.binary<7, signed, nearest>>, tensor<2x2xf32> -> tensor<2x4xf32> loc("y")
    return %q, %l, %y : tensor<2x4xi8>, tensor<2x2xf32>, tensor<2x4xf32>
  }
}
