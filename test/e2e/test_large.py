"""Models of gigabytes: weights are mapped, not read into memory. Only with --full: they need disk, memory and minutes."""

import os
import shutil
import zlib

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import rheobase
from rheobase import _find
from support import FULL, Reference, peak_of

pytestmark = pytest.mark.skipif(not FULL, reason="with --full: models of gigabytes")

WIDTH, HIDDEN = 2048, 8192


class Writer:
    """Weights in files of external data, one behind the other; different from tensor to tensor."""

    def __init__(self, folder, file_size):
        self.folder, self.file_size = folder, file_size
        self.block = np.random.default_rng(0).standard_normal(1 << 20).astype(np.float32) * 0.01
        self.count = self.place = 0
        self.open = None

    def tensor(self, name, dims):
        size = 4 * int(np.prod(dims))
        if self.open is None or self.place + size > self.file_size:
            self.close()
            self.open, self.place = open(self.folder / f"weights{self.count}.bin", "wb"), 0
            self.count += 1
        tensor = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
        where = {"location": os.path.basename(self.open.name), "offset": self.place, "length": size}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        for i in range(size // self.block.nbytes):
            self.open.write(np.roll(self.block, 977 * i + zlib.crc32(name.encode()) % 1000).tobytes())
        self.place += size
        return tensor

    def close(self):
        if self.open is not None:
            self.open.close()


def write(folder, layers, file_size):
    """`layers` pairs of products with a Relu between; returns the model's path and the bytes of its weights."""
    writer, nodes, weights, value = Writer(folder, file_size), [], [], "x"
    for i in range(layers):
        for part, dims in (("up", [WIDTH, HIDDEN]), ("down", [HIDDEN, WIDTH])):
            weights.append(writer.tensor(f"{part}{i}", dims))
            nodes.append(helper.make_node("MatMul", [value, f"{part}{i}"], [f"{part}{i}.out"], f"/{i}/{part}"))
            value = f"{part}{i}.out"
        nodes.append(helper.make_node("Relu", [value], [f"relu{i}.out"], f"/{i}/relu"))
        value = f"relu{i}.out"
    writer.close()
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", WIDTH])
    graph = helper.make_graph(nodes, "large", [x], [helper.make_empty_tensor_value_info(value)], weights)
    path = folder / "m.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString())
    return path, 2 * layers * WIDTH * HIDDEN * 4


@pytest.fixture
def folder(tmp_path):
    """A folder that is emptied at once: pytest keeps the others."""
    if shutil.disk_usage(tmp_path).free < 12 << 30:
        pytest.skip("needs 12 GB of disk")
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("file_size", [1 << 40, 800 << 20], ids=["one file", "several files"])
def test_weights_are_mapped_once(folder, file_size):
    path, size = write(folder, 24, file_size)
    assert size >= 3 << 30
    program = _find.program("snn-opt")
    # Import and analysis look at the structure; the elements stay on the disk.
    assert peak_of(program, "--check", path) < 0.3 * size
    assert peak_of(program, path, "--compile-to=import") < 1.3 * size
    artifact = folder / "m.rheo"
    peak = peak_of(program, path, "--ann", "--target", "native", "-o", artifact)
    print(f"compiling peaked at {peak / size:.2f} times the weights")
    assert peak < 3 * size
    x = np.random.default_rng(1).standard_normal((2, WIDTH)).astype(np.float32)
    expected = next(iter(Reference(path).run({"x": x}).values()))
    with rheobase.Artifact(artifact) as opened, opened.session() as session:
        got = next(iter(session.run({"x": x}).values()))
    assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max()


ROWS, COLUMNS = 4096, 16384
NARROW = {
    "float16": (TensorProto.FLOAT16, np.float16),
    "bfloat16": (TensorProto.BFLOAT16, ml_dtypes.bfloat16),
    "int8": (TensorProto.INT8, np.int8),
    "int4": (TensorProto.INT4, ml_dtypes.int4),
    "uint4": (TensorProto.UINT4, ml_dtypes.uint4),
}


def narrow_model(path, name):
    """A product with weights of a narrow type; returns the weights as numbers and the bytes of the file."""
    kind, numpy_type = NARROW[name]
    rng = np.random.default_rng(2)
    is_float = "float" in name
    low, high = {"int8": (-128, 128), "int4": (-8, 8), "uint4": (0, 16)}.get(name, (-128, 128))
    numbers = rng.integers(low, high, (ROWS, COLUMNS), np.int16)
    if name.endswith("int4"):
        pairs = (numbers.astype(np.uint8) & 15).reshape(-1, 2)
        raw = (pairs[:, 0] | pairs[:, 1] << 4).tobytes()
    else:
        raw = numbers.astype(numpy_type).tobytes()
    weights = TensorProto(name="w", dims=[ROWS, COLUMNS], data_type=kind, raw_data=raw)
    initializers, inputs = [weights], [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", ROWS])]
    if is_float:
        nodes = [helper.make_node("Cast", ["w"], ["wide"], "/wide", to=TensorProto.FLOAT)]
    else:
        initializers.append(onnx.numpy_helper.from_array(np.array(1, np.float32), "scale"))
        nodes = [helper.make_node("DequantizeLinear", ["w", "scale"], ["wide"], "/wide")]
    nodes.append(helper.make_node("MatMul", ["x", "wide"], ["y"], "/product"))
    graph = helper.make_graph(nodes, "narrow", inputs, [helper.make_empty_tensor_value_info("y")], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return numbers, len(raw)


@pytest.mark.parametrize("name", NARROW)
def test_narrow_weights(folder, name):
    path = folder / "m.onnx"
    numbers, size = narrow_model(path, name)
    program = _find.program("snn-opt")
    # Two elements of four bits become two bytes.
    extra = 2 * size if name.endswith("int4") else 0
    assert peak_of(program, "--check", path) < 1.3 * size + extra + (150 << 20)
    artifact = rheobase.compile(path, folder / "m.rheo", ann=True, target="native")
    x = np.random.default_rng(3).integers(-8, 8, (2, ROWS)).astype(np.float32)
    with rheobase.Artifact(artifact) as opened, opened.session() as session:
        got = session.run({"x": x})["y"]
    expected = x @ numbers.astype(np.float32)
    assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()
