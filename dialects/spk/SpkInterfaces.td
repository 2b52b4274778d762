//===- SpkInterfaces.td - what a pass may ask a code or a neuron -*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_SPK_INTERFACES_TD
#define RHEOBASE_SPK_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Spk_CodeInterface : AttrInterface<"CodeInterface"> {
  let cppNamespace = "::rheobase::spk";
  let description = [{
    How a number becomes planes of spikes. A code maps a real x and a step size lsb to an integer q (the one quantiser of both
    forms), and q to spikes s_p in {0, 1} or {-1, 0, 1} with integer weights d_p such that q = sum_p d_p s_p.
  }];
  let methods = [
    InterfaceMethod<"the number of planes", "unsigned", "getPlaneCount">,
    InterfaceMethod<"time steps: planes (of a train, where there are several side by side), and one for a sign that is no plane's",
      "unsigned", "getStepCount">,
    InterfaceMethod<"the smallest code", "int64_t", "getMin">,
    InterfaceMethod<"the largest code", "int64_t", "getMax">,
    InterfaceMethod<"whether numbers are cut toward zero instead of rounded to the nearest code, ties to even", "bool", "getTruncates">,
    InterfaceMethod<"the weight d_p of plane p", "int64_t", "getPlaneWeight", (ins "unsigned":$plane)>,
    InterfaceMethod<"emits the spike s_p (i8: -1, 0 or 1) of code `q`; `plane` is an i32", "::mlir::Value", "emitSpike",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$q, "::mlir::Value":$plane)>,
    InterfaceMethod<"emits the number of spikes (i32) of code `q`", "::mlir::Value", "emitSpikeCount",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$q)>,
    InterfaceMethod<"what the kind of code is called", "::llvm::StringRef", "getKind", (ins), "", "return ConcreteAttr::getMnemonic();">,
    InterfaceMethod<"trains side by side", "unsigned", "getBaseCount", (ins), "", "return 1;">,
  ];
  // What follows from the ends of a code is said once for all of them: the one quantiser.
  let extraClassDeclaration = [{
    /// Whether the storage is to be read as unsigned.
    bool isUnsigned() const { return getMin() >= 0; }
    /// The largest |q|.
    int64_t getLargestMagnitude() const;
    /// The signless integer type that holds a code.
    ::mlir::IntegerType getStorageType() const;
    /// Emits q (of the storage type) for the f32 scalar `x`, the reciprocal step `inverse` and the code of 0, `zero` (a
    /// whole f32, or null for 0): q = clamp(round(x * inverse) + zero, min, max); NaN is taken for 0, infinities clamp.
    /// Written order, no contraction.
    ::mlir::Value emitEncode(::mlir::OpBuilder &b, ::mlir::Location loc, ::mlir::Value x, ::mlir::Value inverse,
                             ::mlir::Value zero) const;
    /// Emits an i1: x was cut off by the clamp (or is NaN).
    ::mlir::Value emitClipped(::mlir::OpBuilder &b, ::mlir::Location loc, ::mlir::Value x, ::mlir::Value inverse,
                              ::mlir::Value zero) const;
  }];
}

def Spk_NeuronInterface : AttrInterface<"NeuronInterface"> {
  let cppNamespace = "::rheobase::spk";
  let description = [{
    A static neuron: it waits for its whole input x = u[0] and emits a fixed number of steps, so that it is a pure function of x.
    Both forms run the same scalar program.
  }];
  let methods = [
    InterfaceMethod<"what reports call it", "::llvm::StringRef", "getKindName">,
    InterfaceMethod<"the time steps it fires in", "unsigned", "getStepCount">,
    InterfaceMethod<"bases that fire side by side", "unsigned", "getBaseCount">,
    InterfaceMethod<"emits the decoded output (f32) for the f32 scalar `x`", "::mlir::Value", "emitOutput",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$x)>,
    InterfaceMethod<"emits the number of spikes (i32) for the f32 scalar `x`", "::mlir::Value", "emitSpikeCount",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$x)>,
  ];
}

def Spk_ReductionInterface : AttrInterface<"ReductionInterface"> {
  let cppNamespace = "::rheobase::spk";
  let description = [{
    Brings an argument into a neuron's interval and its output back: exact rewrites (sign, exponent, mantissa) around the neuron.
  }];
  let methods = [
    InterfaceMethod<"emits f(x) (f32) by way of the neuron", "::mlir::Value", "emitOutput",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$x, "::rheobase::spk::NeuronInterface":$neuron)>,
    InterfaceMethod<"emits the neuron's spikes (i32) for x", "::mlir::Value", "emitSpikeCount",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::Value":$x, "::rheobase::spk::NeuronInterface":$neuron)>,
  ];
}

def Spk_WeightFormatInterface : AttrInterface<"WeightFormatInterface"> {
  let cppNamespace = "::rheobase::spk";
  let description = [{
    How integer weights are stored: what an integer may be, how many share a scale, what all of it takes. `codes` is [.., inputs, outputs],
    `scale` and `zero` (a null type where there is none) are [.., groups, outputs]. A code is its integer, or, where integers are odd, half of
    what is left without 1. Where groups have offsets, w = integer * scale + offset, each row of `scale` is followed by one of offsets.
  }];
  let methods = [
    InterfaceMethod<"what the command line and reports call it; `hasZero`: groups have a code of 0 of their own", "std::string", "getFormatName",
      (ins "bool":$hasZero)>,
    InterfaceMethod<"the inputs that share a scale, of a matrix that has so many", "int64_t", "getGroupLength", (ins "int64_t":$inputs)>,
    InterfaceMethod<"bits of one stored code; of what a codebook looks up, bits of one of its numbers", "unsigned", "getCodeBits">,
    InterfaceMethod<"whether integers are odd: 2 q + 1 of codes q", "bool", "isOdd", (ins), [{}], [{
      return false;
    }]>,
    InterfaceMethod<"whether each row of scales is followed by one of offsets", "bool", "hasOffsets", (ins), "", "return false;">,
    InterfaceMethod<"of 4 inputs one after another, how many may be other than 0 and are stored", "int64_t", "getKept", (ins), "", "return 4;">,
    InterfaceMethod<"bits of so many stored codes, and of what says where they are", "int64_t", "getStoredBits", (ins "int64_t":$weights), "",
      "return weights * $_attr.getCodeBits();">,
    InterfaceMethod<"reports what does not fit together", "::llvm::LogicalResult", "verifyParts",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError, "::mlir::RankedTensorType":$codes,
           "::mlir::RankedTensorType":$scale, "::mlir::RankedTensorType":$zero)>,
  ];
}

#endif // RHEOBASE_SPK_INTERFACES_TD
