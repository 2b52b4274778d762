"""Shapes that the elements of inputs say: one artifact for all of them, and errors where they say no shape."""

import numpy as np
import onnx
import onnx.helper as oh
import pytest

import rheobase
from support import Reference

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def ints(*values):
    return np.array(values, np.int64)


def number(value):
    return np.array(value, np.int64)


def model_of(nodes, inputs, opset=18):
    infos = [oh.make_tensor_value_info(name, oh.np_dtype_to_tensor_dtype(a.dtype), a.shape) for name, a in inputs.items()]
    outputs = [oh.make_empty_tensor_value_info(name) for name in nodes[-1].output]
    graph = oh.make_graph(nodes, "computed", infos, outputs)
    return oh.make_model(graph, opset_imports=[oh.make_opsetid("", opset)], ir_version=9)


# By case: nodes, and the inputs of two or more calls.
CASES = {
    "reshape": ([oh.make_node("Reshape", ["x", "shape"], ["y"])],
                [{"x": X, "shape": ints(0, -1)}, {"x": X, "shape": ints(8, 3)}, {"x": X, "shape": ints(-1, 1)}]),
    "expand": ([oh.make_node("Expand", ["row", "shape"], ["y"])],
               [{"row": X[:1, 0], "shape": ints(5, 1, 4)}, {"row": X[:1, 0], "shape": ints(2, 3, 1)}]),
    "slice": ([oh.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])],
              [{"x": X, "starts": ints(1, -1), "ends": ints(3, -9), "axes": ints(1, 2), "steps": ints(1, -2)},
               {"x": X, "starts": ints(0, 5), "ends": ints(1, 9), "axes": ints(-3, 1), "steps": ints(2, 1)}]),
    "pad": ([oh.make_node("Pad", ["x", "pads", "", "axes"], ["y"], mode="reflect")],
            [{"x": X, "pads": ints(1, 2, 0, 3), "axes": ints(1, 2)}, {"x": X, "pads": ints(-1, 1, 1, 0), "axes": ints(2, 0)}]),
    "tile": ([oh.make_node("Tile", ["x", "repeats"], ["y"])], [{"x": X, "repeats": ints(1, 2, 3)}, {"x": X, "repeats": ints(2, 0, 1)}]),
    "range": ([oh.make_node("Range", ["a", "b", "c"], ["y"])],
              [{"a": number(1), "b": number(10), "c": number(4)}, {"a": number(5), "b": number(-3), "c": number(-2)},
               {"a": number(5), "b": number(5), "c": number(1)}]),
    "squeeze": ([oh.make_node("Squeeze", ["x", "axes"], ["y"])],
                [{"x": X[:1, :1], "axes": ints(0)}, {"x": X[:1, :1], "axes": ints(-2)}]),
    "unsqueeze": ([oh.make_node("Unsqueeze", ["x", "axes"], ["y"])], [{"x": X, "axes": ints(0, -1)}, {"x": X, "axes": ints(2, 1)}]),
    "split": ([oh.make_node("Split", ["x", "sizes"], ["y", "z"], axis=2)], [{"x": X, "sizes": ints(1, 3)}, {"x": X, "sizes": ints(4, 0)}]),
    "topk": ([oh.make_node("TopK", ["x", "k"], ["y", "i"], axis=1)], [{"x": X, "k": ints(1)}, {"x": X, "k": ints(3)}]),
    "nonzero": ([oh.make_node("NonZero", ["x"], ["y"])], [{"x": X % 5}, {"x": X * 0}, {"x": X + 1}]),
    "compress": ([oh.make_node("Compress", ["x", "keep"], ["y"], axis=1)],
                 [{"x": X, "keep": np.array([True, False, True])}, {"x": X, "keep": np.array([False, False, False])}]),
    "resize": ([oh.make_node("Resize", ["x", "", "scales"], ["y"], mode="linear")],
               [{"x": X, "scales": np.array([1, 2, 1.5], np.float32)}, {"x": X, "scales": np.array([1, 0.6, 3], np.float32)}]),
    "reduce": ([oh.make_node("ReduceL2", ["x", "axes"], ["y"], keepdims=0)], [{"x": X, "axes": ints(1)}, {"x": X, "axes": ints(-1)}]),
    "mean of integers": ([oh.make_node("ReduceMean", ["x", "axes"], ["y"])],
                         [{"x": np.array([[2, 1], [1, 0]], np.int32), "axes": ints(0, 1)},
                          {"x": np.array([[9, 1], [1, 1]], np.int32), "axes": ints(-1, 0)}]),
    "no axes": ([oh.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)], [{"x": X, "axes": ints()}, {"x": X + 1, "axes": ints()}]),
    # What is not zero may be nothing at all: axes without elements.
    "nothing": ([oh.make_node("NonZero", ["x"], ["places"]), oh.make_node("Slice", ["places", "starts", "ends", "axes", "steps"], ["back"]),
                 oh.make_node("Pad", ["back", "pads", "fill", "axes"], ["y"])],
                [{"x": x, "starts": ints(-1), "ends": ints(-99), "axes": ints(1), "steps": ints(-1), "pads": ints(1, 1),
                  "fill": number(7)} for x in (X * 0, X % 3)]),
    "long steps": ([oh.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])],
                   [{"x": X, "starts": ints(0), "ends": ints(3), "axes": ints(1), "steps": ints(2**63 - 1)},
                    {"x": X, "starts": ints(-1), "ends": ints(-(2**62)), "axes": ints(1), "steps": ints(-(2**62))}]),
    # Sizes that are equal to others which are measured later.
    "order": ([oh.make_node("ConstantOfShape", ["s"], ["z"]), oh.make_node("ReduceSum", ["z", "last"], ["a"], keepdims=0),
               oh.make_node("ReduceSum", ["z", "first"], ["b"], keepdims=0), oh.make_node("Concat", ["a", "b", "b"], ["c"], axis=0),
               oh.make_node("Add", ["c", "x"], ["y"])],
              [{"s": ints(3, 2), "last": ints(1), "first": ints(0), "x": X[0, 0, :1].repeat(7)},
               {"s": ints(1, 3), "last": ints(1), "first": ints(0), "x": X[0, 0, :1].repeat(7)}]),
    # A size that one call's data decides, in a chain: what is kept, then the number of rows that it makes.
    "chain": ([oh.make_node("NonZero", ["x"], ["places"]), oh.make_node("Shape", ["places"], ["size"], start=1),
               oh.make_node("Concat", ["size", "two"], ["shape"], axis=0), oh.make_node("Expand", ["one", "shape"], ["y"])],
              [{"x": X % 3, "two": ints(2), "one": X[0, 0, :1]}, {"x": X, "two": ints(1), "one": X[0, 0, :1]}]),
}  # fmt: skip


