"""Writes a model with a node of each kind that conversion treats in its own way: kinds.py FILE"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

constants = {"w": np.ones((8, 8)), "gamma": np.ones(8), "one": np.ones(1)}
nodes = [
    helper.make_node("MatMul", ["x", "w"], ["a"], "linear"),
    helper.make_node("Transpose", ["x"], ["xt"], "turn", perm=[0, 2, 1]),
    helper.make_node("MatMul", ["a", "xt"], ["b"], "scores"),
    helper.make_node("Softmax", ["b"], ["c"], "softmax", axis=-1),
    helper.make_node("MatMul", ["c", "x"], ["d"], "mix"),
    helper.make_node("LayerNormalization", ["d", "gamma"], ["e"], "norm", axis=-1),
    helper.make_node("Add", ["e", "a"], ["f"], "sum"),
    helper.make_node("Log", ["f"], ["y"], "log"),
    helper.make_node("Add", ["one", "one"], ["two"], "fold"),
    helper.make_node("Mul", ["two", "f"], ["z"], "scale"),
    helper.make_node("Cast", ["f"], ["i"], "whole", to=TensorProto.INT32),
]
graph = helper.make_graph(
    nodes,
    "kinds",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 6, 8])],
    [helper.make_empty_tensor_value_info(name) for name in ("y", "z", "i")],
    [numpy_helper.from_array(value.astype("f"), name) for name, value in constants.items()],
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), sys.argv[1])
