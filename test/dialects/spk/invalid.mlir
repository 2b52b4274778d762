// RUN: snn-opt %s -split-input-file -verify-diagnostics
// One case for every constraint of the dialect's verifiers.

func.func @planes(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{binary code has 16 planes, 1 to 15 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.binary<16, signed, nearest>>
  return
}

// -----

func.func @keywords(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+2 {{expected unsigned or signed}}
  // expected-error@+1 {{failed to parse Spk_BinaryCodeAttr parameter 'isSigned' which is to be a `bool`}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.binary<7, odd, nearest>>
  return
}

// -----

func.func @rounding(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+2 {{expected nearest or truncate}}
  // expected-error@+1 {{failed to parse Spk_TwosCodeAttr parameter 'truncates' which is to be a `bool`}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.twos<7, up>>
  return
}

// -----

func.func @sign_plane(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{twos code has 1 planes, 2 to 16 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.twos<1, nearest>>
  return
}

// -----

func.func @many_planes(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{twos code has 17 planes, 2 to 16 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.twos<17, nearest>>
  return
}

// -----

func.func @digits(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{digits code has 1 planes, 2 to 16 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.digits<1, signed, nearest>>
  return
}

// -----

func.func @no_digit(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{digits code has 0 planes, 1 to 16 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.digits<0, unsigned, nearest>>
  return
}

// -----

func.func @spikes(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{rate code has 17 planes, 1 to 16 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.rate<17, signed, nearest>>
  return
}

// -----

func.func @one_base(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{parallel code has 1 bases, 2 to 8 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.parallel<1, #spk.rate<8, signed, nearest>>>
  return
}

// -----

func.func @bases(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{parallel code has 9 bases, 2 to 8 expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.parallel<9, #spk.rate<8, signed, nearest>>>
  return
}

// -----

func.func @nested(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{parallel code is made of #spk.parallel<2, #spk.twos<8, nearest>>, a code of one train expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.parallel<2, #spk.parallel<2, #spk.twos<8, nearest>>>>
  return
}

// -----

func.func @not_a_code(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+2 {{invalid kind of attribute specified}}
  // expected-error@+1 {{failed to parse Spk_ParallelCodeAttr parameter 'code' which is to be a `::rheobase::spk::CodeInterface`}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<4, #spk.parallel<2, 7>>
  return
}

// -----

// expected-error@+1 {{expected a code such as #spk.binary<7, signed, nearest>}}
func.func @no_code(%t: !spk.train<4, 7>) {
  return
}

// -----

func.func @role(%x: tensor<4xf32>) {
  // expected-error@+1 {{has role 'other', one of linear, conv, query, key, value, attention, neuron expected}}
  %0 = spk.observe %x {role = "other", site = "a"} : tensor<4xf32>
  return
}

// -----

func.func @code(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{has code 'unary', one of binary, twos, digits, rate expected}}
  %0 = spk.observe %x {code = "unary", role = "linear", site = "a"} : tensor<1x4xf32>
  return
}

// -----

func.func @no_bases(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{attribute 'bases' failed to satisfy constraint}}
  %0 = spk.observe %x {bases = 0 : i64, role = "linear", site = "a"} : tensor<1x4xf32>
  return
}

// -----

// A code of two's complement reaches one farther down than up.
func.func @accumulator(%t: !spk.train<2x131072, #spk.twos<8, nearest>>, %w: tensor<131072x2xi8>) {
  // expected-error@+1 {{may overflow its 'i32' accumulator: 131072 products of up to 128 times 128; use an i64 accumulator}}
  %acc = spk.synapse %t, %w : !spk.train<2x131072, #spk.twos<8, nearest>>, tensor<131072x2xi8> -> tensor<2x2xi32>
  return
}

// -----

func.func @range(%x: tensor<4xf32>) {
  // expected-error@+1 {{has a range that is not [smallest, largest]}}
  %0 = spk.observe %x {range = array<f32: 1.0, 0.0>, role = "linear", site = "a"} : tensor<4xf32>
  return
}

// -----

func.func @channels(%x: tensor<4xf32>) {
  // expected-error@+1 {{has 2 peaks and 1 squares, one of each for every channel expected}}
  %0 = spk.observe %x {peaks = array<f32: 1.0, 2.0>, role = "linear", site = "a", squares = array<f32: 1.0>} : tensor<4xf32>
  return
}

// -----

func.func @peak(%x: tensor<1xf32>) {
  // expected-error@+1 {{has a peak or a square that is negative or not finite}}
  %0 = spk.observe %x {peaks = array<f32: 0x7FC00000>, role = "linear", site = "a", squares = array<f32: 1.0>} : tensor<1xf32>
  return
}

// -----

func.func @rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{stands at a tensor of rank 1, at least 2 expected: rows and their channels}}
  %0 = spk.observe %x {role = "linear", site = "a"} : tensor<4xf32>
  return
}

// -----

func.func @steps(%x: tensor<4xf32>) {
  // expected-error@+1 {{attribute 'steps' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 2 whose maximum value is 16}}
  %0 = spk.observe %x {role = "linear", site = "a", steps = 17 : i64} : tensor<4xf32>
  return
}

// -----

func.func @ranges(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has ranges 'row', token or tensor expected}}
  %0 = spk.observe %x {ranges = "row", role = "linear", site = "a"} : tensor<4x8xf32>
  return
}

// -----

func.func @ranges_of_contracted_rows(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has ranges of its own at the role 'value', whose rows are contracted; linear, query or key expected}}
  %0 = spk.observe %x {ranges = "token", role = "value", site = "a"} : tensor<4x8xf32>
  return
}

// -----

func.func @migrate(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has migrate 1.5}}
  %0 = spk.observe %x {migrate = 1.5 : f64, role = "linear", site = "a"} : tensor<4x8xf32>
  return
}

