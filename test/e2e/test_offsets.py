"""Codes of one-sided sites: an unsigned code whose 0 is a whole number of steps above its least value."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase

CHANNELS = 16
PLAIN = ["--migrate=0", "--outliers=0"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The identity as a linear layer: what comes out is what was encoded."""
    path = tmp_path_factory.mktemp("offsets") / "identity.onnx"
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", CHANNELS])
    weights = numpy_helper.from_array(np.eye(CHANNELS, dtype="f"), "w")
    node = helper.make_node("MatMul", ["x", "w"], ["y"], "/linear")
    graph = helper.make_graph([node], "identity", [value("x")], [value("y")], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def samples():
    source = np.random.default_rng(3)
    return (source.gamma(1.5, size=(64, CHANNELS)) - 0.2).astype("f")


def encoded(x, low, high, steps):
    most = np.float32(2**steps - 1)
    lsb = (high / most + low / most).astype("f")
    zero = np.round(low / lsb)
    return lsb * (np.clip(np.round(x / lsb) + zero, 0, most) - zero)


@pytest.mark.parametrize("ranges", ["token", "tensor"])
@pytest.mark.parametrize("steps", [4, 8, 12])
def test_code_is_that_of_its_equation(artifact, model, samples, ranges, steps):
    options = PLAIN + ["--clip=percentile", "--percentile=100"]
    path = artifact(model, steps=steps, target="native", calibrate={"x": samples}, ranges=ranges, options=options)
    rows = dict(axis=-1, keepdims=True) if ranges == "token" else {}
    low, high = np.maximum(-samples.min(**rows), 0), np.maximum(samples.max(**rows), 0)
    expected = encoded(samples, low, high, steps)
    with rheobase.Artifact(path) as opened:
        ours = opened.run({"x": samples})["y"]
    # A product with 1 / lsb may round the other way than a quotient, which is one step of one element.
    different = np.abs(ours - expected) > 1e-5 * samples.max()
    assert different.mean() < 0.01


@pytest.mark.parametrize("ranges", ["token", "tensor"])
def test_forms_are_equal_bit_for_bit_and_finer_than_a_signed_code(artifact, model, samples, ranges):
    options = dict(steps=5, target="native", calibrate={"x": samples}, ranges=ranges)
    with rheobase.Artifact(artifact(model, form="value", **options)) as value:
        folded = value.run({"x": samples})["y"]
    with rheobase.Artifact(artifact(model, form="time", **options)) as time:
        assert time.run({"x": samples})["y"].tobytes() == folded.tobytes()
    with rheobase.Artifact(artifact(model, options=["--offsets=none"], **options)) as signed:
        error = lambda y: np.square(y - samples).mean()
        assert error(folded) < 0.5 * error(signed.run({"x": samples})["y"])


@pytest.mark.parametrize("form", ["value", "time"])
def test_rows_at_the_ends_of_numbers(artifact, model, samples, form):
    path = artifact(model, steps=8, target="native", calibrate={"x": samples}, form=form, options=PLAIN)
    rows = np.zeros((5, CHANNELS), "f")
    rows[1] = 1e-45
    rows[2, :2] = 3e38, -3e38
    rows[3, :3] = np.nan, np.inf, 1
    rows[4] = -1
    with rheobase.Artifact(path) as opened:
        y = opened.run({"x": rows})["y"]
    assert not y[0].any()
    assert np.abs(y[1]).max() < 1e-37
    assert y[2, 0] == pytest.approx(3e38, rel=0.02) and y[2, 1] == pytest.approx(-3e38, rel=0.02)
    # NaN is taken for 0, an infinity for the largest code; neither sets the step.
    assert y[3, :3] == pytest.approx([0, 1, 1], abs=0.01)
    assert y[4] == pytest.approx(-1, abs=0.01)
