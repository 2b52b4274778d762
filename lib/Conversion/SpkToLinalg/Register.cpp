//===- Register.cpp - the spk ops' place in convert-onnx-to-linalg ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/SpkToLinalg/SpkToLinalg.h"

#include "Lowerings.h"

using namespace mlir;
using namespace rheobase;

void rheobase::registerSpkLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, spk::SpkDialect *dialect) {
    auto &table = dialect->addInterface<LoweringInterface>();
    lower::addBoundaryLowerings(table);
    lower::addContractionLowerings(table);
    lower::addGroupedContractionLowerings(table);
    lower::addNeuronLowerings(table);
    lower::addPatchesLowering(table);
  });
}
