// RUN: snn-opt %s --rt-plan-buffers | FileCheck %s

// Buffers that never live at once share a slot; one that no dispatch uses goes away.
// CHECK: %[[A:.*]] = rt.buffer() : tensor<64xf32> {slot = 0 : i32}
// CHECK: %[[B:.*]] = rt.buffer() : tensor<64xf32> {slot = 1 : i32}
// CHECK: %[[C:.*]] = rt.buffer() : tensor<16xf32> {slot = 0 : i32}
// CHECK-NOT: rt.buffer
rt.program @main {
  %c1 = arith.constant 1 : index
  %x = rt.input 0 "x"() : tensor<64xf32>
  %y = rt.output 0 "y"() : tensor<64xf32>
  %a = rt.buffer() : tensor<64xf32>
  %b = rt.buffer() : tensor<64xf32>
  %c = rt.buffer() : tensor<16xf32>
  %unused = rt.buffer() : tensor<16xf32>
  rt.dispatch @k grid(%c1) sizes() buffers(%x, %a) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%a, %b) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%b, %c) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%c, %y) writes [1]
}

func.func private @k(%p: memref<64xf32>, %q: memref<64xf32>) {
  return
}