// -----

func.func @outliers(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has outliers -1.0}}
  %0 = spk.observe %x {outliers = -1.0 : f64, role = "linear", site = "a"} : tensor<4x8xf32>
  return
}

// -----

func.func @outliers_of_a_query(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has outliers at the role 'query', linear expected}}
  %0 = spk.observe %x {outliers = 0.5 : f64, role = "query", site = "a"} : tensor<4x8xf32>
  return
}

// -----

func.func @axis(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{has axis 2, 0 to 1 expected}}
  %0 = spk.row_step %x {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>} : tensor<4x8xf32> -> tensor<4x1xf32>
  return
}

// -----

func.func @kept(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{must keep every axis but those of `axes`, which become 1 or as many as there are groups}}
  %0 = spk.row_step %x {axes = array<i64: 1>, code = #spk.binary<7, signed, nearest>} : tensor<4x8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @shapes(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{has numbers and trains of different shapes, equal shapes expected}}
  %t = spk.encode %x, %s : tensor<4xf32>, tensor<f32> -> !spk.train<5, #spk.binary<7, signed, nearest>>
  return
}

// -----

func.func @step(%t: !spk.train<4x8, #spk.binary<7, signed, nearest>>, %s: tensor<3xf32>) {
  // expected-error@+1 {{has an lsb that does not broadcast into the train's shape}}
  %x = spk.decode %t, %s : !spk.train<4x8, #spk.binary<7, signed, nearest>>, tensor<3xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @codes(%t: !spk.train<4, #spk.binary<9, signed, nearest>>) {
  // expected-error@+1 {{gives 'tensor<4xi8>', the train's codes are 'tensor<4xi16>'}}
  %q = spk.codes %t : !spk.train<4, #spk.binary<9, signed, nearest>> -> tensor<4xi8>
  return
}

// -----

func.func @from_codes(%q: tensor<4xi8>) {
  // expected-error@+1 {{takes 'tensor<4xi8>', the train's codes are 'tensor<4xi16>'}}
  %t = spk.from_codes %q : tensor<4xi8> -> !spk.train<4, #spk.binary<9, signed, nearest>>
  return
}

// -----

func.func @planes(%t: !spk.train<4, #spk.binary<9, signed, nearest>>) {
  // expected-error@+1 {{gives 'tensor<8x4xi8>', the train's planes are 'tensor<9x4xi8>'}}
  %s = spk.planes %t : !spk.train<4, #spk.binary<9, signed, nearest>> -> tensor<8x4xi8>
  return
}

// -----

func.func @overflow(%q: tensor<4x65536xi16>, %w: tensor<65536x4xi8>) {
  // expected-error@+1 {{may overflow its 'i32' accumulator: 65536 products of up to 32768 times 128; use an i64 accumulator}}
  %a = spk.matmul %q, %w : tensor<4x65536xi16>, tensor<65536x4xi8> -> tensor<4x4xi32>
  return
}

// -----

