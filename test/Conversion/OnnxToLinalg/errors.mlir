// RUN: snn-opt --convert-onnx-to-linalg --split-input-file --verify-diagnostics %s

func.func @main(%a0: tensor<2xi32> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Exp': found elements of type i32, expected a float type; cast the operand first}}
  %r = "onnx.Exp"(%a0) {} : (tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// -----

func.func @main(%a0: tensor<2xi1> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<2xi1> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Abs': found elements of type i1, expected a float or integer type; cast the operand first}}
  %r = "onnx.Abs"(%a0) {} : (tensor<2xi1>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// -----

func.func @main(%a0: tensor<2xf32> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<2xi1> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Not': found elements of type f32, expected bool; cast the operand first}}
  %r = "onnx.Not"(%a0) {} : (tensor<2xf32>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// -----

func.func @main(%a0: tensor<2xi1> {rheobase.name = "a0", rheobase.dims = ["2"]}, %a1: tensor<2xf32> {rheobase.name = "a1", rheobase.dims = ["2"]}) -> tensor<2xi1> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Pow': found elements of type bool, expected a float or integer type; cast the operand first}}
  %r = "onnx.Pow"(%a0, %a1) {} : (tensor<2xi1>, tensor<2xf32>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// -----

func.func @main(%a0: tensor<2xi64> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<1xi64> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.ReduceLogSumExp': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.ReduceLogSumExp"(%a0) {} : (tensor<2xi64>) -> tensor<1xi64>
  return %r : tensor<1xi64>
}

// -----

func.func @main(%a0: tensor<2xf32> {rheobase.name = "a0", rheobase.dims = ["2"]}, %a1: tensor<2xf32> {rheobase.name = "a1", rheobase.dims = ["2"]}, %a2: tensor<2xf32> {rheobase.name = "a2", rheobase.dims = ["2"]}) -> tensor<2xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Where': found a condition of type f32, expected bool; compare it with 0 first}}
  %r = "onnx.Where"(%a0, %a1, %a2) {} : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @main(%a0: tensor<2x2xi1> {rheobase.name = "a0", rheobase.dims = ["2", "2"]}, %a1: tensor<2x2xi1> {rheobase.name = "a1", rheobase.dims = ["2", "2"]}) -> tensor<2x2xi1> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.MatMul': found elements of type bool, expected a float or integer type; cast the operands first}}
  %r = "onnx.MatMul"(%a0, %a1) {} : (tensor<2x2xi1>, tensor<2x2xi1>) -> tensor<2x2xi1>
  return %r : tensor<2x2xi1>
}

// -----

func.func @main(%a0: tensor<2x2xi32> {rheobase.name = "a0", rheobase.dims = ["2", "2"]}, %a1: tensor<2x2xi32> {rheobase.name = "a1", rheobase.dims = ["2", "2"]}) -> tensor<2x2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Gemm': found factors of integers, expected alpha = beta = 1; scale after a Cast}}
  %r = "onnx.Gemm"(%a0, %a1) {alpha = 2.0 : f32} : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// -----

func.func @main(%a0: tensor<2xf32> {rheobase.name = "a0", rheobase.dims = ["2"]}, %a1: tensor<f32> {rheobase.name = "a1", rheobase.dims = []}, %a2: tensor<i1> {rheobase.name = "a2", rheobase.dims = []}) -> tensor<2xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Dropout': found a training_mode that may be true, expected inference; export the model in eval mode}}
  %r = "onnx.Dropout"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2xf32>, tensor<f32>, tensor<i1>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @main(%a0: tensor<2xi32> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Softmax': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.Softmax"(%a0) {} : (tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// -----

func.func @main(%a0: tensor<2xi32> {rheobase.name = "a0", rheobase.dims = ["2"]}, %a1: tensor<2xi32> {rheobase.name = "a1", rheobase.dims = ["2"]}) -> tensor<2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.LayerNormalization': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.LayerNormalization"(%a0, %a1) {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// -----

func.func @main(%a0: tensor<2x2xi32> {rheobase.name = "a0", rheobase.dims = ["2", "2"]}, %a1: tensor<2xi32> {rheobase.name = "a1", rheobase.dims = ["2"]}, %a2: tensor<2xi32> {rheobase.name = "a2", rheobase.dims = ["2"]}, %a3: tensor<2xi32> {rheobase.name = "a3", rheobase.dims = ["2"]}, %a4: tensor<2xi32> {rheobase.name = "a4", rheobase.dims = ["2"]}) -> tensor<2x2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.BatchNormalization': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.BatchNormalization"(%a0, %a1, %a2, %a3, %a4) {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// -----

func.func @main(%a0: tensor<2xi1> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<1xi1> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.ReduceSum': found elements of type bool, expected a float or integer type; cast the operand first}}
  %r = "onnx.ReduceSum"(%a0) {} : (tensor<2xi1>) -> tensor<1xi1>
  return %r : tensor<1xi1>
}

// -----

func.func @main(%a0: tensor<1x1x4x4xi32> {rheobase.name = "a0", rheobase.dims = ["1", "1", "4", "4"]}, %a1: tensor<1x1x2x2xi32> {rheobase.name = "a1", rheobase.dims = ["1", "1", "2", "2"]}) -> tensor<1x1x3x3xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Conv': found integer elements, expected a float type; cast the operands first}}
  %r = "onnx.Conv"(%a0, %a1) {} : (tensor<1x1x4x4xi32>, tensor<1x1x2x2xi32>) -> tensor<1x1x3x3xi32>
  return %r : tensor<1x1x3x3xi32>
}

// -----

func.func @main(%a0: tensor<1x1x?x4xf32> {rheobase.name = "a0", rheobase.dims = ["1", "1", "h", "4"]}, %a1: tensor<1x1x3x3xf32> {rheobase.name = "a1", rheobase.dims = ["1", "1", "3", "3"]}) -> tensor<1x1x?x2xf32> attributes {rheobase.symbols = [{name = "h", min = 1 : i64, max = 0 : i64}]} {
  // expected-error @+1 {{cannot lower 'onnx.Conv': found auto_pad over a dimension of size h, expected one whose padding does not depend on its size; fix the dimension with --dim}}
  %r = "onnx.Conv"(%a0, %a1) {auto_pad = "SAME_UPPER", strides = array<i64: 2, 2>} : (tensor<1x1x?x4xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x?x2xf32>
  return %r : tensor<1x1x?x2xf32>
}

// -----

func.func @main(%a0: tensor<1x1x4xi32> {rheobase.name = "a0", rheobase.dims = ["1", "1", "4"]}) -> tensor<1x1x3xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.AveragePool': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.AveragePool"(%a0) {kernel_shape = array<i64: 2>} : (tensor<1x1x4xi32>) -> tensor<1x1x3xi32>
  return %r : tensor<1x1x3xi32>
}

// -----

func.func @main(%a0: tensor<1x1x4xi32> {rheobase.name = "a0", rheobase.dims = ["1", "1", "4"]}) -> tensor<1x1x1xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.GlobalMaxPool': found integer elements, expected a float type; cast the operand first}}
  %r = "onnx.GlobalMaxPool"(%a0) {} : (tensor<1x1x4xi32>) -> tensor<1x1x1xi32>
  return %r : tensor<1x1x1xi32>
}

// -----

func.func @main(%a0: tensor<2xf32> {rheobase.name = "a0", rheobase.dims = ["2"]}, %a1: tensor<i64> {rheobase.name = "a1", rheobase.dims = []}) -> tensor<2xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.CumSum': found an axis computed from data, expected a constant axis; fold the axis when exporting}}
  %r = "onnx.CumSum"(%a0, %a1) {} : (tensor<2xf32>, tensor<i64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @main(%a0: tensor<2x2xf32> {rheobase.name = "a0", rheobase.dims = ["2", "2"]}, %a1: tensor<3xi64> {rheobase.name = "a1", rheobase.dims = ["3"]}) -> tensor<2x2xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Trilu': found an operand of 3 elements, expected one element; select one of them first}}
  %r = "onnx.Trilu"(%a0, %a1) {} : (tensor<2x2xf32>, tensor<3xi64>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @main(%a0: tensor<2xf8E4M3FN> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<2xf8E4M3FN> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Neg': found tensor<2xf8E4M3FN>, expected a ranked tensor of floats of 16 to 64 bits, integers of 8 to 64 bits or bools; cast to one of them}}
  %r = "onnx.Neg"(%a0) {} : (tensor<2xf8E4M3FN>) -> tensor<2xf8E4M3FN>
  return %r : tensor<2xf8E4M3FN>
}

// -----

func.func @main(%a0: tensor<2xf32> {rheobase.name = "a0", rheobase.dims = ["2"]}) -> tensor<3xf32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Abs': found a result of tensor<3xf32>, expected tensor<2xf32>; run --onnx-infer-shapes first}}
  %r = "onnx.Abs"(%a0) {} : (tensor<2xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func @main(%x: tensor<1x1x4xf32> {rheobase.name = "x", rheobase.dims = ["1", "1", "4"]}) -> tensor<1x1x3xf32>
    attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.MaxPool': found the output Indices, expected Y alone; remove the output where nothing reads it}}
  %y, %i = "onnx.MaxPool"(%x) {kernel_shape = array<i64: 2>} : (tensor<1x1x4xf32>) -> (tensor<1x1x3xf32>, tensor<1x1x3xi64>)
  return %y : tensor<1x1x3xf32>
}

// -----

// Every op that cannot be lowered is reported, those that depend on one are not.
func.func @main(%x: tensor<2xi32> {rheobase.name = "x", rheobase.dims = ["2"]}) -> tensor<2xi32> attributes {rheobase.symbols = []} {
  // expected-error @+1 {{cannot lower 'onnx.Exp'}}
  %0 = "onnx.Exp"(%x) : (tensor<2xi32>) -> tensor<2xi32>
  %1 = "onnx.Log"(%0) : (tensor<2xi32>) -> tensor<2xi32>
  // expected-error @+1 {{cannot lower 'onnx.Tanh'}}
  %2 = "onnx.Tanh"(%x) : (tensor<2xi32>) -> tensor<2xi32>
  return %1 : tensor<2xi32>
}

// -----

// expected-error @+1 {{found a function of several blocks or none, expected one; inline control flow first}}
func.func @main(%x: tensor<2xf32> {rheobase.name = "x", rheobase.dims = ["2"]}) -> tensor<2xf32> attributes {rheobase.symbols = []} {
  cf.br ^next
^next:
  return %x : tensor<2xf32>
}

// -----

// expected-error @+1 {{found an argument of type 'f32', expected a ranked tensor; import it again}}
func.func @main(%x: f32) -> f32 attributes {rheobase.symbols = []} {
  return %x : f32
}