def compiled(folder, nodes, inputs):
    onnx.save(model_of(nodes, inputs), folder / "m.onnx")
    return rheobase.compile(folder / "m.onnx", folder / "m.rheo", ann=True, target="native")


@pytest.mark.parametrize("case", CASES)
def test_shapes_follow_the_elements(case, tmp_path):
    nodes, calls = CASES[case]
    path = compiled(tmp_path, nodes, calls[0])
    reference = Reference(tmp_path / "m.onnx")
    with rheobase.Artifact(path) as artifact, artifact.session() as session:
        for call in [*calls, calls[0]]:
            found, expected = session.run(call), reference.run(call)
            for name, wanted in expected.items():
                assert found[name].shape == wanted.shape
                np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "case, call, message",
    [
        ("reshape", {"x": X, "shape": ints(5, -1)}, "at node 'Reshape_0'"),
        ("reshape", {"x": X, "shape": ints(-1, -1)}, "at node 'Reshape_0'"),
        ("expand", {"row": X[:1, 0], "shape": ints(5, 1, 3)}, "size 2 at node 'Expand_0' is -1, expected 4"),
        ("topk", {"x": X, "k": ints(4)}, "at node 'TopK_0'"),
        ("split", {"x": X, "sizes": ints(3, 3)}, "size 0 at node 'Split_0' is 6, expected 4"),
        ("split", {"x": X, "sizes": ints(-1, 5)}, "size 0 at node 'Split_0' is -1, expected"),
        ("tile", {"x": X, "repeats": ints(1, -2, 3)}, "at node 'Tile_0' is -6, expected"),
        ("range", {"a": number(1), "b": number(10), "c": number(0)}, "at node 'Range_0' is -1, expected"),
        ("slice", {"x": X, "starts": ints(1, 1), "ends": ints(3, 3), "axes": ints(1, 5), "steps": ints(1, 1)}, "index out of range at node 'Slice_0'"),
        ("reduce", {"x": X, "axes": ints(7)}, "index out of range at node 'ReduceL2_0'"),
    ],
)
def test_elements_that_say_no_shape_are_errors(case, call, message, tmp_path):
    nodes, calls = CASES[case]
    path = compiled(tmp_path, nodes, calls[0])
    with rheobase.Artifact(path) as artifact, artifact.session() as session:
        with pytest.raises(rheobase.Error, match=message):
            session.run(call)
        session.run(calls[0])
