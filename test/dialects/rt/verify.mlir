// RUN: snn-opt %s --split-input-file --verify-diagnostics

rt.program @main {
  // expected-error @below {{has 0 dimension operands, but its type has 1 open dimensions}}
  %x = rt.input 0 "x"() : tensor<?xf32>
}

// -----

rt.program @main {
  %n = rt.symbol "n"
  // expected-error @below {{grows along dimension 1 of 'tensor<?x4xf32>', expected one that is open}}
  %y = rt.output 0 "y"(%n) grows(1 in %n) : tensor<?x4xf32>
}

// -----

rt.program @main {
  %n = rt.symbol "n"
  %m = arith.addi %n, %n : index
  // expected-error @below {{grows in a room that is not a symbol, expected a result of rt.symbol}}
  %y = rt.output 0 "y"(%n) grows(0 in %m) : tensor<?x4xf32>
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  // expected-error @below {{calls @nothing, which is not a function of the module}}
  rt.dispatch @nothing grid(%c1) sizes() buffers() writes []
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  %x = rt.buffer() : tensor<4xf32>
  // expected-error @below {{passes 1 buffers and 0 sizes, but @k takes 1 and 2}}
  rt.dispatch @k grid(%c1) sizes() buffers(%x) writes [0]
}
func.func private @k(%x: memref<?xf32>, %n: index) {
  return
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  %x = rt.buffer() : tensor<4xf32>
  // expected-error @below {{writes buffer 1 of 1}}
  rt.dispatch @k grid(%c1) sizes() buffers(%x) writes [1]
}
func.func private @k(%x: memref<4xf32>) {
  return
}

// -----

rt.program @main {
  // expected-error @below {{needs 'pack' beside 'sums' or 'element'}}
  %w = rt.constant dense<1> : tensor<4xi8> {sums}
}

// -----

