//===- SpkAttrs.td - codes, neurons, range reductions -----------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_SPK_ATTRS_TD
#define RHEOBASE_SPK_ATTRS_TD

include "dialects/spk/SpkBase.td"
include "dialects/spk/SpkInterfaces.td"

/// Numbers that read back to the last bit; MLIR prints a bare array of them with six digits.
def Spk_Floats : AttrOrTypeParameter<"::mlir::DenseF32ArrayAttr", "numbers"> {
  let printer = "printFloats($_printer, $_self)";
}

class Spk_Attr<string name, string attrMnemonic, list<Trait> traits> : AttrDef<Spk_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Spk_Sign : AttrOrTypeParameter<"bool", "whether codes may be negative: signed or unsigned"> {
  let parser = "parseEither($_parser, \"unsigned\", \"signed\")";
  let printer = "$_printer << ($_self ? \"signed\" : \"unsigned\")";
}

def Spk_Rounding : AttrOrTypeParameter<"bool", "nearest (half to even), or truncate: cut toward zero"> {
  let parser = "parseEither($_parser, \"nearest\", \"truncate\")";
  let printer = "$_printer << ($_self ? \"truncate\" : \"nearest\")";
}

/// A code that a model is compiled with by its name (dialects/spk/Codes.h).
class Spk_CodeKind<string name, string attrMnemonic>
    : Spk_Attr<name, attrMnemonic, [DeclareAttrInterfaceMethods<Spk_CodeInterface>]> {
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static ::rheobase::spk::CodeInterface make(::mlir::MLIRContext *context, const ::rheobase::spk::CodeRequest &request);
  }];
}

def Spk_BinaryCodeAttr : Spk_CodeKind<"BinaryCode", "binary"> {
  let summary = "binary expansion, by magnitude and sign or unsigned";
  let description = [{
    With P planes, signed: q = clamp(round(x / lsb), -(2^P - 1), 2^P - 1), s_p = sign(q) * bit_p(|q|), d_p = 2^p, T = P + 1 steps
    (the sign is one). Unsigned: q in [0, 2^P - 1], T = P. `nearest` rounds half to even; `truncate` cuts toward zero, as the literal
    threshold expansion of few-spikes and multi-basis neurons does (Stoeckl and Maass 2021, eq. 2).

    Example: `#spk.binary<7, signed, nearest>` is the code of T=8; in it -5 is -1 at planes 0 and 2.
  }];
  let parameters = (ins "unsigned":$planes, Spk_Sign:$isSigned, Spk_Rounding:$truncates);
  let assemblyFormat = "`<` $planes `,` $isSigned `,` $truncates `>`";
}

def Spk_TwosCodeAttr : Spk_CodeKind<"TwosCode", "twos"> {
  let summary = "two's complement";
  let description = [{
    With P = T planes: q = clamp(round(x / lsb), -2^(P-1), 2^(P-1) - 1), s_p = bit_p(q mod 2^P) in {0, 1}, d_p = 2^p and d_(P-1) = -2^(P-1). No
    spike is negative. A small negative number costs many spikes: -1 has one in every plane.

    Example: `#spk.twos<8, nearest>`; in it -5 is 1 at planes 0, 1, 3, 4, 5, 6 and 7.
  }];
  let parameters = (ins "unsigned":$planes, Spk_Rounding:$truncates);
  let assemblyFormat = "`<` $planes `,` $truncates `>`";
}

def Spk_DigitsCodeAttr : Spk_CodeKind<"DigitsCode", "digits"> {
  let summary = "signed digits: the non-adjacent form";
  let description = [{
    With P = T planes the integers of the binary code of T steps, q in [-(2^(P-1) - 1), 2^(P-1) - 1] or unsigned [0, 2^P - 1], d_p = 2^p, and for s_p in
    {-1, 0, 1} the digits of q of which no two neighbours are nonzero: the fewest spikes there can be, a third of P on average where binary has half. With
    h = |q| / 2 and g = 3 |q| / 2, cut to integers, the bits of g & ~h are the digits 1 of |q|, those of h & ~g its digits -1. Unsigned, a digit
    of weight 2^P would be in a plane that is not there; with the -2^k that follows it, it is written as ones in planes k to P-1.

    Example: `#spk.digits<8, signed, nearest>`; in it 7 is 1 at plane 3 and -1 at plane 0.
  }];
  let parameters = (ins "unsigned":$planes, Spk_Sign:$isSigned, Spk_Rounding:$truncates);
  let assemblyFormat = "`<` $planes `,` $isSigned `,` $truncates `>`";
}

def Spk_RateCodeAttr : Spk_CodeKind<"RateCode", "rate"> {
  let summary = "spike counts: what an integrate-and-fire neuron emits";
  let description = [{
    With P = T planes that all weigh 1: q = clamp(round(x / lsb), -P or 0, P), s_p = sign(q) where |q| > p, else 0. That is the number of spikes of an
    integrate-and-fire neuron with soft reset and half a threshold of initial potential, after T steps of constant input (QCFS, Bu et al. 2022, eq. 8); the first
    |q| steps carry them here. T steps tell T + 1 magnitudes apart, where the other codes tell 2^T or half of that.

    Example: `#spk.rate<8, unsigned, nearest>`; in it 3 is 1 at planes 0, 1 and 2.
  }];
  let parameters = (ins "unsigned":$planes, Spk_Sign:$isSigned, Spk_Rounding:$truncates);
  let assemblyFormat = "`<` $planes `,` $isSigned `,` $truncates `>`";
}

