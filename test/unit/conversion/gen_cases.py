#!/usr/bin/env python3
"""Write OnnxCases.txt: operators with inputs and the outputs that ONNX Runtime gives for them.

    python test/unit/conversion/gen_cases.py            write the file
    python test/unit/conversion/gen_cases.py --check    fail when the file in the tree is stale

Every case is one node. The test runs it twice: with the sizes as numbers, and with sizes of the inputs as symbols (those
above 1 that no constant has; sizes that are the same number are the same symbol), unless the case is marked `static`. Where ONNX Runtime's
answer is not the standard's, the case gives the standard's (`expect`).
"""
import argparse
import pathlib
import sys

import numpy as np
import onnx
import onnx.defs
import onnxruntime
from onnx import helper, numpy_helper

OPSET = 21
TARGET = pathlib.Path(__file__).with_name("OnnxCases.txt")
TYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "bool": "i1", "int8": "i8", "int16": "i16", "int32": "i32",
         "int64": "i64", "uint8": "ui8", "uint16": "ui16", "uint32": "ui32", "uint64": "ui64"}
nan, inf = np.nan, np.inf
rng = np.random.default_rng(7)


class Const:
    """An operand that is a constant of the program rather than an input."""

    def __init__(self, value):
        self.value = value


def f32(*values):
    return np.array(values, np.float32)


def i64(*values):
    return np.array(values, np.int64)


def const(*values):
    return Const(np.array(values, np.int64))


def scalar(value, dtype=np.float32):
    return np.array(value, dtype)


def randn(*shape):
    """Numbers with few digits, so that the file stays small."""
    return np.round(rng.normal(size=shape), 2).astype(np.float32)


def ints(low, high, *shape, dtype=np.int64):
    return rng.integers(low, high, size=shape).astype(dtype)


def element_type(array):
    return TYPES[array.dtype.name]


def number(value):
    if isinstance(value, np.floating):
        return "%.9g" % value if value.dtype.itemsize <= 4 else repr(float(value))
    return str(int(value))


def literal(value):
    """A number as MLIR reads it in a dense attribute."""
    if isinstance(value, np.bool_):
        return str(value).lower()
    if not isinstance(value, np.floating):
        return str(int(value))
    if np.isfinite(value):
        return "%.9e" % value
    bits = "0x" + value.tobytes()[::-1].hex().upper()
    return bits


def dense(array):
    def text(x):
        return literal(x) if x.ndim == 0 else "[" + ", ".join(text(y) for y in x) + "]"
    return f"dense<{text(array[()]) if array.ndim else literal(array[()])}> : {tensor_type(array)}"


def attribute(value):
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float):
        return f"{value!r} : f32"
    if isinstance(value, int):
        return f"{value} : i64"
    if isinstance(value, onnx.TensorProto):
        return dense(numpy_helper.to_array(value))
    return f"array<i64: {', '.join(map(str, value))}>"


def tensor_type(array):
    return "tensor<" + "".join(f"{d}x" for d in array.shape) + element_type(array) + ">"


def segments(values, formals):
    """Sizes of the groups that an op's operands (or results) fall into."""
    sizes = []
    for i, formal in enumerate(formals):
        if formal.option == onnx.defs.OpSchema.FormalParameterOption.Variadic:
            sizes.append(len(values) - i)
        else:
            sizes.append(int(i < len(values) and values[i] is not None))
    return sizes


def schema_of(op):
    """The operator's form at OPSET; the newest one of an operator that came later."""
    try:
        return onnx.defs.get_schema(op, OPSET)
    except onnx.defs.SchemaError:
        return onnx.defs.get_schema(op)


