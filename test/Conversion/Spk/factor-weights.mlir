// RUN: snn-opt %s --mlir-elide-elementsattrs-if-larger=8 --spk-factor-weights=format=lr32s --split-input-file | FileCheck %s
// RUN: snn-opt %s --mlir-elide-elementsattrs-if-larger=8 --spk-factor-weights=format=lr100%%s --split-input-file | FileCheck %s --check-prefix=SHARE
// RUN: snn-opt %s --mlir-elide-elementsattrs-if-larger=8 --spk-factor-weights=format=lr32s --spk-keep-grids --spk-migrate-channels --spk-split-outliers=share=0.5 --spk-encode-sites --spk-quantize-weights=method=mse --split-input-file | FileCheck %s --check-prefix=CODES
// RUN: not snn-opt %s --spk-factor-weights=format=sign --split-input-file 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: error: spk-factor-weights has format 'sign', one of pairs of matrices of signs expected, such as lr64s or lr50%s
// RUN: not snn-opt %s --spk-factor-weights=format=lr33s --split-input-file 2>&1 | FileCheck %s --check-prefix=RANK
// RANK: error: spk-factor-weights has format 'lr33s', one of pairs of matrices of signs expected

// Two readers: channels of both are evened out together, by 0.5, each has a site of its own, with the first one's settings. All channels have the
// same weights, so that the first term is the matrix.
// CHECK-LABEL: func.func @two
// SHARE-LABEL: func.func @two
// CODES-LABEL: func.func @two
func.func @two(%x: tensor<?x96xf32>) -> (tensor<?x64xf32>, tensor<1x?x160xf32>) {
  // CHECK: %[[SCALES:.*]] = "onnx.Constant"() <{value = dense<5.000000e-01> : tensor<96xf32>}>
  // CHECK: %[[X:.*]] = "onnx.Mul"(%arg0, %[[SCALES]])
  // CHECK: %[[SITE:.*]] = spk.observe %[[X]] {role = "linear", site = "a", steps = 6 : i64} : tensor<?x96xf32>
  // CHECK: %[[FIRST:.*]] = "onnx.MatMul"(%[[SITE]], %{{.*}}) {spk.channel_factors = 96 : i64, spk.factor = 0 : i64} : (tensor<?x96xf32>, tensor<96x32xf32>) -> tensor<?x32xf32>
  // CHECK: %[[MIDDLE:.*]] = spk.observe %[[FIRST]] {role = "linear", site = "/one:pair", steps = 6 : i64} : tensor<?x32xf32>
  // CHECK: "onnx.MatMul"(%[[MIDDLE]], %{{.*}}) {spk.factor = 6144 : i64} : (tensor<?x32xf32>, tensor<32x64xf32>) -> tensor<?x64xf32>
  // CHECK: %[[FIRST:.*]] = "onnx.MatMul"(%[[SITE]], %{{.*}}) {spk.factor = 0 : i64} : (tensor<?x96xf32>, tensor<96x32xf32>) -> tensor<?x32xf32>
  // CHECK: %[[MIDDLE:.*]] = spk.observe %[[FIRST]] {role = "linear", site = "/one:pair2", steps = 6 : i64} : tensor<?x32xf32>
  // CHECK: "onnx.MatMul"(%[[MIDDLE]], %{{.*}}) {spk.factor = 15360 : i64} : (tensor<?x32xf32>, tensor<1x32x160xf32>) -> tensor<1x?x160xf32>
  // 96 * 64 / (96 + 64) = 38.4 and 96 * 160 / (96 + 160) = 60: words of 32 signs.
  // SHARE: spk.observe %{{.*}} {role = "linear", site = "/one:pair", steps = 6 : i64} : tensor<?x32xf32>
  // SHARE: spk.observe %{{.*}} {role = "linear", site = "/one:pair2", steps = 6 : i64} : tensor<?x32xf32>
  // The first matrices of both are the same.
  // CODES-COUNT-3: spk.unpack %{{.*}}, %{{.*}} {format = #spk.rescaw<1{{.*}}>}
  // CODES-NOT: spk.unpack
  // CODES: return
  %w = "onnx.Constant"() <{value = dense<0.5> : tensor<96x64xf32>}> : () -> tensor<96x64xf32>
  %v = "onnx.Constant"() <{value = dense<-0.5> : tensor<1x96x160xf32>}> : () -> tensor<1x96x160xf32>
  %0 = spk.observe %x {role = "linear", site = "a", steps = 6 : i64} : tensor<?x96xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x64xf32> loc("/one")
  %2 = "onnx.MatMul"(%0, %v) : (tensor<?x96xf32>, tensor<1x96x160xf32>) -> tensor<1x?x160xf32> loc("/one")
  return %1, %2 : tensor<?x64xf32>, tensor<1x?x160xf32>
}

// -----