def Spk_ParallelCodeAttr
    : Spk_Attr<"ParallelCode", "parallel", [DeclareAttrInterfaceMethods<Spk_CodeInterface, ["getBaseCount", "getKind"]>]> {
  let summary = "several trains of one code side by side";
  let description = [{
    N trains (bases) of T = ceil(T' / N) steps carry the planes of `code`, which has T' steps: q, planes and spikes are those of `code`, in a part of its
    time. Train n has planes n T to n T + T - 1.

    Example: `#spk.parallel<2, #spk.binary<7, signed, nearest>>` holds in T=4 steps what `#spk.binary<7, signed, nearest>` holds in 8.
  }];
  let parameters = (ins "unsigned":$bases, "::rheobase::spk::CodeInterface":$code);
  let assemblyFormat = "`<` $bases `,` $code `>`";
  let genVerifyDecl = 1;
}

def Spk_UniformWeightsAttr
    : Spk_Attr<"UniformWeights", "uniform", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface>]> {
  let summary = "weights on equal steps, a scale for each group of inputs of an output";
  let description = [{
    w = q * scale with integers q. With `bits` b, what is stored is q + zero, in [0, 2^b - 1]; without a zero of the group's own, zero is 2^(b-1). `group` inputs
    one after another share a scale, all of them where it is 0. Integers of 8 bits have no zero of their own and lie in [-127, 127].

    Example: `#spk.uniform<4, 32>` takes 4.5 bits for a weight where scales are f16.
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group);
  let assemblyFormat = "`<` $bits `,` $group `>`";
  let genVerifyDecl = 1;
}

def Spk_AffineWeightsAttr
    : Spk_Attr<"AffineWeights", "affine", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface, ["hasOffsets"]>]> {
  let summary = "weights on equal steps from an offset of each group";
  let description = [{
    w = q * scale + offset with integers q in [0, 2^b - 1] of `bits` b. `group` inputs one after another share a scale and an offset, all of them where it
    is 0; both are rows of the tensor of scales, [2 * groups, outputs]: each group's scales, then its offsets.

    Example: `#spk.affine<4, 32>` takes 5 bits for a weight where scales and offsets are f16.
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group);
  let assemblyFormat = "`<` $bits `,` $group `>`";
  let genVerifyDecl = 1;
}

def Spk_OddWeightsAttr
    : Spk_Attr<"OddWeights", "rescaw", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface, ["isOdd"]>]> {
  let summary = "weights on odd multiples of a scale: signs, and the grid of ReScaW";
  let description = [{
    w = (2 q + 1) * scale with codes q in [-2^(b-1), 2^(b-1) - 1] of `bits` b, 1 to 8, stored as q + 2^(b-1), of 8 bits as they are: odd integers, as many below 0
    as above, and no 0. One bit is a sign: q is -1 or 0. More are the ReScaW grid (QP-SNN, Wei et al. 2025), whose gamma is scale * (2^b - 1). `group` inputs one
    after another share a scale, all of them where it is 0.

    Example: `#spk.rescaw<1, 64>` is -scale or scale, a scale for 64 inputs of an output.
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group);
  let assemblyFormat = "`<` $bits `,` $group `>`";
  let genVerifyDecl = 1;
}

def Spk_TernaryWeightsAttr
    : Spk_Attr<"TernaryWeights", "ternary", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface>]> {
  let summary = "weights that are -scale, 0 or scale";
  let description = [{
    w = q * scale with q in {-1, 0, 1}, stored as q + 2 in two bits. `group` inputs one after another share a scale, all of them where it is 0.

    Example: `#spk.ternary<128>`.
  }];
  let parameters = (ins "int64_t":$group);
  let assemblyFormat = "`<` $group `>`";
  let genVerifyDecl = 1;
}