class Case:
    def __init__(self, op, inputs, attributes, outputs, expect, tolerance, name, static):
        self.op, self.attributes, self.tolerance, self.static = op, attributes, tolerance, static
        self.inputs = [v.value if isinstance(v, Const) else v for v in inputs]
        self.constant = [isinstance(v, Const) for v in inputs]
        self.schema = schema_of(op)
        self.name = name or op
        self.outputs = [np.asarray(e) for e in expect] if expect is not None else self.run(outputs)

    def run(self, outputs):
        names = [f"i{k}" if v is not None else "" for k, v in enumerate(self.inputs)]
        results = [f"o{k}" for k in range(outputs)]
        node = helper.make_node(self.op, names, results, **self.attributes)
        given = [(n, v) for n, v in zip(names, self.inputs) if v is not None]
        graph = helper.make_graph(
            [node], "g", [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in given],
            [onnx.ValueInfoProto(name=r) for r in results])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, dict(given))

    def attribute_text(self):
        attributes = [f"{k} = {attribute(v)}" for k, v in self.attributes.items()]
        for name, values, formals in [("operand", self.inputs, self.schema.inputs),
                                      ("result", self.outputs, self.schema.outputs)]:
            if sum(f.option != onnx.defs.OpSchema.FormalParameterOption.Single for f in formals) > 1:
                sizes = ", ".join(map(str, segments(values, formals)))
                attributes.append(f"{name}SegmentSizes = array<i32: {sizes}>")
        return "{" + ", ".join(attributes) + "}"

    def text(self):
        out = [f"case {self.name} {self.tolerance:g}{' static' if self.static else ''}",
               f"op onnx.{self.op} {self.attribute_text()}"]
        for value, is_constant in zip(self.inputs, self.constant):
            if value is not None:
                out.append(f"constant {dense(value)}" if is_constant else self.tensor("input", value))
        return out + [self.tensor("output", value) for value in self.outputs]

    @staticmethod
    def tensor(kind, array):
        shape = "x".join(map(str, array.shape)) or "-"
        return " ".join([kind, element_type(array), shape, *map(number, array.flatten())])


CASES = []


def case(op, *inputs, outputs=1, expect=None, tolerance=1e-5, name=None, static=False, **attributes):
    CASES.append(Case(op, inputs, attributes, outputs, expect, tolerance, name, static))


def elementwise():
    special = f32(nan, inf, -inf, -0.0, 0.5, 1.5, 2.5, -2.5, 100, -100)
    for op in ["Sign", "Relu", "LeakyRelu", "HardSigmoid", "HardSwish", "Softplus", "Elu", "Round", "Gelu", "Mish", "Sigmoid",
               "Abs", "Sqrt", "Reciprocal", "Log", "Neg", "Exp", "Erf", "Tanh", "Floor", "Ceil", "IsNaN", "IsInf"]:
        case(op, special)
        case(op, randn(2, 3), name=f"{op}_matrix")
    for op in ["Sin", "Cos"]:
        case(op, randn(3, 4))
    case("LeakyRelu", special, alpha=0.3, name="LeakyRelu_alpha")
    case("Elu", special, alpha=0.7, name="Elu_alpha")
    case("HardSigmoid", special, alpha=0.3, beta=0.4, name="HardSigmoid_alpha")
    case("Gelu", f32(nan, inf, 10, -10, 0.3), approximate="tanh", name="Gelu_tanh")
    case("IsInf", special, detect_negative=0, name="IsInf_positive")
    case("IsInf", special, detect_positive=0, name="IsInf_negative")
    case("Neg", ints(-9, 9, 4), name="Neg_int")
    case("Abs", ints(-9, 9, 4, dtype=np.int32), name="Abs_int")
    case("Sign", ints(-2, 3, 6), name="Sign_int")
    case("Abs", ints(0, 9, 4, dtype=np.uint8), name="Abs_unsigned")
    case("Relu", ints(-9, 9, 5, dtype=np.int32), name="Relu_int")
    half = randn(6).astype(np.float16)
    case("Add", half, half[::-1].copy(), name="Add_half", tolerance=1e-3)
    case("Sigmoid", half, expect=[(1 / (1 + np.exp(-half.astype(np.float32)))).astype(np.float16)], name="Sigmoid_half",
         tolerance=1e-3)
    case("Add", randn(4).astype(np.float64), randn(4).astype(np.float64), name="Add_double", tolerance=1e-15)