// A normalisation takes the scales.
// CHECK-LABEL: func.func @norm
// CODES-LABEL: func.func @norm
func.func @norm(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[SCALE:.*]] = "onnx.Constant"() <{value = dense<1.500000e+00> : tensor<64xf32>}>
  // CHECK: %[[Y:.*]] = "onnx.LayerNormalization"(%arg0, %[[SCALE]])
  // CHECK: spk.observe %[[Y]]
  // CHECK-NOT: channel_factors
  // CHECK: spk.factor = 4096
  %scale = "onnx.Constant"() <{value = dense<3.0> : tensor<64xf32>}> : () -> tensor<64xf32>
  %w = "onnx.Constant"() <{value = dense<0.5> : tensor<64x64xf32>}> : () -> tensor<64x64xf32>
  %y = "onnx.LayerNormalization"(%x, %scale) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %0 = spk.observe %y {role = "linear", site = "a"} : tensor<?x64xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// -----

// Sites that stay what they are: another format of their own, numbers that are spikes, inputs that fill no word, a pair that takes as much as bytes,
// a reader whose weights are none, weights that another site reads too, and another role.
// CHECK-LABEL: func.func @stays
func.func @stays(%x: tensor<?x64xf32>, %y: tensor<?x48xf32>, %z: tensor<?x32xf32>, %m: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK-NOT: spk.factor
  %w = "onnx.Constant"() <{value = dense<0.5> : tensor<64x64xf32>}> : () -> tensor<64x64xf32>
  %odd = "onnx.Constant"() <{value = dense<0.5> : tensor<48x64xf32>}> : () -> tensor<48x64xf32>
  %few = "onnx.Constant"() <{value = dense<0.5> : tensor<32x4xf32>}> : () -> tensor<32x4xf32>
  %whole = "onnx.Constant"() <{value = dense<0.75> : tensor<64x64xf32>}> : () -> tensor<64x64xf32>
  %tied = "onnx.Constant"() <{value = dense<0.25> : tensor<64x64xf32>}> : () -> tensor<64x64xf32>
  %0 = spk.observe %x {role = "linear", site = "own", weights = "int4g32"} : tensor<?x64xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %2 = spk.observe %x {role = "linear", site = "spikes", spk.levels = {high = 1 : i64, low = 0 : i64, step = 1.0 : f32}} : tensor<?x64xf32>
  %3 = "onnx.MatMul"(%2, %whole) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %4 = spk.observe %y {role = "linear", site = "odd"} : tensor<?x48xf32>
  %5 = "onnx.MatMul"(%4, %odd) : (tensor<?x48xf32>, tensor<48x64xf32>) -> tensor<?x64xf32>
  %6 = spk.observe %z {role = "linear", site = "few"} : tensor<?x32xf32>
  %7 = "onnx.MatMul"(%6, %few) : (tensor<?x32xf32>, tensor<32x4xf32>) -> tensor<?x4xf32>
  %8 = spk.observe %x {role = "linear", site = "open"} : tensor<?x64xf32>
  %9 = "onnx.MatMul"(%8, %m) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %10 = spk.observe %1 {role = "linear", site = "tied"} : tensor<?x64xf32>
  %11 = "onnx.MatMul"(%10, %tied) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %12 = spk.observe %3 {role = "linear", site = "tied2"} : tensor<?x64xf32>
  %13 = "onnx.MatMul"(%12, %tied) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %14 = spk.observe %x {role = "query", site = "query"} : tensor<?x64xf32>
  %15 = "onnx.MatMul"(%14, %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  // CHECK: return
  return %1, %3, %5, %7, %9, %11, %13, %15 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// A site's own format, where the option's does not suit it.
// CHECK-LABEL: func.func @own
func.func @own(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: spk.observe %{{.*}} {role = "linear", site = {{.*}}pair"} : tensor<?x96xf32>
  %w = "onnx.Constant"() <{value = dense<0.5> : tensor<64x64xf32>}> : () -> tensor<64x64xf32>
  %0 = spk.observe %x {role = "linear", site = "own", weights = "lr96s"} : tensor<?x64xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// -----

// Signs stay signs: no channel of theirs moves or is split off.
// CHECK-LABEL: func.func @peaks
// CHECK: spk.observe {{.*}} {peaks = array<f32: 4.500000e+00, 5.000000e-01, {{.*}}range = array<f32: -4.500000e+00, 1.500000e+00>,
// CODES-LABEL: func.func @peaks
// CODES-NOT: onnx.Gather
// CODES-COUNT-2: spk.unpack %{{.*}}, %{{.*}} {format = #spk.rescaw<1
// CODES: return
func.func @peaks(%x: tensor<?x32xf32>) -> tensor<?x64xf32> {
  %w = "onnx.Constant"() <{value = dense<0.5> : tensor<32x64xf32>}> : () -> tensor<32x64xf32>
  %0 = spk.observe %x {peaks = array<f32: 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>,
    range = array<f32: -9.0, 3.0>, role = "linear", site = "a",
    squares = array<f32: 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : tensor<?x32xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x32xf32>, tensor<32x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}
