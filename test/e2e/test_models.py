"""Small transformers made here (models.py) against ONNX Runtime, and their spiking forms against each other."""

import numpy as np
import onnx
import pytest

import rheobase
from models import FAMILIES
from support import Reference, feeds, largest_error


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / f"{request.param}.onnx"
    onnx.save(FAMILIES[request.param](), path)
    return path


@pytest.fixture(scope="module")
def reference(model):
    return Reference(model)


def inputs_of(reference, batch, sequence, past):
    """The cache stands for the tokens before: its size is past, also where there are none."""
    sizes = {"batch_size": batch, "sequence_length": sequence, "past_sequence_length": past}
    like = {value.name: np.zeros(0, value.type[7:-1].replace("float", "float32")) for value in reference.values}
    made = feeds(reference, sizes, like)
    made["input_ids"] %= 96
    return made


SIZES = [(1, 7, 0), (3, 4, 5), (2, 1, 16), (1, 23, 1)]


def test_ann_equals_onnx_runtime_for_all_sizes(artifact, model, reference):
    with rheobase.Artifact(artifact(model, ann=True, target="cpu")) as opened, opened.session() as session:
        for sizes in SIZES:
            inputs = inputs_of(reference, *sizes)
            ours = session.run(inputs)
            for name, expected in reference.run(inputs).items():
                assert largest_error(ours[name], expected) <= 1e-5, (name, sizes)


def test_sizes_that_do_not_agree_are_refused(artifact, model, reference):
    inputs = inputs_of(reference, 2, 5, 3)
    inputs["attention_mask"] = inputs["attention_mask"][:, :-1]
    with rheobase.Artifact(artifact(model, ann=True, target="cpu")) as opened:
        with pytest.raises(rheobase.Error, match="attention_mask"):
            opened.run(inputs)


def test_fixed_dimensions(artifact, model, reference):
    dims = {"batch_size": 2, "sequence_length": 6}
    inputs = inputs_of(reference, 2, 6, 3)
    with rheobase.Artifact(artifact(model, ann=True, target="native", dims=dims)) as opened:
        ours = opened.run(inputs)
    for name, expected in reference.run(inputs).items():
        assert largest_error(ours[name], expected) <= 1e-5, name


@pytest.mark.parametrize("ranges", ["token", "tensor"])
def test_calibrated_forms_are_equal_bit_for_bit_and_close_to_the_ann(artifact, model, reference, ranges):
    """With channels moved into the weights, outliers split off and a step for every channel of the values."""
    samples = inputs_of(reference, 16, 23, 5)
    spiking = dict(steps=10, weights="int8", target="native", calibrate=samples, ranges=ranges)
    paths = [artifact(model, form=form, options=["--migrate=0.4", "--outliers=0.7"], **spiking) for form in ("value", "time")]
    with rheobase.Artifact(paths[0]) as value, rheobase.Artifact(paths[1]) as time:
        with value.session() as session:
            assert any(":outliers" in counter.site for counter in session.counters)
        for sizes in SIZES:
            inputs = inputs_of(reference, *sizes)
            folded, unfolded = value.run(inputs), time.run(inputs)
            for name, expected in reference.run(inputs).items():
                assert folded[name].tobytes() == unfolded[name].tobytes(), (name, sizes)
                # Fixed thresholds cut off what other inputs bring.
                assert largest_error(folded[name], expected) <= (0.05 if ranges == "token" else 0.1), (name, sizes)


def test_snn_forms_are_equal_bit_for_bit_and_close_to_the_ann(artifact, model, reference):
    spiking = dict(steps=10, weights="int8", target="native")
    paths = [artifact(model, form=form, **spiking) for form in ("value", "time")]
    with rheobase.Artifact(paths[0]) as value, rheobase.Artifact(paths[1]) as time:
        for sizes in SIZES:
            inputs = inputs_of(reference, *sizes)
            folded, unfolded = value.run(inputs), time.run(inputs)
            for name, expected in reference.run(inputs).items():
                assert folded[name].tobytes() == unfolded[name].tobytes(), (name, sizes)
                assert largest_error(folded[name], expected) <= 0.05, (name, sizes)