def binary():
    for op in ["Add", "Sub", "Mul", "Div"]:
        case(op, randn(2, 3, 4), randn(2, 3, 4))
        case(op, randn(2, 3, 4), randn(3, 1), name=f"{op}_broadcast")
        case(op, randn(2, 1, 4), randn(3, 1), name=f"{op}_both_sides")
        case(op, randn(2, 3), scalar(2.5), name=f"{op}_scalar")
        case(op, Const(scalar(2.5)), randn(2, 3), name=f"{op}_constant")
        case(op, ints(-9, 9, 5), ints(1, 5, 5), name=f"{op}_int")
    a, b = i64(7, -7, 7, -7, 9, -9), i64(3, 3, -3, -3, 5, 5)
    case("Div", a, b, name="Div_truncates")
    case("Div", i64(5, -2**63), i64(0, -1), expect=[i64(0, -2**63)], name="Div_guarded")
    case("Div", np.array([200, 100], np.uint8), np.array([3, 7], np.uint8), name="Div_unsigned")
    case("Div", a, Const(scalar(2, np.int64)), name="Div_by_constant")
    case("Mod", a, b, name="Mod")
    case("Mod", a, b, fmod=1, name="Mod_fmod")
    case("Mod", i64(5, -2**63), i64(0, -1), expect=[i64(0, 0)], name="Mod_guarded")
    case("Mod", f32(7.5, -7.5, 7.5, -7.5, 1e30, inf, 1, 0, 2), f32(3, 3, -3, -3, .7, 3, inf, 0, 1e-40), fmod=1, name="Mod_float")
    case("Max", f32(nan, 1, -2), f32(0, 0, 0), f32(-1, 5, -1), name="Max_three")
    case("Min", f32(nan, 1, -2), f32(0, 0, 0), f32(-1, 5, -1), name="Min_three")
    case("Max", randn(2, 3), name="Max_one")
    case("Max", ints(-5, 5, 2, 3), ints(-5, 5, 3), name="Max_int")
    case("Min", np.array([200, 3], np.uint8), np.array([100, 7], np.uint8), name="Min_unsigned")
    case("Clip", f32(-3, 0.2, 7), scalar(-1), scalar(1), name="Clip_both")
    case("Clip", f32(-3, 0.2, 7), None, Const(scalar(1)), name="Clip_max")
    case("Clip", f32(-3, 0.2, 7), Const(scalar(-1)), name="Clip_min")
    case("Clip", f32(-3, 0.2, 7), scalar(2), scalar(1), name="Clip_crossed")
    case("Clip", np.array([-5, 5], np.int32), Const(np.array(-1, np.int32)), name="Clip_int")
    case("PRelu", randn(2, 3, 4), randn(3, 1), name="PRelu")
    base = f32(-8, -0.0, 0, 2, -inf, nan, 1)
    for exponent in [0, 1, 2, 3, 0.5, -0.5, -1, 2.5]:
        case("Pow", base, Const(scalar(exponent)), name=f"Pow_{exponent}")
    case("Pow", f32(2, 3, nan, 1, 4), f32(0, 2, 0, nan, 0.5), name="Pow_tensor")
    case("Pow", f32(2, 5, 9), Const(scalar(2, np.int64)), name="Pow_int_exponent")
    case("Pow", f32(2, 5, 9), i64(2, -1, 0), name="Pow_int_exponents")
    case("Pow", i64(2, -2, 3, 0, 1, -1, 7), i64(3, 3, 0, 0, 99, 99, 20), name="Pow_int",
         expect=[i64(8, -8, 1, 1, 1, -1, 7**20)])
    case("Pow", i64(2, -1, 1, 3, -1), i64(-1, -1, -1, -2, -2), name="Pow_int_negative", expect=[i64(0, -1, 1, 0, 1)])
    case("Pow", i64(2, 5, 9), f32(0.5, 2, 1.5), name="Pow_int_base")


def logic():
    a, b = f32(nan, 1, 2, 3), f32(nan, 1, 3, 2)
    for op in ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]:
        case(op, a, b)
        case(op, ints(-3, 3, 2, 3), ints(-3, 3, 3), name=f"{op}_int")
    case("Greater", np.array([200, 3], np.uint8), np.array([100, 7], np.uint8), name="Greater_unsigned")
    x, y = np.array([False, False, True, True]), np.array([False, True, False, True])
    for op in ["And", "Or", "Xor"]:
        case(op, x, y)
    case("Not", x)
    case("Equal", x, y, name="Equal_bool")
    case("Where", np.array([[True], [False]]), randn(2, 3), scalar(-1.0), name="Where")
    case("Where", np.array([True, False, True]), ints(0, 5, 2, 3), ints(0, 5, 1, 3), name="Where_int")


def casts():
    numbers = f32(0.5, -1.7, 300, -300, -0.0, 2.999)
    for to in ["INT64", "INT32", "INT16", "INT8", "UINT8", "UINT16", "BOOL", "FLOAT16", "DOUBLE"]:
        case("Cast", numbers, to=int(onnx.TensorProto.DataType.Value(to)), name=f"Cast_{to}")
    case("Cast", f32(nan, inf, -inf, 1e10), to=7, name="Cast_outside")
    case("Cast", f32(nan, inf, -inf, 1e10), to=6, name="Cast_outside32")
    whole = i64(300, -1, 2**40, 0)
    for to in ["INT32", "UINT8", "BOOL", "FLOAT", "UINT64"]:
        case("Cast", whole, to=int(onnx.TensorProto.DataType.Value(to)), name=f"Cast_int_{to}")
    case("Cast", np.array([200, 3], np.uint8), to=1, name="Cast_unsigned_float")
    case("Cast", np.array([200, 3], np.uint8), to=7, name="Cast_unsigned_int")
    case("Cast", np.array([2**31 + 5, 3], np.uint32), to=1, name="Cast_unsigned32_float")
    case("Cast", np.array([True, False]), to=1, name="Cast_bool_float")
    case("Cast", np.array([True, False]), to=7, name="Cast_bool_int")
    case("Cast", f32(1e10, 3e9), to=12, name="Cast_unsigned32", expect=[np.array([1410065408, 3000000000], np.uint32)])