// Of a train's codes the bound is the code's.
func.func @overflow_of_codes(%t: !spk.train<4x600, #spk.binary<15, signed, nearest>>, %w: tensor<600x4xi8>) {
  %q = spk.codes %t : !spk.train<4x600, #spk.binary<15, signed, nearest>> -> tensor<4x600xi16>
  // expected-error@+1 {{may overflow its 'i32' accumulator: 600 products of up to 32767 times 128; use an i64 accumulator}}
  %a = spk.matmul %q, %w : tensor<4x600xi16>, tensor<600x4xi8> -> tensor<4x4xi32>
  return
}

// -----

func.func @result(%q: tensor<4x8xi8>, %w: tensor<8x4xi8>) {
  // expected-error@+1 {{gives a result of shape [4, 5], [4, 4] expected}}
  %a = spk.matmul %q, %w : tensor<4x8xi8>, tensor<8x4xi8> -> tensor<4x5xi32>
  return
}

// -----

func.func @batch(%q: tensor<2x4x8xi8>, %w: tensor<3x8x4xi8>) {
  // expected-error@+1 {{has batch dimensions that do not broadcast}}
  %a = spk.matmul %q, %w : tensor<2x4x8xi8>, tensor<3x8x4xi8> -> tensor<2x4x4xi32>
  return
}

// -----

func.func @weights(%t: !spk.train<4x8, #spk.binary<7, signed, nearest>>, %w: tensor<8x4xi16>) {
  // expected-error@+1 {{operand #1 must be tensor of 8-bit signless integer or 32-bit float values}}
  %a = spk.synapse %t, %w : !spk.train<4x8, #spk.binary<7, signed, nearest>>, tensor<8x4xi16> -> tensor<4x4xi32>
  return
}

// -----

func.func @windows(%x: tensor<1x8x8x4xf32>) {
  // expected-error@+1 {{gives a result of shape [1, 2, 36, 9], [1, 2, 36, 18] expected}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 2 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<1x8x8x4xf32> -> tensor<1x2x36x9xf32>
  return
}

// -----

func.func @channels(%x: tensor<1x8x8x3xf32>) {
  // expected-error@+1 {{has 3 channels, a multiple of its 2 groups expected}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 2 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<1x8x8x3xf32> -> tensor<1x2x36x9xf32>
  return
}

// -----

func.func @window_rank(%x: tensor<3x8x8xf32>) {
  // expected-error@+1 {{has an input of rank 3, 4 expected for its kernel}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 1, 1>} : tensor<3x8x8xf32> -> tensor<3x1x36x9xf32>
  return
}

// -----

// expected-error@+1 {{recurrent neuron has the interval [1.000000e+00, 1.000000e+00], a lower end below the upper one expected}}
func.func private @interval() attributes {neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 1, bias = 0.0 : f32, lower = 1.0 : f32,
  upper = 1.0 : f32, feeds = [0], offsets = [0.0], thresholds = [1.0], resets = [1.0], outputs = [1.0]>}

// -----

func.func @open_sequence(%a: !spk.train<4x?, #spk.binary<15, signed, nearest>>, %b: !spk.train<?x4, #spk.binary<15, signed, nearest>>) {
  // expected-error@+1 {{may overflow its 'i32' accumulator: 32768 products}}
  %c = spk.product %a, %b : !spk.train<4x?, #spk.binary<15, signed, nearest>>, !spk.train<?x4, #spk.binary<15, signed, nearest>> -> tensor<4x4xi32>
  return
}

// -----

func.func @contracted(%q: tensor<4x8xi8>, %w: tensor<9x4xi8>) {
  // expected-error@+1 {{contracts 8 with 9 elements, equal sizes expected}}
  %a = spk.matmul %q, %w : tensor<4x8xi8>, tensor<9x4xi8> -> tensor<4x4xi32>
  return
}

// -----

func.func @rank(%q: tensor<8xi8>, %w: tensor<8x4xi8>) {
  // expected-error@+1 {{has operands of rank 1 and 2, at least 2 expected}}
  %a = spk.matmul %q, %w : tensor<8xi8>, tensor<8x4xi8> -> tensor<4x4xi32>
  return
}

// -----

func.func @mixed(%t: !spk.train<4x8, #spk.binary<7, signed, nearest>>, %w: tensor<8x4xf32>) {
  // expected-error@+1 {{accumulates 'f32' weights in 'i32'}}
  %a = spk.synapse %t, %w : !spk.train<4x8, #spk.binary<7, signed, nearest>>, tensor<8x4xf32> -> tensor<4x4xi32>
  return
}

