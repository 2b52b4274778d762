#!/usr/bin/env python3
"""Write dialects/onnx/OnnxOps.td from the operator schemas of the pinned `onnx` package.

    python utils/gen_onnx_dialect.py            write the file
    python utils/gen_onnx_dialect.py --check    fail when the file in the tree is stale

One typed op per supported operator, at its newest version (up to MAX_OPSET, unless NEWER says otherwise), in the standard's own names. To support one
more operator: add its name to OPERATORS, run this script, then follow CONTRIBUTING.md ("Add an operator").
"""
import argparse
import pathlib
import re
import sys
import textwrap

import onnx.defs

MAX_OPSET = 23
TARGET = pathlib.Path(__file__).resolve().parent.parent / "dialects" / "onnx" / "OnnxOps.td"

# Operators by what they do to values: "elementwise" applies a scalar function under broadcasting, "view" moves no bytes.
ELEMENTWISE = """Add Sub Mul Div Pow Mod Max Min Neg Abs Sqrt Reciprocal Exp Log Erf Tanh Sigmoid Relu LeakyRelu HardSwish
HardSigmoid Clip Floor Ceil Round Sign Sin Cos Softplus Elu Gelu Not And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual
Where Cast IsNaN IsInf PRelu Mish Acos Acosh Asin Asinh Atan Atanh Cosh Sinh Tan BitShift BitwiseAnd BitwiseOr BitwiseXor
BitwiseNot BitCast Celu Selu Shrink Softsign ThresholdedRelu Swish""".split()
OTHERS = """MatMul Gemm Conv Softmax LogSoftmax LayerNormalization ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL2
ReduceSumSquare Reshape Transpose Slice Split Concat Squeeze Unsqueeze Gather GatherND GatherElements Expand Tile Shape Size
ConstantOfShape Range Identity Dropout Flatten MaxPool AveragePool GlobalAveragePool GlobalMaxPool BatchNormalization Pad
CumSum Trilu ArgMax ScatterND QuantizeLinear DequantizeLinear ArgMin ReduceL1 ReduceLogSum ReduceLogSumExp TopK CumProd
ConvInteger""".split()
OPERATORS = sorted(ELEMENTWISE + OTHERS)

# Operators whose form in the dialect is newer than MAX_OPSET: newer element types, or newer as a whole.
NEWER = {"BitCast": 26, "BitShift": 28, "Cast": 28, "Celu": 28, "ConstantOfShape": 25, "CumProd": 26, "DequantizeLinear": 28, "Flatten": 25,
         "Identity": 25, "Mod": 28, "Pad": 25, "QuantizeLinear": 28, "Range": 27, "Reshape": 25, "Shape": 25, "Size": 25, "Squeeze": 25,
         "Swish": 24, "TopK": 24, "Transpose": 25, "Unsqueeze": 25}

# Operators that are not in the dialect: the importer writes them in others (lib/Import/Expand*.cpp).
COMPOSITES = """AffineGrid Attention BlackmanWindow CastLike CausalConvWithState CenterCropPad Col2Im Compress ConvTranspose DFT
DepthToSpace DynamicQuantizeLinear Einsum EyeLike GRU GlobalLpPool GridSample GroupNormalization HammingWindow
HannWindow Hardmax InstanceNormalization LRN LSTM LinearAttention LpNormalization LpPool MatMulInteger Mean
MeanVarianceNormalization MelWeightMatrix NegativeLogLikelihoodLoss NonZero OneHot OptionalGetElement OptionalHasElement
QLinearConv QLinearMatMul RMSNormalization RNN Resize ReverseSequence RotaryEmbedding STFT Scatter ScatterElements
SoftmaxCrossEntropyLoss SpaceToDepth Sum SwiGLU TensorScatter Upsample""".split()