rt.program @main {
  // expected-error @below {{pack map has 2 results, the value has rank 1}}
  %w = rt.constant dense<1> : tensor<4xi8> {pack = #rt.pack<quads, 16, (n, k) -> (k, n)>}
}

// -----

func.func private @k(%x: memref<4x8xf32>, %w: memref<1x8x16xf32>, %y: memref<4x16xf32>) {
  // expected-error @below {{packed operand must have rank 3 and innermost dimension 32, found 'memref<1x8x16xf32>'}}
  rt.matmul %x, %w -> %y {maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ()>, affine_map<(m, n, k) -> (m, n)>],
    pack = #rt.pack<singles, 32, (n, k) -> (k, n)>} : memref<4x8xf32>, memref<1x8x16xf32> -> memref<4x16xf32>
  return
}

// -----

// expected-error @below {{lanes must be a positive multiple of 16, found 5}}
func.func private @k() attributes {p = #rt.pack<singles, 5, (n, k) -> (k, n)>}

// -----

func.func @main(%x: tensor<4x3xf32>, %i: tensor<2x2xi64>, %u: tensor<2x3xf32>) -> tensor<4x3xf32> {
  // expected-error @below {{expected updates [count, width] and indices [count, 1]}}
  %0 = rt.scatter replace %u into %x at %i : tensor<2x3xf32> into tensor<4x3xf32> at tensor<2x2xi64> -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

func.func @main(%x: tensor<4x3xf32>, %i: tensor<2x1xi64>, %u: tensor<2x3xf16>) -> tensor<4x3xf32> {
  // expected-error @below {{expected one element type and integer indices}}
  %0 = rt.scatter replace %u into %x at %i : tensor<2x3xf16> into tensor<4x3xf32> at tensor<2x1xi64> -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

func.func @main(%x: tensor<4x3xf32>, %i: tensor<2x1xi64>, %u: tensor<2x3xf32>) -> tensor<4x3xf32> {
  // expected-error @below {{expected tensors and a result of the target's type, or memrefs and no result}}
  rt.scatter replace %u into %x at %i : tensor<2x3xf32> into tensor<4x3xf32> at tensor<2x1xi64>
  return %x : tensor<4x3xf32>
}

// -----

func.func @main(%x: tensor<2xi64>) {
  // expected-error @below {{names 1 sizes for a source of type 'tensor<2xi64>', expected one for each element of a number or a vector of i64}}
  rt.measure %x ["n"] : tensor<2xi64>
  return
}

// -----

func.func @main(%x: tensor<1xi32>) {
  // expected-error @below {{names 1 sizes for a source of type 'tensor<1xi32>'}}
  rt.measure %x ["n"] : tensor<1xi32>
  return
}

// -----

func.func @main(%x: tensor<1xi64>) {
  // expected-error @below {{has a result of type 'tensor<i64>', expected that of its source, 'tensor<1xi64>'}}
  %0 = rt.measure %x ["n"] : tensor<1xi64> -> tensor<i64>
  return
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  %x = rt.buffer() : tensor<4xf32>
  // expected-error @below {{gives no scratch memory, but @k has 1 arguments with 'rt.scratch'}}
  rt.dispatch @k grid(%c1) sizes(%c1) buffers(%x) writes [0]
}
func.func private @k(%x: memref<4xf32>, %own: memref<?xi8> {rt.scratch}) {
  return
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  %x = rt.buffer() : tensor<4xf32>
  // expected-error @below {{gives scratch memory, but @k has 0 arguments with 'rt.scratch'}}
  rt.dispatch @k grid(%c1) sizes() buffers(%x) writes [0] scratch(%c1)
}
func.func private @k(%x: memref<4xf32>) {
  return
}

// -----

rt.program @main {
  %c1 = arith.constant 1 : index
  // expected-error @below {{calls @k, whose argument 0 is 'rt.scratch' and of type 'memref<4xf32>', expected memref<?xi8>}}
  rt.dispatch @k grid(%c1) sizes() buffers() writes [] scratch(%c1)
}
func.func private @k(%own: memref<4xf32> {rt.scratch}) {
  return
}

// -----

func.func @main(%x: tensor<?x3xi8>, %w: tensor<4x2xi8>) -> tensor<?x2xi32> {
  // expected-error @below {{multiplies 'tensor<?x3xi8>' by 'tensor<4x2xi8>' into 'tensor<?x2xi32>', expected [rows, k] by [k, columns] into [rows, columns] with a fixed k}}
  %0 = rt.event_matmul %x, %w : tensor<?x3xi8>, tensor<4x2xi8> -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}

// -----

func.func @main(%x: tensor<?x4xi8>, %w: tensor<4x2xf32>) -> tensor<?x2xi32> {
  // expected-error @below {{adds weights of 'f32' into 'i32', expected i8 into i32 or f32 into f32}}
  %0 = rt.event_matmul %x, %w : tensor<?x4xi8>, tensor<4x2xf32> -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}

// -----

func.func private @k(%x: memref<4x?xi8>, %h: memref<4x2xi32>, %p: memref<4x8xi32>, %v: memref<4x8xi8>) {
  // expected-error @below {{lists the spikes of 'memref<4x?xi8>', expected [rows, k] of i8 with a fixed k}}
  rt.list_events %x -> %h, %p, %v : memref<4x?xi8> -> memref<4x2xi32>, memref<4x8xi32>, memref<4x8xi8>
  return
}

// -----

func.func private @k(%x: memref<4x8xi8>, %h: memref<4x3xi32>, %p: memref<4x8xi32>, %v: memref<4x8xi8>) {
  // expected-error @below {{expected heads [rows, 2] and places [rows, room] of i32 and values of i8 or f32}}
  rt.list_events %x -> %h, %p, %v : memref<4x8xi8> -> memref<4x3xi32>, memref<4x8xi32>, memref<4x8xi8>
  return
}

// -----

func.func private @k(%h: memref<4x2xi32>, %p: memref<4x8xi32>, %v: memref<4x8xi8>, %w: memref<1x8x64xi8>, %y: memref<4x65xi32>) {
  // expected-error @below {{adds rows of 'memref<1x8x64xi8>' into 'memref<4x65xi32>', expected [groups, k, lanes] into [rows, columns] with as many groups as the columns take}}
  rt.add_rows %h, %p, %v, %w -> %y : memref<4x2xi32>, memref<4x8xi32>, memref<4x8xi8>, memref<1x8x64xi8> -> memref<4x65xi32>
  return
}

// -----

func.func private @k(%n: index) {
  // expected-error @below {{needs a step and two index arguments for each of its 1 sizes, found 2 steps and 2 arguments}}
  rt.tiles(%n) steps [4, 4] {
  ^bb0(%begin: index, %reach: index):
  }
  return
}

// -----

func.func private @k(%n: index) {
  // expected-error @below {{steps must be positive, found 0}}
  rt.tiles(%n) steps [0] {
  ^bb0(%begin: index, %reach: index):
  }
  return
}

// -----

func.func private @k(%n: index) {
  // expected-error @below {{region arguments must be index, found 'i64'}}
  rt.tiles(%n) steps [4] {
  ^bb0(%begin: index, %reach: i64):
  }
  return
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{and row sums 'tensor<?x1xi32>' into 'tensor<?x2xf32>', expected [rows, k] by [k, columns] with [groups, columns] and [rows, groups] into [rows, columns], groups of a multiple of 32}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x48xi8>, %w: tensor<48x2xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{groups of a multiple of 32}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64} : tensor<?x48xi8>, tensor<48x2xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<3x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{and offsets without zeros in rows of their own}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64, hasOffsets} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<3x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x?xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{takes matrices, of fixed sizes but for their rows}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64} : tensor<?x?xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{keeps 3 of 4 weights of 4 bits, 1 or 2 of 2, 4 or 8 bits expected}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64, kept = 3 : i64} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{keeps some weights alone, beside zeros, a codebook, odd weights or offsets, none expected}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64, kept = 2 : i64, odd} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{groups of a multiple of 64}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64, kept = 1 : i64} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{attribute 'bits' failed to satisfy constraint}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 9 : i64} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func private @k(%x: memref<4x32xi8>, %w: memref<1x1x256xi16>, %s: memref<1x16xf16>, %r: memref<4x1xi32>, %y: memref<4x16xf32>) {
  // expected-error @below {{multiplies by 'memref<1x1x256xi16>' into 'memref<4x16xf32>', expected bytes [groups of columns, blocks, bytes] into a matrix of f32}}
  rt.packed_matmul %x, %w, %s rows %r -> %y {bits = 4 : i64} : memref<4x32xi8>, memref<1x1x256xi16>, memref<1x16xf16> rows memref<4x1xi32> -> memref<4x16xf32>
  return
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<8x2xi8>, %b: tensor<17x8xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{looks up indices of 4 bits in 'tensor<17x8xi8>', [2^bits, 4 or 8] and 4 or 8 bits expected}}
  %0 = rt.group_matmul %x, %w of %b, %s rows %r {bits = 4 : i64} : tensor<?x64xi8>, tensor<8x2xi8> of tensor<17x8xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<8x2xi8>, %b: tensor<16x8xi8>, %s: tensor<1x2xf16>, %z: tensor<1x2xi8>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has zeros beside a codebook, whose numbers have signs}}
  %0 = rt.group_matmul %x, %w of %b, %s zeros %z rows %r {bits = 4 : i64} : tensor<?x64xi8>, tensor<8x2xi8> of tensor<16x8xi8>, tensor<1x2xf16> zeros tensor<1x2xi8> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x96xi8>, %w: tensor<12x2xi8>, %b: tensor<16x8xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{groups of a multiple of 64}}
  %0 = rt.group_matmul %x, %w of %b, %s rows %r {bits = 4 : i64} : tensor<?x96xi8>, tensor<12x2xi8> of tensor<16x8xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<1x2xf16>, %z: tensor<1x2xi8>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has odd weights with zeros or a codebook, neither expected}}
  %0 = rt.group_matmul %x, %w, %s zeros %z rows %r {bits = 1 : i64, odd} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<1x2xf16> zeros tensor<1x2xi8> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has offsets with odd weights or a codebook, neither expected}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 1 : i64, odd, hasOffsets} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x288xi8>, %w: tensor<32x2xi8>, %b: tensor<128x9xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{looks up indices of 7 bits in 'tensor<128x9xi8>', [2^bits, 4 or 8] and 4 or 8 bits expected, or [2^bits, 9] and 4 to 6 bits}}
  %0 = rt.group_matmul %x, %w of %b, %s rows %r {bits = 7 : i64} : tensor<?x288xi8>, tensor<32x2xi8> of tensor<128x9xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x144xi8>, %w: tensor<16x2xi8>, %b: tensor<16x9xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{groups of a multiple of 288}}
  %0 = rt.group_matmul %x, %w of %b, %s rows %r {bits = 4 : i64} : tensor<?x144xi8>, tensor<16x2xi8> of tensor<16x9xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

