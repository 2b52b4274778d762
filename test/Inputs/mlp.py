"""Writes a small network, and with a second name samples for it: mlp.py FILE.onnx [FILE.npz].

Two linear layers with a Gelu (or --activation) between them, on [batch, 8]; the batch is open, or with --batch=N fixed.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FEATURES, HIDDEN, CLASSES = 8, 16, 4


def weights():
    source = np.random.default_rng(5)
    shapes = {"w0": (FEATURES, HIDDEN), "b0": (HIDDEN,), "w1": (HIDDEN, CLASSES), "b1": (CLASSES,)}
    return [numpy_helper.from_array(source.normal(size=s).astype("f") / 3, name) for name, s in shapes.items()]


def mlp(batch, activation, output):
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["m0"], "/first/MatMul"),
        helper.make_node("Add", ["m0", "b0"], ["a0"], "/first/Add"),
        helper.make_node(activation, ["a0"], ["g"], f"/{activation.lower()}"),
        helper.make_node("MatMul", ["g", "w1"], ["m1"], "/second/MatMul"),
        helper.make_node("Add", ["m1", "b1"], [output], "/second/Add"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, FEATURES])
    y = helper.make_tensor_value_info(output, TensorProto.FLOAT, [batch, CLASSES])
    graph = helper.make_graph(nodes, "mlp", [x], [y], weights())
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, producer_name="test")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("samples", nargs="?")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--activation", default="Gelu")
    parser.add_argument("--output", default="y", help="its name")
    args = parser.parse_args()
    onnx.save(mlp(args.batch or "batch", args.activation, args.output), args.model)
    if args.samples:
        np.savez(args.samples, x=np.random.default_rng(6).normal(size=(8, FEATURES)).astype("f"))


main()
