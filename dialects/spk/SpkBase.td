//===- SpkBase.td - the spk dialect -----------------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_SPK_BASE_TD
#define RHEOBASE_SPK_BASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Spk_Dialect : Dialect {
  let name = "spk";
  let cppNamespace = "::rheobase::spk";
  let summary = "the network in time: spike trains, their codes, neurons and synapses";
  let description = [{
    A spike train with static weights is a number written in time: x = lsb * sum_p d_p s_p. Boundaries between numbers and
    trains are `spk.encode` and `spk.decode` pairs around ordinary tensor algebra; what a linear operator does with a train is
    said in one of two equal forms. In **time form** (`spk.synapse`, `spk.product`) it adds weights plane by plane; in **value form**
    (`spk.matmul` over `spk.codes`) it is one integer contraction. `spk-fold-time` and `spk-unfold-time` move between them.
    See rationale.md for why it is so.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

#endif // RHEOBASE_SPK_BASE_TD
