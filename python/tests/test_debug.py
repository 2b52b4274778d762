"""rheobase.debug: agreement, and a planted difference that must be found at its node."""

import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper
import pytest

import rheobase
from rheobase import _find, debug


def network(path, scale=1.0):
    """Four layers and a Split; the third layer's weights are multiplied by `scale`."""
    source = np.random.default_rng(3)
    weights = [source.normal(size=(8, 8)).astype(np.float32) for _ in range(4)]
    weights[2] *= np.float32(scale)
    nodes, value = [], "x"
    for i in range(4):
        nodes.append(oh.make_node("MatMul", [value, f"w{i}"], [f"m{i}"], f"/layer.{i}/MatMul"))
        nodes.append(oh.make_node("Tanh", [f"m{i}"], [f"t{i}"], f"/layer.{i}/Tanh"))
        value = f"t{i}"
    nodes.append(oh.make_node("Split", [value], ["a", "b"], axis=1, num_outputs=2))
    nodes.append(oh.make_node("Mul", ["a", "b"], ["y"], "/product"))
    inputs = [oh.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 8])]
    outputs = [oh.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 4])]
    tensors = [onnx.numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)]
    graph = oh.make_graph(nodes, "network", inputs, outputs, tensors)
    onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    if _find.program("snn-opt") is None or _find.library() is None:
        pytest.skip("snn-opt or librheobase.so is not built")
    pytest.importorskip("onnxruntime")
    return network(tmp_path_factory.mktemp("debug") / "model.onnx")


@pytest.fixture(scope="module")
def perturbed(model):
    """An artifact of the same network with one layer's weights a little off."""
    other = network(model.with_name("other.onnx"), scale=1.01)
    return rheobase.compile(other, model.with_name("other.rheo"), ann=True, target="native")


def test_every_node_is_compared_and_agrees(model):
    found = debug.compare(model)
    assert [each.node for each in found.nodes] == [
        *(f"/layer.{i}/{op}" for i in range(4) for op in ("MatMul", "Tanh")),
        "Split_8",
        "Split_8",
        "/product",
    ]
    assert found.first(1e-4) is None
    assert found.program[-1].output == "y"
    assert all(each.shape[0] == 2 for each in found.nodes)


def test_a_planted_difference_is_found_at_its_node(model, perturbed):
    found = debug.compare(model, artifact=perturbed)
    first = found.first(1e-4)
    assert first.node in ("/layer.2/MatMul", "/layer.2/Tanh")
    assert 1e-4 < first.relative < 0.1
    assert abs(first.ours - first.theirs) == pytest.approx(first.largest)
    before = [each for each in found.program if each.node.startswith(("/layer.0", "/layer.1"))]
    assert before and not any(each.exceeds(1e-4) for each in before)
    assert found.first(0.5) is None


def test_inputs_are_seeded_or_given(model, tmp_path):
    given = {"x": np.ones((5, 8), np.float32)}
    assert debug.compare(model, given).nodes[0].shape == (5, 8)
    assert debug.compare(model, dims={"batch": 3}).nodes[0].shape == (3, 8)
    with rheobase.Artifact(rheobase.compile(model, tmp_path / "m.rheo", ann=True, target="native")) as opened:
        one, same, other = (debug.random_inputs(opened, {}, seed)["x"] for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_infinities_order_and_nothing(model):
    def difference(ours, theirs):
        return debug._difference("n", "Op", "", np.array(ours, np.float32), np.array(theirs, np.float32))

    inf, nan = np.inf, np.nan
    assert difference([1, -inf, nan], [1, -inf, nan]).relative == 0
    assert difference([1, inf, 2], [1, 3, 2]).relative == inf
    assert difference([nan, 1], [2, 1]).place == (0,)
    assert difference([[1, 2], [3, 4]], [[1, 3], [2, 4]]).reordered
    assert not difference([1, 2], [1, 3]).reordered
    assert difference([], []).relative == 0
    assert difference([0.5], [0]).relative > 1e30
    assert difference([3.5e-43], [3.4e-43]).relative < 1e-6


def run(*arguments):
    command = [sys.executable, "-m", "rheobase.debug", "compare", *map(str, arguments)]
    folder = pathlib.Path(rheobase.__file__).parents[1]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_the_command_prints_tables_and_a_verdict(model):
    done = run(model, "--dim", "batch=3")
    assert done.returncode == 0, done.stderr
    assert "nodes\n" in done.stdout and "program\n" in done.stdout
    assert "/product (output y)" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("they agree: 11 values of nodes and ")


def test_the_command_fails_at_a_difference(model, perturbed, tmp_path):
    np.savez(tmp_path / "in.npz", **{"in:x": np.ones((2, 8), np.float32)})
    done = run(model, "--artifact", perturbed, "--inputs", tmp_path / "in.npz")
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].startswith("they part at node '/layer.2/")
    assert "in the program, the first beyond 0.0001: at [" in done.stdout
    assert any(line.endswith("<") for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["none.onnx"], "onnx cannot read 'none.onnx'"),
        (["MODEL", "--inputs", "none.npz"], "'none.npz' cannot be read as an npz file"),
        (["MODEL", "--artifact", "none.rheo"], "none.rheo"),
        (["MODEL", "--dim", "bacth=3"], "--dim 'bacth': the artifact has no such dimension, it has ['batch']"),
        (["MODEL", "--dim", "batch"], "'batch', expected NAME=N"),
    ],
)
def test_what_cannot_be_compared_says_why(model, arguments, words):
    done = run(*(model if argument == "MODEL" else argument for argument in arguments))
    assert done.returncode == 2
    assert words in done.stderr


def test_wrong_inputs_are_named(model):
    with pytest.raises(rheobase.Error, match="input 'x'"):
        debug.compare(model, {})
