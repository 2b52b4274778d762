// RUN: snn-opt %s --split-input-file --rt-form-dispatches --mlir-print-local-scope | FileCheck %s

// A state that rows are appended to lies in one memory with room behind them: only the new rows are written. What reads
// it sees as many rows of the room as there are.
// CHECK-LABEL: rt.program @main attributes {symbols = [{max = 0 : i64, min = 0 : i64, name = "past"}, {max = 0 : i64, min = 1 : i64, name = "new"}, {max = 0 : i64, min = 1 : i64, name = "past:room"}]} {
// CHECK-DAG: %[[PAST:.*]] = rt.symbol "past"{{$}}
// CHECK-DAG: %[[NEW:.*]] = rt.symbol "new"
// CHECK-DAG: %[[X:.*]] = rt.input 1 "x"
// CHECK-DAG: %[[ROOM:.*]] = rt.symbol "past:room"
// CHECK: %[[ALL:.*]] = rt.output 0 "present"(%{{.*}}) grows(1 in %[[ROOM]]) : tensor<3x?x4xf32>
// CHECK: %[[Y:.*]] = rt.output 1 "y"
// CHECK: rt.dispatch @copy_0 grid(%{{.*}}) sizes(%[[NEW]], %[[ROOM]], %{{.*}}, %[[PAST]], %[[NEW]]) buffers(%[[X]], %[[ALL]]) writes [1]
// CHECK: rt.dispatch @elementwise_1 grid(%{{.*}}) sizes(%[[ROOM]], %{{.*}}) buffers(%[[ALL]], %[[Y]]) writes [1]
// CHECK-NOT: rt.dispatch
// CHECK: func.func private @copy_0(%{{.*}}: memref<3x?x4xf32>, %[[TO:.*]]: memref<3x?x4xf32>, %[[ROWS:.*]]: index, %[[AT:.*]]: index, %[[COUNT:.*]]: index)
// CHECK: %[[VALUE:.*]] = memref.subview %[[TO]][0, 0, 0] [3, %[[ROWS]], 4] [1, 1, 1]
// CHECK: memref.subview %[[VALUE]][0, %[[AT]], 0] [3, %[[COUNT]], 4] [1, 1, 1]
func.func @main(%p: tensor<3x?x4xf32> {rheobase.name = "past", rheobase.dims = ["3", "past", "4"], rheobase.state = "present"},
                %x: tensor<3x?x4xf32> {rheobase.name = "x", rheobase.dims = ["3", "new", "4"]})
    -> (tensor<3x?x4xf32> {rheobase.name = "present"}, tensor<3x?x4xf32> {rheobase.name = "y"})
    attributes {rheobase.symbols = [{name = "past", min = 0, max = 0}, {name = "new", min = 1, max = 0}]} {
  %past = rt.symbol "past"
  %new = rt.symbol "new"
  %all = arith.addi %past, %new : index
  %e = tensor.empty(%all) : tensor<3x?x4xf32>
  %a = tensor.insert_slice %p into %e[0, 0, 0] [3, %past, 4] [1, 1, 1] : tensor<3x?x4xf32> into tensor<3x?x4xf32>
  %b = tensor.insert_slice %x into %a[0, %past, 0] [3, %new, 4] [1, 1, 1] : tensor<3x?x4xf32> into tensor<3x?x4xf32>
  %f = tensor.empty(%all) : tensor<3x?x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b : tensor<3x?x4xf32>) outs(%f : tensor<3x?x4xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<3x?x4xf32>
  return %b, %y : tensor<3x?x4xf32>, tensor<3x?x4xf32>
}

// -----

