"""A small network for the tests: y = relu(x W + b), and z = a row of a table by index."""

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper
import pytest

import rheobase
from rheobase import _find


def small_model():
    weights = np.arange(12, dtype=np.float32).reshape(4, 3) / 10 - 0.5
    bias = np.array([0.5, -0.25, 0], np.float32)
    rows = np.arange(10, dtype=np.float32).reshape(5, 2)
    nodes = [
        oh.make_node("MatMul", ["x", "w"], ["product"], name="/product"),
        oh.make_node("Add", ["product", "b"], ["sum"], name="/sum"),
        oh.make_node("Relu", ["sum"], ["y"], name="/relu"),
        oh.make_node("Gather", ["rows", "index"], ["z"], name="/gather"),
    ]
    inputs = [
        oh.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 4]),
        oh.make_tensor_value_info("index", onnx.TensorProto.INT64, ["batch"]),
    ]
    outputs = [
        oh.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 3]),
        oh.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ["batch", 2]),
    ]
    constants = {"w": weights, "b": bias, "rows": rows}
    initializers = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = oh.make_graph(nodes, "small", inputs, outputs, initializers)
    return oh.make_model(graph, opset_imports=[oh.make_opsetid("", 18)], ir_version=9), constants


@pytest.fixture(scope="session")
def constants():
    return small_model()[1]


@pytest.fixture(scope="session")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    onnx.save(small_model()[0], path)
    return path


@pytest.fixture(scope="session")
def artifact_file(tmp_path_factory, model_file):
    if _find.program("snn-opt") is None or _find.library() is None:
        pytest.skip("snn-opt or librheobase.so is not built")
    return rheobase.compile(model_file, tmp_path_factory.mktemp("artifact") / "small.rheo", ann=True)
