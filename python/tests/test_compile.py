"""rheobase.compile: the command line it makes, and what it raises."""

import os
import stat

import numpy as np
import pytest

import rheobase
from rheobase import _find


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A program in snn-opt's place that writes down its arguments."""
    program = tmp_path / "bin" / "snn-opt"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("RHEOBASE_BUILD", str(tmp_path))
    return lambda: (tmp_path / "arguments").read_text().split("\n")[:-1]


def test_options_become_flags(stand_in):
    result = rheobase.compile(
        "m.onnx",
        "m.rheo",
        steps=8,
        weights="int8",
        form="time",
        calibrate="c.npz",
        dims={"batch": 4, "past": "0..63"},
        states=["past_key_values", "s=t"],
        target="cpu",
    )
    assert result.name == "m.rheo"
    assert stand_in() == [
        "m.onnx",
        "-o",
        "m.rheo",
        "--steps=8",
        "--weights=int8",
        "--form=time",
        "--target=cpu",
        "--dim=batch=4",
        "--dim=past=0..63",
        "--state=past_key_values",
        "--state=s=t",
        "--calibrate=c.npz",
    ]


def test_ann_and_further_options(stand_in):
    rheobase.compile("m.onnx", "m.rheo", ann=True, options=["--check"])
    assert stand_in() == ["m.onnx", "-o", "m.rheo", "--ann", "--check"]


def test_arrays_are_handed_over_as_a_file(stand_in):
    rheobase.compile("m.onnx", "m.rheo", calibrate={"x": np.zeros((2, 4), np.float32)})
    flag = stand_in()[-1]
    assert flag.startswith("--calibrate=") and flag.endswith(".npz")
    assert not os.path.exists(flag.split("=", 1)[1])


def test_a_refusal_carries_the_compilers_words(tmp_path):
    if _find.program("snn-opt") is None:
        pytest.skip("snn-opt is not built")
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no model at all")
    with pytest.raises(rheobase.CompileError, match="not a valid ONNX model"):
        rheobase.compile(bad, tmp_path / "bad.rheo", ann=True)
    assert not (tmp_path / "bad.rheo").exists()


def test_a_missing_compiler_is_an_error(monkeypatch):
    monkeypatch.setattr(_find, "program", lambda name: None)
    with pytest.raises(rheobase.CompileError, match="RHEOBASE_BUILD"):
        rheobase.compile("m.onnx", "m.rheo")
