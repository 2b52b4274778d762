//===- WireStrip.h - a bounded walk over a model's wire format -------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_WIRESTRIP_H
#define RHEOBASE_LIB_IMPORT_WIRESTRIP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace rheobase {

/// Field numbers of TensorProto that carry elements.
enum class PayloadField : uint32_t { Float = 4, Int32 = 5, Int64 = 7, Raw = 9, Double = 10, Uint64 = 11 };

llvm::StringRef nameOf(PayloadField field);

/// The elements of one tensor, where they lie in the model's bytes; one part per field that is present.
struct TensorPayload {
  struct Part {
    PayloadField field;
    llvm::ArrayRef<char> bytes;
  };
  llvm::SmallVector<Part, 1> parts;
};

/// A model without its tensors' elements.
struct StrippedModel {
  /// A ModelProto in which the `raw_data` of every tensor that has elements is the number of its payload, 8 bytes
  /// little endian. No element field of the file gets here, so that a file cannot forge such a number.
  std::string structure;
  std::vector<TensorPayload> payloads;
  /// Fields that the schema does not know; they are left out.
  uint64_t unknownFields = 0;
};

struct WireLimits {
  uint64_t maxStructureBytes;
  uint64_t maxObjects;
};

/// Walks the ModelProto in `model` with every length checked against what encloses it, and strips it. Accepts what the
/// schema says, once per singular field, nested at most 100 deep; texts are UTF-8 without NUL. Fails at the first
/// error.
llvm::Expected<StrippedModel> stripModel(llvm::ArrayRef<char> model, const WireLimits &limits);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_WIRESTRIP_H