// -----

func.func @scale(%w: tensor<8x4xi8>, %s: tensor<3xf32>) {
  // expected-error@+1 {{has a scale of type 'tensor<3xf32>' that does not broadcast into 'tensor<8x4xi8>'}}
  %a = spk.unpack %w, %s : tensor<8x4xi8>, tensor<3xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @taps(%x: tensor<1x8x8x1xf32>) {
  // expected-error@+1 {{has 1 strides, 2 dilations and 4 pads for 2 kernel dimensions}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 4>} : tensor<1x8x8x1xf32> -> tensor<1x1x4x16xf32>
  return
}

// -----

func.func @stride(%x: tensor<1x8x8x1xf32>) {
  // expected-error@+1 {{has a kernel, stride, dilation or group below 1, or a negative pad}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 0, 4>} : tensor<1x8x8x1xf32> -> tensor<1x1x4x16xf32>
  return
}

// -----

func.func @kinds(%x: tensor<1x8x8x1xf32>) {
  // expected-error@+1 {{turns trains into numbers or back; both sides must be of one kind}}
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 4, 4>} : tensor<1x8x8x1xf32> -> !spk.train<1x1x4x16, #spk.binary<7, signed, nearest>>
  return
}

// -----

func.func @segments(%x: tensor<4xf32>) {
  // expected-error@+1 {{segment neuron has 1 offsets, 2 scales and 1 slopes, as many of each expected and at least one}}
  %y = spk.mbe %x {function = "f", neuron = #spk.segment<steps = 8, bias = 0.0 : f32, offsets = [0.0], scales = [1.0, 2.0],
    slopes = [1.0]>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @segment_steps(%x: tensor<4xf32>) {
  // expected-error@+1 {{segment neuron has 17 steps, 1 to 16 expected}}
  %y = spk.mbe %x {function = "f", neuron = #spk.segment<steps = 17, bias = 0.0 : f32, offsets = [0.0], scales = [1.0],
    slopes = [1.0]>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @tables(%x: tensor<4xf32>) {
  // expected-error@+1 {{recurrent neuron has tables of 1, 2 and 2 entries, bases times steps (2) expected}}
  %y = spk.mbe %x {function = "f", neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 2, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [0], offsets = [0.0], thresholds = [0.5], resets = [0.5, 0.25],
    outputs = [0.5, 0.25]>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @bases(%x: tensor<4xf32>) {
  // expected-error@+1 {{recurrent neuron has 0 bases, 1 to 64 expected}}
  %y = spk.mbe %x {function = "f", neuron = #spk.recurrent<kind = "fs", bases = 0, steps = 2, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [], offsets = [], thresholds = [], resets = [],
    outputs = []>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @feeds(%x: tensor<4xf32>) {
  // expected-error@+1 {{recurrent neuron has 1 offsets and 2 feeds, one of each per basis (1) expected}}
  %y = spk.mbe %x {function = "f", neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 1, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [0, 1], offsets = [0.0], thresholds = [0.5], resets = [0.5],
    outputs = [0.5]>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @recurrent_steps(%x: tensor<4xf32>) {
  // expected-error@+1 {{recurrent neuron has 17 steps, 1 to 16 expected}}
  %y = spk.mbe %x {function = "f", neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 17, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [0], offsets = [0.0], thresholds = [], resets = [],
    outputs = []>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @unknown_feed(%x: tensor<4xf32>) {
  // expected-error@+1 {{recurrent neuron has a feed outside 0 to 3}}
  %y = spk.mbe %x {function = "f", neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 1, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [77], offsets = [0.0], thresholds = [0.5], resets = [0.5],
    outputs = [0.5]>, reduction = #spk.direct} : tensor<4xf32>
  return
}

// -----

func.func @zero_shape(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<4xi32>) {
  // expected-error@+1 {{has a zero of shape [4], that of its lsb, [], expected}}
  %t = spk.encode %x, %s zero %z : tensor<4xf32>, tensor<f32>, tensor<4xi32> -> !spk.train<4, #spk.binary<8, unsigned, nearest>>
  return
}

// -----

func.func @zero_sign(%t: !spk.train<4, #spk.binary<7, signed, nearest>>, %s: tensor<f32>, %z: tensor<i32>) {
  // expected-error@+1 {{has a zero beside a signed code; a code with an offset is unsigned}}
  %x = spk.decode %t, %s zero %z : !spk.train<4, #spk.binary<7, signed, nearest>>, tensor<f32>, tensor<i32> -> tensor<4xf32>
  return
}

// -----

func.func @row_zero(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{has a zero of shape [2, 4], that of its lsb, [2, 1], expected}}
  %s, %z = spk.row_step %x {axes = array<i64: 1>, code = #spk.binary<8, unsigned, nearest>} : tensor<2x4xf32> -> tensor<2x1xf32>, tensor<2x4xi32>
  return
}

// -----

func.func @events(%t: !spk.train<4x8, #spk.binary<13, signed, nearest>>, %w: tensor<8x4xi8>) {
  // expected-error@+1 {{expected codes of 8 bits, a matrix of fixed size and sums of i32 or f32}}
  %a = spk.synapse %t, %w {events} : !spk.train<4x8, #spk.binary<13, signed, nearest>>, tensor<8x4xi8> -> tensor<4x4xi32>
  return
}

// -----

func.func @events(%t: !spk.train<2x4x8, #spk.binary<7, signed, nearest>>, %w: tensor<2x8x4xi8>) {
  // expected-error@+1 {{over 'tensor<2x8x4xi8>' into 'i32', expected codes of 8 bits, a matrix of fixed size}}
  %a = spk.synapse %t, %w {events} : !spk.train<2x4x8, #spk.binary<7, signed, nearest>>, tensor<2x8x4xi8> -> tensor<2x4x4xi32>
  return
}

// -----

func.func @events(%t: !spk.train<4x8, #spk.binary<7, signed, nearest>>, %w: tensor<8x4xi8>) {
  // expected-error@+1 {{into 'i64', expected codes of 8 bits, a matrix of fixed size and sums of i32 or f32}}
  %a = spk.synapse %t, %w {events} : !spk.train<4x8, #spk.binary<7, signed, nearest>>, tensor<8x4xi8> -> tensor<4x4xi64>
  return
}

// -----

func.func @few_bits(%q: tensor<64x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{uniform weights have 1 bits, 2 to 8 expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<1, 32>} : tensor<64x4xi8>, tensor<2x4xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @group(%q: tensor<64x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{uniform weights have groups of -32 inputs, 0 (all) or more expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, -32>} : tensor<64x4xi8>, tensor<2x4xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @codes(%q: tensor<2x64x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{has codes 'tensor<2x64x4xi8>' of the format #spk.uniform<4, 32>, [inputs, outputs] of fixed sizes expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, 32>} : tensor<2x64x4xi8>, tensor<2x4xf16> -> tensor<2x64x4xf32>
  return
}

// -----

func.func @divided(%q: tensor<40x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{has 40 inputs in groups of 32, a multiple expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, 32>} : tensor<40x4xi8>, tensor<2x4xf16> -> tensor<40x4xf32>
  return
}

// -----

func.func @scale(%q: tensor<64x4xi8>, %s: tensor<1x4xf16>) {
  // expected-error@+1 {{has a scale 'tensor<1x4xf16>', [2, 4] expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, 32>} : tensor<64x4xi8>, tensor<1x4xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @zero(%q: tensor<64x4xi8>, %s: tensor<2x4xf16>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<1x4xi8>', the shape of its scale 'tensor<2x4xf16>' expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.uniform<4, 32>} : tensor<64x4xi8>, tensor<2x4xf16>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @zero_of_bytes(%q: tensor<64x4xi8>, %s: tensor<2x4xf16>, %z: tensor<2x4xi8>) {
  // expected-error@+1 {{has a zero beside codes of 8 bits, at most 7 expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.uniform<8, 32>} : tensor<64x4xi8>, tensor<2x4xf16>, tensor<2x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @zero_of_nothing(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero without a format, which would say what it is the zero of}}
  %w = spk.unpack %q, %s zero %z : tensor<64x4xi8>, tensor<1x4xf32>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @unpacked(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{gives 'tensor<64x5xf32>' of 'tensor<64x4xi8>', equal shapes expected}}
  %w = spk.unpack %q, %s : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x5xf32>
  return
}

// -----

func.func @no_rank(%q: tensor<64x4xi8>, %s: tensor<*xf16>) {
  // expected-error@+1 {{has weights, a scale or a zero of no known rank, tensors of known rank expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, 32>} : tensor<64x4xi8>, tensor<*xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @long_group(%x: tensor<2x8388608xi16>, %q: tensor<8388608x1xi8>, %s: tensor<1x1xf16>) {
  // expected-error@+1 {{may overflow the i32 sum of a group: 8388608 products of up to 32768 times 15; use smaller groups}}
  %y = spk.scaled_matmul %x, %q, %s {format = #spk.uniform<4, 0>} : tensor<2x8388608xi16>, tensor<8388608x1xi8>, tensor<1x1xf16> -> tensor<2x1xf32>
  return
}

// -----

func.func @contracted(%t: !spk.train<4x32, #spk.binary<7, signed, nearest>>, %q: tensor<64x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{contracts 32 with 64 elements, equal sizes expected}}
  %y = spk.scaled_synapse %t, %q, %s {format = #spk.uniform<4, 32>} : !spk.train<4x32, #spk.binary<7, signed, nearest>>, tensor<64x4xi8>, tensor<2x4xf16> -> tensor<4x4xf32>
  return
}

// -----

func.func @odd_bits(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{rescaw weights have 9 bits, 1 to 8 expected}}
  %w = spk.unpack %q, %s {format = #spk.rescaw<9, 0>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @wide_affine(%q: tensor<64x4xi8>, %s: tensor<4x4xf16>) {
  // expected-error@+1 {{affine weights have 8 bits, 2 to 7 expected}}
  %w = spk.unpack %q, %s {format = #spk.affine<8, 32>} : tensor<64x4xi8>, tensor<4x4xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @odd_group(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{rescaw weights have groups of -1 inputs, 0 (all) or more expected}}
  %w = spk.unpack %q, %s {format = #spk.rescaw<1, -1>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @no_offsets(%q: tensor<64x4xi8>, %s: tensor<2x4xf16>) {
  // expected-error@+1 {{has a scale 'tensor<2x4xf16>', [4, 4] expected}}
  %w = spk.unpack %q, %s {format = #spk.affine<4, 32>} : tensor<64x4xi8>, tensor<2x4xf16> -> tensor<64x4xf32>
  return
}

// -----

func.func @odd_zero(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<1x4xi8>' of the format #spk.rescaw<1, 0>, none expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.rescaw<1, 0>} : tensor<64x4xi8>, tensor<1x4xf32>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @odd_scale(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{has a scale 'tensor<1x4xf32>', [2, 4] expected}}
  %w = spk.unpack %q, %s {format = #spk.rescaw<1, 32>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @ternary_group(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{ternary weights have groups of -1 inputs, 0 (all) or more expected}}
  %w = spk.unpack %q, %s {format = #spk.ternary<-1>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @ternary_scale(%q: tensor<64x4xi8>, %s: tensor<1x3xf32>) {
  // expected-error@+1 {{has a scale 'tensor<1x3xf32>', [1, 4] expected}}
  %w = spk.unpack %q, %s {format = #spk.ternary<0>} : tensor<64x4xi8>, tensor<1x3xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @ternary_zero(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<1x4xi8>' of the format #spk.ternary<0>, none expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.ternary<0>} : tensor<64x4xi8>, tensor<1x4xf32>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @sparse_bits(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{sparse weights have 3 bits, 2, 4 or 8 expected}}
  %w = spk.unpack %q, %s {format = #spk.sparse<3, 0, 2>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @sparse_kept(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{sparse weights keep 3 of 4, 1 or 2 expected}}
  %w = spk.unpack %q, %s {format = #spk.sparse<4, 0, 3>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @sparse_group(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{sparse weights have groups of -1 inputs, 0 (all) or more expected}}
  %w = spk.unpack %q, %s {format = #spk.sparse<4, -1, 2>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @sparse_inputs(%q: tensor<6x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{has 6 inputs of which each 4 have codes together, a multiple expected}}
  %w = spk.unpack %q, %s {format = #spk.sparse<4, 0, 2>} : tensor<6x4xi8>, tensor<1x4xf32> -> tensor<6x4xf32>
  return
}

// -----

func.func @sparse_zero(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<1x4xi8>' of the format #spk.sparse<4, 0, 2>, none expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.sparse<4, 0, 2>} : tensor<64x4xi8>, tensor<1x4xf32>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @sparse_codes(%s: tensor<1x1xf32>) {
  %q = "onnx.Constant"() <{value = dense<[[1], [0], [2], [0], [1], [2], [0], [3]]> : tensor<8x1xi8>}> : () -> tensor<8x1xi8>
  // expected-error@+1 {{has 3 codes other than 0 among inputs 4 to 7 of output 0, at most 2 expected}}
  %w = spk.unpack %q, %s {format = #spk.sparse<4, 0, 2>} : tensor<8x1xi8>, tensor<1x1xf32> -> tensor<8x1xf32>
  return
}

// -----

func.func @vector_length(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have vectors of 5 inputs, 4 or 8 expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<5, 16, numbers, 0>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @entries(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have 17 entries, 16 or 256 expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 17, numbers, 0>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @entry_kind(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+2 {{expected numbers or signs}}
  // expected-error@+1 {{failed to parse Spk_CodebookWeightsAttr parameter 'isSigns'}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, letters, 0>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @vector_group(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have groups of 12 inputs, a multiple of their 8 expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, numbers, 12>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @negative_vector_group(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have groups of -8 inputs, 0 (all) or more expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, signs, -8>} : tensor<64x4xi8>, tensor<1x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @vectors(%q: tensor<60x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{has 60 inputs in vectors of 8, a multiple expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<60x4xi8>, tensor<1x4xf32> -> tensor<60x4xf32>
  return
}

// -----

func.func @vector_scale(%q: tensor<64x4xi8>, %s: tensor<2x4xf32>) {
  // expected-error@+1 {{has a scale 'tensor<2x4xf32>', [1, 4] expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<64x4xi8>, tensor<2x4xf32> -> tensor<64x4xf32>
  return
}

// -----

func.func @vector_zero(%q: tensor<64x4xi8>, %s: tensor<1x4xf32>, %z: tensor<1x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<1x4xi8>' of the format #spk.codebook<8, 16, numbers, 0>, none expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.codebook<8, 16, numbers, 0>} : tensor<64x4xi8>, tensor<1x4xf32>, tensor<1x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @index(%book: tensor<16x4xi8>) {
  %i = "onnx.Constant"() {value = dense<[[1, 2], [15, 16]]> : tensor<2x2xi8>} : () -> tensor<2x2xi8>
  // expected-error@+1 {{has index 16 at [1, 1], less than the codebook's 16 entries expected}}
  %q = spk.lookup %i, %book : tensor<2x2xi8>, tensor<16x4xi8> -> tensor<8x2xi8>
  return
}

// -----

func.func @index_as_unsigned(%book: tensor<16x4xi8>) {
  %i = "onnx.Constant"() {value = dense<-1> : tensor<2x2xi8>} : () -> tensor<2x2xi8>
  // expected-error@+1 {{has index 255 at [0, 0], less than the codebook's 16 entries expected}}
  %q = spk.lookup %i, %book : tensor<2x2xi8>, tensor<16x4xi8> -> tensor<8x2xi8>
  return
}

// -----

func.func @lookup_shape(%i: tensor<2x2xi8>, %book: tensor<16x4xi8>) {
  // expected-error@+1 {{gives 'tensor<9x2xi8>' of 'tensor<2x2xi8>' and vectors of 4, [8, 2] expected}}
  %q = spk.lookup %i, %book : tensor<2x2xi8>, tensor<16x4xi8> -> tensor<9x2xi8>
  return
}

// -----

func.func @lookup_open(%i: tensor<?x2xi8>, %book: tensor<16x4xi8>) {
  // expected-error@+1 {{looks up 'tensor<?x2xi8>' in 'tensor<16x4xi8>' as 'tensor<?x2xi8>', matrices of fixed sizes expected}}
  %q = spk.lookup %i, %book : tensor<?x2xi8>, tensor<16x4xi8> -> tensor<?x2xi8>
  return
}

// -----

func.func @lookup_entries(%i: tensor<2x2xi8>, %book: tensor<257x4xi8>) {
  // expected-error@+1 {{has a codebook of 257 entries, at most 256 expected}}
  %q = spk.lookup %i, %book : tensor<2x2xi8>, tensor<257x4xi8> -> tensor<8x2xi8>
  return
}

// -----

func.func @scale_is_a_number(%q: tensor<64x2xi8>) {
  %s = "onnx.Constant"() {value = dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  // expected-error@+1 {{has the scale nan at element 1, finite numbers expected}}
  %w = spk.unpack %q, %s {format = #spk.uniform<4, 0>} : tensor<64x2xi8>, tensor<1x2xf32> -> tensor<64x2xf32>
  return
}

// -----

func.func @zero_and_offsets(%q: tensor<64x4xi8>, %s: tensor<4x4xf16>, %z: tensor<2x4xi8>) {
  // expected-error@+1 {{has a zero 'tensor<2x4xi8>' of the format #spk.affine<4, 32>, none expected}}
  %w = spk.unpack %q, %s zero %z {format = #spk.affine<4, 32>} : tensor<64x4xi8>, tensor<4x4xf16>, tensor<2x4xi8> -> tensor<64x4xf32>
  return
}

// -----

func.func @window_entries(%q: tensor<288x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have 256 windows, 16, 32 or 64 expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<9, 256, signs, 0>} : tensor<288x4xi8>, tensor<1x4xf32> -> tensor<288x4xf32>
  return
}

// -----

func.func @window_groups(%q: tensor<288x4xi8>, %s: tensor<1x4xf32>) {
  // expected-error@+1 {{codebook weights have windows in groups of 36 inputs, 0 (all) expected}}
  %w = spk.unpack %q, %s {format = #spk.codebook<9, 16, signs, 36>} : tensor<288x4xi8>, tensor<1x4xf32> -> tensor<288x4xf32>
  return
}

// -----

func.func @levels_without_a_step(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{has spk.levels {high = 1 : i64, low = 0 : i64}, {step = S : f32, low = L, high = H} expected with S above 0, L from -32767 to 0 and H from 0 to 65535}}
  %0 = spk.observe %x {role = "linear", site = "a", spk.levels = {high = 1 : i64, low = 0 : i64}} : tensor<1x4xf32>
  return
}

// -----

func.func @levels_beyond_codes(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{H from 0 to 65535}}
  %0 = spk.observe %x {role = "linear", site = "a", spk.levels = {high = 65536 : i64, low = 0 : i64, step = 1.0 : f32}} : tensor<1x4xf32>
  return
}

// -----

func.func @levels_of_no_size(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{with S above 0}}
  %0 = spk.observe %x {role = "linear", site = "a", spk.levels = {high = 1 : i64, low = 0 : i64, step = 0.0 : f32}} : tensor<1x4xf32>
  return
}

// -----

// A code with a sign has half as many numbers to each side.
func.func @levels_on_both_sides(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{H from 0 to 65535, with L below 0 to 32767}}
  %0 = spk.observe %x {role = "linear", site = "a", spk.levels = {high = 32768 : i64, low = -1 : i64, step = 1.0 : f32}} : tensor<1x4xf32>
  return
}

// -----

func.func @group_of_row(%x: tensor<4x96xf32>) {
  // expected-error@+1 {{has groups of 36 along the axes [1] of [4, 96], the last one alone and a divisor of its size expected}}
  %0 = spk.row_step %x {axes = array<i64: 1>, code = #spk.binary<7, signed, nearest>, group = 36 : i64} : tensor<4x96xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @group_of_axes(%x: tensor<4x96xf32>) {
  // expected-error@+1 {{has groups of 32 along the axes [0] of [4, 96], the last one alone}}
  %0 = spk.row_step %x {axes = array<i64: 0>, code = #spk.binary<7, signed, nearest>, group = 32 : i64} : tensor<4x96xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @lsb_in_groups(%x: tensor<4x96xf32>, %lsb: tensor<4x5xf32>) {
  // expected-error@+1 {{does not broadcast into the train's shape; use a scalar, size 1 along an axis, or a divisor of the size of the last one}}
  %0 = spk.encode %x, %lsb : tensor<4x96xf32>, tensor<4x5xf32> -> !spk.train<4x96, #spk.binary<7, signed, nearest>>
  return
}

// -----

func.func @steps_of_rows(%x: tensor<2x64xi8>, %q: tensor<64x4xi8>, %s: tensor<2x4xf16>, %l: tensor<2x1xf32>) {
  // expected-error@+1 {{has steps of shape [2, 1], one for each row and group, [2, 2], expected}}
  %y = spk.scaled_matmul %x, %q, %s step %l {format = #spk.uniform<4, 32>} : tensor<2x64xi8>, tensor<64x4xi8>, tensor<2x4xf16> step tensor<2x1xf32> -> tensor<2x4xf32>
  return
}
