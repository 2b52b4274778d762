//===- Expander.h - operators written in others -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_EXPANDER_H
#define RHEOBASE_LIB_IMPORT_EXPANDER_H

#include "OpEmitter.h"

namespace rheobase {

/// Writes one node as ops of the dialect, which have the node's name. After the first error, which is reported where it
/// is found, everything that follows is null and makes nothing: an expansion is written without a check behind every
/// op.
class Expander {
public:
  using Value = mlir::Value;
  using Values = llvm::ArrayRef<mlir::Value>;
  using Ints = llvm::ArrayRef<int64_t>;

  Expander(const NodeForm &form, OpEmitter &emitter) : form(form), emitter(emitter) {}

  //===--------------------------------------------------------------------===//
  // The node
  //===--------------------------------------------------------------------===//

  Value input(size_t index) const { return form.input(index); }
  bool hasOutput(size_t index) const { return form.hasOutput(index); }
  size_t inputCount() const { return form.inputs.size(); }
  int64_t intOr(llvm::StringRef attribute, int64_t otherwise) const {
    return form.getInt(attribute).value_or(otherwise);
  }
  double floatOr(llvm::StringRef attribute, double otherwise) const;
  std::string textOr(llvm::StringRef attribute, llvm::StringRef otherwise) const;
  std::optional<Ints> ints(llvm::StringRef attribute) const { return form.getInts(attribute); }
  const NodeForm &node() const { return form; }

  /// Reports what is wrong with the node; everything after it is null.
  mlir::InFlightDiagnostic error();
  bool hasFailed() const { return failed; }
  /// States what output `index` is.
  void result(size_t index, Value value);
  llvm::SmallVector<Value> results() const { return made; }

  //===--------------------------------------------------------------------===//
  // What is known about a value
  //===--------------------------------------------------------------------===//

  mlir::Type type(Value value) const;
  llvm::ArrayRef<SymExpr> dims(Value value) const;
  int64_t rank(Value value) const { return dims(value).size(); }
  std::string print(llvm::ArrayRef<SymExpr> dims) const { return emitter.getShapes().print(dims); }
  /// A size that must be a number: reports it where it is not.
  int64_t size(Value value, int64_t axis);
  /// The same, without a report.
  std::optional<int64_t> knownSize(Value value, int64_t axis) const;
  /// The elements of integers as sizes of the program, null where one is unknown; empty where all are.
  llvm::ArrayRef<SymExpr> partialContent(Value value) const;
  /// Whether a size is known to be so large for every value of the symbols; false for null.
  bool isAtLeast(SymExpr size, int64_t least) const;
  /// The elements of integers, where all are known numbers.
  std::optional<llvm::SmallVector<int64_t>> knownInts(Value value) const;
  /// The elements of a small constant; empty where they are not known.
  llvm::SmallVector<double> knownNumbers(Value value) const;
  /// The elements of a constant of integers, or of floats; reports where the operand is none.
  llvm::SmallVector<int64_t> constantInts(Value value, llvm::StringRef name);
  llvm::SmallVector<double> constantNumbers(Value value, llvm::StringRef name);
  /// The axis from the front, for a tensor of `rank` dimensions; reports one that is outside.
  int64_t axis(int64_t axis, int64_t rank);

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  using Attributes = llvm::ArrayRef<mlir::NamedAttribute>;
  llvm::SmallVector<Value> ops(llvm::StringRef op, Values inputs, Attributes attributes, size_t outputs);
  Value op(llvm::StringRef op, Values inputs, Attributes attributes = {});
  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value) const;
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::StringRef value) const;
  mlir::NamedAttribute attr(llvm::StringRef name, Ints values) const;
  mlir::NamedAttribute attrOfFloat(llvm::StringRef name, double value) const;

  Value add(Value a, Value b) { return op("Add", {a, b}); }
  Value sub(Value a, Value b) { return op("Sub", {a, b}); }
  Value mul(Value a, Value b) { return op("Mul", {a, b}); }
  Value div(Value a, Value b) { return op("Div", {a, b}); }
  Value matmul(Value a, Value b) { return op("MatMul", {a, b}); }
  Value where(Value condition, Value a, Value b) { return op("Where", {condition, a, b}); }
  Value cast(Value value, mlir::Type to);

  /// A vector of int64, a number without dimensions.
  Value vector(Ints values);
  Value scalar(int64_t value);
  /// A number of any type, without dimensions; a vector of them.
  Value number(double value, mlir::Type type);
  Value numbers(llvm::ArrayRef<double> values, mlir::Type type);
  /// A number of the element type of `like`.
  Value numberLike(double value, Value like) { return like ? number(value, type(like)) : Value(); }

  /// A Reshape by constants: sizes, 0 to copy a dimension, at most one -1.
  Value reshape(Value value, Ints target) { return op("Reshape", {value, vector(target)}); }
  Value reshapeTo(Value value, Value shape) { return op("Reshape", {value, shape}); }
  Value reshapeLike(Value value, Value like) { return reshapeTo(value, shapeOf(like)); }
  Value transpose(Value value, Ints perm) { return op("Transpose", value, attr("perm", perm)); }
  Value unsqueeze(Value value, Ints axes) { return op("Unsqueeze", {value, vector(axes)}); }
  Value squeeze(Value value, Ints axes) { return op("Squeeze", {value, vector(axes)}); }
  Value slice(Value value, int64_t axis, int64_t start, int64_t end, int64_t step = 1);
  Value concat(Values values, int64_t axis) { return op("Concat", values, attr("axis", axis)); }
  Value gather(Value value, Value indices, int64_t axis) { return op("Gather", {value, indices}, attr("axis", axis)); }
  Value expand(Value value, Value shape) { return op("Expand", {value, shape}); }
  Value reduce(llvm::StringRef op, Value value, Ints axes, bool keepdims);

  /// All sizes of a value, or some, as a vector of int64; one as a number without dimensions.
  Value shapeOf(Value value) { return op("Shape", value); }
  Value shapeOf(Value value, int64_t begin, int64_t end);
  Value sizeOf(Value value, int64_t axis) { return squeeze(shapeOf(value, axis, axis + 1), 0); }
  /// A number or vector of int64 as sizes of the program, whose tensors may then have them; `known` says those that
  /// need no new symbol.
  Value measured(Value value, llvm::ArrayRef<SymExpr> known = {});
  /// 0, 1, ... below `count` (a number without dimensions), of the count's type.
  Value range(Value count);

