// RUN: split-file %s %t
// RUN: snn-opt %t/prelude.mlir --rt-form-dispatches --rt-plan-buffers | FileCheck %t/prelude.mlir
// RUN: snn-opt --split-input-file --verify-diagnostics --rt-form-dispatches %t/errors.mlir

//--- prelude.mlir
// What a measure needs comes first, with the checks before it, and writes no output; what is measured keeps its slot until
// then. Tensors put together from sizes are made where they are read, when the sizes are known.
// CHECK-DAG: %[[N:.*]] = rt.input 0 "n"
// CHECK-DAG: %[[Y:.*]] = rt.output 0
// CHECK: rt.dispatch @check_indices{{.*}} buffers(%[[N]])
// CHECK: %[[COUNT:.*]] = rt.buffer() : tensor<1xi64> {slot = 0 : i32}
// CHECK: rt.dispatch @{{.*}} buffers(%[[N]], %[[COUNT]])
// CHECK: %[[ROWS:.*]] = rt.symbol "rows"
// CHECK: rt.measure_buffer %[[COUNT]] is(%[[ROWS]])
// CHECK: rt.dispatch @{{.*}} buffers(%{{.*}}, %[[Y]])
// CHECK: rt.dispatch @elements{{.*}} sizes(%[[ROWS]])
#id = affine_map<(i) -> (i)>
func.func @main(%n: tensor<1xi64> {rheobase.name = "n"}, %x: tensor<4xf32> {rheobase.name = "x"}) -> (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>)
    attributes {rheobase.symbols = [{name = "rows", min = 0 : i64, max = 0 : i64}]} {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.negf %p : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %rows = rt.symbol "rows"
  %size = arith.index_cast %rows : index to i64
  %made = tensor.from_elements %size : tensor<1xi64>
  %limit = arith.constant 9 : index
  rt.check_indices %n, %limit : tensor<1xi64>
  %f = tensor.empty() : tensor<1xi64>
  %count = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%n : tensor<1xi64>) outs(%f : tensor<1xi64>) {
  ^bb0(%p: i64, %o: i64):
    %0 = arith.addi %p, %p : i64
    linalg.yield %0 : i64
  } -> tensor<1xi64>
  rt.measure %count ["rows"] : tensor<1xi64>
  return %y, %count, %made : tensor<4xf32>, tensor<1xi64>, tensor<1xi64>
}

//--- errors.mlir
func.func @main(%n: tensor<1xi64>) {
  // expected-error @below {{a size is measured as "columns +", expected an expression over the names in 'rheobase.symbols'}}
  rt.measure %n ["columns +"] : tensor<1xi64>
  return
}
