"""Compilation: snn-opt in a process of its own."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile
from typing import Mapping, Optional, Sequence, Union

import numpy as np

from ._errors import CompileError
from . import _find

Path = Union[str, "os.PathLike[str]"]


def compile(
    model: Path,
    output: Path,
    *,
    ann: bool = False,
    method: Optional[str] = None,
    steps: Optional[int] = None,
    code: Optional[str] = None,
    bases: Optional[int] = None,
    neuron: Optional[str] = None,
    weights: Optional[str] = None,
    form: Optional[str] = None,
    ranges: Optional[str] = None,
    calibrate: Union[Path, Mapping[str, np.ndarray], None] = None,
    calibration: Optional[Path] = None,
    dims: Optional[Mapping[str, Union[int, str]]] = None,
    states: Sequence[str] = (),
    target: Optional[str] = None,
    options: Sequence[str] = (),
) -> pathlib.Path:
    """Compile an ONNX file into an artifact and return the artifact's path.

    Args:
        model: the ONNX file.
        output: the artifact to write, by convention `.rheo`.
        ann: compile the network as it is, without converting it; the reference for a spiking artifact.
        method: "rheobase", or a published way to convert, for comparison: "mbe", "qcfs-rate". A preset of other options, which win.
        steps: T, the number of time steps, 2 to 16.
        code: how a number becomes spikes: "binary", "twos", "digits" or "rate".
        bases: N, trains of T steps side by side; N * T digits, 16 at most.
        neuron: the static neurons: "segment", "mbe", "mbe-ext" or "fs".
        weights: "int8" (a scale for each output), "int4g32" (4 bits, a scale for each 32 inputs of an output) and its like
            (docs/weights.md), or "f32".
        form: "value" (folded in time) or "time" (step by step); the two give equal results.
        ranges: "token" (each row's own, where that is legal), "tensor" (fixed, calibrated) or "global" (one for the network).
        calibrate: what to set the ranges of the codes by: an `.npz` file whose arrays are named like the model's
            inputs, with samples on the first axis; or such arrays as a mapping.
        calibration: where to keep what those samples showed; without `calibrate`, where it was kept.
        dims: sizes for dimensions that the model leaves open, by name: a number, or a range such as "1..32".
        states: inputs that a session keeps from run to run, as a decoder's cache: the beginning of their names, or
            "INPUT=OUTPUT".
        target: "cpu" (code for every variant), "native" or one variant.
        options: further command line options of snn-opt.

    What is None takes snn-opt's default.

    Raises:
        CompileError: snn-opt is missing or refused the model; the text is snn-opt's own, which names the nodes.
    """
    program = _find.program("snn-opt")
    if program is None:
        raise CompileError("snn-opt not found: set RHEOBASE_BUILD to a build folder or put it on PATH")
    flags = {"method": method, "steps": steps, "code": code, "bases": bases, "neuron": neuron, "weights": weights,
             "form": form, "ranges": ranges, "target": target}
    if calibration is not None:
        flags["calibration"] = os.fspath(calibration)
    command = [program, os.fspath(model), "-o", os.fspath(output)]
    if ann:
        command.append("--ann")
    for name, value in flags.items():
        if value is not None:
            command.append(f"--{name}={value}")
    for symbol, size in (dims or {}).items():
        command.append(f"--dim={symbol}={size}")
    command += [f"--state={name}" for name in states]
    command += options
    with tempfile.TemporaryDirectory(prefix="rheobase-") as scratch:
        if isinstance(calibrate, Mapping):
            samples = os.path.join(scratch, "calibrate.npz")
            np.savez(samples, **calibrate)
            command.append(f"--calibrate={samples}")
        elif calibrate is not None:
            command.append(f"--calibrate={os.fspath(calibrate)}")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        text = done.stderr.strip() or f"snn-opt ended with {done.returncode} and said nothing"
        raise CompileError(text)
    return pathlib.Path(output)
