// RUN: snn-opt %s --split-input-file --verify-diagnostics --rt-form-dispatches

// expected-error @below {{the module has no function @main to make a program of}}
module {
}

// -----

// expected-error @below {{argument 0 of @main leaves dimension 0 open, but 'rheobase.dims' does not name it}}
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'math.exp' has no CPU code: expected linalg.generic, tensor slices and reshapes, and rt ops in @main; lower it first}}
  %y = math.exp %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>, %i: tensor<index>) -> tensor<?xf32> {
  // expected-error @below {{a size must be computed from symbols, found the result of 'tensor.extract'}}
  %n = tensor.extract %i[] : tensor<index>
  %y = tensor.extract_slice %x[0] [%n] [1] : tensor<4xf32> to tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @main(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<6xf32> {
  %s = tensor.extract %v[] : tensor<f32>
  // expected-error @below {{tensor.pad must pad with a constant}}
  %y = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %s : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %y : tensor<6xf32>
}

// -----

func.func @main(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<4xf32> {
  // expected-error @below {{a scalar of type 'f32' inside an op must be a constant or computed from symbols}}
  %s = tensor.extract %v[] : tensor<f32>
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %s : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// expected-error @below {{argument 0 of @main leaves dimension 0 open as "past + 1/2", expected an expression over the names in 'rheobase.symbols'}}
func.func @main(%x: tensor<?xf32> {rheobase.dims = ["past + 1/2"]}) -> tensor<?xf32>
    attributes {rheobase.symbols = [{name = "past", min = 1 : i64, max = 0 : i64}]} {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{attribute rheobase.symbols: expected an array of {name, min, max}}}
// expected-error @below {{argument 0 of @main leaves dimension 0 open, but the symbols of @main cannot be read}}
func.func @main(%x: tensor<?xf32> {rheobase.dims = ["past"]}) -> tensor<?xf32> attributes {rheobase.symbols = 3 : i64} {
  return %x : tensor<?xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<2xf32> {
  %s = arith.constant 1.0 : f32
  // expected-error @below {{elements put together from sizes must be integers, found 'tensor<2xf32>'}}
  %y = tensor.from_elements %s, %s : tensor<2xf32>
  return %y : tensor<2xf32>
}
