"""Where things are, ONNX Runtime as the reference, and running an artifact in batches."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

import rheobase

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "vit-fashion"
SHARED = ROOT.parent / "shared"
FULL = os.environ.get("RHEOBASE_FULL") == "1"  # utils/run_tests.py --full
# Runs a command and tells its largest resident memory, in bytes.
MEASURE = """
import json, resource, subprocess, sys
run = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps([run.returncode, run.stderr[-2000:], peak]))
"""


class Reference:
    """A model in ONNX Runtime; without fusing, it rounds only where the nodes say so."""

    def __init__(self, model, fusing=True):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        if not fusing:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.values = self.session.get_inputs()
        self.inputs = {value.name: value.shape for value in self.values}

    def run(self, inputs):
        """The outputs by name."""
        names = [value.name for value in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, inputs)))


def onnx_runtime(model, inputs):
    """The first output of ONNX Runtime."""
    return next(iter(Reference(model).run(inputs).values()))


def feeds(reference, sizes, like, seed=0):
    """Inputs of a language or vision model for sizes of its open dimensions, of the types of the inputs `like`."""
    rng = np.random.default_rng(seed)
    past = next((size for name, size in sizes.items() if "past" in name), 0)
    made = {}
    for name, dims in reference.inputs.items():
        shape = [dim if isinstance(dim, int) else eval(dim, {}, sizes) for dim in dims]
        if name.endswith("attention_mask"):
            value = np.ones(shape)
            value[-1, : shape[1] // 3] = 0
        elif name == "position_ids":
            value = np.tile(np.arange(past, past + shape[1]), (shape[0], 1))
        elif name == "token_type_ids":
            value = np.zeros(shape)
        elif np.issubdtype(like[name].dtype, np.integer):
            value = rng.integers(3, 120, shape)
        else:
            value = rng.standard_normal(shape)
        made[name] = value.astype(like[name].dtype)
    return made


def largest_error(value, reference):
    """The largest difference, relative to the reference's largest value."""
    difference = np.abs(value.astype(np.float64) - reference.astype(np.float64))
    return difference.max(initial=0) / max(np.abs(reference.astype(np.float64)).max(initial=0), 1e-30)


def run(path, inputs, counting=False, batch=50):
    """(first output of all rows, counter totals), in batches along the first axis."""
    rows = len(next(iter(inputs.values())))
    with rheobase.Artifact(path) as opened, opened.session(counting=counting) as session:
        parts = []
        for start in range(0, rows, batch):
            part = {name: value[start : start + batch] for name, value in inputs.items()}
            parts.append(session.run(part)[opened.outputs[0].name])
        return np.concatenate(parts), session.totals()


def peak_of(*command):
    """The largest resident memory of a command that succeeds."""
    said = subprocess.run([sys.executable, "-c", MEASURE, *map(str, command)], capture_output=True, text=True, check=True)
    code, errors, peak = json.loads(said.stdout)
    assert code == 0, errors
    return peak
