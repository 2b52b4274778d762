// RUN: snn-opt %s --spk-gate-codes --split-input-file | FileCheck %s
// RUN: not snn-opt %s --spk-gate-codes=rows=0 --split-input-file 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: error: rows is 0, 1 or more expected

// What each code adds to its input is multiplied by an element of the new argument, in the order of the codes.
// CHECK: func.func @two(%[[X:.*]]: tensor<?x8xf32>, %[[STEP:.*]]: tensor<f32>, %[[GATES:.*]]: tensor<1x2xf32> {rheobase.dims = ["1", "2"], rheobase.name = "rheobase gates"})
func.func @two(%x: tensor<?x8xf32>, %step: tensor<f32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: %[[ROW:.*]] = "onnx.Gather"(%[[GATES]]
  // CHECK: %[[D:.*]] = spk.decode
  // CHECK: %[[GATE:.*]] = "onnx.Gather"(%[[ROW]], %{{.*}}) <{axis = 1 : i64}>
  // CHECK: %[[ERROR:.*]] = "onnx.Sub"(%[[D]], %[[X]])
  // CHECK: %[[PART:.*]] = "onnx.Mul"(%[[ERROR]], %[[GATE]])
  // CHECK: %[[Y:.*]] = "onnx.Add"(%[[X]], %[[PART]])
  %t = spk.encode %x, %step : tensor<?x8xf32>, tensor<f32> -> !spk.train<?x8, #spk.binary<7, signed, nearest>>
  %0 = spk.decode %t, %step : !spk.train<?x8, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<?x8xf32>
  // CHECK: spk.decode
  // CHECK: onnx.Constant"() <{value = dense<1> : tensor<1xi64>}>
  // CHECK: "onnx.Gather"(%[[ROW]]
  %u = spk.encode %0, %step : tensor<?x8xf32>, tensor<f32> -> !spk.train<?x8, #spk.binary<7, signed, nearest>>
  %1 = spk.decode %u, %step : !spk.train<?x8, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<?x8xf32>
  // CHECK: return %[[Y]]
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Windows of a train stand beside the windows of its numbers.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x8x8x1xf32>, %step: tensor<f32>) -> tensor<1x1x36x9xf32> {
  // CHECK: spk.patches {{.*}} -> !spk.train<1x1x36x9
  // CHECK: %[[D:.*]] = spk.decode
  // CHECK: %[[X:.*]] = spk.patches %arg0 {{.*}} -> tensor<1x1x36x9xf32>
  // CHECK: "onnx.Sub"(%[[D]], %[[X]])
  %t = spk.encode %x, %step : tensor<1x8x8x1xf32>, tensor<f32> -> !spk.train<1x8x8x1, #spk.binary<7, signed, nearest>>
  %p = spk.patches %t {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : !spk.train<1x8x8x1, #spk.binary<7, signed, nearest>> -> !spk.train<1x1x36x9, #spk.binary<7, signed, nearest>>
  %0 = spk.decode %p, %step : !spk.train<1x1x36x9, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<1x1x36x9xf32>
  return %0 : tensor<1x1x36x9xf32>
}
