//===- SpkOps.td - operations of the spk dialect ----------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_SPK_OPS_TD
#define RHEOBASE_SPK_OPS_TD

include "dialects/spk/SpkTypes.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Spk_Op<string mnemonic, list<Trait> traits = []> : Op<Spk_Dialect, mnemonic, !listconcat([Pure], traits)>;

def Spk_Float : TensorOf<[F32]>;
def Spk_Integers : TensorOf<[I8, I16, I32, I64]>;
def Spk_Scale : TensorOf<[F16, F32]>;
def Spk_Zero : TensorOf<[I32]>;
def Spk_Accumulator : TensorOf<[I32, I64, F32]>;

def Spk_ObserveOp : Spk_Op<"observe", [AllTypesMatch<["input", "output"]>]> {
  let summary = "mark a site: a tensor that will be encoded";
  let description = [{
    The identity. `site` names it in reports and calibration files, `role` says what consumes it ("linear": the left operand of weights; "conv": a convolution's input;
    "query", "key": operands of a product whose rows are not contracted; "value": its rows are; "attention": the weights that a Softmax gives such a
    product, encoded before they are normalised; "neuron": a scalar function, so that the site is not encoded).
    Calibration fills in `range`, the ends of a code that does not depend on the row, and, of each channel, the largest magnitude (`peaks`) and the mean
    square (`squares`) seen. A channel is what is contracted one by one with weights: the last axis, of a "key" the one before it, of a convolution's input the
    second; heads (axis 1 of a query, key or value of rank 4) have channels of their own.
    What a site has of its own, in the place of a pass's option: the time steps of its code (`steps`), its kind (`code`) and its trains
    side by side (`bases`), what sets a row's threshold (`ranges`, "token" or
    "tensor", where rows are not contracted), how much of its channels' range goes into the weights and which share of them at most gets a code of
    its own (`migrate`, `outliers`, of a "linear" site), and the format of the weights that read it (`weights`). `grid` says that these lie on a grid of few
    bits (`grid_bits`) with a scale for so many channels one after another, so that none of these moves into them, and the rows of a code have a step for each group. The attribute `spk.levels` says that the tensor's own numbers are integers times a step, which a code then holds as
    they are: {step, low, high}, found by `spk-find-spikes`.

    Example:
    ```mlir
    %1 = spk.observe %0 {role = "linear", site = "/layer.0/query"} : tensor<?x50x96xf32>
    ```
  }];
  let arguments = (ins Spk_Float:$input, StrAttr:$site, StrAttr:$role, OptionalAttr<DenseF32ArrayAttr>:$range,
                       OptionalAttr<DenseF32ArrayAttr>:$peaks, OptionalAttr<DenseF32ArrayAttr>:$squares,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<2>, IntMaxValue<16>]>>:$steps, OptionalAttr<StrAttr>:$code,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<8>]>>:$bases,
                       OptionalAttr<StrAttr>:$ranges, OptionalAttr<F64Attr>:$migrate, OptionalAttr<F64Attr>:$outliers,
                       OptionalAttr<StrAttr>:$weights, OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$grid,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$grid_bits);
  let results = (outs Spk_Float:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::StringRef":$site, "::llvm::StringRef":$role), [{
    $_state.addOperands(input);
    $_state.addTypes(input.getType());
    Properties &settings = $_state.getOrAddProperties<Properties>();
    settings.site = $_builder.getStringAttr(site);
    settings.role = $_builder.getStringAttr(role);
  }]>];
  let hasVerifier = 1;
}

def Spk_RowStepOp : Spk_Op<"row_step"> {
  let summary = "the step size of a code from each row's (or sample's) own largest magnitude (a per-token threshold)";
  let description = [{
    lsb = max over `axes` of |x| (finite elements only) / code.max; the axes are kept with size 1. An all-zero row has lsb 0 and encodes to zeros.
    Legal only where the row is not contracted with other rows.

    With `group`, for rows that meet weights in groups, each so many elements of the last axis have a step of their own: `axes` is that axis, of
    which size / group steps are kept.

    With a second result, for rows that reach far to one side and little to the other (behind GELU): with low = max(0, max -x) and
    high = max(0, max x), lsb = high / code.max + low / code.max and zero = code(low * (1 / lsb)), the code of 0.

    Example:
    ```mlir
    %lsb = spk.row_step %x {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>} : tensor<?x50x96xf32> -> tensor<?x50x1xf32>
    %steps = spk.row_step %x {axes = array<i64: 2>, code = #spk.binary<7, signed, nearest>, group = 32 : i64} : tensor<?x50x96xf32> -> tensor<?x50x3xf32>
    %step, %zero = spk.row_step %x {axes = array<i64: 2>, code = #spk.binary<8, unsigned, nearest>} : tensor<?x50x96xf32> -> tensor<?x50x1xf32>, tensor<?x50x1xi32>
    ```
  }];
  let arguments = (ins Spk_Float:$input, DenseI64ArrayAttr:$axes, Spk_CodeInterface:$code,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$group);
  let results = (outs Spk_Float:$lsb, Optional<Spk_Zero>:$zero);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($lsb) (`,` type($zero)^)?";
  let hasVerifier = 1;
}

