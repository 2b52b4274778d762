"""Hidden units left out: which, and what is left."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from support import EXAMPLE, run

INPUTS, HIDDEN, OUTPUTS = 8, 128, 4
DEAD = list(range(3, HIDDEN, 4))  # never above 0: a quarter


def weights():
    rng = np.random.default_rng(7)
    first, second = rng.standard_normal((INPUTS, HIDDEN)).astype("f"), rng.standard_normal((HIDDEN, OUTPUTS)).astype("f")
    offset = np.abs(first).sum(0)
    offset[DEAD] *= -1
    second[DEAD] *= 100  # long, so that weights alone would keep them
    return first, offset, second


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("prune") / "mlp.onnx"
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
    nodes = [helper.make_node("MatMul", ["x", "v"], ["h"], "/first"), helper.make_node("Add", ["h", "b"], ["a"], "/offset"),
             helper.make_node("Relu", ["a"], ["r"], "/relu"), helper.make_node("MatMul", ["r", "w"], ["y"], "/second")]
    constants = [numpy_helper.from_array(each, name) for each, name in zip(weights(), "vbw")]
    graph = helper.make_graph(nodes, "mlp", [value("x", INPUTS)], [value("y", OUTPUTS)], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def samples():
    return {"x": np.random.default_rng(8).uniform(-1, 1, (64, INPUTS)).astype("f")}


def exact(x):
    first, offset, second = weights()
    return np.maximum(x @ first + offset, 0) @ second


@pytest.mark.parametrize("score", ["svs", "wanda"])
def test_units_that_never_fire_go_first(model, samples, tmp_path, score, capfd):
    out = rheobase.compile(model, tmp_path / "out.rheo", steps=12, weights="f32", calibrate=samples,
                           options=["--prune=0.25", f"--prune-score={score}"])
    with rheobase.Artifact(out) as opened:
        y = opened.run(samples)["y"]
    wanted = exact(samples["x"])
    assert np.abs(y - wanted).max() <= 2e-3 * np.abs(wanted).max()


def test_weights_alone_keep_them(model, samples, tmp_path):
    out = rheobase.compile(model, tmp_path / "out.rheo", steps=12, weights="f32", calibrate=samples,
                           options=["--prune=0.25", "--prune-score=magnitude"])
    with rheobase.Artifact(out) as opened:
        y = opened.run(samples)["y"]
    wanted = exact(samples["x"])
    assert np.abs(y - wanted).max() > 1e-2 * np.abs(wanted).max()


def test_scores_of_samples_need_them(model, tmp_path):
    with pytest.raises(rheobase.CompileError, match="--prune-score=svs goes by what units do in samples, and there are none"):
        rheobase.compile(model, tmp_path / "out.rheo", options=["--prune=0.25"])


@pytest.mark.parametrize("options, text", [
    (["--prune=1"], "--prune is 1"),
    (["--prune-score=svs"], "--prune-score goes with --prune=SHARE"),
    (["--prune=0.5", "--prune-score=size"], "--prune-score is 'size'"),
])
def test_wrong_options_are_errors(model, tmp_path, options, text):
    with pytest.raises(rheobase.CompileError, match=text):
        rheobase.compile(model, tmp_path / "out.rheo", options=options)


def test_a_trained_network_loses_less_by_its_spikes(fashion, calibration, tmp_path):
    images, labels = fashion[0][:2000], fashion[1][:2000]
    hits, sizes = {}, {}
    for score in [None, "svs", "magnitude", "random"]:
        options = ["--prune=0.25", f"--prune-score={score}"] if score else []
        out = rheobase.compile(EXAMPLE / "model.onnx", tmp_path / f"{score}.rheo", calibrate=calibration, options=options)
        logits, _ = run(out, {"pixel_values": images}, batch=100)
        hits[score], sizes[score] = np.mean(logits.argmax(-1) == labels), out.stat().st_size
    assert hits["svs"] > max(hits["magnitude"], hits["random"])
    assert hits["svs"] >= hits[None] - 0.015
    assert sizes["svs"] < sizes[None]
