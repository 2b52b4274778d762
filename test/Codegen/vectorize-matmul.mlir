// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64 --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,SSE
// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v3 --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: snn-opt %s --rt-vectorize-kernels=target=x86-64-v4-vnni --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,VNNI

// The sums of a tile are carried through the k loop in vectors of 16; the tile depends on the registers.
// CHECK-LABEL: func.func private @floats
// SSE-COUNT-2: arith.addf {{.*}} : vector<16xf32>
// SSE-NOT: math.fma
// AVX2-COUNT-6: math.fma {{.*}} : vector<16xf32>
// AVX2-NEXT: scf.yield
// VNNI-COUNT-24: math.fma {{.*}} : vector<16xf32>
// VNNI-NEXT: scf.yield
func.func private @floats(%x: memref<?x96xf32>, %w: memref<3x96x32xf32>, %y: memref<?x96xf32>) {
  rt.matmul %x, %w -> %y {maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ()>, affine_map<(m, n, k) -> (m, n)>],
    pack = #rt.pack<singles, 32, (n, k) -> (k, n)>} : memref<?x96xf32>, memref<3x96x32xf32> -> memref<?x96xf32>
  return
}

// vpdpbusd wants an unsigned left operand: the sums start from the correction. Elsewhere bytes are widened in place for pmaddwd.
// CHECK-LABEL: func.func private @bytes
// SSE: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
// AVX2: arith.shrsi {{.*}} : vector<32xi16>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// VNNI: vector.load %{{.*}} : memref<128xi32>, vector<16xi32>
// VNNI: arith.xori {{.*}} : vector<16xi32>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
func.func private @bytes(%x: memref<?x96xi8>, %w: memref<2x24x256xi8>, %s: memref<128xi32>, %y: memref<?x128xi32>) {
  rt.matmul %x, %w sums %s -> %y {maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ()>, affine_map<(m, n, k) -> (m, n)>],
    pack = #rt.pack<quads, 64, (n, k) -> (k, n)>} : memref<?x96xi8>, memref<2x24x256xi8> sums memref<128xi32> -> memref<?x128xi32>
  return
}

// An unsigned left operand needs no correction.
// CHECK-LABEL: func.func private @codes
// VNNI-NOT: arith.xori
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
func.func private @codes(%x: memref<?x96xi8>, %w: memref<2x24x256xi8>, %y: memref<?x128xi32>) {
  rt.matmul %x, %w -> %y {lhsUnsigned, maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ()>, affine_map<(m, n, k) -> (m, n)>],
    pack = #rt.pack<quads, 64, (n, k) -> (k, n)>} : memref<?x96xi8>, memref<2x24x256xi8> -> memref<?x128xi32>
  return
}

// CHECK-LABEL: func.func private @words
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
func.func private @words(%x: memref<?x96xi16>, %w: memref<2x48x128xi16>, %y: memref<?x128xi32>) {
  rt.matmul %x, %w -> %y {maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ()>, affine_map<(m, n, k) -> (m, n)>],
    pack = #rt.pack<pairs, 64, (n, k) -> (k, n)>} : memref<?x96xi16>, memref<2x48x128xi16> -> memref<?x128xi32>
  return
}
