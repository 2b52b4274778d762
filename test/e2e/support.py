"""Where things are, ONNX Runtime as the reference, and running an artifact in batches."""

import os
import pathlib

import numpy as np

import rheobase

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "vit-fashion"
SHARED = ROOT.parent / "shared"
FULL = os.environ.get("RHEOBASE_FULL") == "1"  # utils/run_tests.py --full


def onnx_runtime(model, inputs):
    """The first output of ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options).run(None, inputs)[0]


def run(path, inputs, counting=False, batch=50):
    """(first output of all rows, counter totals), in batches along the first axis."""
    rows = len(next(iter(inputs.values())))
    with rheobase.Artifact(path) as opened, opened.session(counting=counting) as session:
        parts = []
        for start in range(0, rows, batch):
            part = {name: value[start : start + batch] for name, value in inputs.items()}
            parts.append(session.run(part)[opened.outputs[0].name])
        return np.concatenate(parts), session.totals()
