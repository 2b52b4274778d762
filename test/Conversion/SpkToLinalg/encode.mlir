// RUN: snn-opt %s --compile-from=schedule -o %t.rheo
// RUN: snn-run run %t.rheo --input x=10xf32=nan,inf,-inf,0,-0,0.5,1.5,2.5,126.5,1e30 --input rows=3x2xf32=0,0,inf,1,nan,-2 \
// RUN:   --expect q=10xi8=0,127,-127,0,0,0,2,2,126,127 --expect p=10xi16=0,511,0,0,0,0,1,2,126,511 \
// RUN:   --expect r=3x2xi8=0,0,127,127,0,-127 --atol 0
// RUN: snn-opt %s --compile-from=schedule --form=time -o %t.time.rheo
// RUN: snn-run run %t.time.rheo --input x=10xf32=nan,inf,-inf,0,-0,0.5,1.5,2.5,126.5,1e30 --input rows=3x2xf32=0,0,inf,1,nan,-2 \
// RUN:   --expect q=10xi8=0,127,-127,0,0,0,2,2,126,127 --expect p=10xi16=0,511,0,0,0,0,1,2,126,511 \
// RUN:   --expect r=3x2xi8=0,0,127,127,0,-127 --atol 0

// The quantiser's defined cases: NaN is 0, infinities are the ends, ties go to even (q), or toward zero where the code cuts (p). In a row's own
// step what is not finite does not count, so that an infinity clips and a NaN is 0; an all-zero row has zeros (r).
module {
  func.func @main(%x: tensor<10xf32> {rheobase.name = "x", rheobase.dims = ["10"]}, %rows: tensor<3x2xf32> {rheobase.name = "rows", rheobase.dims = ["3", "2"]})
      -> (tensor<10xi8> {rheobase.name = "q"}, tensor<10xi16> {rheobase.name = "p"}, tensor<3x2xi8> {rheobase.name = "r"}) attributes {rheobase.symbols = []} {
    %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %t = spk.encode %x, %one : tensor<10xf32>, tensor<f32> -> !spk.train<10, #spk.binary<7, signed, nearest>> loc("q")
    %q = spk.codes %t : !spk.train<10, #spk.binary<7, signed, nearest>> -> tensor<10xi8> loc("q")
    %u = spk.encode %x, %one : tensor<10xf32>, tensor<f32> -> !spk.train<10, #spk.binary<9, unsigned, truncate>> loc("p")
    %p = spk.codes %u : !spk.train<10, #spk.binary<9, unsigned, truncate>> -> tensor<10xi16> loc("p")
    %lsb = spk.row_step %rows {axes = array<i64: 1>, code = #spk.binary<7, signed, nearest>} : tensor<3x2xf32> -> tensor<3x1xf32> loc("r")
    %v = spk.encode %rows, %lsb : tensor<3x2xf32>, tensor<3x1xf32> -> !spk.train<3x2, #spk.binary<7, signed, nearest>> loc("r")
    %r = spk.codes %v : !spk.train<3x2, #spk.binary<7, signed, nearest>> -> tensor<3x2xi8> loc("r")
    return %q, %p, %r : tensor<10xi8>, tensor<10xi16>, tensor<3x2xi8>
  }
}
