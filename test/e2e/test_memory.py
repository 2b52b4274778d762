"""Compiling needs memory for the weights a few times over and no more: what a phase has replaced goes with it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rheobase import _find
from support import peak_of

LAYERS = 4


def write_model(path, width):
    """Linear layers with ReLU between them; inputs of which some channels reach far, so that weights are scaled and
    split."""
    rng = np.random.default_rng(0)
    nodes, weights, value = [], [], "x"
    for i in range(LAYERS):
        last = i == LAYERS - 1
        matrix = rng.standard_normal((width, width), np.float32) / np.float32(np.sqrt(width / 2))
        matrix[:, :3] *= 30
        weights.append(numpy_helper.from_array(matrix, f"w{i}"))
        nodes.append(helper.make_node("MatMul", [value, f"w{i}"], ["y" if last else f"h{i}"], name=f"/layer{i}"))
        if not last:
            nodes.append(helper.make_node("Relu", [f"h{i}"], [f"r{i}"], name=f"/relu{i}"))
        value = f"r{i}"
    of = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
    graph = helper.make_graph(nodes, "layers", [of("x")], [of("y")], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    samples = rng.standard_normal((8, width), np.float32)
    samples[:, :3] *= 30
    return samples


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """(folder, megabytes of weights) of a model and of one that is next to nothing."""
    made = {}
    for name, width in {"large": 2048, "small": 64}.items():
        folder = tmp_path_factory.mktemp(name)
        np.savez(folder / "samples.npz", x=write_model(folder / "model.onnx", width))
        made[name] = folder
    return made, LAYERS * 2048 * 2048 * 4


def compile_peak(folder, *options):
    return peak_of(_find.program("snn-opt"), folder / "model.onnx", *options, "--target", "x86-64", "-o", folder / "m.rheo")


@pytest.mark.parametrize("source", ["samples", "statistics", "ann"])
def test_compiling_holds_weights_a_few_times(models, source):
    folders, weights = models
    peaks = {}
    for name, folder in folders.items():
        options = ["--calibrate", folder / "samples.npz", "--calibration", folder / "seen.npz"]
        if source == "statistics":
            compile_peak(folder, *options)
            options = options[2:]
        peaks[name] = compile_peak(folder, *(["--ann"] if source == "ann" else options))
    assert peaks["large"] - peaks["small"] <= 2.5 * weights, f"{(peaks['large'] - peaks['small']) / weights:.2f} times"
