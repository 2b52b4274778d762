// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// Maximum, exponentials of the distances, their sum, the quotients.
// CHECK-LABEL: func.func @main
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.maximumf
// CHECK: arith.subf
// CHECK-NEXT: math.exp
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.addf
// CHECK: arith.divf
func.func @main(%x: tensor<?x4x8xf32> {rheobase.name = "x", rheobase.dims = ["batch", "4", "8"]}) -> tensor<?x4x8xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Softmax"(%x) : (tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  return %0 : tensor<?x4x8xf32>
}

// -----

// The mean over a size that is left open divides by it.
// CHECK-LABEL: func.func @main
// CHECK: %[[N:.*]] = rt.symbol "n"
// CHECK: linalg.generic {{.*}}["parallel", "reduction", "parallel"]
// CHECK: tensor.reshape {{.*}} -> tensor<2x1x3xf32>
// CHECK: %[[WHOLE:.*]] = arith.index_cast %[[N]] : index to i64
// CHECK: %[[COUNT:.*]] = arith.sitofp %[[WHOLE]] : i64 to f32
// CHECK: arith.divf %{{.*}}, %[[COUNT]]
func.func @main(%x: tensor<2x?x3xf32> {rheobase.name = "x", rheobase.dims = ["2", "n", "3"]}) -> tensor<2x1x3xf32>
    attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
  %axes = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.ReduceMean"(%x, %axes) : (tensor<2x?x3xf32>, tensor<1xi64>) -> tensor<2x1x3xf32>
  return %0 : tensor<2x1x3xf32>
}

// -----

// Sum, mean, squared distances, one over the deviation, the scaled result.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-5: linalg.generic
// CHECK-NOT: linalg.generic
func.func @main(%x: tensor<2x8xf32> {rheobase.name = "x", rheobase.dims = ["2", "8"]},
                %g: tensor<8xf32> {rheobase.name = "g", rheobase.dims = ["8"]}) -> tensor<2x8xf32>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.LayerNormalization"(%x, %g) {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
