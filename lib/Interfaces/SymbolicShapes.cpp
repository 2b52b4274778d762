//===- SymbolicShapes.cpp - shapes as expressions over symbols -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/SymbolicShapes.h"

using namespace mlir;
using namespace rheobase;

#include "rheobase/Interfaces/SymbolicShapeOpInterface.cpp.inc"
