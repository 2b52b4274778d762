// RUN: snn-opt %s --rt-expand-math --rt-vectorize-kernels=target=x86-64 | FileCheck %s --implicit-check-not=math.exp --implicit-check-not=math.erf \
// RUN:   --implicit-check-not=math.tanh --implicit-check-not=math.log --implicit-check-not=math.powf --implicit-check-not=math.rsqrt \
// RUN:   --implicit-check-not=math.sin --implicit-check-not=math.cos --implicit-check-not=math.fma --implicit-check-not=fastmath

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func private @functions
// CHECK: scf.for
// CHECK: arith.mulf {{.*}} : vector<16xf32>
// CHECK: math.sqrt {{.*}} : vector<16xf32>
// CHECK: math.roundeven {{.*}} : vector<16xf32>
func.func private @functions(%x: memref<64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = math.exp %p : f32
    %1 = math.erf %0 : f32
    %2 = math.tanh %1 : f32
    %3 = math.log %2 : f32
    %4 = math.powf %3, %p : f32
    %5 = math.rsqrt %4 : f32
    %6 = math.sin %5 : f32
    %7 = math.cos %6 : f32
    %8 = math.exp2 %7 : f32
    %9 = math.expm1 %8 : f32
    %10 = math.log1p %9 : f32
    %11 = math.fma %10, %p, %p : f32
    %12 = math.roundeven %11 : f32
    linalg.yield %12 : f32
  }
  return
}
