"""rheobase.sweep: methods over time steps on a small network, its tables, its files and its errors."""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper
import pytest

import rheobase
from rheobase import _find, _sites, sweep
from rheobase._metrics import METRICS, suited

CLASSES, WIDTH = 5, 16


def network(path):
    """A classifier with one hidden layer, the outputs of which differ in size by two orders of magnitude."""
    source = np.random.default_rng(5)
    first = source.normal(size=(WIDTH, 32)).astype(np.float32)
    first[:, :2] *= 40
    tensors = {
        "w0": first,
        "w1": (source.normal(size=(32, CLASSES)) / np.abs(first).mean(0)[:, None]).astype(np.float32),
    }
    nodes = [
        oh.make_node("MatMul", ["x", "w0"], ["h"], "/hidden"),
        oh.make_node("Relu", ["h"], ["r"], "/relu"),
        oh.make_node("MatMul", ["r", "w1"], ["logits"], "/classes"),
    ]
    inputs = [oh.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", WIDTH])]
    outputs = [oh.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", CLASSES])]
    initializers = [onnx.numpy_helper.from_array(value, name) for name, value in tensors.items()]
    graph = oh.make_graph(nodes, "network", inputs, outputs, initializers)
    onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 18)], ir_version=9), path)
    return path, tensors


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder with model.onnx, cal.npz, test.npz and labels.npy, the labels)."""
    if _find.program("snn-opt") is None or _find.library() is None:
        pytest.skip("snn-opt or librheobase.so is not built")
    folder = tmp_path_factory.mktemp("sweep")
    _, tensors = network(folder / "model.onnx")
    source = np.random.default_rng(6)
    cal, test = (source.normal(size=(n, WIDTH)).astype(np.float32) for n in (64, 100))
    labels = (np.maximum(test @ tensors["w0"], 0) @ tensors["w1"]).argmax(-1)
    np.savez(folder / "cal.npz", x=cal)
    np.savez(folder / "test.npz", x=test)
    np.save(folder / "labels.npy", labels)
    return folder, labels


@pytest.fixture(scope="module")
def found(made):
    folder, labels = made
    test = dict(np.load(folder / "test.npz"))
    return sweep.sweep(
        folder / "model.onnx", folder / "cal.npz", test, labels=labels, steps=[3, 8, 16]
    )


def test_one_range_for_all_needs_more_steps(found):
    assert (found.metric, found.reference, found.samples, found.complete) == ("accuracy", 1.0, 100, True)
    assert [(point.method, point.steps) for point in found.points] == [
        (method, steps) for method in ("rheobase", "mbe", "qcfs-rate") for steps in (3, 8, 16)
    ]
    assert found.at("mbe", 8).rms > 2 * found.at("rheobase", 8).rms
    assert found.at("mbe", 16).rms < found.at("mbe", 3).rms / 5
    assert found.at("rheobase", 8).value >= 0.97
    # Rates gain a level a step where binary codes double them: sixteen are too few here.
    assert found.at("rheobase", 8).rms < found.at("qcfs-rate", 16).rms / 5
    assert found.at("mbe", 3).spikes == 0 < found.at("mbe", 16).spikes < found.at("rheobase", 16).spikes
    assert not any(point.error for point in found.points)
    assert found.at("mbe", 8).facts["method"] == "mbe"


def test_steps_beside_values(found):
    assert sorted(found.sites) == [3, 8, 16]
    few, many = found.sites[3], found.sites[16]
    assert few.widest == "/classes:linear" and set(few.ratios) == {"/hidden:linear", "/classes:linear"}
    assert few.worst_site == "/hidden:linear" and few.lost == 2 and many.lost == 0
    # A sign takes a step: inputs of the first layer have one, those behind the Relu have none.
    assert few.ratios["/hidden:linear"] == pytest.approx(few.reach / 3, rel=0.1)
    assert few.zeros > 0.5 > many.zeros


def test_steps_of_a_known_file(tmp_path):
    counts = np.zeros(512, np.int64)
    counts[8 * 32] = 10  # ten values from 1 to 9/8
    names = {"a:linear": (-8, 8), "b:value": (0, 4), "c:neuron": (-100, 100), "c:neuron2": (-100, 100)}
    arrays = {"rheobase calibration": np.array([1])}
    for name, ends in names.items():
        arrays[f"{name}:range"], arrays[f"{name}:histogram"] = np.array(ends, np.float32), counts
    np.savez(tmp_path / "seen.npz", **arrays)
    at = _sites.global_steps(tmp_path / "seen.npz", 4)
    assert (at.reach, at.widest) == (8, "a:linear")
    assert at.ratios == {"a:linear": pytest.approx(8 / 7 / 1.0625), "b:value": pytest.approx(8 / 15 / 1.0625)}
    assert at.zeros == 0.5 and at.lost == 1 and at.median == pytest.approx((8 / 7 + 8 / 15) / 2.125)


def test_metrics_of_known_outputs():
    def value(name, output, reference, inputs=None, labels=None):
        metric = METRICS[name]()
        metric.add(inputs or {}, np.array(output, np.float32), np.array(reference, np.float32), labels)
        return metric.value()

    assert value("accuracy", [[1, 2], [4, 3]], [[0, 0], [0, 0]], labels=np.array([1, 1])) == 0.5
    assert value("agreement", [[1, 2], [4, 3]], [[1, 2], [3, 4]]) == 0.5
    assert value("cosine", [[1, 0], [2, 2]], [[0, 1], [1, 1]]) == pytest.approx(0.5)
    mask = {"attention_mask": np.array([[1, 0]])}
    assert value("cosine", [[[1, 0], [9, 9]]], [[[2, 0], [-7, 3]]], mask) == pytest.approx(1)
    assert value("rms", [[1, 5]], [[4, 1]]) == pytest.approx(5 / 17**0.5)
    uniform = np.zeros((1, 3, 4), np.float32)
    assert value("perplexity", uniform, uniform, {"input_ids": np.array([[0, 1, 2]])}) == pytest.approx(4)
    assert value("perplexity", uniform, uniform, labels=np.array([[0, 1, 2]])) == pytest.approx(4)
    with pytest.raises(rheobase.Error, match="perplexity needs an input 'input_ids'"):
        value("perplexity", uniform, uniform)
    assert suited("logits", uniform, {"input_ids": 0}, None).name == "perplexity"
    assert suited("last_hidden_state", uniform, {"input_ids": 0}, None).name == "cosine"
    assert suited("logits", uniform[0], {}, None).name == "agreement"
    assert suited("y", uniform[0], {}, np.zeros(3)).name == "accuracy"


def run(folder, *arguments):
    command = [sys.executable, "-m", "rheobase.sweep", *map(str, arguments)]
    environment = {"PYTHONPATH": str(pathlib.Path(rheobase.__file__).parents[1])}
    import os

    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


GIVEN = ["model.onnx", "--calibrate", "cal.npz", "--test", "test.npz"]


def test_the_command_prints_tables_and_writes_files(made):
    folder, _ = made
    done = run(folder, *GIVEN, "--steps", "4,16", "--plot", "p.svg", "--json", "p.json", "--samples", "40")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["agreement,", "40", "samples", "T=4", "T=16"]
    assert lines[1].split() == ["float", "network", "100.00%", "100.00%"]
    assert [line.split()[0] for line in lines[2:5]] == ["rheobase", "mbe", "qcfs-rate"]
    assert "one range: step over RMS" in done.stdout and "worst site /hidden:linear" in lines[-1]
    assert not done.stderr
    numbers = json.loads((folder / "p.json").read_text())
    assert numbers["metric"] == "agreement" and len(numbers["points"]) == 6
    drawing = xml.etree.ElementTree.parse(folder / "p.svg").getroot()
    assert len(drawing.findall(".//{http://www.w3.org/2000/svg}polyline")) == 6
    again = run(folder, *GIVEN, "--steps", "4,16", "--plot", "q.svg", "--samples", "40")
    assert again.stdout == done.stdout and (folder / "q.svg").read_bytes() == (folder / "p.svg").read_bytes()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["none.onnx", *GIVEN[1:]], "none.onnx"),
        ([*GIVEN[:-1], "none.npz"], "'none.npz' cannot be read as arrays"),
        ([*GIVEN[:-1], "labels.npy"], "'labels.npy' is one array; an npz file"),
        ([*GIVEN, "--steps", "4,17"], "'17' among the steps, numbers from 2 to 16 expected"),
        ([*GIVEN, "--metric", "accuracy"], "accuracy needs --labels FILE.npy"),
        ([*GIVEN, "--metric", "perplexity"], "perplexity needs an input 'input_ids'"),
        ([*GIVEN, "--output", "y"], "--output is 'y', one of logits expected"),
        ([*GIVEN, "--labels", "labels.npy", "--samples", "0"], "number of samples, at least 1, expected"),
        ([*GIVEN, "--batch", "0"], "--batch is 0, 1 or more expected"),
        ([*GIVEN, "--steps", "8", "--plot", "none/p.svg"], "cannot write 'none/p.svg'"),
        ([*GIVEN, "--dim", "batch"], "'batch', expected NAME=N"),
    ],
)
def test_what_cannot_be_swept_says_why(made, arguments, words):
    done = run(made[0], *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_method_that_fails_is_in_the_table(made):
    done = run(made[0], *GIVEN, "--methods", "mbe+ranges=tensor,lif", "--steps", "8")
    assert done.returncode == 0
    assert "failed" in done.stdout and "step over RMS" not in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["mbe+ranges=tensor", "lif"]
    assert "lif, T=8: snn-opt: error: --method is 'lif', one of" in done.stdout


def test_an_interrupted_sweep_keeps_what_it_has(made, monkeypatch):
    folder, _ = made
    compile, calls = sweep.compile, []

    def interrupted(*arguments, **options):
        calls.append(options)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return compile(*arguments, **options)

    monkeypatch.setattr(sweep, "compile", interrupted)
    found = sweep.sweep(folder / "model.onnx", folder / "cal.npz", dict(np.load(folder / "test.npz")), steps=[8, 4])
    assert not found.complete and len(found.points) == 1
    assert "T=8" in sweep.tables(found)


def test_formats_of_weights_by_size(made):
    folder, _ = made
    done = run(folder, *GIVEN, "--weights", "int8,int4,int2,int4:gptq", "--json", "sizes.json", "--plot", "sizes.svg")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == ["100", "samples", "bits", "a", "weight", "artifact,", "MB", "agreement", "relative", "RMS"]
    found = json.loads((folder / "sizes.json").read_text())
    points = {point["weights"]: point for point in found["points"]}
    assert list(points) == ["int8", "int4", "int2", "int4:gptq"] == found["weights"]
    assert points["int8"]["rms"] < points["int4"]["rms"] < points["int2"]["rms"]
    assert points["int4:gptq"]["facts"]["weights_method"] == "gptq" and points["int4:gptq"]["rms"] != points["int4"]["rms"]
    assert points["int8"]["size"] > 0 and points["int4"]["steps"] == 8
    assert "artifact, MB" in (folder / "sizes.svg").read_text()
    xml.etree.ElementTree.parse(folder / "sizes.svg")