def contractions():
    case("MatMul", randn(3, 4), randn(4, 5))
    case("MatMul", randn(2, 3, 4), randn(4, 5), name="MatMul_weights")
    case("MatMul", randn(2, 3, 4), Const(randn(4, 5)), name="MatMul_constant")
    case("MatMul", randn(2, 1, 3, 4), randn(3, 4, 5), name="MatMul_broadcast")
    case("MatMul", randn(4), randn(4), name="MatMul_vectors")
    case("MatMul", randn(4), randn(2, 4, 3), name="MatMul_row")
    case("MatMul", randn(2, 3, 4), randn(4), name="MatMul_column")
    case("MatMul", ints(-9, 9, 3, 4, dtype=np.int32), ints(-9, 9, 4, 2, dtype=np.int32), name="MatMul_int")
    case("MatMul", randn(3, 4).astype(np.float64), randn(4, 5).astype(np.float64), name="MatMul_double")
    case("Gemm", randn(3, 4), randn(4, 5), name="Gemm_plain")
    case("Gemm", randn(3, 4), randn(4, 5), randn(5), name="Gemm_bias")
    case("Gemm", randn(4, 3), randn(5, 4), randn(3, 1), transA=1, transB=1, alpha=0.5, beta=2.0, name="Gemm_all")
    case("Gemm", randn(3, 4), Const(randn(5, 4)), Const(randn(5)), transB=1, name="Gemm_constant")


def convolutions():
    case("Conv", randn(2, 3, 7, 6), randn(4, 3, 3, 2), randn(4), name="Conv_plain", static=True)
    case("Conv", randn(2, 3, 7, 6), Const(randn(4, 3, 3, 2)), Const(randn(4)), pads=[1, 0, 2, 1], strides=[2, 1],
         name="Conv_padded")
    case("Conv", randn(1, 4, 6, 6), Const(randn(6, 2, 3, 3)), group=2, dilations=[2, 1], name="Conv_groups")
    case("Conv", randn(2, 4, 5, 5), Const(randn(4, 1, 3, 3)), Const(randn(4)), group=4, pads=[1, 1, 1, 1], name="Conv_depthwise")
    case("Conv", randn(2, 3, 8, 8), Const(randn(5, 3, 4, 4)), Const(randn(5)), strides=[4, 4], name="Conv_patches")
    case("Conv", randn(2, 3, 9), Const(randn(4, 3, 3)), pads=[1, 1], strides=[2], name="Conv_1d")
    case("Conv", randn(1, 2, 4, 4, 4), Const(randn(3, 2, 2, 2, 2)), name="Conv_3d")
    for mode in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        case("Conv", randn(1, 2, 6, 7), Const(randn(3, 2, 3, 2)), strides=[2, 2], auto_pad=mode, name=f"Conv_{mode}",
             static=True)
    case("Conv", randn(1, 2, 6, 7), Const(randn(3, 2, 3, 2)), auto_pad="SAME_UPPER", name="Conv_same")


def pools():
    x = randn(2, 3, 7, 6)
    for op in ["MaxPool", "AveragePool"]:
        case(op, x, kernel_shape=[3, 2], name=f"{op}_plain")
        case(op, x, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 2, 1], name=f"{op}_padded")
        case(op, x, kernel_shape=[2, 2], strides=[2, 3], ceil_mode=1, pads=[1, 1, 1, 1], name=f"{op}_ceil", static=True)
        case(op, x, kernel_shape=[2, 2], dilations=[2, 1], name=f"{op}_dilated")
        case(op, x, kernel_shape=[2, 3], strides=[2, 2], auto_pad="SAME_LOWER", name=f"{op}_same", static=True)
        case(op, randn(1, 2, 9), kernel_shape=[3], strides=[2], name=f"{op}_1d")
    case("AveragePool", x, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 2, 1], count_include_pad=1, name="AveragePool_count")
    case("AveragePool", np.arange(1, 9, dtype=np.float32).reshape(1, 1, 8), kernel_shape=[3], strides=[2], pads=[1, 1],
         ceil_mode=1, count_include_pad=1, name="AveragePool_ceil_count", static=True)
    case("MaxPool", ints(0, 255, 1, 1, 4, 4, dtype=np.uint8), kernel_shape=[2, 2], name="MaxPool_unsigned")
    case("GlobalAveragePool", x)
    case("GlobalMaxPool", x)