def Spk_EncodeOp : Spk_Op<"encode"> {
  let summary = "numbers to spike trains: the one quantiser of both forms";
  let description = [{
    q = code(x * (1 / lsb)), element by element; `lsb` broadcasts against `input` (a scalar, or size 1 along an axis; along the
    last axis also a divisor of its size, an element for each group of inputs one after another). NaN encodes as 0 does,
    infinities to the ends of the code, 0 to 0 even where lsb is 0 (an all-zero row). Planes are the digits of the integer q.

    `zero`, of lsb's shape, is the code of 0, a whole number of steps (an offset): q = clamp(round(x * (1 / lsb)) + zero, code.min, code.max).

    Example:
    ```mlir
    %t = spk.encode %x, %lsb : tensor<?x96xf32>, tensor<f32> -> !spk.train<?x96, #spk.binary<7, signed, nearest>>
    %u = spk.encode %x, %lsb zero %z : tensor<?x96xf32>, tensor<f32>, tensor<i32> -> !spk.train<?x96, #spk.binary<8, unsigned, nearest>>
    ```
  }];
  let arguments = (ins Spk_Float:$input, Spk_Float:$lsb, Optional<Spk_Zero>:$zero);
  let results = (outs Spk_TrainType:$train);
  let assemblyFormat = "$input `,` $lsb (`zero` $zero^)? attr-dict `:` type($input) `,` type($lsb) (`,` type($zero)^)? `->` type($train)";
  let hasVerifier = 1;
}

def Spk_DecodeOp : Spk_Op<"decode"> {
  let summary = "spike trains to numbers";
  let description = [{
    x = lsb * float(sum_p d_p s_p - zero), with a `zero` of 0 where there is none. `lsb` is that of `spk.encode`.

    Example:
    ```mlir
    %x = spk.decode %t, %lsb : !spk.train<?x96, #spk.binary<7, signed, nearest>>, tensor<f32> -> tensor<?x96xf32>
    %y = spk.decode %u, %lsb zero %z : !spk.train<?x96, #spk.binary<8, unsigned, nearest>>, tensor<f32>, tensor<i32> -> tensor<?x96xf32>
    ```
  }];
  let arguments = (ins Spk_TrainType:$train, Spk_Float:$lsb, Optional<Spk_Zero>:$zero);
  let results = (outs Spk_Float:$output);
  let assemblyFormat = "$train `,` $lsb (`zero` $zero^)? attr-dict `:` type($train) `,` type($lsb) (`,` type($zero)^)? `->` type($output)";
  let hasVerifier = 1;
}

def Spk_CodesOp : Spk_Op<"codes"> {
  let summary = "the integers of a train (value form)";
  let description = [{
    q = sum_p d_p s_p, in the code's storage type.

    Example:
    ```mlir
    %q = spk.codes %t : !spk.train<?x96, #spk.binary<7, signed, nearest>> -> tensor<?x96xi8>
    ```
  }];
  let arguments = (ins Spk_TrainType:$train);
  let results = (outs Spk_Integers:$codes);
  let assemblyFormat = "$train attr-dict `:` type($train) `->` type($codes)";
  let hasVerifier = 1;
}

def Spk_FromCodesOp : Spk_Op<"from_codes"> {
  let summary = "integers as the train that they are the codes of";
  let description = [{
    The inverse of `spk.codes`: trains that a session keeps are states of integers.

    Example:
    ```mlir
    %t = spk.from_codes %q : tensor<?x96xi8> -> !spk.train<?x96, #spk.binary<7, signed, nearest>>
    ```
  }];
  let arguments = (ins Spk_Integers:$codes);
  let results = (outs Spk_TrainType:$train);
  let assemblyFormat = "$codes attr-dict `:` type($codes) `->` type($train)";
  let hasVerifier = 1;
}

