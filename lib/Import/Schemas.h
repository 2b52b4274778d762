//===- Schemas.h - the forms of every operator -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_SCHEMAS_H
#define RHEOBASE_LIB_IMPORT_SCHEMAS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <utility>

namespace rheobase {

/// An input or output of an operator.
struct ParameterSchema {
  enum class Kind { Single, Optional, Variadic };
  llvm::StringRef name;
  Kind kind;
  /// The type variable that it shares with other parameters; empty where `types` are its own.
  llvm::StringRef variable;
  /// The element types that it may have: bit n is number n of TensorProto.DataType.
  uint32_t types;
};

struct AttributeSchema {
  enum class Kind { Int, Float, String, Tensor, Ints, Floats, Strings, Other };
  llvm::StringRef name;
  Kind kind;
  bool required;
};

/// One form of an operator: what the standard says about it from opset `since` on.
struct OperatorSchema {
  llvm::StringRef name;
  int64_t since;
  llvm::SmallVector<ParameterSchema> inputs;
  llvm::SmallVector<ParameterSchema> outputs;
  llvm::SmallVector<AttributeSchema> attributes;

  const AttributeSchema *findAttribute(llvm::StringRef name) const;
};

struct OpsetRange {
  int64_t oldest;
  /// The dialect's own forms are those of this opset, unless they are newer.
  int64_t dialect;
  int64_t newest;
};

OpsetRange opsets();
std::pair<int64_t, int64_t> irVersions();

bool isStandardDomain(llvm::StringRef domain);

/// All forms of a supported operator, oldest first; empty for any other operator.
llvm::ArrayRef<OperatorSchema> formsOf(llvm::StringRef name);

/// The names of the supported operators: those of the dialect, and those that are written in others.
llvm::ArrayRef<llvm::StringRef> supportedOperators();

/// The form that a model of `opset` means; null where the operator does not exist then.
const OperatorSchema *formAt(llvm::StringRef name, int64_t opset);

/// The form that all others are brought to: the dialect's, or the one that an operator is written in others from.
const OperatorSchema &knownForm(llvm::StringRef name);

/// True for every operator of the standard, in the dialect or not.
bool isStandardOperator(llvm::StringRef name);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_SCHEMAS_H
