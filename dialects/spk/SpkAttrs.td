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

def Spk_BinaryCodeAttr : Spk_Attr<"BinaryCode", "binary", [DeclareAttrInterfaceMethods<Spk_CodeInterface>]> {
  let summary = "binary expansion, by magnitude and sign or unsigned";
  let description = [{
    With P planes, signed: q = clamp(round(x / lsb), -(2^P - 1), 2^P - 1), s_p = sign(q) * bit_p(|q|), d_p = 2^p, T = P + 1 steps
    (the sign is one). Unsigned: q in [0, 2^P - 1], T = P. `nearest` rounds half to even; `truncate` cuts toward zero, as the literal
    threshold expansion of few-spikes and multi-basis neurons does (Stoeckl and Maass 2021, eq. 2).

    Example: `#spk.binary<7, signed, nearest>` is the code of T=8.
  }];
  let parameters = (ins "unsigned":$planes, "bool":$isSigned, "bool":$truncates);
  let hasCustomAssemblyFormat = 1;
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
