"""Weights of few bits: formats, methods, both forms."""

import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find

INPUTS, HIDDEN, OUTPUTS = 96, 64, 40
FORMATS = ["int4g32", "int2g32", "int3", "int8g32", "uint4g32", "uint2"]


def weights():
    rng = np.random.default_rng(4)
    return [(rng.standard_normal(shape) / np.sqrt(shape[0])).astype("f") for shape in [(INPUTS, HIDDEN), (HIDDEN, OUTPUTS)]]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Two linear layers; behind the Relu is a code with an offset."""
    path = tmp_path_factory.mktemp("weights") / "mlp.onnx"
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
    nodes = [helper.make_node("MatMul", ["x", "v"], ["h"], "/first"), helper.make_node("Relu", ["h"], ["r"], "/relu"),
             helper.make_node("MatMul", ["r", "w"], ["y"], "/second")]
    constants = [numpy_helper.from_array(each, name) for each, name in zip(weights(), "vw")]
    graph = helper.make_graph(nodes, "mlp", [value("x", INPUTS)], [value("y", OUTPUTS)], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def samples():
    """Neighbouring channels go together, as activations' do."""
    x = np.random.default_rng(5).standard_normal((256, INPUTS)).astype("f")
    for i in range(1, INPUTS):
        x[:, i] += 0.8 * x[:, i - 1]
    return x


def exact(x):
    first, second = weights()
    return np.maximum(x @ first, 0) @ second


def error(y, x):
    wanted = exact(x)
    return np.square(y - wanted).sum() / np.square(wanted).sum()


def outputs(path, x):
    with rheobase.Artifact(path) as opened:
        return opened.run({"x": x})["y"]


@pytest.mark.parametrize("steps", [8, 12])
@pytest.mark.parametrize("format", FORMATS)
def test_forms_are_equal_bit_for_bit(artifact, model, samples, format, steps):
    options = dict(weights=format, steps=steps, target="native", calibrate={"x": samples})
    value = outputs(artifact(model, form="value", **options), samples[:37])
    assert outputs(artifact(model, form="time", **options), samples[:37]).tobytes() == value.tobytes()
    assert value[:1].tobytes() == outputs(artifact(model, form="value", **options), samples[:1]).tobytes()


def test_more_bits_and_smaller_groups_lose_less(artifact, model, samples):
    loss = lambda format: error(outputs(artifact(model, weights=format, target="native", calibrate={"x": samples}), samples),
                                samples)
    found = [loss(format) for format in ["f32", "int8", "int6g32", "int4g32", "int4", "int3", "int2"]]
    assert found == sorted(found)
    assert found[3] < 0.02


def test_feedback_loses_less_than_rounding(artifact, model, samples):
    loss = lambda method: error(outputs(artifact(model, weights="int3g32", target="native", calibrate={"x": samples},
                                                 options=[f"--weights-method={method}"]), samples), samples)
    assert loss("gptq") < 0.7 * loss("rtn")
    assert loss("mse") < loss("rtn")


def test_compiling_twice_gives_the_same_bytes(tmp_path, model, samples):
    made = [rheobase.compile(model, tmp_path / f"{i}.rheo", weights="int4g32", target="native", calibrate={"x": samples},
                             options=["--weights-method=gptq"]).read_bytes() for i in range(2)]
    assert made[0] == made[1]


def test_few_bits_are_stored_as_few_bits(artifact, tmp_path):
    """A layer of 512 x 512: 8 bits to 4.5 and 2.5."""
    path = tmp_path / "wide.onnx"
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 512])
    w = numpy_helper.from_array(np.random.default_rng(6).standard_normal((512, 512)).astype("f"), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "wide", [value("x")], [value("y")], [w])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    size = lambda format: artifact(path, weights=format, target="x86-64-v3").stat().st_size
    count = 512 * 512
    saved = lambda format: (size("int8") - size(format)) * 8 / count
    assert saved("int4g32") == pytest.approx(8 - 4.5, abs=0.5)
    assert saved("int2g32") == pytest.approx(8 - 2.5, abs=0.5)


def test_the_artifact_says_what_a_weight_takes(artifact, model, samples):
    def facts(**options):
        with rheobase.Artifact(artifact(model, target="native", calibrate={"x": samples}, **options)) as opened:
            return opened.metadata

    plain = facts(weights="int8")
    assert "weights_bits" not in plain and "weights_method" not in plain
    found = facts(weights="int4g32", options=["--weights-method=gptq", "--outliers=0"])
    assert found["weights"] == "int4g32" and found["weights_method"] == "gptq" and found["weights_bits"] == "4.50"


@pytest.mark.parametrize("arguments, text", [
    (["--weights=int9"], "--weights is 'int9', int2 to int8"),
    (["--weights=uint8"], "--weights is 'uint8', int2 to int8"),
    (["--weights=int4g48"], "--weights is 'int4g48', int2 to int8"),
    (["--weights-method=awq"], "--weights-method is 'awq', one of rtn, mse, gptq"),
    (["--weights=int4", "--weights-method=gptq"], "--weights-method=gptq chooses codes by what samples show, and there are none; "
     "give --calibrate=FILE.npz, or --weights-method=mse"),
])
def test_errors(tmp_path, model, arguments, text):
    done = subprocess.run([_find.program("snn-opt"), model, "-o", tmp_path / "no.rheo", *arguments], capture_output=True, text=True)
    assert done.returncode != 0
    assert text in done.stderr
