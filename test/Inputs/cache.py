"""Writes a network with a cache, as decoders have one: cache.py FILE.onnx [PAST PRESENT]

present = past and then x, along the sequence; y = the sum over it. The names of cache and output may be given.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def cache(past, present):
    nodes = [
        helper.make_node("Concat", [past, "x"], [present], "/concat", axis=1),
        helper.make_node("ReduceSum", [present, "axes"], ["y"], "/sum", keepdims=0),
        helper.make_node("Shape", ["x"], ["shape"], "/shape"),
    ]
    values = [(past, ["batch", "past", 4]), ("x", ["batch", "new", 4])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in values]
    outputs = [helper.make_empty_tensor_value_info(name) for name in ("y", present, "shape")]
    axes = numpy_helper.from_array(np.array([1]), "axes")
    graph = helper.make_graph(nodes, "cache", inputs, outputs, [axes])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9, producer_name="test")


path, *names = sys.argv[1:]
onnx.save(cache(*(names or ["past.0", "present.0"])), path)
