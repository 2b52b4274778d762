"""The trained vision transformer of examples/vit-fashion, from both exporters, against ONNX Runtime and its labels.

The bounds are those of the project's table for 10,000 images (--full); the usual run takes fewer images and leaves room
for their number.
"""

import numpy as np
import pytest

import rheobase
from support import EXAMPLE, FULL, onnx_runtime, run

MODELS = ["model.onnx", "model.dynamo.onnx"]
SNN = dict(steps=8, weights="int8", target="cpu")


def pixel_values(fashion, count):
    return {"pixel_values": fashion[0][:count]}


def agreement(a, b):
    return np.mean(a.argmax(-1) == b.argmax(-1))


@pytest.fixture(scope="module")
def float_logits(fashion):
    return onnx_runtime(EXAMPLE / "model.onnx", pixel_values(fashion, 10000 if FULL else 400))


@pytest.mark.parametrize("model", MODELS)
def test_ann_equals_onnx_runtime(artifact, fashion, model):
    inputs = pixel_values(fashion, 100)
    ours, _ = run(artifact(EXAMPLE / model, ann=True), inputs)
    assert np.abs(ours - onnx_runtime(EXAMPLE / model, inputs)).max() <= 1e-4


@pytest.mark.parametrize("batch", [1, 7])
def test_batch_may_differ_from_call_to_call(artifact, fashion, batch):
    inputs = pixel_values(fashion, 14)
    whole, _ = run(artifact(EXAMPLE / "model.onnx", ann=True), inputs, batch=14)
    parts, _ = run(artifact(EXAMPLE / "model.onnx", ann=True), inputs, batch=batch)
    assert np.abs(whole - parts).max() <= 1e-5


@pytest.mark.parametrize("model", MODELS)
def test_snn_agrees_with_the_float_network(artifact, fashion, calibration, float_logits, model):
    count = len(float_logits) if model == "model.onnx" else 200
    logits, _ = run(artifact(EXAMPLE / model, calibrate=calibration, **SNN), pixel_values(fashion, count))
    labels, reference = fashion[1][:count], float_logits[:count]
    assert agreement(logits, reference) >= (0.99 if FULL and count == 10000 else 0.975)
    loss = np.mean(reference.argmax(-1) == labels) - np.mean(logits.argmax(-1) == labels)
    assert abs(loss) <= (0.003 if FULL and count == 10000 else 0.02)


def test_literal_neurons(artifact, fashion, calibration, float_logits):
    options = dict(steps=16, weights="f32", neuron="mbe", target="cpu")
    count = len(float_logits)
    logits, _ = run(artifact(EXAMPLE / "model.onnx", calibrate=calibration, **options), pixel_values(fashion, count))
    labels = fashion[1][:count]
    loss = np.mean(float_logits.argmax(-1) == labels) - np.mean(logits.argmax(-1) == labels)
    assert abs(loss) <= (0.005 if FULL else 0.025)


@pytest.mark.parametrize("model", MODELS if FULL else MODELS[:1])
def test_time_form_equals_value_form_bit_for_bit(artifact, fashion, calibration, model):
    inputs = pixel_values(fashion, 100 if FULL else 20)
    value, value_counts = run(
        artifact(EXAMPLE / model, calibrate=calibration, form="value", **SNN), inputs, counting=True, batch=20
    )
    time, time_counts = run(
        artifact(EXAMPLE / model, calibrate=calibration, form="time", **SNN), inputs, counting=True, batch=20
    )
    assert np.array_equal(value.view(np.uint32), time.view(np.uint32))
    assert value_counts["spikes"] > 0
    assert value_counts == time_counts


def test_two_compilations_give_equal_bytes(tmp_path, calibration):
    contents = []
    for _ in range(2):
        path = rheobase.compile(EXAMPLE / "model.onnx", tmp_path / "vit.rheo", calibrate=calibration, **SNN)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_results_do_not_depend_on_threads(artifact, fashion, calibration):
    inputs = pixel_values(fashion, 10)
    with rheobase.Artifact(artifact(EXAMPLE / "model.onnx", calibrate=calibration, **SNN)) as snn:
        one, three = (snn.run(inputs, threads=threads)["logits"] for threads in (1, 3))
    assert np.array_equal(one.view(np.uint32), three.view(np.uint32))
