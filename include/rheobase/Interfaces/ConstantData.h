//===- ConstantData.h - reading and making constant tensors ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One way to read the two forms a constant has: dense elements, and dense resources over the mapped model file.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_CONSTANTDATA_H
#define RHEOBASE_INTERFACES_CONSTANTDATA_H

#include "rheobase/Interfaces/NarrowTypes.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include <memory>
#include <optional>
#include <vector>

namespace rheobase {

/// A view of a constant's elements, in row-major order. Bools are one byte each, 0 or 1; elements of narrow types are
/// one byte each, of which `integer` and `number` see only the code.
class ConstantData {
public:
  /// Nullopt where the attribute is of neither form, its bytes are missing or are not as many as its type says, or its
  /// element type is not one of bool, the 8 to 64 bit integers, f16, bf16, f32, f64 and the narrow types.
  static std::optional<ConstantData> get(mlir::ElementsAttr attribute);
  /// The elements of the constant that defines `value`, where one does.
  static std::optional<ConstantData> of(mlir::Value value);

  mlir::RankedTensorType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  int64_t size() const { return count; }
  unsigned elementBytes() const { return width; }
  /// True where one element is stored for all.
  bool isSplat() const { return splat; }
  /// The bytes of element `i`.
  const char *element(int64_t i) const { return bytes + (splat ? 0 : i * width); }
  /// All bytes: `size() * elementBytes()`, or one element's where it is a splat.
  llvm::ArrayRef<char> raw() const { return {bytes, size_t(splat ? width : count * width)}; }

  /// The element as an integer: sign or zero extended; nullopt for floats, and for ui64 beyond int64.
  std::optional<int64_t> integer(int64_t i) const;
  /// The element as a double; integers are converted.
  double number(int64_t i) const;

private:
  ConstantData(mlir::RankedTensorType type) : type(type) {}

  mlir::RankedTensorType type;
  const char *bytes = nullptr;
  int64_t count = 0;
  unsigned width = 0;
  bool splat = false;
  /// Bytes of bools, which dense elements may pack.
  std::shared_ptr<std::vector<char>> unpacked;
};

/// The codes of a constant of a narrow type as a tensor of i8: over the same bytes where they are that already. Null
/// where `ConstantData` cannot read it.
mlir::ElementsAttr codesOf(mlir::ElementsAttr attribute);

/// The number that every element of the constant behind `value` is; nullopt where it is none, or has several.
std::optional<double> uniformConstant(mlir::Value value);

/// The bytes one element takes in a constant, or 0 for a type constants do not have.
unsigned constantElementBytes(mlir::Type elementType);

/// Collects the elements of a new constant.
class ConstantBuilder {
public:
  /// `type` must be static, of an element type that constants have.
  explicit ConstantBuilder(mlir::RankedTensorType type);

  char *element(int64_t i) { return bytes.get() + i * width; }
  void setInteger(int64_t i, int64_t value);
  /// Rounds to the element type: to nearest even for floats, those of 8 bits as `narrowing` says; integers are
  /// truncated towards zero and saturate.
  void setNumber(int64_t i, double value, const Narrowing &narrowing = {});
  /// Dense elements where small, else a dense resource that owns its bytes.
  mlir::ElementsAttr finish();

private:
  mlir::RankedTensorType type;
  unsigned width;
  size_t size;
  std::shared_ptr<char> bytes;
};

} // namespace rheobase

#endif // RHEOBASE_INTERFACES_CONSTANTDATA_H
