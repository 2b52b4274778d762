"""QuantizeLinear and DequantizeLinear on weights and on what is computed, against ONNX Runtime."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import rheobase
from models import Graph
from support import Reference, largest_error

ROWS, COLUMNS = 32, 12


def nibbles(g, name, kind, shape, low, high):
    """An initializer of 4-bit integers."""
    values = g.rng.integers(low, high, shape)
    g.initializers.append(helper.make_tensor(name, kind, shape, values.reshape(-1)))
    return name


def four_bits(g, x):
    """Blocks of 8 rows with a scale and a zero point each."""
    scales = g.floats(0.05 + 0.1 * g.rng.random((ROWS // 8, COLUMNS)))
    weights = nibbles(g, "w", TensorProto.UINT4, (ROWS, COLUMNS), 0, 16)
    points = nibbles(g, "z", TensorProto.UINT4, (ROWS // 8, COLUMNS), 6, 10)
    return g.op("MatMul", x, g.op("DequantizeLinear", weights, scales, points, axis=0, block_size=8))


def signed_four_bits(g, x):
    scales = g.floats(0.05 + 0.1 * g.rng.random(COLUMNS))
    weights = nibbles(g, "w", TensorProto.INT4, (ROWS, COLUMNS), -8, 8)
    return g.op("MatMul", x, g.op("DequantizeLinear", weights, scales, axis=1))


def eight_bits(kind, low, high):
    def build(g, x):
        scale, point = g.floats(0.03), g.constant(3, kind)
        codes = g.op("QuantizeLinear", x, scale, point)
        weights = g.constant(g.rng.integers(low, high, (ROWS, COLUMNS)), kind)
        scales = g.floats(0.01 + 0.02 * g.rng.random(COLUMNS))
        floats = g.op("DequantizeLinear", weights, scales, g.constant(np.full(COLUMNS, 3), kind), axis=1)
        return g.op("MatMul", g.op("DequantizeLinear", codes, scale, point), floats)

    return build


CASES = {
    "uint4": four_bits,
    "int4": signed_four_bits,
    "int8": eight_bits(np.int8, -128, 128),
    "uint8": eight_bits(np.uint8, 0, 256),
    "int16": eight_bits(np.int16, -30000, 30000),
}


@pytest.mark.parametrize("name", CASES)
def test_ann_equals_onnx_runtime(artifact, tmp_path, name):
    g = Graph()
    x = g.input("x", TensorProto.FLOAT, ["n", ROWS])
    g.output(CASES[name](g, x), "y", ["n", COLUMNS])
    model = g.model(21)
    model.ir_version = 10
    path = tmp_path / f"{name}.onnx"
    onnx.save(model, path)
    # Beyond what 8 bits hold at this scale, so that codes are clamped too.
    inputs = {"x": (3 * np.random.default_rng(1).standard_normal((5, ROWS))).astype(np.float32)}
    with rheobase.Artifact(artifact(path, ann=True, target="native")) as opened:
        assert largest_error(opened.run(inputs)["y"], Reference(path, fusing=False).run(inputs)["y"]) <= 1e-5