rt.program @main {
  %c = rt.constant dense<1> : tensor<64xi8>
  // expected-error @below {{is a matrix [8, 8] of 0 bits, expected sizes of 0 or more and at least one bit}}
  rt.weights "/w" [8, 8] bits 0 in %c
}

// -----

rt.program @main {
  %c = rt.constant dense<1> : tensor<64xi8>
  %s = rt.constant dense<1.0> : tensor<24xf32>
  // expected-error @below {{has 3 groups of 8 inputs and vectors of 1, expected whole groups and at least one}}
  rt.weights "/w" [8, 8] bits 8 in %c scales %s of f32 groups 3 columns 8
}

// -----

rt.program @main {
  %c = rt.constant dense<1> : tensor<64xi8>
  // expected-error @below {{has 2 groups, expected scales and their type where there are some}}
  rt.weights "/w" [8, 8] bits 8 in %c {groups = 2 : i64}
}

// -----

func.func private @k(%x: memref<4x32xi8>, %w: memref<1x1x256xi8>, %s: memref<1x16xf16>, %r: memref<4x1xi32>, %y: memref<4x16xf32>) {
  // expected-error @below {{has scales 'memref<1x16xf16>' beside 'memref<1x1x256xi8>', expected [groups of columns, groups, columns of one], and zeros alike}}
  rt.packed_matmul %x, %w, %s rows %r -> %y {bits = 4 : i64} : memref<4x32xi8>, memref<1x1x256xi8>, memref<1x16xf16> rows memref<4x1xi32> -> memref<4x16xf32>
  return
}

