// RUN: not snn-opt %s --rt-vectorize-kernels=target=z80 2>&1 | FileCheck %s
// CHECK: unknown CPU target 'z80', expected x86-64, x86-64-v3, x86-64-v3-vnni, x86-64-v4-vnni or native
module {
}
