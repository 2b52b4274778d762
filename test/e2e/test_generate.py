"""Decoders as users run them: tokens in, tokens out, with the cache as state of the session."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import pytest

import rheobase
from models import FAMILIES
from rheobase import _find
from rheobase.generate import generate
from support import Reference

PAST = ["gpt2-past", "llama-past"]
PROMPT = [5, 17, 3, 60, 8]
COUNT = 12


@pytest.fixture(scope="module", params=PAST)
def decoder(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("decoders") / f"{request.param}.onnx"
    onnx.save(FAMILIES[request.param](), path)
    return path


@pytest.fixture(scope="module")
def remembering(decoder, tmp_path_factory):
    path = tmp_path_factory.mktemp("artifacts") / "remembering.rheo"
    return rheobase.compile(decoder, path, ann=True, states=["past_key_values"], target="native")


def whole(reference, tokens):
    """The logits of every position, by ONNX Runtime from an empty cache."""
    length = len(tokens)
    given = {
        "input_ids": np.array([tokens], np.int64),
        "attention_mask": np.ones((1, length), np.int64),
        "position_ids": np.arange(length, dtype=np.int64)[None],
    }
    inputs = {}
    for name, dims in reference.inputs.items():
        inputs[name] = given[name] if name in given else np.zeros([1, dims[1], 0, dims[3]], np.float32)
    return reference.run(inputs)["logits"][0]


def step(artifact, tokens, past):
    """The inputs of `tokens` behind `past` others, for the inputs that the artifact has."""
    total = past + len(tokens)
    made = {
        "input_ids": np.array([tokens], np.int64),
        "attention_mask": np.ones((1, total), np.int64),
        "position_ids": np.arange(past, total, dtype=np.int64)[None],
    }
    return {info.name: made[info.name] for info in artifact.inputs}


def test_the_cache_is_state(decoder, remembering):
    tokens = PROMPT + [40, 41, 2, 7]
    expected = whole(Reference(decoder), tokens)
    with rheobase.Artifact(remembering) as artifact, artifact.session() as session:
        assert all(info.name.startswith("past_key_values") for info in artifact.states)
        assert [info.name for info in artifact.outputs] == ["logits"]
        for round in range(2):
            done = 0
            for count in (5, 1, 1, 2):
                logits = session.run(step(artifact, tokens[done : done + count], done))["logits"][0]
                assert np.abs(logits - expected[done : done + count]).max() <= 1e-5
                done += count
            session.reset_states()


def test_states_are_saved_and_restored(remembering):
    with rheobase.Artifact(remembering) as artifact, artifact.session() as one, artifact.session() as other:
        assert one.states() == {}
        one.run(step(artifact, PROMPT, 0))
        kept = one.states()
        assert kept.keys() == {info.name for info in artifact.states}
        assert all(value.shape[2] == len(PROMPT) for value in kept.values())
        other.set_states(kept)
        later = step(artifact, [9], len(PROMPT))
        assert np.array_equal(one.run(later)["logits"], other.run(later)["logits"])
        with pytest.raises(rheobase.RunError, match="no state named 'x'"):
            one.set_states({"x": np.zeros(1, np.float32)})
        name = artifact.states[0].name
        with pytest.raises(rheobase.RunError, match="float64, expected float32"):
            one.set_states({name: np.zeros((1, 2, 3, 4))})


def test_greedy_tokens_are_those_of_onnx_runtime(decoder, remembering):
    reference, tokens = Reference(decoder), list(PROMPT)
    for _ in range(COUNT):
        tokens.append(int(whole(reference, tokens)[-1].argmax()))
    assert list(generate(remembering, PROMPT, max_new_tokens=COUNT)) == tokens[len(PROMPT) :]
    stop = tokens[-3]
    first = tokens.index(stop, len(PROMPT))
    assert list(generate(remembering, PROMPT, max_new_tokens=COUNT, stop=stop)) == tokens[len(PROMPT) : first + 1]


def test_a_decoder_without_a_cache_sees_the_whole_sequence(tmp_path):
    onnx.save(FAMILIES["gpt2"](), tmp_path / "gpt2.onnx")
    path = rheobase.compile(tmp_path / "gpt2.onnx", tmp_path / "gpt2.rheo", ann=True, target="native")
    reference, tokens = Reference(tmp_path / "gpt2.onnx"), list(PROMPT)
    for _ in range(COUNT):
        tokens.append(int(whole(reference, tokens)[-1].argmax()))
    assert list(generate(path, PROMPT, max_new_tokens=COUNT)) == tokens[len(PROMPT) :]


def test_samples_follow_the_seed(remembering):
    def sample(seed):
        return list(generate(remembering, PROMPT, max_new_tokens=COUNT, temperature=2.0, top_k=20, seed=seed))

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_spiking_decoders_generate_with_a_cache_as_without(decoder, tmp_path):
    """Per-token codes of one position do not depend on the others, but for the values' of the whole cache."""
    path = rheobase.compile(decoder, tmp_path / "s.rheo", steps=12, states=["past_key_values"], target="native")
    made = list(generate(path, PROMPT, max_new_tokens=COUNT))
    assert len(made) == COUNT and all(0 <= token < 96 for token in made)


