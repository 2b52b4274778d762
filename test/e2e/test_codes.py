"""Every kind of code in small transformers: both forms are equal, and several trains hold what one holds in more steps."""

import onnx
import pytest

import rheobase
from models import FAMILIES
from support import Reference, largest_error
from test_models import inputs_of

CODES = ["binary", "twos", "digits", "rate"]


@pytest.fixture(scope="module", params=["bert", "llama-past"])
def model(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("codes") / f"{request.param}.onnx"
    onnx.save(FAMILIES[request.param](), path)
    return path


@pytest.fixture(scope="module")
def inputs(model):
    reference = Reference(model)
    made = inputs_of(reference, 2, 9, 3)
    return made, reference.run(made)


@pytest.fixture(scope="module")
def outcome(model, inputs, artifact):
    """(outputs as bytes, counters, outputs) of one run, made once for each set of options."""
    known = {}

    def run(form, *options, steps=8):
        key = form, options, steps
        if key not in known:
            path = artifact(model, form=form, steps=steps, target="native", options=list(options))
            with rheobase.Artifact(path) as opened, opened.session(counting=True) as session:
                outputs = session.run(inputs[0])
                counters = {(counter.site, counter.quantity): counter.value for counter in session.counters}
            known[key] = {name: value.tobytes() for name, value in outputs.items()}, counters, outputs
        return known[key]

    return run


@pytest.mark.parametrize("code", CODES)
def test_forms_are_equal_bit_for_bit_and_count_the_same_spikes(outcome, inputs, code):
    value, time, event = (outcome(form, f"--code={code}") for form in ("value", "time", "event"))
    assert value[0] == time[0] == event[0]
    assert value[1] == time[1] == event[1]
    # Eight steps of a rate tell nine magnitudes apart.
    for name, expected in inputs[1].items():
        assert largest_error(value[2][name], expected) <= (0.9 if code == "rate" else 0.1), name


@pytest.mark.parametrize("form, code", [("time", "binary"), *(("value", code) for code in CODES)])
def test_two_trains_hold_in_half_the_steps_what_one_holds(outcome, form, code):
    one, two = outcome(form, f"--code={code}"), outcome(form, f"--code={code}", "--bases=2", steps=4)
    assert one[:2] == two[:2]


def test_digits_are_the_same_numbers_in_fewer_spikes(outcome):
    binary, digits = outcome("value", "--code=binary"), outcome("value", "--code=digits")
    assert binary[0] == digits[0]
    spikes = [sum(n for (_, quantity), n in run[1].items() if quantity == "spikes") for run in (binary, digits)]
    assert spikes[1] < 0.8 * spikes[0]


def test_calibrated_trains_and_their_outliers(model, inputs, artifact):
    """Channels in a code of their own have more digits on as many trains: 6 steps of 2 are the 12 of one."""
    spiking = dict(target="native", calibrate=inputs_of(Reference(model), 16, 23, 5), options=["--outliers=0.3"])
    runs = []
    for steps, bases in ((8, 1), (4, 2)):
        path = artifact(model, steps=steps, bases=bases, **spiking)
        with rheobase.Artifact(path) as opened, opened.session(counting=True) as session:
            outputs = session.run(inputs[0])
            runs.append(({name: value.tobytes() for name, value in outputs.items()},
                         [(counter.site, counter.quantity, counter.value) for counter in session.counters]))
            assert opened.metadata["bases"] == str(bases)
    assert any(":outliers" in site for site, _, _ in runs[0][1])
    assert runs[0] == runs[1]
