"""Every kind of neuron in generated code, against its tables run step by step here: equal bits in both forms."""

import re
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import rheobase
from rheobase import _find

FUNCTIONS = {"gelu": "Gelu", "tanh": "Tanh", "exp": "Exp"}
KINDS = ["mbe", "mbe-ext", "fs"]
STEPS = 6


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("neurons") / "functions.onnx"
    nodes = [helper.make_node(op, ["x"], [name], name=name) for name, op in FUNCTIONS.items()]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ["x", *FUNCTIONS]]
    graph = helper.make_graph(nodes, "functions", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    x = np.concatenate([np.linspace(-20, 20, 4001), [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, -1e30]])
    path = tmp_path_factory.mktemp("neurons") / "calibrate.npz"
    np.savez(path, x=np.linspace(-3, 2, 64, dtype=np.float32))
    return x.astype(np.float32), path


def tables(text):
    """The attributes of every recurrent neuron in the text of a module, by function."""
    found = {}
    for name, body in re.findall(r'function = "(\w+)", neuron = #spk.recurrent<(.*?)>, reduction', text):
        fields = dict(re.findall(r"(\w+) = (\[[^\]]*\]|array<[^>]*>|[^,]+)", body))
        numbers = {key: np.array(re.findall(r"[-+.\w]+", value.split(":")[-1].strip("[]>")), dtype=object)
                   for key, value in fields.items() if value[0] in "[a"}
        scalars = {key: value.split(" ")[0] for key, value in fields.items() if key not in numbers}
        found[name] = scalars, {key: np.array([float(v) for v in value], np.float32) for key, value in numbers.items()}
    return found


def run_table(scalars, numbers, x):
    """docs/neurons.md, line by line."""
    steps = int(scalars["steps"])
    lower, upper = np.float32(scalars["lower"]), np.float32(scalars["upper"])
    x = np.where(x > lower, x, lower)
    x = np.where(x < upper, x, upper)
    y = np.full_like(x, np.float32(scalars["bias"]))
    feeds = [x, np.maximum(x, 0), np.maximum(-x, 0), np.abs(x)]
    for basis in range(int(scalars["bases"])):
        u = feeds[int(numbers["feeds"][basis])] - numbers["offsets"][basis]
        for at in range(basis * steps, (basis + 1) * steps):
            fired = u >= numbers["thresholds"][at]
            u = np.where(fired, u - numbers["resets"][at], u)
            y = np.where(fired, y + numbers["outputs"][at], y)
    return y


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("calibrated", [False, True])
def test_generated_code_is_the_table(artifact, model, inputs, kind, calibrated):
    x, samples = inputs
    options = dict(steps=STEPS, neuron=kind, target="native", calibrate=samples if calibrated else None)
    results = []
    for form in ("value", "time"):
        with rheobase.Artifact(artifact(model, form=form, **options)) as opened:
            results.append(opened.run({"x": x}))
    flags = [f"--steps={STEPS}", f"--neuron={kind}"] + ([f"--calibrate={samples}"] if calibrated else [])
    command = [_find.program("snn-opt"), str(model), "--compile-to=convert", *flags]
    found = tables(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert set(found) == set(FUNCTIONS)
    for name in FUNCTIONS:
        assert results[0][name].tobytes() == results[1][name].tobytes(), name
    for name in ("gelu", "tanh"):
        scalars, numbers = found[name]
        assert scalars["kind"] == f'"{kind}"'
        assert np.array_equal(results[0][name].view(np.int32), run_table(scalars, numbers, x).view(np.int32)), name
    assert float(found["gelu"][0]["lower"]) == (-8 if calibrated else -16)
    # exp splits the exponent off: the table is that of 2^f.
    z = x[:4001] * np.float32(1.4426950408889634)
    scalars, numbers = found["exp"]
    expected = run_table(scalars, numbers, z - np.floor(z)) * np.exp2(np.floor(z)).astype(np.float32)
    assert np.array_equal(results[0]["exp"][:4001], expected)
