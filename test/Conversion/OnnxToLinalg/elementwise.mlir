// RUN: snn-opt --convert-onnx-to-linalg --split-input-file %s | FileCheck %s

// A size that is left open is read once; a size of 1 is read at place 0.
// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK-DAG: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[BATCH:.*]] = rt.symbol "batch"
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[BATCH]]) : tensor<?x4xf32>
// CHECK-NEXT: linalg.generic {indexing_maps = [#[[$ROW]], #[[$COLUMN]], #[[$ALL]]], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME: ins(%arg0, %arg1 : tensor<?x1xf32>, tensor<4xf32>) outs(%[[EMPTY]] : tensor<?x4xf32>)
// CHECK: arith.addf
// CHECK-NOT: onnx
func.func @main(%x: tensor<?x1xf32> {rheobase.name = "x", rheobase.dims = ["batch", "1"]},
                %y: tensor<4xf32> {rheobase.name = "y", rheobase.dims = ["4"]}) -> tensor<?x4xf32>
    attributes {rheobase.symbols = [{name = "batch", min = 1 : i64, max = 0 : i64}]} {
  %0 = "onnx.Add"(%x, %y) : (tensor<?x1xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// A constant with one value is a number of the body, and the power of 2 a product.
// CHECK-LABEL: func.func @main
// CHECK-NOT: onnx.Constant
// CHECK: linalg.generic
// CHECK-SAME: ins(%arg0 : tensor<4xf32>)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT: linalg.yield %[[Y]]
func.func @main(%x: tensor<4xf32> {rheobase.name = "x", rheobase.dims = ["4"]}) -> tensor<4xf32>
    attributes {rheobase.symbols = []} {
  %two = "onnx.Constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Pow"(%x, %two) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Narrow floats are computed in f32; the node's name stays.
// CHECK-LABEL: func.func @main
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @main(%x: tensor<4xf16> {rheobase.name = "x", rheobase.dims = ["4"]}) -> tensor<4xf16>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.Exp"(%x) : (tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

// Between the borders of the function integers have no sign; what is unsigned is divided so, never by zero.
// CHECK-LABEL: func.func @main
// CHECK: %[[X:.*]] = tensor.bitcast %arg0 : tensor<4xui8> to tensor<4xi8>
// CHECK: %[[ZERO:.*]] = arith.cmpi eq, %[[BY:.*]], %{{.*}} : i8
// CHECK: %[[SAFE:.*]] = arith.select %[[ZERO]], %{{.*}}, %[[BY]]
// CHECK: arith.divui %{{.*}}, %[[SAFE]]
// CHECK: tensor.bitcast %{{.*}} : tensor<4xi8> to tensor<4xui8>
func.func @main(%x: tensor<4xui8> {rheobase.name = "x", rheobase.dims = ["4"]},
                %y: tensor<4xui8> {rheobase.name = "y", rheobase.dims = ["4"]}) -> tensor<4xui8>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.Div"(%x, %y) : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

// The location of the node is the location of the code.
// RUN: snn-opt --convert-onnx-to-linalg --mlir-print-debuginfo --split-input-file %s | FileCheck %s --check-prefix=LOC
// LOC-DAG: #[[$NODE:.*]] = loc("/layer/Tanh")
// LOC: math.tanh {{.*}} loc(#[[$NODE]])
func.func @main(%x: tensor<4xf32> {rheobase.name = "x", rheobase.dims = ["4"]}) -> tensor<4xf32>
    attributes {rheobase.symbols = []} {
  %0 = "onnx.Tanh"(%x) : (tensor<4xf32>) -> tensor<4xf32> loc("/layer/Tanh")
  return %0 : tensor<4xf32>
}