def Spk_PlanesOp : Spk_Op<"planes"> {
  let summary = "the spikes of a train, plane by plane (time form)";
  let description = [{
    s_p of every element, -1, 0 or 1, with the planes in front: a train of P planes and shape S gives [P, S]. What reports look at.

    Example:
    ```mlir
    %s = spk.planes %t : !spk.train<?x96, #spk.binary<7, signed, nearest>> -> tensor<7x?x96xi8>
    ```
  }];
  let arguments = (ins Spk_TrainType:$train);
  let results = (outs TensorOf<[I8]>:$spikes);
  let assemblyFormat = "$train attr-dict `:` type($train) `->` type($spikes)";
  let builders = [OpBuilder<(ins "::mlir::Value":$train), [{
    build($_builder, $_state, ::mlir::cast<TrainType>(train.getType()).getPlanesType(), train);
  }]>];
  let hasVerifier = 1;
}

def Spk_PatchesOp : Spk_Op<"patches"> {
  let summary = "the windows of a convolution as rows";
  let description = [{
    Input [N, spatial..., C], output [N, group, windows, kernel elements * C / group]: element (n, g, w, j * C / group + c) is the input at channel
    g * C / group + c under tap j of window w; padding is the code of 0 (for numbers, 0). Works on numbers and on trains. As channels are innermost,
    each line of a window is one stretch of memory.

    Example:
    ```mlir
    %p = spk.patches %x {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>,
      strides = array<i64: 4, 4>} : tensor<?x28x28x1xf32> -> tensor<?x1x49x16xf32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[AnyRankedTensor, Spk_TrainType]>:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads, I64Attr:$group);
  let results = (outs AnyTypeOf<[AnyRankedTensor, Spk_TrainType]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
}

def Spk_LookupOp : Spk_Op<"lookup"> {
  let summary = "integer weights out of a codebook";
  let description = [{
    codes[v * length + i, n] = codebook[indices[v, n], i]: each index, an unsigned byte, stands for `length` inputs of an output. Where `length` is 9, a vector is a
    3 x 3 window of one channel, whose taps are apart: codes[i * channels + v, n] = codebook[indices[v, n], i]. The codebook is [entries, length],
    with at most 256 entries; the verifier sees that no constant index is beyond them. It stays an op until code is generated, which is what keeps the weights small.

    Example:
    ```mlir
    %q = spk.lookup %i, %book : tensor<12x384xi8>, tensor<16x8xi8> -> tensor<96x384xi8>
    %w = spk.unpack %q, %s {format = #spk.codebook<8, 16, numbers, 0>} : tensor<96x384xi8>, tensor<1x384xf32> -> tensor<96x384xf32>
    ```
  }];
  let arguments = (ins TensorOf<[I8]>:$indices, TensorOf<[I8]>:$codebook);
  let results = (outs TensorOf<[I8]>:$codes);
  let assemblyFormat = "$indices `,` $codebook attr-dict `:` type($indices) `,` type($codebook) `->` type($codes)";
  let hasVerifier = 1;
}

def Spk_UnpackOp : Spk_Op<"unpack"> {
  let summary = "quantised weights as numbers";
  let description = [{
    w = float(codes) * scale. Without a `format`, `scale` broadcasts against `codes` (one element per output). With one, `codes` is
    [inputs, outputs] and `scale` [groups, outputs]: w[k, n] = float(codes[k, n]) * scale[k / group, n], groups of as many inputs as the format says.
    `zero`, of the scale's shape, is where the stored form of a group's codes has its 0. Of a format of odd integers
    w[k, n] = float(2 * codes[k, n] + 1) * scale[k / group, n]. Of a format with offsets `scale` is [2 * groups, outputs], a row of
    scales and one of offsets in turn, and w[k, n] = float(codes[k, n]) * scale[2 * (k / group), n] + scale[2 * (k / group) + 1, n].

    Example:
    ```mlir
    %w = spk.unpack %q, %s : tensor<96x384xi8>, tensor<384xf32> -> tensor<96x384xf32>
    %v = spk.unpack %q, %t {format = #spk.uniform<4, 32>} : tensor<96x384xi8>, tensor<3x384xf16> -> tensor<96x384xf32>
    ```
  }];
  let arguments = (ins TensorOf<[I8]>:$codes, Spk_Scale:$scale, Optional<TensorOf<[I8]>>:$zero,
                       OptionalAttr<Spk_WeightFormatInterface>:$format);
  let results = (outs Spk_Float:$weights);
  let assemblyFormat = [{
    $codes `,` $scale (`zero` $zero^)? attr-dict `:` type($codes) `,` type($scale) (`,` type($zero)^)? `->` type($weights)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$codes, "::mlir::Value":$scale), [{
    build($_builder, $_state, type, codes, scale, ::mlir::Value(), WeightFormatInterface());
  }]>];
  let hasVerifier = 1;
}

def Spk_MatmulOp : Spk_Op<"matmul"> {
  let summary = "integer contraction of codes (value form)";
  let description = [{
    acc[.., m, n] = sum_k lhs[.., m, k] * rhs[.., k, n], exactly, with batch dimensions broadcast as in ONNX MatMul. The unsigned flags say how
    to read the bytes. The verifier proves that K * max|lhs| * max|rhs| fits the accumulator: the magnitudes are those of the train's code
    behind `spk.codes`, else those of the element type; an open K counts as 32768 (longer sequences are refused when running).

    Example:
    ```mlir
    %acc = spk.matmul %q, %w : tensor<?x50x96xi8>, tensor<96x96xi8> -> tensor<?x50x96xi32>
    ```
  }];
  let arguments = (ins Spk_Integers:$lhs, Spk_Integers:$rhs, UnitAttr:$lhs_unsigned, UnitAttr:$rhs_unsigned);
  let results = (outs TensorOf<[I32, I64]>:$acc);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($acc)";
  let hasVerifier = 1;
}

def Spk_SynapseOp : Spk_Op<"synapse"> {
  let summary = "spikes times weights (time form of a linear operator)";
  let description = [{
    acc = sum_p d_p (s_p W): for every plane, additions of weight rows where a spike is. `weights` are int8 codes (the sum is exact in i32 or
    i64; the bound is proved as for `spk.matmul`) or f32.

    With `events` the sum is made by walking lists of what fired instead of all inputs: the rows of silent inputs are not read, and the spikes of one input add its row once,
    d_p s_p summed over p times. It is the same sum: to the bit with int8 weights. The planes of a list are bytes, its weights a constant matrix and its sums i32 or f32.

    Example:
    ```mlir
    %acc = spk.synapse %t, %w : !spk.train<?x96, #spk.binary<7, signed, nearest>>, tensor<96x96xi8> -> tensor<?x96xi32>
    %sum = spk.synapse %t, %w {events} : !spk.train<?x96, #spk.binary<7, signed, nearest>>, tensor<96x96xi8> -> tensor<?x96xi32>
    ```
  }];
  let arguments = (ins Spk_TrainType:$train, TensorOf<[I8, F32]>:$weights, UnitAttr:$events);
  let results = (outs Spk_Accumulator:$acc);
  let assemblyFormat = "$train `,` $weights attr-dict `:` type($train) `,` type($weights) `->` type($acc)";
  let hasVerifier = 1;
}

def Spk_ScaledMatmulOp : Spk_Op<"scaled_matmul", [AttrSizedOperandSegments]> {
  let summary = "codes times weights in groups with scales of their own (value form)";
  let description = [{
    sum[.., m, n] = sum over groups g, in ascending order from 0, of float(sum_{k in g} lhs[.., m, k] * weights[k, n]) * scale[g, n]: the inner
    sums are exact in i32 (the verifier proves it), each is rounded to f32, multiplied, and added, rounding twice. That is the one order of additions of both
    forms and of every target. `format`, `scale` and `zero` are those of `spk.unpack`; of odd integers 2 w + 1 the exact sum is 2 * sum(lhs * w) + sum(lhs).

    Where a train has a step for each group, `step` [.., m, groups] is multiplied in behind each scale (and offset): sum += (float(..) * scale[g, n]) * step[m, g].

    Example:
    ```mlir
    %y = spk.scaled_matmul %q, %w, %s {format = #spk.uniform<4, 32>} : tensor<?x50x96xi8>, tensor<96x96xi8>, tensor<3x96xf16> -> tensor<?x50x96xf32>
    %z = spk.scaled_matmul %q, %w, %s step %l {format = #spk.uniform<4, 32>}
       : tensor<?x50x96xi8>, tensor<96x96xi8>, tensor<3x96xf16> step tensor<?x50x3xf32> -> tensor<?x50x96xf32>
    ```
  }];
  let arguments = (ins Spk_Integers:$lhs, TensorOf<[I8]>:$weights, Spk_Scale:$scale, Optional<TensorOf<[I8]>>:$zero,
                       Optional<Spk_Float>:$step, Spk_WeightFormatInterface:$format, UnitAttr:$lhs_unsigned);
  let results = (outs Spk_Float:$sum);
  let assemblyFormat = [{
    $lhs `,` $weights `,` $scale (`zero` $zero^)? (`step` $step^)? attr-dict
    `:` type($lhs) `,` type($weights) `,` type($scale) (`,` type($zero)^)? (`step` type($step)^)? `->` type($sum)
  }];
  let hasVerifier = 1;
}

def Spk_ScaledSynapseOp : Spk_Op<"scaled_synapse", [AttrSizedOperandSegments]> {
  let summary = "spikes times weights in groups with scales of their own (time form)";
  let description = [{
    The sum of `spk.scaled_matmul` (`step` included), of which the integer sum of a group is made plane by plane: sum_p d_p (s_p W) over the group's inputs.

    Example:
    ```mlir
    %y = spk.scaled_synapse %t, %w, %s {format = #spk.uniform<4, 32>}
       : !spk.train<?x96, #spk.binary<7, signed, nearest>>, tensor<96x96xi8>, tensor<3x96xf16> -> tensor<?x96xf32>
    ```
  }];
  let arguments = (ins Spk_TrainType:$train, TensorOf<[I8]>:$weights, Spk_Scale:$scale, Optional<TensorOf<[I8]>>:$zero,
                       Optional<Spk_Float>:$step, Spk_WeightFormatInterface:$format);
  let results = (outs Spk_Float:$sum);
  let assemblyFormat = [{
    $train `,` $weights `,` $scale (`zero` $zero^)? (`step` $step^)? attr-dict
    `:` type($train) `,` type($weights) `,` type($scale) (`,` type($zero)^)? (`step` type($step)^)? `->` type($sum)
  }];
  let hasVerifier = 1;
}

def Spk_ProductOp : Spk_Op<"product"> {
  let summary = "spikes times spikes (time form of an activation times activation product)";
  let description = [{
    acc[.., m, n] = sum_i sum_j d_i d'_j sum_k s_i[.., m, k] s'_j[.., k, n], over all pairs of planes.

    Example:
    ```mlir
    %acc = spk.product %a, %b : !spk.train<?x3x50x32, #spk.binary<7, signed, nearest>>, !spk.train<?x3x32x50, #spk.binary<7, signed, nearest>> -> tensor<?x3x50x50xi32>
    ```
  }];
  let arguments = (ins Spk_TrainType:$lhs, Spk_TrainType:$rhs);
  let results = (outs TensorOf<[I32, I64]>:$acc);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($acc)";
  let hasVerifier = 1;
}

def Spk_MbeOp : Spk_Op<"mbe", [AllTypesMatch<["input", "output"]>]> {
  let summary = "static multi-basis neuron: a scalar function by spikes";
  let description = [{
    y = reduction(neuron, x), element by element. The neuron waits for its whole input (u[0] = x), emits its steps, and is read out at the end, so it
    is a pure function of x and both forms run the same scalar program. `function` names what it stands for in reports.

    Example:
    ```mlir
    %y = spk.mbe %x {function = "exp", neuron = #spk.segment<steps = 8, bias = 1.0 : f32, offsets = [0.0], scales = [128.0], slopes = [0.0078125]>,
                     reduction = #spk.exp} : tensor<?x50xf32>
    ```
  }];
  let arguments = (ins Spk_Float:$input, StrAttr:$function, Spk_NeuronInterface:$neuron, Spk_ReductionInterface:$reduction);
  let results = (outs Spk_Float:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::StringRef":$function, "::rheobase::spk::NeuronInterface":$neuron,
                                 "::rheobase::spk::ReductionInterface":$reduction), [{
    build($_builder, $_state, input.getType(), input, $_builder.getStringAttr(function), neuron, reduction);
  }]>];
}

#endif // RHEOBASE_SPK_OPS_TD
