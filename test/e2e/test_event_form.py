"""Event form: the integers, outputs and counters of value form, and a choice for each layer by what samples show."""

import json
import re
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find
from support import EXAMPLE

OPTIONS = dict(target="native")
WIDTH, HIDDEN, CLASSES, SHARE = 96, 1536, 64, 0.05


def weights(name, *shape, seed=0):
    values = np.random.default_rng([seed, *shape]).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
    return numpy_helper.from_array(values.astype("f"), name)


def bias_for(share):
    """What lets so large a share of normal numbers above 0."""
    draws = np.random.default_rng(1).normal(size=100_000)
    return -np.quantile(draws, 1 - share)


def save(path, nodes, constants, x, y):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, y)]
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


def perceptron(path, share):
    """Two layers with a ReLU between them that lets `share` of its inputs through."""
    constants = [weights("w0", WIDTH, HIDDEN), weights("w1", HIDDEN, CLASSES),
                 numpy_helper.from_array(np.full(HIDDEN, bias_for(share), "f"), "b0")]
    nodes = [helper.make_node("MatMul", ["x", "w0"], ["m0"], "/first"),
             helper.make_node("Add", ["m0", "b0"], ["a0"], "/add"),
             helper.make_node("Relu", ["a0"], ["r0"], "/relu"),
             helper.make_node("MatMul", ["r0", "w1"], ["y"], "/second")]
    return save(path, nodes, constants, ["batch", WIDTH], ["batch", CLASSES])


def convolutions(path, share):
    w0 = numpy_helper.to_array(weights("w0", 27, 24)).T.reshape(24, 3, 3, 3)
    constants = [numpy_helper.from_array(np.ascontiguousarray(w0), "w0"), weights("w1", 64, 24, 3, 3),
                 numpy_helper.from_array(np.full(24, bias_for(share), "f"), "b0")]
    nodes = [helper.make_node("Conv", ["x", "w0", "b0"], ["c0"], "/first", pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["c0"], ["r0"], "/relu"),
             helper.make_node("Conv", ["r0", "w1"], ["y"], "/second", pads=[1, 1, 1, 1], strides=[2, 2])]
    return save(path, nodes, constants, ["batch", 3, 12, 12], ["batch", 64, 6, 6])


NETWORKS = {"perceptron": (perceptron, (WIDTH,)), "convolutions": (convolutions, (3, 12, 12))}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request, tmp_path_factory):
    """(model, samples) of a network whose second layer sees few numbers that are not 0."""
    build, shape = NETWORKS[request.param]
    model = build(tmp_path_factory.mktemp("sparse") / f"{request.param}.onnx", SHARE)
    return model, {"x": np.random.default_rng(3).normal(size=(32, *shape)).astype("f")}


def outcome(path, inputs, threads=1):
    with rheobase.Artifact(path) as opened, opened.session(threads=threads, counting=True) as session:
        outputs = session.run(inputs)
        counters = {(counter.site, counter.quantity): counter.value for counter in session.counters}
        return {name: value.tobytes() for name, value in outputs.items()}, counters


def choose(model, folder, samples, *options):
    """The artifact that --form=auto makes, and its table: {layer: (active, value, event, choice)}."""
    np.savez(folder / "samples.npz", **samples)
    path = folder / "auto.rheo"
    command = [_find.program("snn-opt"), model, "-o", path, "--form=auto", "--target=native",
               f"--calibrate={folder / 'samples.npz'}", *options]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    rows = re.findall(r"^ +([\d.]+) % +([\d.]+) +([\d.]+) +(value|event) +(\S+) \(\d+ x \d+\)$", done.stderr, re.MULTILINE)
    table = {layer: (float(active), float(value), float(event), choice) for active, value, event, choice, layer in rows}
    return path, table


@pytest.mark.parametrize("code", ["binary", "digits", "twos"])
def test_value_form_and_event_form_are_equal_bit_for_bit(network, artifact, code):
    model, samples = network
    forms = [outcome(artifact(model, form=form, calibrate=samples, options=[f"--code={code}"], **OPTIONS), samples, threads)
             for form, threads in (("value", 1), ("event", 1), ("event", 2))]
    assert forms[0] == forms[1] == forms[2]
    assert sum(n for (_, quantity), n in forms[0][1].items() if quantity == "synops") > 0


def test_float_weights_agree_with_time_form(network, artifact):
    model, samples = network
    options = dict(weights="f32", calibrate=samples, **OPTIONS)
    time, event, two = (outcome(artifact(model, form=form, **options), samples, threads)
                        for form, threads in (("time", 1), ("event", 1), ("event", 2)))
    expected, found = (np.frombuffer(run[0]["y"], "f") for run in (time, event))
    # Sums differ in the order of additions. A number on the edge between two codes may then go either way; its row shows it.
    differences, scale = np.abs(found - expected), np.abs(expected).max()
    assert np.quantile(differences, 0.9) <= 1e-5 * scale
    assert differences.max() <= 1e-2 * scale
    assert event[1] == pytest.approx(time[1], rel=1e-3)
    assert event == two


def test_auto_chooses_events_where_few_inputs_fire(network, artifact, tmp_path):
    model, samples = network
    path, table = choose(model, tmp_path, samples, f"--report={tmp_path / 'report.json'}")
    assert table["/first"][3] == "value" and table["/first"][0] > 80
    assert table["/second"][3] == "event" and 0.5 < table["/second"][0] < 10
    for _, value, event, choice in table.values():
        assert choice == ("event" if event < value else "value")
    layers = json.loads((tmp_path / "report.json").read_text())["layers"]["items"]
    assert {layer["node"]: layer["form"] for layer in layers} == {node: row[3] for node, row in table.items()}
    for layer in layers:
        assert layer["active"] == pytest.approx(table[layer["node"]][0] / 100, abs=1e-3)
        assert (layer["row_time"]["event"] < layer["row_time"]["value"]) == (layer["form"] == "event")
    assert "add_rows" in kernels(path)
    assert outcome(path, samples) == outcome(artifact(model, form="value", calibrate=samples, **OPTIONS), samples)


def test_auto_keeps_value_form_where_inputs_fire(tmp_path):
    model = perceptron(tmp_path / "dense.onnx", share=0.6)
    samples = {"x": np.random.default_rng(3).normal(size=(32, WIDTH)).astype("f")}
    path, table = choose(model, tmp_path, samples)
    assert {row[3] for row in table.values()} == {"value"}
    assert "add_rows" not in kernels(path)


def kernels(path):
    done = subprocess.run([_find.program("snn-run"), "bench", path, "--dim", "batch=4", "--runs=1", "--profile"],
                          capture_output=True, text=True, check=True)
    return done.stdout


def test_a_vision_transformer_stays_in_value_form(tmp_path, fashion):
    _, table = choose(EXAMPLE / "model.onnx", tmp_path, {"pixel_values": fashion[0][:16]})
    assert len(table) > 10
    assert {row[3] for row in table.values()} == {"value"}
