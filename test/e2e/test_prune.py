"""Hidden units left out: which, and what is left."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from support import EXAMPLE, onnx_runtime, run

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


def test_the_report_says_what_is_left_out(model, samples, tmp_path):
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    rheobase.compile(model, tmp_path / "out.rheo", calibrate=samples, options=["--prune=0.25", "--prune-score=wanda", f"--report={report},{page}"])
    found = json.loads(report.read_text())["pruning"]
    assert found["score"] == "wanda"
    assert found["items"] == [{"site": "/second:linear", "what": "units", "units": HIDDEN, "left_out": HIDDEN // 4}]
    stay = HIDDEN * 3 // 4
    # Weights and offsets of those that stay, and the offset that stands for the others.
    assert found["weights_left"] == pytest.approx((stay * (INPUTS + OUTPUTS + 1) + OUTPUTS) / (HIDDEN * (INPUTS + OUTPUTS + 1)))
    assert 0.74 < found["operations_left"] < 0.78
    assert "<td class=\"text\">units</td><td>128</td><td>32</td><td>25 %</td>" in page.read_text()


def test_a_report_without_pruning_has_none(model, samples, tmp_path):
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    rheobase.compile(model, tmp_path / "out.rheo", calibrate=samples, options=[f"--report={report},{page}"])
    assert json.loads(report.read_text())["pruning"] == {"basis": "measured", "items": []}
    assert "Left out" not in page.read_text()


def test_scores_of_samples_need_them(model, tmp_path):
    with pytest.raises(rheobase.CompileError, match="--prune-score=svs goes by what units do in samples, and there are none"):
        rheobase.compile(model, tmp_path / "out.rheo", options=["--prune=0.25"])


@pytest.mark.parametrize("options, text", [
    (["--prune=1"], "--prune is 1"),
    (["--prune-score=svs"], "--prune-score goes with --prune=SHARE"),
    (["--prune-what=heads"], "--prune-what goes with --prune=SHARE"),
    (["--prune=0.5", "--prune-what=units,layers"], "--prune-what is 'layers', one of units, heads, channels expected"),
    (["--prune=0.5", "--prune-score=size"], "--prune-score is 'size'"),
])
def test_wrong_options_are_errors(model, tmp_path, options, text):
    with pytest.raises(rheobase.CompileError, match=text):
        rheobase.compile(model, tmp_path / "out.rheo", options=options)


def graph_file(path, nodes, constants, inputs, outputs):
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
    tensors = [numpy_helper.from_array(each, name) for name, each in constants.items()]
    graph = helper.make_graph(nodes, "net", [value("x", inputs)], [value("y", outputs)], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


def attention(path):
    """Four heads of width 8 whose queries, keys and values are one product; the third one's values are 0."""
    rng = np.random.default_rng(11)
    heads, width, tokens = 4, 8, 6
    size = heads * width
    weights, out = (rng.standard_normal(shape).astype("f") / 4 for shape in [(size, 3 * size), (size, size)])
    weights[:, 2 * size + 2 * width : 2 * size + 3 * width] = 0
    out[2 * width : 3 * width] *= 100
    node = helper.make_node
    nodes = [node("MatMul", ["x", "w"], ["qkv"], "/qkv"), node("Split", ["qkv"], ["q", "k", "v"], "/split", axis=2, num_outputs=3)]
    for name, order in [("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])]:
        nodes += [node("Reshape", [name, "apart"], [name + "4"], f"/{name}/reshape"),
                  node("Transpose", [name + "4"], [name + "h"], f"/{name}/transpose", perm=order)]
    nodes += [node("MatMul", ["qh", "kh"], ["s"], "/scores"), node("Softmax", ["s"], ["p"], "/softmax", axis=-1),
              node("MatMul", ["p", "vh"], ["c"], "/values"), node("Transpose", ["c"], ["ct"], "/back", perm=[0, 2, 1, 3]),
              node("Reshape", ["ct", "together"], ["o"], "/together"), node("MatMul", ["o", "out"], ["y"], "/out")]
    constants = {"w": weights, "out": out, "apart": np.array([0, tokens, heads, width]), "together": np.array([0, tokens, size])}
    return graph_file(path, nodes, constants, [tokens, size], [tokens, size])


def convolutions(path):
    """A convolution with its normalisation, one for each channel, one of single pixels, a mean, classes; a quarter of the channels never fires."""
    rng = np.random.default_rng(12)
    channels, classes = 16, 5
    wide = lambda *shape: (rng.standard_normal(shape) / 3).astype("f")
    shift = np.full(channels, 0.3, "f")
    shift[1::4] = -100
    constants = {"first": wide(channels, 2, 3, 3), "scale": np.abs(wide(channels)) + 0.1, "shift": shift, "mean": wide(channels),
                 "variance": np.abs(wide(channels)) + 0.5, "own": wide(channels, 1, 3, 3), "mix": wide(8, channels, 1, 1),
                 "offset": np.array([0, 0, -100, 0, 0, -100, 0, 0], "f"), "w": wide(8, classes)}
    constants["mix"][:, 1::4] *= 100
    constants["w"][[2, 5]] *= 100
    node = helper.make_node
    nodes = [node("Conv", ["x", "first"], ["a"], "/first", pads=[1] * 4),
             node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["n"], "/norm"), node("Relu", ["n"], ["r"], "/relu"),
             node("Conv", ["r", "own"], ["d"], "/own", pads=[1] * 4, group=channels), node("Conv", ["d", "mix", "offset"], ["m"], "/mix"),
             node("Relu", ["m"], ["q"], "/relu2"), node("GlobalAveragePool", ["q"], ["g"], "/pool"), node("Flatten", ["g"], ["f"], "/flatten"),
             node("MatMul", ["f", "w"], ["y"], "/classes")]
    return graph_file(path, nodes, constants, [2, 8, 8], [classes])


@pytest.mark.parametrize("score", ["svs", "wanda"])
@pytest.mark.parametrize("what, make, shape", [("heads", attention, (6, 32)), ("channels", convolutions, (2, 8, 8))])
def test_heads_and_channels_that_never_fire_go_first(tmp_path, what, make, shape, score):
    model = make(tmp_path / "net.onnx")
    samples = {"x": np.random.default_rng(13).uniform(-1, 1, (48, *shape)).astype("f")}
    options = ["--prune=0.25", f"--prune-score={score}", f"--prune-what={what}"]
    sizes = {}
    for name, each in [("all", []), ("pruned", options)]:
        out = rheobase.compile(model, tmp_path / f"{name}.rheo", steps=12, weights="f32", calibrate=samples, target="native", options=each)
        sizes[name] = out.stat().st_size
    with rheobase.Artifact(tmp_path / "pruned.rheo") as opened:
        y = opened.run(samples)["y"]
    wanted = onnx_runtime(model, samples)
    assert np.abs(y - wanted).max() <= 5e-3 * np.abs(wanted).max()
    assert sizes["pruned"] < sizes["all"]


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


def test_heads_of_a_trained_network_are_told_apart(fashion, calibration, tmp_path):
    images, labels = fashion[0][:2000], fashion[1][:2000]
    hits = {}
    for score in ["wanda", "svs", "random"]:
        out = rheobase.compile(EXAMPLE / "model.onnx", tmp_path / f"{score}.rheo", calibrate=calibration, target="native",
                               options=["--prune=0.25", f"--prune-score={score}", "--prune-what=heads"])
        logits, _ = run(out, {"pixel_values": images}, batch=100)
        hits[score] = np.mean(logits.argmax(-1) == labels)
    assert hits["wanda"] > hits["svs"] > hits["random"]