def Spk_SparseWeightsAttr
    : Spk_Attr<"SparseWeights", "sparse", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface, ["getKept", "getStoredBits"]>]> {
  let summary = "weights on equal steps of which 2 or 1 of 4 inputs are stored, the others 0";
  let description = [{
    w = q * scale with integers q in [-2^(b-1), 2^(b-1) - 1] of `bits` b (2, 4 or 8; of 8 in [-127, 127]), of 4 inputs one after another at most `kept` other than 0.
    Stored are `kept` codes and for each of them two bits that say which of the 4 it is. `group` inputs one after another share a scale, all of them where it is 0.

    Example: `#spk.sparse<4, 32, 2>` takes 3.5 bits for a weight where scales are f16.
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group, "int64_t":$kept);
  let assemblyFormat = "`<` $bits `,` $group `,` $kept `>`";
  let genVerifyDecl = 1;
}

def Spk_Entries : AttrOrTypeParameter<"bool", "what a codebook holds: numbers (bytes with a sign) or signs (-1 and 1)"> {
  let parser = "parseEither($_parser, \"numbers\", \"signs\")";
  let printer = "$_printer << ($_self ? \"signs\" : \"numbers\")";
}

def Spk_CodebookWeightsAttr
    : Spk_Attr<"CodebookWeights", "codebook", [DeclareAttrInterfaceMethods<Spk_WeightFormatInterface>]> {
  let summary = "weights that are looked up, several inputs of an output at a time";
  let description = [{
    w = q * scale, where `length` inputs of an output, one after another, have the integers q of one of `entries` vectors of a codebook (`spk.lookup`): log2(entries)
    bits for all of them. `group` inputs share a scale, all of them where it is 0.

    Example: `#spk.codebook<8, 16, numbers, 0>` takes half a bit for a weight.
  }];
  let parameters = (ins "int64_t":$length, "int64_t":$entries, Spk_Entries:$isSigns, "int64_t":$group);
  let assemblyFormat = "`<` $length `,` $entries `,` $isSigns `,` $group `>`";
  let genVerifyDecl = 1;
}

def Spk_SegmentNeuronAttr : Spk_Attr<"SegmentNeuron", "segment", [DeclareAttrInterfaceMethods<Spk_NeuronInterface>]> {
  let summary = "clamped-segment neuron";
  let description = [{
    With B = steps - 1 and segments k = 0..K-1 in order:
    q_k = clamp(roundeven((x - offset_k) * scale_k), 0, 2^B); y = bias + sum_k slope_k * q_k.
    A fully passed segment emits one spike, the segment that x lies in emits popcount(q_k). scale_k = 2^B / width_k, slope_k = the segment's
    rise * 2^-B.
  }];
  let parameters = (ins "unsigned":$steps, "::mlir::FloatAttr":$bias, Spk_Floats:$offsets, Spk_Floats:$scales,
                        Spk_Floats:$slopes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Spk_RecurrentNeuronAttr : Spk_Attr<"RecurrentNeuron", "recurrent", [DeclareAttrInterfaceMethods<Spk_NeuronInterface>]> {
  let summary = "threshold recurrence over tables: few-spikes and multi-basis exponential decay neurons";
  let description = [{
    x is moved into [lower, upper] first (NaN to lower). For every basis n: u[0] = fed_n(x) - offset_n, where `feeds` says what the basis sees
    (0: x, 1: max(x, 0), 2: max(-x, 0), 3: |x|); for t = 0..T-1: s = u >= threshold[n,t]; u -= s * reset[n,t]; y += s * output[n,t].
    The literal multi-basis neuron ("Training-Free ANN-to-SNN Conversion for High-Performance Spiking Transformers", eq. 4 to 8) has tables
    alpha exp(-t dt / tau); few-spikes (Stoeckl and Maass 2021) has one basis with free tables. `kind` is which of them, for the report.
    y starts from `bias`.
  }];
  let parameters = (ins StringRefParameter<>:$kind, "unsigned":$bases, "unsigned":$steps, "::mlir::FloatAttr":$bias, "::mlir::FloatAttr":$lower, "::mlir::FloatAttr":$upper,
                        "::mlir::DenseI32ArrayAttr":$feeds, Spk_Floats:$offsets, Spk_Floats:$thresholds,
                        Spk_Floats:$resets, Spk_Floats:$outputs);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

class Spk_Reduction<string name, string attrMnemonic, string equation>
    : Spk_Attr<name, attrMnemonic, [DeclareAttrInterfaceMethods<Spk_ReductionInterface>]> {
  let summary = equation;
  let description = "f(x): " # equation # ".";
}

def Spk_DirectAttr : Spk_Reduction<"Direct", "direct", "n(x)">;
def Spk_ReluMinusAttr : Spk_Reduction<"ReluMinus", "relu_minus", "relu(x) - n(|x|): GELU and SiLU from their even bump">;
def Spk_OddAttr : Spk_Reduction<"Odd", "odd", "sign(x) n(|x|): tanh">;
def Spk_LogisticAttr : Spk_Reduction<"Logistic", "logistic", "1/2 + sign(x) n(|x|): sigmoid">;
def Spk_ExpAttr : Spk_Reduction<"Exp", "exp",
  "2^i n(z - i) with z = x log2(e), i = floor(z), n fitted to 2^f on [0, 1]; exactly 0 where i < -126 or x is NaN">;
def Spk_ReciprocalAttr : Spk_Reduction<"Reciprocal", "reciprocal",
  "n(M) 2^-E with x = M 2^E, M in [1/2, 1), n fitted to 1/M; 0 where x is not a positive normal number">;
def Spk_RsqrtAttr : Spk_Reduction<"Rsqrt", "rsqrt",
  "n(M) 2^(-E/2) with x = M 2^E, E even, M in [1/2, 2), n fitted to 1/sqrt(M); 0 where x is not a positive normal number">;

#endif // RHEOBASE_SPK_ATTRS_TD
