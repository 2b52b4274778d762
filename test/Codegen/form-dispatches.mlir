// RUN: snn-opt %s --split-input-file --rt-form-dispatches --mlir-print-local-scope --mlir-print-debuginfo | FileCheck %s

// One op, one dispatch; the result goes straight to the output; open sizes are passed in the order of the arguments.
// CHECK: rt.program @main attributes {symbols = [{max = 0 : i64, min = 1 : i64, name = "batch"}]} {
// CHECK: %[[B:.*]] = rt.symbol "batch"
// CHECK: %[[X:.*]] = rt.input 0 "x"(%[[B]]) : tensor<?x40xf32>
// CHECK: %[[Y:.*]] = rt.output 0 "y"(%[[B]]) : tensor<?x40xf32>
// CHECK: rt.dispatch @elementwise_0 grid(%[[B]]) sizes(%[[B]], %[[B]]) buffers(%[[X]], %[[Y]]) writes [1] loc("/neg")
// CHECK: func.func private @elementwise_0(%{{.*}}: memref<?x40xf32>{{.*}}, %{{.*}}: memref<?x40xf32>{{.*}}) {
// CHECK: linalg.generic
// CHECK-NOT: func.func @main
func.func @main(%x: tensor<?x40xf32> {rheobase.name = "x", rheobase.dims = ["batch", "40"]}) -> (tensor<?x40xf32> {rheobase.name = "y"})
    attributes {rheobase.symbols = [{name = "batch", min = 1, max = 0}]} {
  %n = rt.symbol "batch"
  %e = tensor.empty(%n) : tensor<?x40xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x40xf32>) outs(%e : tensor<?x40xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.negf %p : f32
    linalg.yield %0 : f32
  } -> tensor<?x40xf32> loc("/neg")
  return %y : tensor<?x40xf32>
}

// -----

// A constant right operand is packed when compiling, in groups of 64 lanes and 4 steps of k for bytes; a signed left operand
// brings the sums along.
// CHECK: %[[W:.*]] = rt.constant dense<{{.*}}> : tensor<8x120xi8> {pack = #rt.pack<quads, 64, (d0, d1) -> (d1, d0)>}
// CHECK: %[[S:.*]] = rt.constant dense<{{.*}}> : tensor<8x120xi8> {pack = #rt.pack<quads, 64, (d0, d1) -> (d1, d0)>, sums}
// CHECK: rt.dispatch @matmul_0 grid(%{{.*}}) sizes() buffers(%{{.*}}, %[[W]], %[[S]], %{{.*}}) writes [3]
// CHECK: func.func private @matmul_0(%{{.*}}: memref<5x8xi8>{{.*}}, %{{.*}}: memref<2x2x256xi8>{{.*}}, %{{.*}}: memref<128xi32>{{.*}}, %{{.*}}: memref<5x120xi32>
// CHECK: rt.matmul
// CHECK-NOT: accumulate
func.func @main(%x: tensor<5x8xi8>) -> tensor<5x120xi32> {
  %w = arith.constant dense<3> : tensor<8x120xi8>
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<5x120xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<5x120xi32>) -> tensor<5x120xi32>
  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x8xi8>, tensor<8x120xi8>) outs(%f : tensor<5x120xi32>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %0 = arith.extsi %p : i8 to i32
    %1 = arith.extsi %q : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<5x120xi32>
  return %y : tensor<5x120xi32>
}

// -----

// A right operand of the run is packed by a dispatch of its own; equal kernels are shared.
// CHECK: rt.dispatch @pack_0
// CHECK: rt.dispatch @matmul_1
// CHECK: rt.dispatch @pack_0
// CHECK: rt.dispatch @matmul_1
// CHECK: func.func private @pack_0
// CHECK: rt.pack
// CHECK: func.func private @matmul_1
// CHECK-NOT: func.func
func.func @main(%q: tensor<3x7x16xf32>, %k: tensor<3x9x16xf32>, %l: tensor<3x9x16xf32>) -> (tensor<3x7x9xf32>, tensor<3x7x9xf32>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x7x9xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<3x7x9xf32>) -> tensor<3x7x9xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%q, %k : tensor<3x7x16xf32>, tensor<3x9x16xf32>) outs(%f : tensor<3x7x9xf32>) {
  ^bb0(%p: f32, %r: f32, %o: f32):
    %0 = arith.mulf %p, %r : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x7x9xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%q, %l : tensor<3x7x16xf32>, tensor<3x9x16xf32>) outs(%f : tensor<3x7x9xf32>) {
  ^bb0(%p: f32, %r: f32, %o: f32):
    %0 = arith.mulf %p, %r : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x7x9xf32>
  return %y, %w : tensor<3x7x9xf32>, tensor<3x7x9xf32>
}

// -----

// Reshapes are views of one buffer; what only a counter needs is marked.
// CHECK: rt.program @main attributes {counters = [{quantity = "spikes", site = "/q"}]} {
// CHECK: %[[X:.*]] = rt.input
// CHECK: %[[Y:.*]] = rt.output
// CHECK: rt.dispatch @elementwise_0 {{.*}} buffers(%[[X]], %[[BITS:.*]]) writes [1] {counting}
// CHECK: %[[C:.*]] = rt.counters
// CHECK: rt.dispatch @count_1 {{.*}} buffers(%[[BITS]], %[[C]]) writes [1] {counting} loc("/q")
// CHECK: rt.dispatch @copy_2 {{.*}} buffers(%[[X]], %[[Y]]) writes [1]
// CHECK: func.func private @count_1
// CHECK: rt.add_count
func.func @main(%x: tensor<4x6xi8>) -> tensor<24xi8> {
  %e = tensor.empty() : tensor<24xi32>
  %v = tensor.collapse_shape %x [[0, 1]] : tensor<4x6xi8> into tensor<24xi8>
  %bits = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%v : tensor<24xi8>) outs(%e : tensor<24xi32>) {
  ^bb0(%p: i8, %o: i32):
    %0 = math.ctpop %p : i8
    %1 = arith.extui %0 : i8 to i32
    linalg.yield %1 : i32
  } -> tensor<24xi32>
  %one = arith.constant 1 : index
  rt.count %bits, %one {site = "/q", quantity = "spikes"} : tensor<24xi32> loc("/q")
  return %v : tensor<24xi8>
}

// -----

// Bools are bytes in memory and i1 in the body.
// CHECK: func.func private @elementwise_0(%{{.*}}: memref<9xi8>{{.*}}, %{{.*}}: memref<9xi8>
// CHECK: ^bb0(%[[IN:[a-z]+]]: i8
// CHECK-NOT: %out,
// CHECK: %[[BIT:.*]] = arith.cmpi ne, %[[IN]], %{{.*}} : i8
// CHECK: %[[NOT:.*]] = arith.xori %[[BIT]]
// CHECK: %[[OUT:.*]] = arith.extui %[[NOT]] : i1 to i8
// CHECK: linalg.yield %[[OUT]] : i8
func.func @main(%x: tensor<9xi1>) -> tensor<9xi1> {
  %e = tensor.empty() : tensor<9xi1>
  %t = arith.constant true
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<9xi1>) outs(%e : tensor<9xi1>) {
  ^bb0(%p: i1, %o: i1):
    %0 = arith.xori %p, %t : i1
    linalg.yield %0 : i1
  } -> tensor<9xi1>
  return %y : tensor<9xi1>
}
