"""The trained sub-bit network: the predictions that PyTorch made, below one bit a weight, in every form."""

import json
import subprocess

import numpy as np
import pytest

import rheobase
from rheobase import _find
from support import FULL, ROOT

import fashion_mnist

FOLDER = ROOT / "examples" / "sub-bit"
MODEL = FOLDER / "model.onnx"


@pytest.fixture(scope="module")
def pixels():
    if not fashion_mnist.available():
        pytest.skip("Debian's dataset-fashion-mnist is not installed (make demo installs it)")
    return fashion_mnist.load("t10k")[0][:, None]


def logits(path, pixels):
    with rheobase.Artifact(path) as opened, opened.session() as session:
        return np.concatenate([session.run({"pixels": pixels[i : i + 50]})["logits"] for i in range(0, len(pixels), 50)])


def test_predictions_are_those_of_pytorch(artifact, pixels):
    count = len(pixels) if FULL else 2000
    found = logits(artifact(MODEL, target="native"), pixels[:count])
    assert np.array_equal(found.argmax(-1), np.load(FOLDER / "predictions.npy")[:count])


def test_forms_are_equal_bit_for_bit(artifact, pixels):
    value, time, event = (logits(artifact(MODEL, target="native", form=form), pixels[:50]) for form in ("value", "time", "event"))
    assert value.tobytes() == time.tobytes() == event.tobytes()


def test_weights_take_less_than_a_bit(tmp_path, pixels):
    report, samples = tmp_path / "report.json", tmp_path / "samples.npz"
    np.savez(samples, pixels=pixels[:20])
    done = subprocess.run([_find.program("snn-opt"), MODEL, "-o", tmp_path / "m.rheo", "--target=native", f"--calibrate={samples}",
                           f"--report={report}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    items = json.loads(report.read_text())["weights"]["items"]
    # Two layers of bytes and three of kernels, each stored once for all steps.
    assert [each["format"] for each in items] == ["int8", "vq9x16s", "vq9x16s", "vq9x16s", "int8"]
    assert all(each["recognised"] for each in items)
    count = sum(each["inputs"] * each["outputs"] for each in items)
    stored = 8 * sum(each["bytes"] for each in items)
    assert 0.44 < stored / count < 0.6
    # Sections of constants hold no more than that, thresholds of channels, and what packing pads.
    with rheobase.Artifact(tmp_path / "m.rheo") as opened:
        assert float(opened.metadata["weights_bits"]) < 1