def normalizations():
    case("LayerNormalization", randn(2, 3, 8), randn(8), randn(8), name="LayerNormalization_last")
    case("LayerNormalization", randn(2, 3, 8), Const(randn(8)), name="LayerNormalization_no_bias", epsilon=1e-3)
    case("LayerNormalization", randn(2, 3, 4), randn(3, 4), randn(3, 4), axis=1, outputs=3, name="LayerNormalization_outputs")
    case("LayerNormalization", randn(2, 4) + np.float32(1000), randn(4), name="LayerNormalization_offset", tolerance=1e-3)
    case("BatchNormalization", randn(2, 3, 4, 5), randn(3), randn(3), randn(3), np.abs(randn(3)), name="BatchNormalization")
    for axis in [-1, 0, 1]:
        case("Softmax", randn(3, 4, 2), axis=axis, name=f"Softmax_{axis % 3}")
        case("LogSoftmax", randn(3, 4, 2), axis=axis, name=f"LogSoftmax_{axis % 3}")
    case("Softmax", f32(1, -inf, 2, 3e38).reshape(2, 2), name="Softmax_masked")
    case("Softmax", np.full((2, 3), -inf, np.float32), name="Softmax_all_masked")
    case("LogSoftmax", f32(1, -inf, 2, 90).reshape(2, 2), name="LogSoftmax_masked")


def reductions():
    x = randn(2, 3, 4)
    for op in ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ReduceSumSquare"]:
        case(op, x, const(-1), name=f"{op}_last")
        case(op, x, const(0, 2), keepdims=0, name=f"{op}_two")
        case(op, x, name=f"{op}_all")
        case(op, x, keepdims=0, name=f"{op}_scalar")
        case(op, x, noop_with_empty_axes=1, name=f"{op}_noop", expect=None if op not in ("ReduceL2", "ReduceSumSquare") else
             [np.abs(x) if op == "ReduceL2" else x * x])
    case("ReduceMean", i64(-1, -2, -4), const(0), name="ReduceMean_int")
    case("ReduceL2", i64(3, -4, 2), const(0), name="ReduceL2_int")
    case("ReduceSum", ints(-5, 5, 2, 3), const(1), name="ReduceSum_int")
    case("ReduceMax", ints(0, 255, 2, 3, dtype=np.uint8), const(1), name="ReduceMax_unsigned")
    case("ReduceMax", np.array([[True, False], [False, False]]), const(1), name="ReduceMax_bool")
    case("ReduceMin", ints(-9, 9, 2, 3, dtype=np.int32), const(0), name="ReduceMin_int")
    case("ArgMax", randn(3, 4), axis=1, name="ArgMax_1")
    case("ArgMax", randn(3, 4), axis=0, keepdims=0, name="ArgMax_0")
    case("ArgMax", f32(1, 3, 3), axis=0, name="ArgMax_first")
    case("ArgMax", f32(1, 3, 3), axis=0, select_last_index=1, name="ArgMax_last")
    case("ArgMax", f32(1, nan, 3), axis=0, name="ArgMax_nan")
    case("ArgMax", ints(-9, 9, 2, 5, dtype=np.int32), axis=-1, name="ArgMax_int")
    for exclusive in [0, 1]:
        for reverse in [0, 1]:
            case("CumSum", randn(2, 4), Const(scalar(1, np.int64)), exclusive=exclusive, reverse=reverse,
                 name=f"CumSum_{exclusive}{reverse}")
    case("CumSum", ints(-5, 5, 3, 2), Const(scalar(0, np.int64)), name="CumSum_int")


