// RUN: split-file %s %t
// RUN: snn-opt %t/kept.mlir --onnx-infer-shapes | FileCheck %t/kept.mlir
// RUN: snn-opt --split-input-file --verify-diagnostics --onnx-infer-shapes %t/errors.mlir

//--- kept.mlir
// Nothing is guessed about sizes that are measured: 16 elements in rows and columns need not be 4 of each. A size that
// an equation determines is one: the measure then holds the element against it.
// CHECK: func.func @main
// CHECK-SAME: rheobase.dims = ["16"]
// CHECK-SAME: rheobase.dims = ["batch", "3"]
// CHECK-SAME: rheobase.symbols = [{{.*}}name = "batch"{{.*}}name = "rows"{{.*}}name = "columns"
// CHECK-NOT: name = "count"
// CHECK: rt.measure %{{.*}} ["rows", "columns"] : tensor<2xi64> -> tensor<2xi64>
// CHECK: rt.measure %{{.*}} ["batch"] : tensor<1xi64> -> tensor<1xi64>
// CHECK: "onnx.Reshape"{{.*}} -> tensor<?x?xf32>
func.func @main(%x: tensor<16xf32> {rheobase.dims = ["16"]}, %shape: tensor<2xi64>, %z: tensor<?x3xf32> {rheobase.dims = ["batch", "3"]}, %n: tensor<1xi64>)
    -> (tensor<?x?xf32>, tensor<?x3xf32>)
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}, {name = "rows", min = 0 : i64, max = 0 : i64},
                                    {name = "columns", min = 0 : i64, max = 0 : i64}, {name = "count", min = 0 : i64, max = 0 : i64}]} {
  %0 = rt.measure %shape ["rows", "columns"] : tensor<2xi64> -> tensor<2xi64>
  %1 = rt.measure %n ["count"] : tensor<1xi64> -> tensor<1xi64>
  %2 = "onnx.Reshape"(%x, %0) <{allowzero = 1 : i64}> : (tensor<16xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %3 = "onnx.ConstantOfShape"(%1) : (tensor<1xi64>) -> tensor<?xf32>
  %axes = "onnx.Constant"() <{value = dense<1> : tensor<1xi64>}> : () -> tensor<1xi64>
  %4 = "onnx.Unsqueeze"(%3, %axes) : (tensor<?xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %5 = "onnx.Add"(%z, %4) : (tensor<?x3xf32>, tensor<?x1xf32>) -> tensor<?x3xf32>
  return %2, %5 : tensor<?x?xf32>, tensor<?x3xf32>
}

//--- errors.mlir
func.func @main(%n: tensor<1xi64>) -> tensor<1xi64> {
  // expected-error @below {{size "rows" found, expected an expression over the symbols in 'rheobase.symbols'}}
  %0 = rt.measure %n ["rows"] : tensor<1xi64> -> tensor<1xi64>
  return %0 : tensor<1xi64>
}
