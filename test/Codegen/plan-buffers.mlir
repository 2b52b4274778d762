// RUN: snn-opt %s --rt-plan-buffers | FileCheck %s

// Buffers that never live at once come to lie in the same place, from the bottom up in the order of their slots; one
// that no dispatch uses goes away.
// CHECK-LABEL: rt.program @main
// CHECK: %[[A:.*]] = rt.buffer() : tensor<64xf32> {slot = 0 : i32}
// CHECK: %[[B:.*]] = rt.buffer() : tensor<64xf32> {slot = 2 : i32}
// CHECK: %[[C:.*]] = rt.buffer() : tensor<16xf32> {slot = 1 : i32}
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

// Several small ones lie where a large one was; what stays lies above them all, where it splits no place.
// CHECK-LABEL: rt.program @shared
// CHECK: rt.buffer() : tensor<64xf32> {slot = 3 : i32}
// CHECK: rt.buffer() : tensor<1024xf32> {slot = 0 : i32}
// CHECK: rt.buffer() : tensor<512xf32> {slot = 1 : i32}
// CHECK: rt.buffer() : tensor<512xf32> {slot = 2 : i32}
rt.program @shared {
  %c1 = arith.constant 1 : index
  %x = rt.input 0 "x"() : tensor<64xf32>
  %y = rt.output 0 "y"() : tensor<64xf32>
  %stays = rt.buffer() : tensor<64xf32>
  %large = rt.buffer() : tensor<1024xf32>
  %half = rt.buffer() : tensor<512xf32>
  %other = rt.buffer() : tensor<512xf32>
  rt.dispatch @k grid(%c1) sizes() buffers(%x, %stays) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%stays, %large) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%stays, %half) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%half, %other) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%other, %y) writes [1]
  rt.dispatch @k grid(%c1) sizes() buffers(%stays, %y) writes [1]
}

func.func private @k(%p: memref<64xf32>, %q: memref<64xf32>) {
  return
}