private:
  const NodeForm &form;
  OpEmitter &emitter;
  bool failed = false;
  llvm::SmallVector<Value> made;
};

/// Writes a node in others by stating its results; errors are reported.
using Expansion = void (*)(Expander &e);

/// How an operator is written where the elements of one of the operands `sizes`, on which its shapes depend, are
/// computed by the program.
struct MeasuredExpansion {
  llvm::StringLiteral op;
  struct Positions {
    template <typename... Ints> constexpr Positions(Ints... ints) : positions{ints...}, count(sizeof...(ints)) {}
    int positions[4];
    unsigned count;
  } sizes;
  Expansion expand;
};

struct NamedExpansion {
  llvm::StringLiteral op;
  Expansion expand;
};

// One table per file of expansions.
llvm::ArrayRef<NamedExpansion> attentionExpansions();
llvm::ArrayRef<NamedExpansion> contractionExpansions();
llvm::ArrayRef<NamedExpansion> elementwiseExpansions();
llvm::ArrayRef<NamedExpansion> layoutExpansions();
llvm::ArrayRef<NamedExpansion> lossExpansions();
llvm::ArrayRef<NamedExpansion> normalizationExpansions();
llvm::ArrayRef<NamedExpansion> quantizationExpansions();
llvm::ArrayRef<NamedExpansion> recurrentExpansions();
llvm::ArrayRef<NamedExpansion> resizeExpansions();
llvm::ArrayRef<NamedExpansion> samplingExpansions();
llvm::ArrayRef<NamedExpansion> selectionExpansions();
llvm::ArrayRef<NamedExpansion> signalExpansions();
llvm::ArrayRef<NamedExpansion> windowExpansions();

llvm::ArrayRef<MeasuredExpansion> measuredLayoutExpansions();
llvm::ArrayRef<MeasuredExpansion> measuredReductionExpansions();

/// Null where the operator is one of the dialect.
Expansion findExpansion(llvm::StringRef op);
/// The same for a node with its operands.
Expansion findExpansion(const NodeForm &form, const SymbolicShapes &shapes);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_EXPANDER_H