def layouts():
    x = randn(2, 3, 4)
    case("Reshape", x, const(4, -1), name="Reshape_infer")
    case("Reshape", x, const(0, 12), name="Reshape_keep")
    case("Transpose", x, name="Transpose_default")
    case("Transpose", x, perm=[1, 2, 0], name="Transpose_perm")
    case("Transpose", x, perm=[0, 1, 2], name="Transpose_none")
    case("Flatten", x, axis=2, name="Flatten_2")
    case("Flatten", x, axis=0, name="Flatten_0")
    case("Squeeze", randn(2, 1, 3, 1), const(1), name="Squeeze_one")
    case("Squeeze", randn(2, 1, 3, 1), name="Squeeze_all", static=True)
    case("Unsqueeze", x, const(0, -1), name="Unsqueeze_two")
    case("Identity", x)
    case("Identity", ints(0, 255, 3, dtype=np.uint8), name="Identity_unsigned")
    case("Dropout", x, outputs=2, name="Dropout_inference")
    case("Concat", x, randn(2, 1, 4), randn(2, 2, 4), axis=1, name="Concat_1")
    case("Concat", x, randn(1, 3, 4), axis=-3, name="Concat_0")
    case("Concat", ints(0, 9, 3), const(4, 5), axis=0, name="Concat_int")
    case("Split", randn(2, 6), axis=1, num_outputs=3, outputs=3, name="Split_equal", static=True)
    case("Split", randn(2, 6), const(1, 3, 2), axis=1, outputs=3, name="Split_sizes", static=True)
    case("Expand", randn(3, 1), const(2, 1, 4), name="Expand_up")
    case("Expand", randn(3, 4), const(1), name="Expand_none")
    case("Tile", randn(2, 3), const(2, 3), name="Tile_both")
    case("Tile", randn(2, 3), const(1, 2), name="Tile_one")


def slices():
    x = randn(5, 6)
    case("Slice", x, const(1), const(4), name="Slice_plain", static=True)
    case("Slice", x, const(0), const(2**63 - 1), const(1), const(2), name="Slice_step")
    case("Slice", x, const(1, -3), const(-1, 2**31 - 1), const(0, 1), name="Slice_negative", static=True)
    case("Slice", x, const(-1), const(-2**63), const(1), const(-1), name="Slice_backwards")
    case("Slice", x, const(4), const(0), const(1), const(-2), name="Slice_backwards_step", static=True)
    case("Slice", x, const(-100), const(100), name="Slice_clamped", static=True)
    case("Slice", x, const(4), const(2), name="Slice_empty", static=True)
    case("Pad", x, const(1, 0, 2, 3), Const(scalar(2.5)), name="Pad_constant")
    case("Pad", x, const(1, 2), None, const(1), name="Pad_axes")
    case("Pad", x, const(1, -1, -2, 3), scalar(2.5), name="Pad_cut", static=True)
    case("Pad", x, const(1, 0, 2, 3), scalar(2.5), name="Pad_value")
    for mode in ["edge", "reflect", "wrap"]:
        case("Pad", x, const(1, 2, 3, 4), mode=mode, name=f"Pad_{mode}")
    case("Pad", ints(0, 255, 3, dtype=np.uint8), const(1, 1), Const(scalar(200, np.uint8)), name="Pad_unsigned")


def gathers():
    x = randn(5, 6)
    case("Gather", x, i64(1, -1, 4), name="Gather_rows")
    case("Gather", x, ints(-6, 6, 2, 3), axis=1, name="Gather_columns")
    case("Gather", x, scalar(-2, np.int64), axis=1, name="Gather_one")
    case("Gather", x, Const(scalar(0, np.int64)), axis=1, name="Gather_constant")
    case("Gather", x, Const(scalar(-1, np.int64)), name="Gather_constant_last")
    case("Gather", x, const(2, 0), axis=1, name="Gather_constants", static=True)
    case("Gather", Const(randn(7, 3)), ints(0, 7, 2, 4), name="Gather_embedding")
    case("Gather", x, ints(0, 5, 3, dtype=np.int32), name="Gather_int32")
    case("GatherElements", x, ints(-5, 5, 2, 6), axis=0, name="GatherElements_0", static=True)
    case("GatherElements", x, ints(-6, 6, 5, 3), axis=1, name="GatherElements_1")
    case("GatherND", randn(2, 3, 4), i64(0, 1, 1, -1).reshape(2, 2), name="GatherND_pairs", static=True)
    case("GatherND", randn(3, 3, 4), ints(0, 3, 3, 1), batch_dims=1, name="GatherND_batch")
    case("GatherND", randn(2, 3), i64(1, 2).reshape(1, 2), name="GatherND_full", static=True)
    case("Trilu", randn(3, 4), name="Trilu_upper")
    case("Trilu", randn(2, 4, 3), scalar(1, np.int64), upper=0, name="Trilu_lower")
    case("Trilu", ints(1, 9, 3, 3), Const(scalar(-1, np.int64)), name="Trilu_int")


