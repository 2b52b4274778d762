// RUN: snn-opt %s --spk-observe-to-results | FileCheck %s

// The model's own result goes, each site's extremes come; masks (beyond 1e30, and what is not finite) do not count.
// CHECK: func.func @main(%arg0: tensor<?x8xf32>) -> (tensor<f32> {rheobase.name = "a:linear:min"}, tensor<f32> {rheobase.name = "a:linear:max"})
func.func @main(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {rheobase.name = "y"}) {
  // CHECK: %[[COUNTS:.*]] = "onnx.Less"
  // CHECK: %[[SHOWN:.*]] = "onnx.Where"(%[[COUNTS]], %arg0,
  // CHECK-DAG: %[[MIN:.*]] = "onnx.ReduceMin"(%[[SHOWN]]
  // CHECK-DAG: %[[MAX:.*]] = "onnx.ReduceMax"(%[[SHOWN]]
  // CHECK-NOT: onnx.Relu
  // CHECK: return %[[MIN]], %[[MAX]]
  %0 = spk.observe %x {role = "linear", site = "a:linear"} : tensor<?x8xf32>
  %1 = "onnx.Relu"(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}
