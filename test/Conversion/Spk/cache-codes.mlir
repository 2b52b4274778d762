// RUN: snn-opt %s --split-input-file --spk-cache-codes --verify-diagnostics | FileCheck %s

#i8 = #spk.binary<7, signed, nearest>

// Keys, a step for each row: codes and steps are states; transposes and scales follow.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: tensor<?x6x?x32xf32> {rheobase.dims = ["b", "6", "n", "32"], rheobase.name = "x"}
// CHECK-SAME: %[[PAST:[a-z0-9]+]]: tensor<?x6x?x32xi8> {rheobase.dims = ["b", "6", "p", "32"], rheobase.name = "past.key", rheobase.state = "present.key"}
// CHECK-SAME: %[[STEPS:[a-z0-9]+]]: tensor<?x6x?x1xf32> {rheobase.dims = ["b", "6", "p", "1"], rheobase.name = "past.key:steps", rheobase.state = "present.key:steps"}
// CHECK-SAME: -> (tensor<?x6x32x?xf32> {rheobase.name = "y"}, tensor<?x6x?x32xi8> {rheobase.name = "present.key"}, tensor<?x6x?x1xf32> {rheobase.name = "present.key:steps"})
// CHECK: %[[SCALED:.*]] = "onnx.Mul"(%[[X]], %{{.*}}) : (tensor<?x6x?x32xf32>, tensor<f32>) -> tensor<?x6x?x32xf32>
// CHECK: %[[LSB:.*]] = spk.row_step %[[SCALED]] {axes = array<i64: 3>, code = #spk.binary<7, signed, nearest>}
// CHECK: %[[T:.*]] = spk.encode %[[SCALED]], %[[LSB]]
// CHECK: %[[Q:.*]] = spk.codes %[[T]]
// CHECK: %[[ALL:.*]] = "onnx.Concat"(%[[PAST]], %[[Q]]) <{axis = -2 : i64}> : {{.*}} -> tensor<?x6x?x32xi8>
// CHECK: %[[ALLSTEPS:.*]] = "onnx.Concat"(%[[STEPS]], %[[LSB]]) <{axis = -2 : i64}> : {{.*}} -> tensor<?x6x?x1xf32>
// CHECK: %[[MOVED:.*]] = "onnx.Transpose"(%[[ALL]]) <{perm = array<i64: 0, 1, 3, 2>}> : (tensor<?x6x?x32xi8>) -> tensor<?x6x32x?xi8>
// CHECK: %[[TRAIN:.*]] = spk.from_codes %[[MOVED]] : tensor<?x6x32x?xi8> -> <?x6x32x?, #spk.binary<7, signed, nearest>>
// CHECK: %[[MOVEDSTEPS:.*]] = "onnx.Transpose"(%[[ALLSTEPS]]) <{perm = array<i64: 0, 1, 3, 2>}> : (tensor<?x6x?x1xf32>) -> tensor<?x6x1x?xf32>
// CHECK: %[[Y:.*]] = spk.decode %[[TRAIN]], %[[MOVEDSTEPS]]
// CHECK: return %[[Y]], %[[ALL]], %[[ALLSTEPS]]
func.func @main(%x: tensor<?x6x?x32xf32> {rheobase.dims = ["b", "6", "n", "32"], rheobase.name = "x"},
                %past: tensor<?x6x?x32xf32> {rheobase.dims = ["b", "6", "p", "32"], rheobase.name = "past.key", rheobase.state = "present.key"})
    -> (tensor<?x6x32x?xf32> {rheobase.name = "y"}, tensor<?x6x?x32xf32> {rheobase.name = "present.key"})
    attributes {rheobase.symbols = [{name = "b", min = 1 : i64, max = 0 : i64}, {name = "p", min = 0 : i64, max = 0 : i64}, {name = "n", min = 1 : i64, max = 0 : i64}]} {
  %half = "onnx.Constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %all = "onnx.Concat"(%past, %x) <{axis = -2 : i64}> : (tensor<?x6x?x32xf32>, tensor<?x6x?x32xf32>) -> tensor<?x6x?x32xf32>
  %moved = "onnx.Transpose"(%all) <{perm = array<i64: 0, 1, 3, 2>}> : (tensor<?x6x?x32xf32>) -> tensor<?x6x32x?xf32>
  %scaled = "onnx.Mul"(%moved, %half) : (tensor<?x6x32x?xf32>, tensor<f32>) -> tensor<?x6x32x?xf32>
  %lsb = spk.row_step %scaled {axes = array<i64: 2>, code = #i8} : tensor<?x6x32x?xf32> -> tensor<?x6x1x?xf32>
  %t = spk.encode %scaled, %lsb : tensor<?x6x32x?xf32>, tensor<?x6x1x?xf32> -> !spk.train<?x6x32x?, #i8>
  %y = spk.decode %t, %lsb : !spk.train<?x6x32x?, #i8>, tensor<?x6x1x?xf32> -> tensor<?x6x32x?xf32>
  return %y, %all : tensor<?x6x32x?xf32>, tensor<?x6x?x32xf32>
}

// -----

#i16 = #spk.binary<9, signed, nearest>

// Values of heads that two queries share, with a fixed step for each channel: one state, encoded once for both.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: tensor<?x2x?x4xi16> {rheobase.dims = ["b", "2", "p", "4"], rheobase.name = "past", rheobase.state = "present"}) -> (
// CHECK: %[[LSB:.*]] = "onnx.Constant"() <{value = dense<{{.*}}> : tensor<2x1x4xf32>}>
// CHECK: spk.encode %{{.*}}, %[[LSB]] : tensor<?x2x?x4xf32>, tensor<2x1x4xf32>
// CHECK: "onnx.Expand"(%{{.*}}) : (tensor<?x2x1x?x4xi16>, tensor<5xi64>) -> tensor<?x2x2x?x4xi16>
// CHECK: spk.from_codes %{{.*}} : tensor<?x4x?x4xi16>
func.func @main(%x: tensor<?x2x?x4xf32> {rheobase.dims = ["b", "2", "n", "4"], rheobase.name = "x"},
                %past: tensor<?x2x?x4xf32> {rheobase.dims = ["b", "2", "p", "4"], rheobase.name = "past", rheobase.state = "present"})
    -> (tensor<?x4x?x4xf32> {rheobase.name = "y"}, tensor<?x2x?x4xf32> {rheobase.name = "present"})
    attributes {rheobase.symbols = [{name = "b", min = 1 : i64, max = 0 : i64}, {name = "p", min = 0 : i64, max = 0 : i64}, {name = "n", min = 1 : i64, max = 0 : i64}]} {
  %apart = "onnx.Constant"() {value = dense<[0, 2, 1, -1, 4]> : tensor<5xi64>} : () -> tensor<5xi64>
  %b0 = "onnx.Shape"(%x) <{end = 1 : i64, start = 0 : i64}> : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %old = "onnx.Shape"(%past) <{end = 3 : i64, start = 2 : i64}> : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %new = "onnx.Shape"(%x) <{end = 3 : i64, start = 2 : i64}> : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %length = "onnx.Add"(%old, %new) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %two = "onnx.Constant"() {value = dense<2> : tensor<2xi64>} : () -> tensor<2xi64>
  %four = "onnx.Constant"() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = "onnx.Concat"(%b0, %two, %length, %four) <{axis = 0 : i64}> : (tensor<1xi64>, tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xi64>
  %together = "onnx.Constant"() {value = dense<[0, 4, -1, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %lsb = "onnx.Constant"() {value = dense<[[[1.0, 2.0, 3.0, 4.0]], [[1.0, 2.0, 3.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]], [[5.0, 6.0, 7.0, 8.0]]]> : tensor<4x1x4xf32>} : () -> tensor<4x1x4xf32>
  %all = "onnx.Concat"(%past, %x) <{axis = 2 : i64}> : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  %a = "onnx.Reshape"(%all, %apart) <{allowzero = 0 : i64}> : (tensor<?x2x?x4xf32>, tensor<5xi64>) -> tensor<?x2x1x?x4xf32>
  %b = "onnx.Expand"(%a, %shape) : (tensor<?x2x1x?x4xf32>, tensor<5xi64>) -> tensor<?x2x2x?x4xf32>
  %c = "onnx.Reshape"(%b, %together) <{allowzero = 0 : i64}> : (tensor<?x2x2x?x4xf32>, tensor<4xi64>) -> tensor<?x4x?x4xf32>
  %t = spk.encode %c, %lsb : tensor<?x4x?x4xf32>, tensor<4x1x4xf32> -> !spk.train<?x4x?x4, #i16>
  %y = spk.decode %t, %lsb : !spk.train<?x4x?x4, #i16>, tensor<4x1x4xf32> -> tensor<?x4x?x4xf32>
  return %y, %all : tensor<?x4x?x4xf32>, tensor<?x2x?x4xf32>
}

// -----

#i8 = #spk.binary<7, signed, nearest>

// Where it is not so, states stay numbers.
// CHECK-LABEL: func.func @main(
// CHECK-NOT: i8>
// CHECK-NOT: spk.from_codes
// expected-warning@+4 {{state 'sample' stays f32, not codes: its step is set by all of a sample; --calibrate=FILE gives it a fixed one}}
// expected-warning@+3 {{state 'computed' stays f32, not codes: it is computed with before it is encoded}}
// expected-warning@+2 {{state 'first' and 1 more stay f32, not codes: its next value is not it with what is new behind it, or something else reads it}}
// expected-warning@+1 {{state 'tokens' stays f32, not codes: its step is not one for all tokens}}
func.func @main(%x: tensor<?x4xf32> {rheobase.dims = ["n", "4"]}, %steps: tensor<?x1xf32> {rheobase.dims = ["n + p", "1"]},
                %sample: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "sample", rheobase.state = "sample'"},
                %computed: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "computed", rheobase.state = "computed'"},
                %first: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "first", rheobase.state = "first'"},
                %tokens: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "tokens", rheobase.state = "tokens'"},
                %kept: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "kept", rheobase.state = "kept'"})
    -> (tensor<?x4xf32>, tensor<?x4xf32> {rheobase.name = "sample'"}, tensor<?x4xf32> {rheobase.name = "computed'"},
        tensor<?x4xf32> {rheobase.name = "first'"}, tensor<?x4xf32> {rheobase.name = "tokens'"}, tensor<?x4xf32> {rheobase.name = "kept'"})
    attributes {rheobase.symbols = [{name = "b", min = 1 : i64, max = 0 : i64}, {name = "p", min = 0 : i64, max = 0 : i64}, {name = "n", min = 1 : i64, max = 0 : i64}]} {
  %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %all = "onnx.Concat"(%sample, %x) <{axis = 0 : i64}> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %lsb = spk.row_step %all {axes = array<i64: 0, 1>, code = #i8} : tensor<?x4xf32> -> tensor<1x1xf32>
  %t = spk.encode %all, %lsb : tensor<?x4xf32>, tensor<1x1xf32> -> !spk.train<?x4, #i8>
  %y0 = spk.decode %t, %lsb : !spk.train<?x4, #i8>, tensor<1x1xf32> -> tensor<?x4xf32>
  %computed1 = "onnx.Concat"(%computed, %x) <{axis = 0 : i64}> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = "onnx.Exp"(%computed1) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %first1 = "onnx.Concat"(%x, %first) <{axis = 0 : i64}> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %tokens1 = "onnx.Concat"(%tokens, %x) <{axis = 0 : i64}> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %t1 = spk.encode %tokens1, %steps : tensor<?x4xf32>, tensor<?x1xf32> -> !spk.train<?x4, #i8>
  %y1 = spk.decode %t1, %steps : !spk.train<?x4, #i8>, tensor<?x1xf32> -> tensor<?x4xf32>
  %y2 = "onnx.Add"(%y0, %y1) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = "onnx.Add"(%y2, %sum) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y, %all, %computed1, %first1, %tokens1, %kept : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

#i8 = #spk.binary<7, signed, nearest>

// What is an output too keeps the type that the model gave it.
// expected-warning@+1 {{state 'past' stays f32, not codes: its next value is not it with what is new behind it, or something else reads it}}
func.func @main(%x: tensor<?x4xf32> {rheobase.dims = ["n", "4"]},
                %past: tensor<?x4xf32> {rheobase.dims = ["p", "4"], rheobase.name = "past", rheobase.state = "present"})
    -> (tensor<?x4xf32> {rheobase.name = "y"}, tensor<?x4xf32> {rheobase.name = "present"}, tensor<?x4xf32> {rheobase.name = "all"})
    attributes {rheobase.symbols = [{name = "p", min = 0 : i64, max = 0 : i64}, {name = "n", min = 1 : i64, max = 0 : i64}]} {
  %lsb = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %all = "onnx.Concat"(%past, %x) <{axis = 0 : i64}> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = spk.encode %all, %lsb : tensor<?x4xf32>, tensor<f32> -> !spk.train<?x4, #i8>
  %y = spk.decode %t, %lsb : !spk.train<?x4, #i8>, tensor<f32> -> tensor<?x4xf32>
  return %y, %all, %all : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}
