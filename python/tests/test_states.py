"""States: what a session keeps from run to run."""

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper
import pytest

import rheobase
from rheobase import _find


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    """present = past and then x; y = the sum over it; past is a state."""
    if _find.program("snn-opt") is None or _find.library() is None:
        pytest.skip("snn-opt or librheobase.so is not built")
    nodes = [
        oh.make_node("Concat", ["past", "x"], ["present"], "/concat", axis=1),
        oh.make_node("ReduceSum", ["present", "axes"], ["y"], "/sum", keepdims=0),
    ]
    shapes = {"past": ["batch", "past_length", 2], "x": ["batch", "length", 2]}
    inputs = [oh.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    outputs = [oh.make_empty_tensor_value_info(name) for name in ("y", "present")]
    graph = oh.make_graph(nodes, "cache", inputs, outputs, [onnx.numpy_helper.from_array(np.array([1]), "axes")])
    folder = tmp_path_factory.mktemp("states")
    onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 18)], ir_version=9), folder / "m.onnx")
    path = rheobase.compile(folder / "m.onnx", folder / "m.rheo", ann=True, target="x86-64", states=["past=present"])
    with rheobase.Artifact(path) as opened:
        yield opened


def step(session, value, length=1):
    return session.run({"x": np.full((1, length, 2), value, np.float32)})["y"][0, 0]


def test_states_are_neither_inputs_nor_outputs(artifact):
    assert [info.name for info in artifact.inputs] == ["x"]
    assert [info.name for info in artifact.outputs] == ["y"]
    assert [(info.name, info.shape[2], info.dtype) for info in artifact.states] == [("past", 2, np.float32)]


def test_a_session_keeps_them_and_begins_anew(artifact):
    with artifact.session() as session, artifact.session() as other:
        assert session.states() == {}
        assert [step(session, value) for value in (1, 2, 4)] == [1, 3, 7]
        assert step(session, 8, length=3) == 31
        assert session.states()["past"].shape == (1, 6, 2)
        assert step(other, 1) == 1
        session.reset_states()
        assert step(session, 5) == 5


def test_a_session_is_saved_and_restored(artifact):
    with artifact.session() as session, artifact.session() as other:
        step(session, 3)
        saved = session.states()
        assert step(session, 4) == 7
        other.set_states(saved)
        assert step(other, 4) == 7
        assert np.array_equal(other.states()["past"], session.states()["past"])


def test_a_failed_run_leaves_them(artifact):
    with artifact.session() as session:
        step(session, 3)
        with pytest.raises(rheobase.RunError):
            session.run({"x": np.zeros((2, 1, 2), np.float32)})
        with pytest.raises(rheobase.RunError):
            session.run({"x": np.zeros((1, 1, 2), np.float32)}, progress=lambda done, total: False)
        assert step(session, 1) == 4


@pytest.mark.parametrize(
    "values, words",
    [
        ({"future": np.zeros((1, 1, 2), np.float32)}, "no state named 'future'"),
        ({"past": np.zeros((1, 1, 2))}, "float64, expected float32"),
        ({"past": np.zeros((1, 2), np.float32)}, "past"),
    ],
)
def test_a_wrong_state_is_named(artifact, values, words):
    with artifact.session() as session, pytest.raises(rheobase.RunError, match=words):
        session.set_states(values)