def snn_run(*arguments):
    return subprocess.run([_find.program("snn-run"), *map(str, arguments)], capture_output=True, text=True)


def test_json(remembering):
    done = snn_run("generate", remembering, "--prompt", "5,17,3", "--max-new-tokens", 4, "--json")
    answer = json.loads(done.stdout)
    assert len(answer["tokens"]) == 4 and answer["first_token_ms"] > 0 and answer["ms_per_token"] > 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--prompt", ""], "--prompt is empty"),
        (["--prompt", "1,x"], "--prompt holds 'x', token numbers such as 12,7,3 expected"),
        (["--prompt", "1", "--stop", "end"], "--stop is 'end', the number of a token expected"),
        (["--prompt", "100000"], "index out of range"),
    ],
)
def test_messages(remembering, arguments, message):
    done = snn_run("generate", remembering, *arguments)
    assert done.returncode in (1, 2) and message in done.stderr


def test_a_cache_that_is_no_state_is_named(decoder, tmp_path):
    path = rheobase.compile(decoder, tmp_path / "plain.rheo", ann=True, target="native")
    done = snn_run("generate", path, "--prompt", "1")
    assert "is not one that tokens make" in done.stderr and "--state" in done.stderr


@pytest.mark.parametrize(
    "state, message",
    [
        ("cache", "no input's name begins so"),
        ("past_key_values.0.key=logits", "one element type and rank expected"),
        ("past=present.0.key", "names the input 'past', which the model does not have"),
        ("past_key_values.0.key=present", "names the output 'present', which the model does not have"),
        ("input_ids", "several outputs are named like its inputs"),
        ("attention", "no outputs are named like its inputs"),
    ],
)
def test_messages_of_the_compiler(decoder, tmp_path, state, message):
    with pytest.raises(rheobase.CompileError, match=message):
        rheobase.compile(decoder, tmp_path / "x.rheo", ann=True, states=[state], target="native")


TOKENIZERS = """
class Encoded:
    def __init__(self, ids): self.ids = ids
class Tokenizer:
    from_file = classmethod(lambda cls, path: cls())
    def encode(self, text): return Encoded([ord(c) - 32 for c in text])
    def decode(self, ids): return "".join(chr(32 + i) for i in ids)
    def token_to_id(self, text): return ord(text) - 32 if len(text) == 1 else None
"""


def test_text(remembering, tmp_path):
    """With a stand-in for the tokenizers package, which is not ours to test: one letter, one token."""
    (tmp_path / "tokenizers.py").write_text(TOKENIZERS)
    made = "".join(chr(32 + token) for token in generate(remembering, [33, 34], max_new_tokens=6))
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from rheobase.generate import main; sys.exit(main())"
    command = [sys.executable, "-c", program, str(remembering), "--tokenizer", "t.json", "--prompt", "AB"]
    env = dict(os.environ, PYTHONPATH=str(pathlib.Path(rheobase.__file__).resolve().parents[1]))
    done = subprocess.run([*command, "--max-new-tokens", "6"], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout) == (0, made + "\n")
    wrong = subprocess.run([*command, "--stop", "nothing"], capture_output=True, text=True, env=env)
    assert wrong.returncode == 1 and "--stop is 'nothing', which is no token of this tokenizer" in wrong.stderr
