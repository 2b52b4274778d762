//===- SpkTypes.td - spike trains -------------------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_SPK_TYPES_TD
#define RHEOBASE_SPK_TYPES_TD

include "dialects/spk/SpkAttrs.td"

def Spk_TrainType : TypeDef<Spk_Dialect, "Train"> {
  let mnemonic = "train";
  let summary = "a tensor of spike trains";
  let description = [{
    One train per element of `shape`; `code` says how many planes there are, what a spike may be and what each plane weighs. The
    step size (lsb) is not part of the type: it is an operand of `spk.encode` and `spk.decode`, so that it may be computed per row.

    Example: `!spk.train<?x50x96, #spk.binary<7, signed, nearest>>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::rheobase::spk::CodeInterface":$code);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return static_cast<int64_t>(getShape().size()); }
    /// The tensor type of the codes (value form).
    ::mlir::RankedTensorType getCodesType() const;
    /// The tensor type of the spikes, planes in front (time form).
    ::mlir::RankedTensorType getPlanesType() const;
  }];
}

#endif // RHEOBASE_SPK_TYPES_TD
