//===- NarrowTypes.cpp - element types of 2, 4 and 8 bits ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/NarrowTypes.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;

const SmallFloat *rheobase::smallFloatOf(Type type) {
  using Result = const SmallFloat *;
  return llvm::TypeSwitch<Type, Result>(type)
      .Case([](Float16Type) -> Result { return &kF16; })
      .Case([](BFloat16Type) -> Result { return &kBF16; })
      .Case([](Float8E4M3FNType) -> Result { return &kF8E4M3FN; })
      .Case([](Float8E4M3FNUZType) -> Result { return &kF8E4M3FNUZ; })
      .Case([](Float8E5M2Type) -> Result { return &kF8E5M2; })
      .Case([](Float8E5M2FNUZType) -> Result { return &kF8E5M2FNUZ; })
      .Case([](Float4E2M1FNType) -> Result { return &kF4E2M1; })
      .Default(Result());
}

bool rheobase::isNarrow(Type type) {
  if (auto floating = dyn_cast<FloatType>(type))
    return floating.getWidth() <= 8 && (smallFloatOf(type) || isa<Float8E8M0FNUType>(type));
  return type.isInteger(2) || type.isInteger(4);
}
