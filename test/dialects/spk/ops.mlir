// RUN: snn-opt %s | snn-opt | FileCheck %s
// Every op of the dialect parses, verifies and prints as it was written.

// CHECK-LABEL: func.func @boundaries
func.func @boundaries(%x: tensor<?x50x96xf32>, %step: tensor<f32>) -> (tensor<?x50x96xf32>, tensor<?x50x96xi8>) {
  // CHECK: spk.observe {{.*}} {role = "linear", site = "/layer.0/query"} : tensor<?x50x96xf32>
  %0 = spk.observe %x {role = "linear", site = "/layer.0/query"} : tensor<?x50x96xf32>
  // CHECK: spk.row_step {{.*}} {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>}
  %lsb = spk.row_step %0 {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>} : tensor<?x50x96xf32> -> tensor<?x50x1xf32>
  // CHECK: spk.encode {{.*}} -> <?x50x96, #spk.binary<7, signed, nearest>>
  %t = spk.encode %0, %lsb : tensor<?x50x96xf32>, tensor<?x50x1xf32> -> !spk.train<?x50x96, #spk.binary<7, signed, nearest>>
  // CHECK: spk.row_step {{.*}} group = 32 : i64} : tensor<?x50x96xf32> -> tensor<?x50x3xf32>
  %groups = spk.row_step %0 {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>, group = 32 : i64} : tensor<?x50x96xf32> -> tensor<?x50x3xf32>
  // CHECK: %[[STEP:.*]], %[[ZERO:.*]] = spk.row_step {{.*}} -> tensor<?x50x1xf32>, tensor<?x50x1xi32>
  %own, %zero = spk.row_step %0 {axes = array<i64: 2>, code = #spk.binary<8, unsigned, nearest>} : tensor<?x50x96xf32> -> tensor<?x50x1xf32>, tensor<?x50x1xi32>
  // CHECK: %[[U:.*]] = spk.encode %{{.*}}, %[[STEP]] zero %[[ZERO]] : tensor<?x50x96xf32>, tensor<?x50x1xf32>, tensor<?x50x1xi32> ->
  %u = spk.encode %0, %own zero %zero : tensor<?x50x96xf32>, tensor<?x50x1xf32>, tensor<?x50x1xi32> -> !spk.train<?x50x96, #spk.binary<8, unsigned, nearest>>
  // CHECK: spk.decode %[[U]], %[[STEP]] zero %[[ZERO]]
  %du = spk.decode %u, %own zero %zero : !spk.train<?x50x96, #spk.binary<8, unsigned, nearest>>, tensor<?x50x1xf32>, tensor<?x50x1xi32> -> tensor<?x50x96xf32>
  // CHECK: spk.decode
  %d = spk.decode %t, %lsb : !spk.train<?x50x96, #spk.binary<7, signed, nearest>>, tensor<?x50x1xf32> -> tensor<?x50x96xf32>
  // CHECK: spk.codes {{.*}} -> tensor<?x50x96xi8>
  %q = spk.codes %t : !spk.train<?x50x96, #spk.binary<7, signed, nearest>> -> tensor<?x50x96xi8>
  // CHECK: spk.from_codes {{.*}} : tensor<?x50x96xi8> -> <?x50x96, #spk.binary<7, signed, nearest>>
  %again = spk.from_codes %q : tensor<?x50x96xi8> -> !spk.train<?x50x96, #spk.binary<7, signed, nearest>>
  // CHECK: spk.planes {{.*}} -> tensor<7x?x50x96xi8>
  %s = spk.planes %t : !spk.train<?x50x96, #spk.binary<7, signed, nearest>> -> tensor<7x?x50x96xi8>
  return %d, %q : tensor<?x50x96xf32>, tensor<?x50x96xi8>
}

// CHECK-LABEL: func.func @codes
func.func @codes(%x: tensor<4x4xf32>, %step: tensor<f32>) -> (tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi16>, tensor<4x4xi8>, tensor<4x4xi8>) {
  // CHECK: spk.observe {{.*}} {bases = 2 : i64, code = "twos", role = "linear", site = "a", steps = 4 : i64}
  %0 = spk.observe %x {bases = 2 : i64, code = "twos", role = "linear", site = "a", steps = 4 : i64} : tensor<4x4xf32>
  // CHECK: -> <4x4, #spk.twos<8, nearest>>
  %1 = spk.encode %0, %step : tensor<4x4xf32>, tensor<f32> -> !spk.train<4x4, #spk.twos<8, nearest>>
  // CHECK: spk.codes {{.*}} -> tensor<4x4xi8>
  %a = spk.codes %1 : !spk.train<4x4, #spk.twos<8, nearest>> -> tensor<4x4xi8>
  // CHECK: -> <4x4, #spk.digits<8, unsigned, truncate>>
  %2 = spk.encode %0, %step : tensor<4x4xf32>, tensor<f32> -> !spk.train<4x4, #spk.digits<8, unsigned, truncate>>
  %b = spk.codes %2 : !spk.train<4x4, #spk.digits<8, unsigned, truncate>> -> tensor<4x4xi8>
  // CHECK: -> <4x4, #spk.twos<9, truncate>>
  %3 = spk.encode %0, %step : tensor<4x4xf32>, tensor<f32> -> !spk.train<4x4, #spk.twos<9, truncate>>
  // CHECK: spk.codes {{.*}} -> tensor<4x4xi16>
  %c = spk.codes %3 : !spk.train<4x4, #spk.twos<9, truncate>> -> tensor<4x4xi16>
  // CHECK: -> <4x4, #spk.rate<16, signed, nearest>>
  %4 = spk.encode %0, %step : tensor<4x4xf32>, tensor<f32> -> !spk.train<4x4, #spk.rate<16, signed, nearest>>
  %d = spk.codes %4 : !spk.train<4x4, #spk.rate<16, signed, nearest>> -> tensor<4x4xi8>
  // CHECK: -> <4x4, #spk.parallel<2, #spk.binary<7, signed, nearest>>>
  %5 = spk.encode %0, %step : tensor<4x4xf32>, tensor<f32> -> !spk.train<4x4, #spk.parallel<2, #spk.binary<7, signed, nearest>>>
  %e = spk.codes %5 : !spk.train<4x4, #spk.parallel<2, #spk.binary<7, signed, nearest>>> -> tensor<4x4xi8>
  return %a, %b, %c, %d, %e : tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi16>, tensor<4x4xi8>, tensor<4x4xi8>
}

// CHECK-LABEL: func.func @contractions
func.func @contractions(%t: !spk.train<?x96, #spk.binary<7, signed, nearest>>, %u: !spk.train<96x?, #spk.binary<16, unsigned, truncate>>,
                        %q: tensor<?x96xi8>, %w: tensor<96x96xi8>, %s: tensor<96xf32>)
    -> (tensor<?x96xi32>, tensor<?x96xi32>, tensor<?x?xi64>, tensor<96x96xf32>) {
  // CHECK: spk.matmul {{.*}}
  %0 = spk.matmul %q, %w : tensor<?x96xi8>, tensor<96x96xi8> -> tensor<?x96xi32>
  // CHECK: spk.synapse {{.*}}
  %1 = spk.synapse %t, %w : !spk.train<?x96, #spk.binary<7, signed, nearest>>, tensor<96x96xi8> -> tensor<?x96xi32>
  // CHECK: spk.product
  %2 = spk.product %t, %u : !spk.train<?x96, #spk.binary<7, signed, nearest>>, !spk.train<96x?, #spk.binary<16, unsigned, truncate>> -> tensor<?x?xi64>
  // CHECK: spk.unpack
  %3 = spk.unpack %w, %s : tensor<96x96xi8>, tensor<96xf32> -> tensor<96x96xf32>
  return %0, %1, %2, %3 : tensor<?x96xi32>, tensor<?x96xi32>, tensor<?x?xi64>, tensor<96x96xf32>
}

// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<?x28x28x1xf32>) -> tensor<?x1x49x16xf32> {
  // CHECK: spk.patches
  %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
    strides = array<i64: 4, 4>} : tensor<?x28x28x1xf32> -> tensor<?x1x49x16xf32>
  return %p : tensor<?x1x49x16xf32>
}

// CHECK-LABEL: func.func @neurons
func.func @neurons(%x: tensor<?x50xf32>) -> (tensor<?x50xf32>, tensor<?x50xf32>) {
  // CHECK: spk.mbe {{.*}}function = "exp", neuron = #spk.segment<steps = 8
  %0 = spk.mbe %x {function = "exp", neuron = #spk.segment<steps = 8, bias = 1.0 : f32, offsets = [0.0], scales = [128.0],
    slopes = [0.0078125]>, reduction = #spk.exp} : tensor<?x50xf32>
  // CHECK: spk.mbe {{.*}}neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 2
  %1 = spk.mbe %x {function = "identity", neuron = #spk.recurrent<kind = "fs", bases = 1, steps = 2, bias = 0.0 : f32, lower = 0.0 : f32,
    upper = 1.0 : f32, feeds = [0], offsets = [0.0], thresholds = [0.5, 0.25], resets = [0.5, 0.25],
    outputs = [0.5, 0.25]>, reduction = #spk.direct} : tensor<?x50xf32>
  return %0, %1 : tensor<?x50xf32>, tensor<?x50xf32>
}
