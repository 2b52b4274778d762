"""Spiking networks trained to few bits: the arithmetic of their weights and neurons as PyTorch exports it, found and packed."""

import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find
from support import Reference

CHANNELS, SIZE, CLASSES, IMAGES = 32, 6, 10, 200


class Network:
    """Two convolutions and a linear layer over bytes, put together node by node."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        value = np.asarray(value, None if np.asarray(value).dtype.kind in "iu" else "f")
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, kind, *inputs, name="", **attributes):
        self.count += 1
        inputs = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        self.nodes.append(helper.make_node(kind, inputs, [f"v{self.count}"], name, **attributes))
        return f"v{self.count}"

    def weights(self, *shape):
        return self.constant((self.rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype("f"))

    def conv(self, x, w, name):
        return self.add("Conv", x, w, name=name, pads=[1, 1, 1, 1])

    def norm(self, x, threshold=0.0):
        """Batch normalisation whose scales have both signs; every second map is where its sums are."""
        scale = (self.rng.uniform(0.5, 1.5, CHANNELS) * self.rng.choice([-1, 1], CHANNELS)).astype("f")
        mean = self.rng.normal(0, 0.3, CHANNELS)
        return self.add("BatchNormalization", x, scale, np.full(CHANNELS, threshold) + self.rng.normal(0, 0.1, CHANNELS), mean,
                        self.rng.uniform(0.5, 2, CHANNELS))

    def save(self, path, logits):
        self.nodes.append(helper.make_node("Identity", [logits], ["logits"]))
        given = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", CHANNELS, SIZE, SIZE])
        wanted = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])
        graph = helper.make_graph(self.nodes, "low-bit", [given], [wanted], self.constants)
        onnx.checker.check_model(model := helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9))
        onnx.save(model, path)


def signs(net, w):
    """Of (w - mean) / deviation of each output, as Q-SNN and BESTformer have them; and the numbers themselves."""
    axes = np.array([1, 2, 3])
    centred = net.add("Sub", w, net.add("ReduceMean", w, axes))
    deviation = net.add("Sqrt", net.add("Div", net.add("ReduceSumSquare", centred, axes), float(CHANNELS * 9 - 1)))
    normal = net.add("Div", centred, deviation)
    return net.add("Sign", normal), normal


def q_snn(net, w):
    """Signs times a power of two."""
    sign, normal = signs(net, w)
    mean = net.add("ReduceMean", net.add("Abs", normal), np.array([1, 2, 3]))
    exponent = net.add("Round", net.add("Div", net.add("Log", mean), np.log(2)))
    return net.add("Mul", sign, net.add("Pow", 2.0, exponent))


def bestformer(net, w):
    return signs(net, w)[0]


def rescaw(bits):
    """QP-SNN: gamma is the mean of the magnitudes of an output."""

    def make(net, w):
        steps = float(2**bits - 1)
        gamma = net.add("ReduceMean", net.add("Abs", w), np.array([1, 2, 3]))
        within = net.add("Clip", net.add("Div", w, gamma), -1.0, 1.0)
        whole = net.add("Round", net.add("Mul", net.add("Add", within, 1.0), steps / 2))
        return net.add("Mul", net.add("Sub", net.add("Mul", whole, 2 / steps), 1.0), gamma)

    return make


def s2nn(net, w):
    """One of 16 sign kernels times the mean of the magnitudes of an output."""
    book = net.constant(np.where(net.rng.random((16, 9)) < 0.5, -1, 1).astype("f"))
    indices = net.rng.integers(0, 16, (CHANNELS, CHANNELS))
    kernels = net.add("Reshape", net.add("Gather", book, indices), np.array([CHANNELS, CHANNELS, 3, 3]))
    return net.add("Mul", kernels, net.add("ReduceMean", net.add("Abs", w), np.array([1, 2, 3])))


def lsq(net, w):
    """QSD-Transformer: four bits, a step for each output."""
    step = net.add("Mul", net.add("ReduceMean", net.add("Abs", w), np.array([1, 2, 3])), 2 / np.sqrt(7))
    return net.add("Mul", net.add("Round", net.add("Clip", net.add("Div", w, step), -8.0, 7.0)), step)


def compared(net, x):
    return net.add("Cast", net.add("GreaterOrEqual", x, 0.5), to=TensorProto.FLOAT)


def chosen(net, x):
    return net.add("Where", net.add("Less", x, 0.5), 0.0, 1.0)


def signed(net, x):
    """(sign(x - threshold) + 1) / 2, where no number is on the threshold."""
    return net.add("Mul", net.add("Add", net.add("Sign", net.add("Sub", x, 0.503)), 1.0), 0.5)


def five_levels(net, x):
    """floor(clip(4 x, 0, 4) + 0.5) / 4"""
    return net.add("Div", net.add("Floor", net.add("Add", net.add("Clip", net.add("Mul", x, 4.0), 0.0, 4.0), 0.5)), 4.0)


# Weights, neuron, the format that is found, bits of a weight besides its scales; whether PyTorch's sums are exact too.
METHODS = {
    "q-snn": (q_snn, compared, "sign", 1, True),
    "bestformer": (bestformer, signed, "sign", 1, True),
    "qp-snn-2": (rescaw(2), chosen, "rescaw2", 2, False),
    "qp-snn-4": (rescaw(4), compared, "rescaw4", 4, False),
    "s2nn": (s2nn, compared, "vq9x16s", 4 / 9, False),
    "qsd": (lsq, five_levels, "int4", 4, False),
}


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("low-bit"), {}

    def make(method):
        if method not in made:
            weights, neuron = METHODS[method][:2]
            net = Network(seed=3)
            x = net.add("Cast", "pixels", to=TensorProto.FLOAT)
            for layer in range(2):
                w = weights(net, net.weights(CHANNELS, CHANNELS, 3, 3))
                x = neuron(net, net.norm(net.conv(x, w, f"/conv{layer}"), 0.5))
                if layer == 0:
                    x = net.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
            flat = net.add("Reshape", x, np.array([0, -1]))
            # The last layer of eight bits, on integers.
            head = net.rng.integers(-127, 128, (CHANNELS * 9, CLASSES)).astype("f")
            head[0] = 127
            made[method] = folder / f"{method}.onnx"
            net.save(made[method], net.add("MatMul", flat, head, name="/head"))
        return made[method]

    return make


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(8).integers(0, 2, (IMAGES, CHANNELS, SIZE, SIZE)).astype(np.uint8)


def compile_network(model, path, *options):
    """The artifact's path and what the compiler said."""
    done = subprocess.run([_find.program("snn-opt"), model, "-o", path, "--target=native", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path, done.stderr


def outputs(path, pixels):
    with rheobase.Artifact(path) as opened:
        return opened.run({"pixels": pixels})["logits"]


@pytest.mark.parametrize("method", METHODS)
def test_trained_weights_are_found_and_packed(tmp_path, networks, pixels, method):
    _, _, format, bits, is_exact = METHODS[method]
    model, report, samples = networks(method), tmp_path / "report.json", tmp_path / "samples.npz"
    np.savez(samples, pixels=pixels[:16])
    path, said = compile_network(model, tmp_path / "m.rheo", f"--calibrate={samples}", f"--report={report}")
    items = json.loads(report.read_text())["weights"]["items"]
    convs = [each for each in items if each["node"].startswith("/conv")]
    assert len(convs) == 2
    if format:
        assert [each["format"] for each in convs] == [format] * 2
        assert f"lie on {format}" in said
        beside = 32 / (CHANNELS * 9) + (16 * 9 * 8 / (CHANNELS * CHANNELS * 9) if format.startswith("vq") else 0)
        assert [each["bits"] for each in convs] == [pytest.approx(bits + beside, abs=1e-6)] * 2
    wanted, found = Reference(model).run({"pixels": pixels})["logits"], outputs(path, pixels)
    assert len(set(wanted.argmax(-1))) > 1
    assert np.array_equal(found.argmax(-1), wanted.argmax(-1))
    if is_exact:
        assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_forms_are_equal_bit_for_bit(tmp_path, networks, pixels, method):
    value, _ = compile_network(networks(method), tmp_path / "value.rheo")
    time, _ = compile_network(networks(method), tmp_path / "time.rheo", "--form=time")
    assert outputs(value, pixels[:40]).tobytes() == outputs(time, pixels[:40]).tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_every_site_is_exact_without_samples(tmp_path, networks, method):
    """Spikes have one plane, levels as many as they need: nothing asks for a threshold of each row."""
    phases = tmp_path / "phases"
    compile_network(networks(method), tmp_path / "m.rheo", f"--dump-phases={phases}")
    text = next(phases.glob("*convert*")).read_text()
    assert "spk.row_step" not in text
    planes = {"qsd": 3, "bestformer": 2}.get(method, 1)  # a sign may be 0
    assert text.count(f"#spk.binary<{planes}, unsigned, nearest>") > 0
    assert f"#spk.binary<{8 if method != 'qsd' else 7}, signed" not in text
