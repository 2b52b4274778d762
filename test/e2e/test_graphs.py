"""Small random-weight exports of text models with ONNX Runtime's outputs beside them (the project's shared data)."""

import numpy as np
import pytest

from support import SHARED, run

GRAPHS = SHARED / "models" / "graphs"
NAMES = ["bert.optimum", "bert.dynamo", "gpt2.optimum", "gpt2.dynamo"]


@pytest.fixture(params=NAMES)
def graph(request):
    """(ONNX file, inputs by name, the first output)."""
    model, data = GRAPHS / f"{request.param}.onnx", GRAPHS / f"{request.param}.npz"
    if not model.exists():
        pytest.skip(f"no {model.name}: the shared data is not beside this checkout")
    arrays = np.load(data)
    inputs = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
    outputs = [arrays[key] for key in arrays.files if key.startswith("out:")]
    return model, inputs, outputs[0]


def relative_rms(value, reference):
    return np.sqrt(np.mean((value - reference) ** 2) / np.mean(reference**2))


def test_ann_equals_onnx_runtime(artifact, graph):
    model, inputs, expected = graph
    ours, _ = run(artifact(model, ann=True), inputs)
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() <= 1e-4


def test_snn_is_within_five_percent(artifact, graph, tmp_path):
    model, inputs, expected = graph
    samples = tmp_path / "calibrate.npz"
    np.savez(samples, **inputs)
    ours, _ = run(artifact(model, steps=10, weights="f32", calibrate=samples, target="cpu"), inputs)
    assert relative_rms(ours, expected) <= 0.05
