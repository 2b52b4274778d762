// RUN: snn-opt %s --spk-observe-to-results | FileCheck %s

// The model's own result goes, each site's tensor comes, also one that is an input, or stands at two sites.
// CHECK: func.func @main(%arg0: tensor<?x8xf32>) -> (tensor<?x8xf32> {rheobase.name = "a:linear"}, tensor<?x8xf32> {rheobase.name = "b:query"}, tensor<?x8xf32> {rheobase.name = "b:key"})
func.func @main(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {rheobase.name = "y"}) {
  // CHECK: %[[R:.*]] = "onnx.Relu"(%arg0)
  // CHECK-NOT: onnx.Tanh
  // CHECK: return %arg0, %[[R]], %[[R]]
  %0 = spk.observe %x {role = "linear", site = "a:linear"} : tensor<?x8xf32>
  %1 = "onnx.Relu"(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = spk.observe %1 {role = "query", site = "b:query"} : tensor<?x8xf32>
  %3 = spk.observe %1 {role = "key", site = "b:key"} : tensor<?x8xf32>
  // What attention weights are is known.
  %w = spk.observe %1 {role = "attention", site = "c:weights"} : tensor<?x8xf32>
  %5 = "onnx.Tanh"(%w) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = "onnx.Add"(%2, %3) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %6 = "onnx.Add"(%4, %5) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %6 : tensor<?x8xf32>
}
