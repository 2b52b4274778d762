"""Writes small ONNX models: models.py NAME FILE. Every function below is one model."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(nodes, inputs, outputs, opset, weights=()):
    values = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs]
    results = [helper.make_empty_tensor_value_info(name) for name in outputs]
    tensors = [numpy_helper.from_array(array, name) for name, array in weights]
    graph = helper.make_graph(nodes, "g", values, results, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="test")


def old_forms():
    nodes = [
        helper.make_node("Clip", ["x"], ["a"], "clip", min=0.0, max=6.0),
        helper.make_node("ReduceMean", ["a"], ["b"], "mean", axes=[-1], keepdims=1),
        helper.make_node("Sub", ["a", "b"], ["c"], "sub"),
        helper.make_node("Softmax", ["c"], ["d"], "softmax", axis=1),
        helper.make_node("Unsqueeze", ["d"], ["y"], "unsqueeze", axes=[0]),
    ]
    return model(nodes, [("x", TensorProto.FLOAT, ["n", 3, 4])], ["y"], 10)


def unsupported():
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], "relu"),
        helper.make_node("Unique", ["a"], ["b"], "places"),
        helper.make_node("Reluu", ["a"], ["c"], "typo"),
        helper.make_node("FusedGelu", ["a"], ["d"], "fused", domain="com.microsoft"),
    ]
    return model(nodes, [("x", TensorProto.FLOAT, [2, 3])], ["b"], 18)


def linear():
    weights = np.arange(128 * 4, dtype=np.float32).reshape(4, 128)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"], "linear")]
    return model(nodes, [("x", TensorProto.FLOAT, ["batch", "seq", 4])], ["y"], 18, [("w", weights)])


def main():
    name, path = sys.argv[1:]
    made = globals()[name]()
    if name == "linear":
        onnx.save(made, path, save_as_external_data=True, location="linear.bin", size_threshold=0)
    else:
        onnx.save(made, path)


main()
