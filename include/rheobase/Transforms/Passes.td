//===- Passes.td - the passes that simplify an imported graph --*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TRANSFORMS_PASSES_TD
#define RHEOBASE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def OnnxInferShapes : Pass<"onnx-infer-shapes", "::mlir::func::FuncOp"> {
  let summary = "infer every shape over the program's symbols, and the symbols that the weights determine";
  let description = [{
    Runs the shape functions and writes the types they find, down to the function's own. What the model needs to be equal
    and what is not equal for every value of the symbols is an equation; equations are solved: `channels == 3` from the
    weights of a convolution, or `(height//4)*(width//4) + 1 == 50` from a position embedding, where symbols that occur
    together are taken as one size, if exactly one solves the equation and is a multiple of what divides it. A solved symbol disappears, with a remark that says
    from which node. The first dimension of an input (the batch) is solved only where one equation alone says it.
    Where divisions leave the multiples of a number, the symbol becomes the other factor (`height` is `16*height_by_16`); where they leave
    a range of sizes, the symbol's range is narrowed to it.
    An equation with a number that cannot be solved is an error that names the symbols and `--dim`; what else must hold
    between open sizes is checked in every run.
  }];
}

def OnnxFoldConstants : Pass<"onnx-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluate what is known when compiling";
  let description = [{
    An op whose result is a small integer tensor with known elements (shape arithmetic) becomes a constant; so does an op over
    constants, in the arithmetic of its element type. Results larger than `max-bytes`, and larger than all operands together by more than
    `max-growth` bytes, are left: a small file cannot make the compiler fill the memory. Constants of four-bit integers that are left become
    constants of bytes.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "int64_t(1) << 30", "largest constant to compute">,
    Option<"maxGrowth", "max-growth", "int64_t", "int64_t(1) << 24", "bytes by which a result may exceed its operands">];
}

def OnnxSimplifyShapes : Pass<"onnx-simplify-shapes", "::mlir::func::FuncOp"> {
  let summary = "remove what does not compute, and write reshapes in one form";
  let description = [{
    Removes Identity, Dropout (inference), casts to the same type, and reshapes, transposes, slices, expands, tiles, pads and
    concatenations that change nothing; joins chains of Reshape and of Transpose; turns Flatten, Squeeze and Unsqueeze
    into Reshape, and resolves Where over a known condition. A ScatterND whose indices name every place in order is its updates. A shape operand becomes a constant where the input's shape
    says the rest (0 copies a dimension, one -1 is computed), else a computation on the dimensions of the function's
    arguments.
  }];
}

def OnnxDecomposeLinear : Pass<"onnx-decompose-linear", "::mlir::func::FuncOp"> {
  let summary = "write linear layers as MatMul and Add, and fold normalisation by constants into them";
  let description = [{
    Gemm becomes MatMul and Add, its scales and transposes folded into constant operands; a MatMul between two reshapes that only
    join and part leading dimensions is applied without them. BatchNormalization (inference) is folded into the weights of a
    convolution before it, or becomes a multiplication and an addition per channel.
  }];
}

def OnnxDecomposeQuantization : Pass<"onnx-decompose-quantization", "::mlir::func::FuncOp"> {
  let summary = "write QuantizeLinear and DequantizeLinear as arithmetic";
  let description = [{
    QuantizeLinear becomes a division, a rounding, the addition of the zero point, a clamp and a Cast; DequantizeLinear a subtraction of
    integers, a Cast and a multiplication. Scales of an axis or of blocks are brought to a shape that broadcasts. On constants all of it folds:
    quantised weights become floats.
  }];
}

def OnnxRaise : Pass<"onnx-raise", "::mlir::func::FuncOp"> {
  let summary = "find the composite operators that exporters took apart";
  let description = [{
    LayerNormalization from its means, differences, squares and square root; Gelu from its error function or its hyperbolic tangent. The forms
    differ in the order of operands, in how squares and reciprocals are written, and in the place of the factors; all are
    recognised by value, never by name.
  }];
}

def OnnxSinkTransposes : Pass<"onnx-sink-transposes", "::mlir::func::FuncOp"> {
  let summary = "move the transposes behind convolutions towards the results, where they meet those before convolutions";
  let description = [{
    A Transpose from channels last to channels first is moved behind elementwise ops (their other operands are numbers, constants, one number per
    sample and channel, or transposes too), concatenations, reshapes that join all places, and GlobalAveragePool, which becomes a mean. `onnx-simplify-shapes`
    removes it where it meets its inverse: then everything between two convolutions has its channels innermost.
  }];
}

def OnnxSimplify : Pass<"onnx-simplify", "::mlir::func::FuncOp"> {
  let summary = "run the passes of the simplify phase until the function stops changing";
  let description = [{
    A round is `onnx-infer-shapes`, `onnx-fold-constants`, `onnx-simplify-shapes`, `onnx-decompose-linear`,
    `onnx-decompose-quantization`, `cse` and
    `onnx-raise`: each makes work for the others.
  }];
  let options = [
    Option<"raise", "raise", "bool", "true", "find composite operators">,
    Option<"maxRounds", "max-rounds", "unsigned", "8", "rounds after which to stop">];
}

#endif // RHEOBASE_TRANSFORMS_PASSES_TD
