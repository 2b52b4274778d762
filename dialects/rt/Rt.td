//===- Rt.td - the rt dialect -----------------------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RT_TD
#define RHEOBASE_RT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "rheobase/Interfaces/SymbolicShapeOpInterface.td"

def Rt_Dialect : Dialect {
  let name = "rt";
  let cppNamespace = "::rheobase::rt";
  let summary = "a program for the runtime: buffers, dispatches, symbolic sizes, counters";
  let description = [{
    Three groups of ops:

    - on tensors, before codegen: `symbol`, `measure`, `check_indices`, `count`, `scatter`, `event_matmul`, `group_matmul`;
    - the program: `program` with its `input`, `output`, `constant`, `buffer`, `counters`, `dispatch` and
      `measure_buffer` ops. A dispatch calls a kernel, a private `func.func` over memrefs in the same module;
    - inside kernels, beside linalg: `matmul`, `packed_matmul`, `pack`, `list_events`, `add_rows`, `add_count` (and `check_indices`, `scatter` on memrefs).
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Rt_Op<string mnemonic, list<Trait> traits = []> : Op<Rt_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

def Rt_BufferType : TypeDef<Rt_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "bytes; each kernel sees them as the memref of its own argument type";
}

def Rt_PackSingles : I32EnumAttrCase<"Singles", 0, "singles">;
def Rt_PackPairs : I32EnumAttrCase<"Pairs", 1, "pairs">;
def Rt_PackQuads : I32EnumAttrCase<"Quads", 2, "quads">;
def Rt_PackKind : I32EnumAttr<"PackKind", "how many k neighbours lie together in a packed operand",
                              [Rt_PackSingles, Rt_PackPairs, Rt_PackQuads]> {
  let cppNamespace = "::rheobase::rt";
  let genSpecializedAttr = 0;
}

def Rt_PackAttr : AttrDef<Rt_Dialect, "Pack"> {
  let mnemonic = "pack";
  let summary = "layout of the right operand of a matmul";
  let description = [{
    A matrix of K rows and N columns is stored as `[ceil(N/lanes)][ceil(K/q)][lanes][q]` with q = 1 (singles: any
    element type), 2 (pairs: 16-bit integers) or 4 (quads: 8-bit integers). Padding is zero. Batches come in
    front.

    `map` sends `(batch..., n, k)` to the unpacked operand's dimensions.

    Example: `#rt.pack<quads, 64, (n, k) -> (k, n)>`
  }];
  let parameters = (ins EnumParameter<Rt_PackKind>:$kind, "int64_t":$lanes, "::mlir::AffineMap":$map);
  let assemblyFormat = "`<` $kind `,` $lanes `,` $map `>`";
  let extraClassDeclaration = [{
    /// k neighbours stored together.
    int64_t getDepth() const { return int64_t(1) << static_cast<int>(getKind()); }
    unsigned getNumBatchDims() const { return getMap().getNumDims() - 2; }
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// On tensors
//===----------------------------------------------------------------------===//

def Rt_SymbolOp : Rt_Op<"symbol", [Pure]> {
  let summary = "the value of one of the program's symbols in this call";
  let description = [{
    Symbols are the sizes that the model leaves open. Their values are read off the inputs' shapes at every call, or
    off what the call computes (`rt.measure`).

    Example:
    ```mlir
    %batch = rt.symbol "batch"
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Index:$value);
  let assemblyFormat = "$name attr-dict";
}

def Rt_MeasureOp : Rt_Op<"measure", [DeclareOpInterfaceMethods<SymbolicShapeOpInterface>]> {
  let summary = "take sizes from the elements of a tensor";
  let description = [{
    Element i of `source` (a number or a vector of a fixed length, i64) is the size that text i of `sizes` says: an
    expression over the symbols of the function. Where that is a symbol, alone or times a number, that no argument has
    as a dimension, this is where it gets its value, which must lie in its range; any other expression must be equal to
    the element, else the call ends with an error that carries this op's location. The result is the source, with known
    elements: what reads it as a shape has a shape in symbols.

    A run computes all measured sizes first, and then plans its memory.

    Example:
    ```mlir
    %shape = rt.measure %computed ["batch", "rows", "2*columns"] : tensor<3xi64> -> tensor<3xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$source, StrArrayAttr:$sizes);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = "$source $sizes attr-dict `:` type($source) (`->` type($result)^)?";
  let hasVerifier = 1;
}

def Rt_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef]>;

def Rt_CheckIndicesOp : Rt_Op<"check_indices"> {
  let summary = "stop the call with an error where an index is outside its axis";
  let description = [{
    Every element i of `indices` must satisfy -limit <= i < limit; else the call ends with an error that carries
    this op's location (the node's name). Kernels that read through the indices clamp them, so that no read is
    ever out of range.

    Example:
    ```mlir
    rt.check_indices %ids, %vocabulary : tensor<?x?xi64>
    ```
  }];
  let arguments = (ins Rt_Shaped:$indices, Index:$limit);
  let assemblyFormat = "$indices `,` $limit attr-dict `:` type($indices)";
}

def Rt_CountOp : Rt_Op<"count"> {
  let summary = "add the sum of a tensor to a counter, in counting runs only";
  let description = [{
    The elements of `values` (i32 or i64, not negative) are summed in 64 bits and multiplied by `factor`, and the
    product is added to the counter (`site`, `quantity`). Quantities: "spikes", "synops" (weights),
    "product_synops" (activation times activation), "activations" (elements encoded), "clipped". A run without
    counting skips these dispatches and everything that only they use.

    Example:
    ```mlir
    rt.count %popcounts, %fan_out {site = "/vit/layer.0/query", quantity = "synops"} : tensor<?x96xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$values, Index:$factor, StrAttr:$site, StrAttr:$quantity);
  let assemblyFormat = "$values `,` $factor attr-dict `:` type($values)";
}

def Rt_CombineReplace : I32EnumAttrCase<"Replace", 0, "replace">;
def Rt_CombineAdd : I32EnumAttrCase<"Add", 1, "add">;
def Rt_CombineMul : I32EnumAttrCase<"Mul", 2, "mul">;
def Rt_CombineMax : I32EnumAttrCase<"Max", 3, "max">;
def Rt_CombineMin : I32EnumAttrCase<"Min", 4, "min">;
def Rt_Combine : I32EnumAttr<"Combine", "what becomes of an element that an update meets",
                             [Rt_CombineReplace, Rt_CombineAdd, Rt_CombineMul, Rt_CombineMax, Rt_CombineMin]> {
  let cppNamespace = "::rheobase::rt";
}

def Rt_ScatterOp : Rt_Op<"scatter"> {
  let summary = "write rows of updates over parts of a tensor, one after another";
  let description = [{
    `indices` is `[count][components]`, `updates` `[count][width]`, and `target` has one dimension per component and a last one of
    `width` elements. Row i of the updates goes to the place that tuple i of the indices names, combined with what is
    there; later rows meet what earlier ones left. Indices count from the end where they are negative, and are clamped: a
    `rt.check_indices` before says where they are wrong. On tensors the result is the target after that; on memrefs the target itself
    is changed.

    Example:
    ```mlir
    %r = rt.scatter replace %updates into %data at %indices
       : tensor<?x1xf32> into tensor<?x?x1xf32> at tensor<?x2xi64> -> tensor<?x?x1xf32>
    ```
  }];
  let arguments = (ins Rt_Combine:$combine, Rt_Shaped:$updates, Rt_Shaped:$target, Rt_Shaped:$indices,
                       UnitAttr:$isUnsigned);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $combine $updates `into` $target `at` $indices attr-dict
    `:` type($updates) `into` type($target) `at` type($indices) (`->` type($result)^)?
  }];
  let hasVerifier = 1;
}

def Rt_Bits : ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<8>]>;
def Rt_Kept : DefaultValuedAttr<I64Attr, "4">;

def Rt_EventMatmulOp : Rt_Op<"event_matmul", [Pure]> {
  let summary = "spikes times constant weights, by walking the spikes";
  let description = [{
    sums[r, n] = the sum, over those k in ascending order where spikes[r, k] is not 0, of spikes[r, k] * weights[k, n].
    A spike is a byte: a plane's -1, 0 or 1, or all that the planes of one input weigh together. The sums are those
    of a matmul: exact modulo 2^32 with weights of i8, and with weights of f32 the same bits, but where a weight that no spike meets is
    NaN or infinite. What it costs grows with the number of spikes.

    Example:
    ```mlir
    %sums = rt.event_matmul %spikes, %weights {isUnsigned} : tensor<?x768xi8>, tensor<768x3072xi8> -> tensor<?x3072xi32>
    ```
  }];
  let arguments = (ins TensorOf<[I8]>:$spikes, TensorOf<[I8, F32]>:$weights, UnitAttr:$isUnsigned);
  let results = (outs TensorOf<[I32, F32]>:$sums);
  let assemblyFormat = "$spikes `,` $weights attr-dict `:` type($spikes) `,` type($weights) `->` type($sums)";
  let hasVerifier = 1;
}

def Rt_GroupMatmulOp : Rt_Op<"group_matmul", [Pure, AttrSizedOperandSegments]> {
  let summary = "codes times constant weights of few bits, in groups with scales of their own";
  let description = [{
    sums[r, n] = sum over groups g in ascending order of float(sum_{k in g} lhs[r, k] * weights[k, n]) * scales[g, n]: exact sums of i32, each
    rounded to f32, multiplied by its scale and added. Groups are k / groups inputs long, a multiple of 32. A weight w is stored as w + zeros[g, n], which
    is in [0, 2^bits - 1]; without `zeros` it is w + 2^(bits-1), and of 8 bits w itself. With `odd`, 2 w + 1 is what a weight w stands for and lhs is multiplied with.
    rowSums[r, g] are the sums of lhs[r, k] over the group. With `hasOffsets` each row of scales is followed by one of offsets, weights are stored as they
    are, and float(rowSums[r, g]) * offset is added behind each group's scaled sum. With `steps` [r, g] both products are multiplied by the row's step of the group
    before they are added.

    lhs of i32 holds codes that are not negative as planes of bits, for weights of one bit: of planes p, word [r, w * planes + p] has in bit 8 i + s bit p of the code of
    input 32 w + 4 s + i. It is multiplied by counting bits.

    With a `codebook` [2^bits, length] (4 or 8 bits, length 4 or 8), `weights` are indices [k / length, n]: weights[v * length + i, n] is codebook[indices[v, n], i].
    Groups are then a multiple of 32 / bits indices long. A codebook [2^bits, 9] (4 to 6 bits) is one of 3 x 3 windows of a channel: weights[i * channels + v, n] is
    codebook[indices[v, n], i]; there are a multiple of 32 channels and one group.

    With `kept` less than 4, of each 4 inputs of an output at most so many weights are other than 0, and these alone are stored (2 of 4, or 1 of 4 in groups of a
    multiple of 64; of 2, 4 or 8 bits).

    Example:
    ```mlir
    %sums = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64}
       : tensor<?x768xi8>, tensor<768x3072xi8>, tensor<24x3072xf16> rows tensor<?x24xi32> -> tensor<?x3072xf32>
    ```
  }];
  let arguments = (ins TensorOf<[I8, I32]>:$lhs, TensorOf<[I8]>:$weights, Optional<TensorOf<[I8]>>:$codebook,
                       TensorOf<[F16, F32]>:$scales, Optional<TensorOf<[I8]>>:$zeros, TensorOf<[I32]>:$rowSums,
                       Optional<TensorOf<[F32]>>:$steps, Rt_Bits:$bits, UnitAttr:$odd, UnitAttr:$isUnsigned, UnitAttr:$hasOffsets, Rt_Kept:$kept);
  let results = (outs TensorOf<[F32]>:$sums);
  let assemblyFormat = [{
    $lhs `,` $weights (`of` $codebook^)? `,` $scales (`zeros` $zeros^)? `rows` $rowSums (`steps` $steps^)? attr-dict
    `:` type($lhs) `,` type($weights) (`of` type($codebook)^)? `,` type($scales) (`zeros` type($zeros)^)? `rows` type($rowSums) (`steps` type($steps)^)?
    `->` type($sums)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

def Rt_ProgramOp : Rt_Op<"program", [IsolatedFromAbove, Symbol, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "buffers and dispatches, in order";
  let description = [{
    `symbols` is the function attribute `rheobase.symbols` of the function it was made from; `counters` names the
    elements of the counters array, each `{site, quantity}`. The body holds index arithmetic over `rt.symbol`, the
    buffers and the dispatches.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DefaultValuedAttr<ArrayAttr, "{}">:$symbols,
                       DefaultValuedAttr<ArrayAttr, "{}">:$counters);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
}

class Rt_PortOp<string mnemonic, dag more = (ins), list<Trait> traits = []> : Rt_Op<mnemonic, traits> {
  let arguments = !con((ins I32Attr:$number, StrAttr:$name, TypeAttrOf<AnyRankedTensor>:$type, Variadic<Index>:$dims), more);
  let results = (outs Rt_BufferType:$buffer);
  let assemblyFormat = "$number $name `(` $dims `)` `:` $type attr-dict";
  let hasVerifier = 1;
}

def Rt_InputOp : Rt_PortOp<"input", (ins OptionalAttr<StrAttr>:$state)> {
  let summary = "the caller's memory of an input; `dims` are the open dimensions in order";
  let description = [{
    With `state`, the memory is the session's: what a run leaves in the output of that name is this input in the next run.
  }];
}

def Rt_OutputOp : Rt_PortOp<"output", (ins OptionalAttr<I32Attr>:$axis, Optional<Index>:$room), [AttrSizedOperandSegments]> {
  let summary = "the caller's memory of an output; `dims` are the open dimensions in order";
  let description = [{
    With `grows`, it is the next value of a state and lies in the memory that holds the state's value: as large as if dimension `axis` were
    `room`, a symbol that the session chooses, with the rows of the input in front. A run writes the rows behind them.

    Example:
    ```mlir
    %present = rt.output 1 "present.0.key"(%batch, %total) grows(2 in %room) : tensor<?x12x?x64xi8>
    ```
  }];
  let assemblyFormat = "$number $name `(` $dims `)` (`grows` `(` $axis^ `in` $room `)`)? `:` $type attr-dict";
}

def Rt_ConstantOp : Rt_Op<"constant", [Pure]> {
  let summary = "bytes of the constants section";
  let description = [{
    With `pack`, the elements are stored in that layout, widened to `element` where it is given (by zero where
    `isUnsigned`). With `sums`, what is stored is instead i32 `[batch...][columns rounded up to lanes]` with -128
    times the sum of each column (what a matmul of signed 8-bit operands starts from where its left operand is
    made unsigned by adding 128).

    Example:
    ```mlir
    %w = rt.constant dense<1.0> : tensor<768x768xf32> {pack = #rt.pack<singles, 32, (n, k) -> (k, n)>}
    ```
  }];
  let arguments = (ins ElementsAttr:$value, OptionalAttr<Rt_PackAttr>:$pack, OptionalAttr<TypeAttrOf<AnyType>>:$element,
                       UnitAttr:$isUnsigned, UnitAttr:$sums);
  let results = (outs Rt_BufferType:$buffer);
  let assemblyFormat = "$value attr-dict";
  let hasVerifier = 1;
}

def Rt_WeightsOp : Rt_Op<"weights", [AttrSizedOperandSegments]> {
  let summary = "says which constants are a matrix of weights";
  let description = [{
    For people and for checks when an artifact is opened; nothing runs. A matrix [inputs, outputs] of which `codes` holds `bits` for each weight, or, with a
    `codebook`, for `length` weights of an output. With `scales`, `groups` parts of the inputs have a scale of their own (`hasOffsets`: and an offset, in a row behind), and
    `zeros` may say where their 0 is; all three have `columns` outputs, of which the last ones may stand for none. Where `kept` is less than 4, so many of each 4 weights of an output are stored, two bits of place with each.

    Example:
    ```mlir
    rt.weights "/layer/MatMul" [768, 3072] bits 4 in %codes scales %scales of f16 groups 24 columns 3072
    ```
  }];
  let arguments = (ins StrAttr:$node, I64Attr:$inputs, I64Attr:$outputs, I64Attr:$bits, Rt_BufferType:$codes,
                       Optional<Rt_BufferType>:$codebook, DefaultValuedAttr<I64Attr, "1">:$length,
                       Optional<Rt_BufferType>:$scales, OptionalAttr<TypeAttrOf<AnyFloat>>:$scale,
                       DefaultValuedAttr<I64Attr, "0">:$groups, DefaultValuedAttr<I64Attr, "0">:$columns,
                       Optional<Rt_BufferType>:$zeros, UnitAttr:$hasOffsets, DefaultValuedAttr<I64Attr, "4">:$kept);
  let assemblyFormat = [{
    $node `[` $inputs `,` $outputs `]` `bits` $bits `in` $codes (`of` $codebook^ `length` $length)?
    (`scales` $scales^ `of` $scale `groups` $groups `columns` $columns)? (`zeros` $zeros^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Rt_BufferOp : Rt_Op<"buffer", [Pure]> {
  let summary = "an intermediate tensor; `slot` is its place in the arena once buffers are planned";
  let arguments = (ins TypeAttrOf<AnyRankedTensor>:$type, Variadic<Index>:$dims, OptionalAttr<I32Attr>:$slot,
                       OptionalAttr<StrAttr>:$tap);
  let results = (outs Rt_BufferType:$buffer);
  let assemblyFormat = "`(` $dims `)` `:` $type attr-dict";
  let hasVerifier = 1;
}

def Rt_CountersOp : Rt_Op<"counters", [Pure]> {
  let summary = "the array of 64-bit counters";
  let results = (outs Rt_BufferType:$buffer);
  let assemblyFormat = "attr-dict";
}

def Rt_DispatchOp : Rt_Op<"dispatch", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "call a kernel over the work items [0, grid)";
  let description = [{
    `buffers` are the kernel's memref arguments in order, `sizes` the values of the dynamic dimensions of those
    memrefs in order and then of the kernel's index arguments. `writes` are the positions of the written buffers.
    The location is the node's name.

    `scratch` is there where the kernel has an argument with the attribute `rt.scratch`, a `memref<?xi8>`: so many bytes
    that are the thread's own while the kernel runs, and hold anything at first. That memref is none of the
    `buffers`; its length is among the sizes, like that of any other.

    Example:
    ```mlir
    rt.dispatch @gelu_0 grid(%items) sizes(%n, %n) buffers(%x, %y) writes [1]
    rt.dispatch @rows_1 grid(%rows) sizes(%rows, %bytes) buffers(%x) writes [0] scratch(%bytes)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Index:$grid, Variadic<Index>:$sizes, Variadic<Rt_BufferType>:$buffers,
                       Optional<Index>:$scratch, DenseI32ArrayAttr:$writes, UnitAttr:$counting);
  let assemblyFormat = [{
    $kernel `grid` `(` $grid `)` `sizes` `(` $sizes `)` `buffers` `(` $buffers `)` `writes` $writes
    (`scratch` `(` $scratch^ `)`)? attr-dict
  }];
}

def Rt_MeasureBufferOp : Rt_Op<"measure_buffer"> {
  let summary = "the 64-bit integers in a buffer are these sizes; symbols among them get their values here";
  let description = [{
    Everything before the last of these ops in a program writes no output, so that outputs can be asked for once all
    sizes are known.

    Example:
    ```mlir
    rt.measure_buffer %shape is(%rows, %columns)
    ```
  }];
  let arguments = (ins Rt_BufferType:$buffer, Variadic<Index>:$sizes);
  let assemblyFormat = "$buffer `is` `(` $sizes `)` attr-dict";
}

//===----------------------------------------------------------------------===//
// Inside kernels
//===----------------------------------------------------------------------===//

def Rt_MatmulOp : Rt_Op<"matmul", [AttrSizedOperandSegments]> {
  let summary = "out = lhs times a packed right operand";
  let description = [{
    `maps` send `(batch..., m, n, k)` to the dimensions of lhs, the batch dimensions of the packed right operand,
    and out. lhs may have several dimensions for m and for k, the outermost first, as in `(m floordiv 14, m mod 14)`:
    k's have known sizes and k is their row-major number. Row 0 of out is row `from` of lhs, 0 where none is given.
    Both operands are widened to out's element type (by sign, or by zero where `lhsUnsigned` / `rhsUnsigned`), then
    multiplied and added; integers wrap. Elements of out are not read, unless `accumulate` says that the sum starts
    from them. `sums` is there where a target may want to make a signed 8-bit lhs unsigned (see `rt.constant`).
  }];
  let arguments = (ins AnyMemRef:$lhs, AnyMemRef:$rhs, Optional<AnyMemRef>:$sums, AnyMemRef:$out,
                       Optional<Index>:$firstRow, AffineMapArrayAttr:$maps, Rt_PackAttr:$pack, UnitAttr:$lhsUnsigned, UnitAttr:$rhsUnsigned,
                       UnitAttr:$accumulate);
  let assemblyFormat = [{
    $lhs (`from` $firstRow^)? `,` $rhs (`sums` $sums^)? `->` $out attr-dict
    `:` type($lhs) `,` type($rhs) (`sums` type($sums)^)? `->` type($out)
  }];
  let hasVerifier = 1;
}

def Rt_PackedMatmulOp : Rt_Op<"packed_matmul", [AttrSizedOperandSegments]> {
  let summary = "codes times packed weights of few bits, in groups with scales of their own";
  let description = [{
    The sums of `rt.group_matmul`. `weights` are bytes [groups of columns][k / 32][...], packed as lib/Codegen/PackedBits.h says, `scales` and `zeros` are
    [groups of columns][groups][columns of one]. A `codebook` is of i32, [length / 4][2^bits]: four bytes of a vector in one word; of windows it is of i8, [9][2^bits], and k counts channels. With `tables`, which
    says that no vector of a codebook of 16 times as many signed bytes leaves 16 bits, a work item has several groups of columns (lib/Codegen/RowTables.h).
  }];
  let arguments = (ins AnyMemRef:$lhs, AnyMemRef:$weights, Optional<AnyMemRef>:$codebook, AnyMemRef:$scales,
                       Optional<AnyMemRef>:$zeros, AnyMemRef:$rowSums, Optional<AnyMemRef>:$steps, AnyMemRef:$out, Rt_Bits:$bits,
                       UnitAttr:$odd, UnitAttr:$tables, UnitAttr:$isUnsigned, UnitAttr:$hasOffsets, Rt_Kept:$kept);
  let assemblyFormat = [{
    $lhs `,` $weights (`of` $codebook^)? `,` $scales (`zeros` $zeros^)? `rows` $rowSums (`steps` $steps^)? `->` $out attr-dict
    `:` type($lhs) `,` type($weights) (`of` type($codebook)^)? `,` type($scales) (`zeros` type($zeros)^)? `rows` type($rowSums) (`steps` type($steps)^)?
    `->` type($out)
  }];
  let hasVerifier = 1;
}

def Rt_TilesOp : Rt_Op<"tiles", [SingleBlock, NoTerminator]> {
  let summary = "a loop over tiles, each computed by the ops inside one after the other";
  let description = [{
    The tiles cut dimension i, of `sizes[i]`, every `steps[i]`; they are the work items of the kernel, the last
    dimension runs fastest. The region's arguments are, for each dimension, where the tile begins, then, for each
    again, how far it reaches (`steps[i]`, less at the end). Inside stand views of the kernel's memrefs and of its
    scratch, and ops that a kernel may hold, on those.

    Example:
    ```mlir
    rt.tiles(%rows) steps [4] {
    ^bb0(%row: index, %count: index):
      %x = memref.subview %in[%row, 0] [%count, 768] [1, 1]
          : memref<197x768xf32> to memref<?x768xf32, strided<[768, 1], offset: ?>>
      ...
    }
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes, DenseI64ArrayAttr:$steps);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $sizes `)` `steps` $steps $body attr-dict";
  let hasVerifier = 1;
}

def Rt_PackOp : Rt_Op<"pack"> {
  let summary = "store a matrix in the layout a matmul wants on the right; `sums` as in rt.constant";
  let arguments = (ins AnyMemRef:$source, AnyMemRef:$packed, Optional<AnyMemRef>:$sums, Rt_PackAttr:$pack,
                       UnitAttr:$isUnsigned);
  let assemblyFormat = [{
    $source `->` $packed (`sums` $sums^)? attr-dict `:` type($source) `->` type($packed) (`sums` type($sums)^)?
  }];
  let hasVerifier = 1;
}

def Rt_ListEventsOp : Rt_Op<"list_events"> {
  let summary = "where the spikes of each row are";
  let description = [{
    For each row r of `spikes` [rows, k]: `heads[r]` holds how many entries the row's list has and the sum of its
    spikes; entry i is a spike's column in `places[r, i]` and its value in `values[r, i]`, in ascending columns. Lists of bytes are
    filled up to a multiple of 4 with values of 0 at column 0, so `places` and `values` have room for k rounded up to 4; lists of f32 are not.
  }];
  let arguments = (ins AnyMemRef:$spikes, AnyMemRef:$heads, AnyMemRef:$places, AnyMemRef:$values, UnitAttr:$isUnsigned);
  let assemblyFormat = [{
    $spikes `->` $heads `,` $places `,` $values attr-dict
    `:` type($spikes) `->` type($heads) `,` type($places) `,` type($values)
  }];
  let hasVerifier = 1;
}

def Rt_AddRowsOp : Rt_Op<"add_rows"> {
  let summary = "for each listed event, add its value times its row of weights";
  let description = [{
    The lists are those of `rt.list_events`; `weights` are packed as singles, [groups of columns][k][lanes]; out is [rows, columns].
    The order of the sum is the order of the list.
  }];
  let arguments = (ins AnyMemRef:$heads, AnyMemRef:$places, AnyMemRef:$values, AnyMemRef:$weights, AnyMemRef:$out,
                       UnitAttr:$isUnsigned);
  let assemblyFormat = [{
    $heads `,` $places `,` $values `,` $weights `->` $out attr-dict
    `:` type($heads) `,` type($places) `,` type($values) `,` type($weights) `->` type($out)
  }];
  let hasVerifier = 1;
}

def Rt_AddCountOp : Rt_Op<"add_count"> {
  let summary = "counters[position] += factor * (the sum of values)";
  let arguments = (ins AnyMemRef:$values, Index:$factor, AnyMemRef:$counters, Index:$position);
  let assemblyFormat = [{
    $values `,` $factor `->` $counters `[` $position `]` attr-dict `:` type($values) `->` type($counters)
  }];
}

#endif // RHEOBASE_RT_TD