def narrow():
    """f16 is computed in f32 and rounded once."""
    def half(array):
        return array.astype(np.float16)

    def wide(array):
        return array.astype(np.float32)
    a, b, g = half(randn(3, 8)), half(randn(8, 5)), half(randn(8))
    case("MatMul", a, b, expect=[half(wide(a) @ wide(b))], name="MatMul_half", tolerance=1e-3)
    case("Gemm", a, b, half(randn(5)) * 0, alpha=0.5, expect=[half(0.5 * (wide(a) @ wide(b)))], name="Gemm_half", tolerance=1e-3)
    powers = np.exp(wide(a) - wide(a).max(1, keepdims=True))
    case("Softmax", a, expect=[half(powers / powers.sum(1, keepdims=True))], name="Softmax_half", tolerance=1e-3)
    case("ReduceMean", a, const(1), expect=[half(wide(a).mean(1, keepdims=True))], name="ReduceMean_half", tolerance=1e-3)
    case("CumSum", a, Const(scalar(1, np.int64)), expect=[half(np.cumsum(wide(a), 1))], name="CumSum_half", tolerance=1e-3)
    centred = wide(a) - wide(a).mean(1, keepdims=True)
    deviation = np.sqrt((centred ** 2).mean(1, keepdims=True) + 1e-5)
    case("LayerNormalization", a, g, expect=[half(centred / deviation * wide(g))], name="LayerNormalization_half", tolerance=2e-3)
    x, w = half(randn(1, 2, 4, 4)), half(randn(3, 2, 1, 1))
    product = np.einsum("nchw,oc->nohw", wide(x), wide(w)[:, :, 0, 0])
    case("Conv", x, Const(w), expect=[half(product)], name="Conv_half", tolerance=1e-3)
    case("AveragePool", x, kernel_shape=[4, 4], expect=[half(wide(x).mean((2, 3), keepdims=True))], name="AveragePool_half",
         tolerance=1e-3)
    case("GlobalAveragePool", x, expect=[half(wide(x).mean((2, 3), keepdims=True))], name="GlobalAveragePool_half", tolerance=1e-3)


def empty():
    """Dimensions of size 0, as a first call with an empty cache has them."""
    case("Concat", randn(2, 0, 4), randn(2, 3, 4), axis=1, name="Concat_empty")
    case("Add", randn(0, 4), randn(4), name="Add_empty")
    case("MatMul", randn(2, 0), randn(0, 3), expect=[np.zeros((2, 3), np.float32)], name="MatMul_empty")
    case("ReduceSum", randn(2, 0), const(1), name="ReduceSum_empty")


def fills():
    case("ConstantOfShape", const(2, 3), name="ConstantOfShape_zero")
    case("ConstantOfShape", const(2, 3), value=numpy_helper.from_array(f32(2.5)), name="ConstantOfShape_value")
    case("ConstantOfShape", const(3), value=numpy_helper.from_array(i64(7)), name="ConstantOfShape_int")
    case("Range", Const(scalar(1.0)), Const(scalar(3.0)), Const(scalar(0.5)), name="Range_float")
    case("Range", Const(scalar(7, np.int64)), Const(scalar(-3, np.int64)), Const(scalar(-2, np.int64)), name="Range_int")
    case("Shape", randn(2, 3, 4), name="Shape_all")
    case("Shape", randn(2, 3, 4), start=1, end=-1, name="Shape_part")
    case("Size", randn(2, 3, 4), name="Size")


def functions():
    inside = f32(-1, -0.99, -0.5, -0.0, 0.001, 0.3, 0.9, 1, nan)
    for op in ["Acos", "Asin", "Atanh"]:
        case(op, inside)
    outside = f32(nan, -0.0, 0.001, 0.4, 0.5, 1.5, -2.5, 3, 10, -10)
    for op in ["Tan", "Sinh", "Cosh"]:
        case(op, outside)
    for op in ["Atan", "Asinh"]:
        case(op, np.concatenate([outside, f32(inf, -inf, 1e20, -1e20)]))
    case("Acosh", f32(nan, 0.5, 1, 1.001, 1.5, 2, 100, 1e20, inf))
    special = f32(nan, inf, -inf, -0.0, 0.4, 0.5, 1.5, 2.5, -2.5, 100, -100)
    for op in ["Celu", "Selu", "ThresholdedRelu", "Shrink", "Softsign"]:
        case(op, special)
    case("Celu", special, alpha=0.7, name="Celu_alpha")
    case("Selu", special, alpha=0.7, gamma=1.3, name="Selu_alpha")
    case("ThresholdedRelu", special, alpha=0.4, name="ThresholdedRelu_alpha")
    case("Shrink", special, bias=0.25, lambd=1.5, name="Shrink_bias")
    case("Shrink", ints(-5, 6, 8), bias=1.0, lambd=2.0, name="Shrink_int")
    finite = special[3:]
    case("Swish", finite, alpha=1.5, expect=[finite / (1 + np.exp(-np.float32(1.5) * finite))])
    a, b = f32(5.3, -5.3, 5.3, -5.3, 6, 0, -1), f32(2, 2, -2, -2, 3, 3, inf)
    case("Mod", a, b, expect=[np.mod(a, b)], name="Mod_floored")


