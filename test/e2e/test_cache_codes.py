"""A spiking decoder keeps its cache as codes: the same bits as with a cache of numbers, a quarter of the size."""

import numpy as np
import onnx
import pytest

import rheobase
from models import FAMILIES
from rheobase.generate import generate

PROMPT = [5, 17, 3, 60, 8]
COUNT = 32


@pytest.fixture(scope="module", params=["gpt2-past", "llama-past"])
def decoder(request, tmp_path_factory):
    """(ONNX file, calibration samples behind an empty cache)."""
    path = tmp_path_factory.mktemp("decoders") / f"{request.param}.onnx"
    model = FAMILIES[request.param]()
    onnx.save(model, path)
    source, samples = np.random.default_rng(9), {}
    for value in model.graph.input:
        dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        if value.name == "input_ids":
            samples[value.name] = source.integers(3, 90, (8, 20))
        elif value.name == "attention_mask":
            samples[value.name] = np.ones((8, 20), np.int64)
        else:
            samples[value.name] = np.zeros((8, dims[1], 0, dims[3]), np.float32)
    return path, samples


@pytest.fixture(scope="module")
def make(decoder, tmp_path_factory):
    """make(cache, **options): the artifact's path."""
    folder, made = tmp_path_factory.mktemp("artifacts"), {}

    def build(cache, **options):
        key = (cache, *sorted(options.items()))
        if key not in made:
            path, samples = decoder
            given = {"calibrate": samples, **options}
            made[key] = rheobase.compile(
                path, folder / f"{len(made)}.rheo", states=["past_key_values"], target="native",
                options=[f"--cache={cache}"], **given,
            )
        return made[key]

    return build


def feeds(artifact, tokens, past):
    made = {"input_ids": np.array([tokens]), "attention_mask": np.ones((1, past + len(tokens)), np.int64)}
    return {info.name: made[info.name] for info in artifact.inputs}


def logits(path, counts=(5, 1, 3, 1, 1)):
    """What a session says of tokens that come in parts, its totals, and what it kept."""
    tokens = (PROMPT * 3)[: sum(counts)]
    with rheobase.Artifact(path) as artifact, artifact.session(counting=True) as session:
        said, done = [], 0
        for count in counts:
            said.append(session.run(feeds(artifact, tokens[done : done + count], done))["logits"][0])
            done += count
        return np.concatenate(said), session.totals(), session.states()


def test_states_are_integers_and_steps(make):
    with rheobase.Artifact(make("codes")) as artifact:
        kinds = {info.name: info.dtype for info in artifact.states}
    assert {str(kind) for name, kind in kinds.items() if name.endswith(".value")} == {"int8"}
    assert {str(kind) for name, kind in kinds.items() if name.endswith(".key")} == {"int8"}
    steps = [name for name in kinds if name.endswith(".key:steps")]
    assert len(steps) == 2 and all(kinds[name] == np.float32 for name in steps)
    assert len(kinds) == 6
    with rheobase.Artifact(make("f32")) as artifact:
        assert len(artifact.states) == 4 and all(info.dtype == np.float32 for info in artifact.states)


@pytest.mark.parametrize(
    "options",
    [{}, {"steps": 12}, {"form": "time"}, {"ranges": "tensor"}, {"weights": "f32"}],
    ids=["default", "i16", "time", "tensor", "f32"],
)
def test_the_bits_are_those_of_a_cache_of_numbers(make, options):
    numbers, counted, kept = logits(make("f32", **options))
    codes, fewer, small = logits(make("codes", **options))
    assert np.array_equal(codes.view(np.uint32), numbers.view(np.uint32))
    # The past is not encoded again; everything else is as it was.
    assert fewer["spikes"] < counted["spikes"] and fewer["activations"] < counted["activations"]
    for quantity in ("neuron_spikes", "synops", "product_synops"):
        assert fewer.get(quantity) == counted.get(quantity)
    sizes = [sum(value.nbytes for value in states.values()) for states in (small, kept)]
    assert sizes[0] < sizes[1] * (0.6 if options.get("steps") == 12 else 0.36)


def test_greedy_tokens_are_those_of_a_cache_of_numbers(make):
    written = [list(generate(make(cache), PROMPT, max_new_tokens=COUNT)) for cache in ("codes", "f32")]
    assert written[0] == written[1] and len(written[0]) == COUNT


def test_codes_are_saved_restored_and_forgotten(make):
    with rheobase.Artifact(make("codes")) as artifact, artifact.session() as one, artifact.session() as other:
        first = one.run(feeds(artifact, PROMPT, 0))["logits"]
        kept = one.states()
        assert all(value.shape[2] == len(PROMPT) for value in kept.values())
        other.set_states(kept)
        later = feeds(artifact, [9], len(PROMPT))
        assert np.array_equal(one.run(later)["logits"], other.run(later)["logits"])
        one.reset_states()
        assert np.array_equal(one.run(feeds(artifact, PROMPT, 0))["logits"], first)


def test_without_samples_values_stay_numbers(decoder, tmp_path):
    path, _ = decoder
    rheobase.compile(path, tmp_path / "m.rheo", states=["past_key_values"], target="native")
    with rheobase.Artifact(tmp_path / "m.rheo") as artifact:
        kinds = {info.name: str(info.dtype) for info in artifact.states}
    assert {kind for name, kind in kinds.items() if name.endswith(".key")} == {"int8"}
    assert {kind for name, kind in kinds.items() if name.endswith(".value")} == {"float32"}


def test_a_cache_of_inputs_and_outputs_stays_as_the_model_has_it(decoder, tmp_path):
    path, samples = decoder
    rheobase.compile(path, tmp_path / "m.rheo", calibrate=samples, target="native", dims={"past_sequence_length": "0..64"})
    with rheobase.Artifact(tmp_path / "m.rheo") as artifact:
        caches = [info for info in (*artifact.inputs, *artifact.outputs) if ".key" in info.name or ".value" in info.name]
        assert len(caches) == 8 and all(info.dtype == np.float32 for info in caches)
