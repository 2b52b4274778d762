"""Who is measured: what each needs beforehand, and how it runs one inference. Another variant is another row in
CONTENDERS.

`prepare` makes the file that a contender runs, once; `load`, in a process of its own, is everything up to the first
inference.
"""

import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable, Optional

import numpy as np

from bench import environment, models

sys.path.insert(0, str(environment.ROOT / "python"))

CALIBRATION_SAMPLES = 4  # of ONNX Runtime's static quantisation, whose results they change and its speed not


class Unavailable(Exception):
    """A contender cannot take part in this model; the text says why."""


@dataclass(frozen=True)
class Runner:
    """`run` is one inference, which is timed, and gives outputs by name; `before` is what it needs each time, which is not."""

    run: Callable[[], dict]
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Contender:
    """`prepare(model, folder)` gives the file, `load(file, model, threads)` the runner.

    `rival` names the group of peers whose fastest member the bounds are about. A `slow` one has rounds of its own, beside
    SPIKING.
    """

    title: str
    prepare: Callable[[str, pathlib.Path], pathlib.Path]
    load: Callable[[pathlib.Path, str, int], Runner]
    rival: Optional[str] = None
    slow: bool = False


def _arrays(path):
    with np.load(path) as data:
        return dict(data)


# ONNX Runtime.


class _Samples:
    """Calibration samples one by one, as its quantiser asks for them."""

    def __init__(self, path):
        arrays = _arrays(path)
        self._left = iter([{name: array[i : i + 1] for name, array in arrays.items()} for i in range(CALIBRATION_SAMPLES)])

    def get_next(self):
        return next(self._left, None)


def _float_model(model, folder):
    return folder / "model.onnx"


def _preprocessed(folder):
    from onnxruntime.quantization.shape_inference import quant_pre_process

    path = folder / "preprocessed.onnx"
    if not path.exists():
        quant_pre_process(str(folder / "model.onnx"), str(path), skip_symbolic_shape=True)
    return path


def _static_int8(model, folder):
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    path = folder / "static.onnx"
    if not path.exists():
        quantize_static(
            str(_preprocessed(folder)), str(path), _Samples(folder / "calibration.npz"), quant_format=QuantFormat.QDQ,
            per_channel=True, weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8)
    return path


def _dynamic_int8(model, folder):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path = folder / "dynamic.onnx"
    if not path.exists():
        quantize_dynamic(str(_preprocessed(folder)), str(path), weight_type=QuantType.QInt8, per_channel=True)
    return path


def _load_onnxruntime(path, model, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    wanted = {info.name for info in session.get_inputs()}
    values = {
        name: onnxruntime.OrtValue.ortvalue_from_numpy(array)
        for name, array in _arrays(path.parent / "input.npz").items() if name in wanted
    }
    names = [info.name for info in session.get_outputs()]
    states = models.MODELS[model].states

    def run():
        # Its own values in and out: a cache is not copied to arrays between two tokens.
        results = zip(names, session.run_with_ort_values(names, values))
        return {name: value.numpy() for name, value in results if not states or not name.startswith("present")}

    return Runner(run)


# Ours.


def compiler():
    """snn-opt of the build that is measured."""
    from rheobase import _find

    program = _find.program("snn-opt")
    if program is None:
        raise Unavailable("snn-opt not found: run make, or name a build folder with --build")
    return program


def newer(path, *sources):
    """Whether `path` is there and was made after all of `sources`."""
    return path.exists() and all(path.stat().st_mtime > source.stat().st_mtime for source in map(pathlib.Path, sources))


def _snn_opt(*arguments):
    done = subprocess.run([compiler(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable((done.stderr.strip() or f"snn-opt ended with {done.returncode}").splitlines()[0])


def _compile(model, folder, path, options):
    if newer(path, folder / "model.onnx", compiler()):
        return path
    calibrate = [] if "--ann" in options else [f"--calibrate={folder / 'calibration.npz'}"]
    states = [f"--state={state}" for state in models.MODELS[model].states]
    _snn_opt(folder / "model.onnx", "-o", path, *options, *calibrate, *states)
    return path


def _compiling(name, options):
    return lambda model, folder: _compile(model, folder, folder / f"{name}.rheo", options)


def _load_rheobase(path, model, threads):
    import rheobase

    session = rheobase.Artifact(path).session(threads=threads)
    states = models.MODELS[model].states
    given = {
        name: array for name, array in _arrays(path.parent / "input.npz").items()
        if not any(name.startswith(state) for state in states)
    }
    if not states:
        return Runner(lambda: session.run(given))
    prompt = _arrays(path.parent / "prompt.npz")
    session.run({name: prompt[name] for name in given})
    kept = session.states()
    # Every token is the one after the prompt.
    return Runner(lambda: session.run(given), before=lambda: session.set_states(kept))


SPIKING_8 = ["--steps=8", "--weights=int8"]


# The simulation.


def _time_form(model, folder):
    if models.MODELS[model].states:
        raise Unavailable("a cache that a session keeps is not simulated")
    text, generic = folder / "time.mlir", folder / "simulation.mlir"
    _compile(model, folder, text, [*SPIKING_8, "--form=time", "--compile-to=schedule"])
    if not newer(generic, text):
        _snn_opt(text, "--mlir-print-op-generic", "-o", generic)
    return generic


def _load_simulation(path, model, threads):
    import torch

    from bench import simulation

    torch.set_num_threads(threads)
    network = simulation.load(path)
    given = _arrays(path.parent / "input.npz")
    return Runner(lambda: network.run(given))


SPIKING, SIMULATION = "snn8", "simulation"  # what the bounds are about, and what simulates it

CONTENDERS = {
    "ort-float": Contender("ONNX Runtime, float", _float_model, _load_onnxruntime, rival="float"),
    "ort-static": Contender("ONNX Runtime, int8 QDQ static, per channel", _static_int8, _load_onnxruntime, rival="int8"),
    "ort-dynamic": Contender("ONNX Runtime, int8 dynamic", _dynamic_int8, _load_onnxruntime, rival="int8"),
    "ann": Contender("Rheobase, float (ANN)", _compiling("ann", ["--ann"]), _load_rheobase),
    "snn8": Contender("Rheobase, spiking, T=8, int8", _compiling("snn8", SPIKING_8), _load_rheobase),
    "snn4": Contender("Rheobase, spiking, T=4, int8", _compiling("snn4", ["--steps=4", "--weights=int8"]), _load_rheobase),
    "event": Contender("Rheobase, spiking, event form", _compiling("event", [*SPIKING_8, "--form=event"]), _load_rheobase),
    SIMULATION: Contender("PyTorch, simulation of T=8 int8 in time", _time_form, _load_simulation, slow=True),
}