def bits():
    a, b = np.array([200, 17, 3, 255], np.uint8), np.array([1, 4, 7, 9], np.uint8)
    case("BitShift", a, b, direction="LEFT", expect=[np.array([144, 16, 128, 0], np.uint8)], name="BitShift_left")
    case("BitShift", a, b, direction="RIGHT", expect=[np.array([100, 1, 0, 0], np.uint8)], name="BitShift_right")
    case("BitShift", i64(-9, 9, -1), i64(1, 70, 70), direction="RIGHT", expect=[i64(-5, 0, -1)], name="BitShift_signed")
    x, y = ints(-99, 99, 2, 3, dtype=np.int32), ints(-99, 99, 3, dtype=np.int32)
    for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
        case(op, x, y)
    case("BitwiseNot", x)
    case("BitCast", x, to=1, expect=[x.view(np.float32)])
    case("BitCast", a, to=3, expect=[a.view(np.int8)], name="BitCast_sign")
    case("BitCast", np.array([True, False]), to=2, expect=[np.array([1, 0], np.uint8)], name="BitCast_bool")


def orders():
    x = randn(2, 3, 4)
    for op in ["ReduceL1", "ReduceLogSumExp"]:
        case(op, x, const(-1), name=f"{op}_last")
        case(op, x, const(0, 2), keepdims=0, name=f"{op}_two")
        case(op, x, name=f"{op}_all")
    case("ReduceLogSum", np.abs(x) + 1, const(0, 2), name="ReduceLogSum_two")
    case("ReduceL1", ints(-9, 9, 2, 3), const(1), name="ReduceL1_int")
    large = f32(1000, 1001, -inf, -inf, -1000, inf).reshape(3, 2)
    case("ReduceLogSumExp", large, const(1), expect=[f32(1001 + np.log1p(np.exp(-1.0)), -inf, inf).reshape(3, 1)],
         name="ReduceLogSumExp_large")
    case("ArgMin", randn(3, 4), axis=1, name="ArgMin_1")
    case("ArgMin", f32(3, 1, 1), axis=0, select_last_index=1, name="ArgMin_last")
    case("ArgMin", ints(0, 99, 2, 5, dtype=np.uint8), axis=0, keepdims=0, name="ArgMin_unsigned")
    small = randn(2, 4)
    case("CumProd", small, Const(scalar(1, np.int64)), expect=[np.cumprod(small, 1)], name="CumProd_1")
    case("CumProd", i64(2, 3, 4), Const(scalar(0, np.int64)), exclusive=1, reverse=1, expect=[i64(12, 4, 1)],
         name="CumProd_before")
    case("TopK", randn(3, 5), const(2), outputs=2, name="TopK_largest")
    case("TopK", randn(3, 5), const(3), axis=0, largest=0, outputs=2, name="TopK_smallest")
    case("TopK", f32(1, 2, 2, 1, 2), const(4), outputs=2, name="TopK_ties")
    case("TopK", ints(0, 255, 6, dtype=np.uint8), const(6), expect=None, outputs=2, name="TopK_unsigned")
    x, w = ints(0, 255, 1, 2, 4, 4, dtype=np.uint8), ints(0, 255, 2, 2, 3, 3, dtype=np.uint8)
    case("ConvInteger", x, Const(w), outputs=1, name="ConvInteger")
    case("ConvInteger", x, Const(w), Const(scalar(7, np.uint8)), Const(scalar(3, np.uint8)), pads=[1, 1, 1, 1], name="ConvInteger_zeros")


def generate():
    for group in [elementwise, binary, logic, casts, contractions, convolutions, pools, normalizations, reductions, layouts,
                  slices, gathers, narrow, empty, fills, functions, bits, orders]:
        group()
    lines = ["# Written by gen_cases.py; do not edit."]
    names = set()
    for each in CASES:
        assert each.name not in names, each.name
        names.add(each.name)
        lines += each.text()
    return "\n".join(lines) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--check", action="store_true")
    onnxruntime.set_default_logger_severity(4)
    text = generate()
    if p.parse_args().check:
        if TARGET.read_text() != text:
            sys.exit(f"{TARGET} is stale: run {sys.argv[0]}")
        return
    TARGET.write_text(text)


main()