// A counter that takes the rows for neighbours of what is in front of them counts in a copy, which is made when it counts.
// CHECK-LABEL: rt.program @main
// CHECK: %[[ALL:.*]] = rt.output 0 "present"(%{{.*}}) grows(1 in %{{.*}}) : tensor<3x?xi32>
// CHECK: rt.dispatch @copy_0 {{.*}} buffers(%{{.*}}, %[[ALL]]) writes [1]
// CHECK-NEXT: %[[PACKED:.*]] = rt.buffer({{.*}}) : tensor<3x?xi32>
// CHECK: rt.dispatch @copy_1 {{.*}} buffers(%[[ALL]], %[[PACKED]]) writes [1] {counting}
// CHECK: rt.dispatch @count_2 {{.*}} buffers(%[[PACKED]], %{{.*}}) writes [1] {counting}
func.func @main(%p: tensor<3x?xi32> {rheobase.name = "past", rheobase.dims = ["3", "past"], rheobase.state = "present"},
                %x: tensor<3x1xi32> {rheobase.name = "x"}) -> (tensor<3x?xi32> {rheobase.name = "present"})
    attributes {rheobase.symbols = [{name = "past", min = 0, max = 0}]} {
  %past = rt.symbol "past"
  %one = arith.constant 1 : index
  %all = arith.addi %past, %one : index
  %e = tensor.empty(%all) : tensor<3x?xi32>
  %a = tensor.insert_slice %p into %e[0, 0] [3, %past] [1, 1] : tensor<3x?xi32> into tensor<3x?xi32>
  %b = tensor.insert_slice %x into %a[0, %past] [3, 1] [1, 1] : tensor<3x1xi32> into tensor<3x?xi32>
  %v = tensor.collapse_shape %b [[0, 1]] : tensor<3x?xi32> into tensor<?xi32>
  rt.count %v, %one {site = "/q", quantity = "spikes"} : tensor<?xi32>
  return %b : tensor<3x?xi32>
}

// -----

// The same for a result: the state is copied as any other.
// CHECK-LABEL: rt.program @main
// CHECK: rt.output 0 "present"(%{{[^)]*}}) : tensor<3x?xi32>
// CHECK-NOT: room
func.func @main(%p: tensor<3x?xi32> {rheobase.name = "past", rheobase.dims = ["3", "past"], rheobase.state = "present"},
                %x: tensor<3x1xi32> {rheobase.name = "x"}) -> (tensor<3x?xi32> {rheobase.name = "present"}, tensor<?xi32> {rheobase.name = "flat"})
    attributes {rheobase.symbols = [{name = "past", min = 0, max = 0}]} {
  %past = rt.symbol "past"
  %one = arith.constant 1 : index
  %all = arith.addi %past, %one : index
  %e = tensor.empty(%all) : tensor<3x?xi32>
  %a = tensor.insert_slice %p into %e[0, 0] [3, %past] [1, 1] : tensor<3x?xi32> into tensor<3x?xi32>
  %b = tensor.insert_slice %x into %a[0, %past] [3, 1] [1, 1] : tensor<3x1xi32> into tensor<3x?xi32>
  %v = tensor.collapse_shape %b [[0, 1]] : tensor<3x?xi32> into tensor<?xi32>
  return %b, %v : tensor<3x?xi32>, tensor<?xi32>
}

// -----

// Rows in front of the past, and a past that is read by itself, are copied too.
// CHECK-LABEL: rt.program @main
// CHECK-NOT: room
func.func @main(%p: tensor<?xi32> {rheobase.name = "past", rheobase.dims = ["past"], rheobase.state = "present"},
                %q: tensor<?xi32> {rheobase.name = "other", rheobase.dims = ["past"], rheobase.state = "next"}, %x: tensor<1xi32> {rheobase.name = "x"})
    -> (tensor<?xi32> {rheobase.name = "present"}, tensor<?xi32> {rheobase.name = "next"}, tensor<?xi32> {rheobase.name = "was"})
    attributes {rheobase.symbols = [{name = "past", min = 0, max = 0}]} {
  %past = rt.symbol "past"
  %one = arith.constant 1 : index
  %all = arith.addi %past, %one : index
  %e = tensor.empty(%all) : tensor<?xi32>
  %a = tensor.insert_slice %p into %e[1] [%past] [1] : tensor<?xi32> into tensor<?xi32>
  %b = tensor.insert_slice %x into %a[0] [1] [1] : tensor<1xi32> into tensor<?xi32>
  %c = tensor.insert_slice %q into %e[0] [%past] [1] : tensor<?xi32> into tensor<?xi32>
  %d = tensor.insert_slice %x into %c[%past] [1] [1] : tensor<1xi32> into tensor<?xi32>
  return %b, %d, %q : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
}