TYPES = {
    "INT": ("I64Attr", "int64_t"),
    "FLOAT": ("F32Attr", "float"),
    "STRING": ("StrAttr", "string"),
    "INTS": ("DenseI64ArrayAttr", "ints"),
    "FLOATS": ("DenseF32ArrayAttr", "floats"),
    "TENSOR": ("ElementsAttr", "tensor"),
    "STRINGS": ("StrArrayAttr", "strings"),
}
RESERVED = {"else", "then", "default", "body"}


def one_sentence(schema):
    """The op's summary; our own words come from SUMMARY in docs, the standard's text is linked, not copied."""
    return f"ONNX {schema.name}, version {schema.since_version}"


def field(name):
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"{name}_" if name in RESERVED else name


def attribute(attr):
    kind, _ = TYPES[attr.type.name]
    default = attr.default_value
    if attr.required:
        return kind
    if attr.type.name == "INT" and default.HasField("type"):
        return f'DefaultValuedAttr<I64Attr, "{default.i}">'
    if attr.type.name == "FLOAT" and default.HasField("type"):
        return f'DefaultValuedAttr<F32Attr, "{default.f:.9g}f">'.replace('"-inf', '"-INFINITY').replace(
            '"0f"', '"0.0f"').replace('"1f"', '"1.0f"')
    if attr.type.name == "STRING" and default.HasField("type"):
        return f'DefaultValuedAttr<StrAttr, "\\"{default.s.decode()}\\"">'
    return f"OptionalAttr<{kind}>"


def operand(value, Option, optional_name):
    if value.option == Option.Variadic:
        return f"Variadic<{optional_name}>"
    if value.option == Option.Optional:
        return f"Optional<{optional_name}>"
    return optional_name


def definition(schema):
    Option = onnx.defs.OpSchema.FormalParameterOption
    traits = []
    if schema.name in ELEMENTWISE:
        traits.append("Onnx_Elementwise")
    elastic_in = [i for i in schema.inputs if i.option != Option.Single]
    elastic_out = [o for o in schema.outputs if o.option != Option.Single]
    if len(elastic_in) > 1:
        traits.append("AttrSizedOperandSegments")
    if len(elastic_out) > 1:
        traits.append("AttrSizedResultSegments")
    args = [f"{operand(i, Option, 'Onnx_Tensor')}:${field(i.name)}" for i in schema.inputs]
    args += [f"{attribute(a)}:${field(n)}" for n, a in sorted(schema.attributes.items()) if a.type.name in TYPES]
    results = [f"{operand(o, Option, 'Onnx_Tensor')}:${'result_' if o.name in {i.name for i in schema.inputs} else ''}{field(o.name)}"
               for o in schema.outputs]
    joint = ",\n    "
    return textwrap.dedent(f"""\
def Onnx_{schema.name}Op : Onnx_Op<"{schema.name}", [{", ".join(traits)}]> {{
  let summary = "{one_sentence(schema)}";
  let description = [{{
    Semantics, types and attributes are those of the standard:
    https://onnx.ai/onnx/operators/onnx__{schema.name}.html (version {schema.since_version}).
  }}];
  let arguments = (ins
    {joint.join(args)});
  let results = (outs
    {joint.join(results)});
}}
""")


def known_form(name):
    """The form that older ones are brought to: the dialect's, of a composite operator the newest."""
    if name in COMPOSITES:
        return onnx.defs.get_schema(name)
    return onnx.defs.get_schema(name, NEWER.get(name, MAX_OPSET))


def generate():
    head = """\
//===- OnnxOps.td - one op per supported ONNX operator --------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generated by utils/gen_onnx_dialect.py from the schemas of the onnx package; do not edit.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ONNX_OPS_TD
#define RHEOBASE_ONNX_OPS_TD

include "dialects/onnx/OnnxBase.td"

"""
    return head + "\n".join(definition(known_form(n)) for n in OPERATORS) + "\n#endif // RHEOBASE_ONNX_OPS_TD\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--check", action="store_true")
    text = generate()
    if p.parse_args().check:
        if TARGET.read_text() != text:
            sys.exit(f"{TARGET} is stale: run utils/gen_onnx_dialect.py")
        return
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
