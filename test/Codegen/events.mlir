// RUN: snn-opt %s --rt-form-dispatches | FileCheck %s
// RUN: snn-opt %s --rt-form-dispatches --rt-vectorize-kernels=target=x86-64-v3 --canonicalize --cse | FileCheck %s --check-prefixes=CODE,AVX2
// RUN: snn-opt %s --rt-form-dispatches --rt-vectorize-kernels=target=x86-64-v4-vnni --canonicalize --cse | FileCheck %s --check-prefixes=CODE,VNNI

// Spikes are listed once for both products with bytes. Rows come in blocks of 96, columns in groups of 64.
// CHECK: %[[ROWS:.*]] = rt.symbol "m"
// CHECK: rt.dispatch @list_events_0 grid(%[[ROWS]])
// CHECK: rt.constant {{.*}} {pack = #rt.pack<singles, 64, (d0, d1) -> (d1, d0)>}
// CHECK: rt.dispatch @add_rows_1
// CHECK-NOT: @list_events
// CHECK: rt.dispatch @add_rows_1
// CHECK: rt.dispatch @list_events_2
// CHECK: rt.dispatch @add_rows_3
// CHECK: rt.list_events %arg0 -> %arg1, %arg2, %arg3 : memref<?x70xi8> -> memref<?x2xi32>, memref<?x88xi32>, memref<?x88xi8>
// CHECK: rt.add_rows {{.*}} : memref<?x2xi32>, memref<?x88xi32>, memref<?x88xi8>, memref<2x70x64xi8> -> memref<?x80xi32>

// A bit for each of 64 inputs, scanned from the lowest.
// CODE: func.func private @list_events_0
// CODE: arith.cmpi ne, {{.*}} : vector<64xi8>
// CODE: scf.while
// CODE: math.cttz
// Four rows are interleaved and meet four signed spikes: the weights are made unsigned for vpdpbusd.
// CODE: func.func private @add_rows_1
// CODE-COUNT-4: vector.load {{.*}} : memref<2x70x64xi8>, vector<64xi8>
// CODE: vector.shuffle {{.*}} [0, 64, 1, 65, 2, 66, 3, 67, 4, 68, 5, 69, 6, 70, 7, 71, 16, 80,
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// VNNI: %[[WEIGHTS:.*]] = arith.xori {{.*}} : vector<16xi32>
// VNNI: %[[BYTES:.*]] = vector.bitcast %[[WEIGHTS]] : vector<16xi32> to vector<64xi8>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[BYTES]], %{{.*}})
// Rows of numbers are added one by one, of two rows of spikes at once where there are registers for their sums.
// CODE: func.func private @add_rows_3
// AVX2-COUNT-4: math.fma {{.*}} : vector<16xf32>
// VNNI-COUNT-8: math.fma {{.*}} : vector<16xf32>
// CODE-NEXT: scf.yield
func.func @main(%x: tensor<?x70xi8> {rheobase.dims = ["m", "70"]}) -> (tensor<?x80xi32>, tensor<?x80xi32>, tensor<?x80xf32>)
    attributes {rheobase.symbols = [{name = "m", min = 1 : i64, max = 4096 : i64}]} {
  %a = arith.constant dense<1> : tensor<70x80xi8>
  %b = arith.constant dense<2> : tensor<70x80xi8>
  %c = arith.constant dense<0.5> : tensor<70x80xf32>
  %0 = rt.event_matmul %x, %a : tensor<?x70xi8>, tensor<70x80xi8> -> tensor<?x80xi32>
  %1 = rt.event_matmul %x, %b : tensor<?x70xi8>, tensor<70x80xi8> -> tensor<?x80xi32>
  %2 = rt.event_matmul %x, %c : tensor<?x70xi8>, tensor<70x80xf32> -> tensor<?x80xf32>
  return %0, %1, %2 : tensor<?x80xi32>, tensor<?x80xi32>, tensor<?x80xf32>
}