// -----

func.func @main(%x: tensor<?x64xi8>, %w: tensor<64x2xi8>, %s: tensor<2x2xf16>, %r: tensor<?x2xi32>, %l: tensor<?x1xf32>) -> tensor<?x2xf32> {
  // expected-error @below {{and row sums 'tensor<?x2xi32>' and steps 'tensor<?x1xf32>' into 'tensor<?x2xf32>'}}
  %0 = rt.group_matmul %x, %w, %s rows %r steps %l {bits = 4 : i64} : tensor<?x64xi8>, tensor<64x2xi8>, tensor<2x2xf16> rows tensor<?x2xi32> steps tensor<?x1xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x2xi32>, %w: tensor<64x2xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has planes of bits as lhs with weights of 2 bits, expected one of each weight, no codebook, and isUnsigned}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 2 : i64, isUnsigned} : tensor<?x2xi32>, tensor<64x2xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x2xi32>, %w: tensor<64x2xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has planes of bits as lhs with weights of 1 bits, expected one of each weight, no codebook, and isUnsigned}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 1 : i64, odd} : tensor<?x2xi32>, tensor<64x2xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @main(%x: tensor<?x3xi32>, %w: tensor<64x2xi8>, %s: tensor<1x2xf16>, %r: tensor<?x1xi32>) -> tensor<?x2xf32> {
  // expected-error @below {{has 3 words of bits in a row for 64 inputs, expected one for each 32 of them and each of 1 to 8 planes}}
  %0 = rt.group_matmul %x, %w, %s rows %r {bits = 1 : i64, odd, isUnsigned} : tensor<?x3xi32>, tensor<64x2xi8>, tensor<1x2xf16> rows tensor<?x1xi32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
