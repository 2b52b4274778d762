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
    "qp-snn-8": (rescaw(8), compared, "rescaw8", 8, False),
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


@pytest.mark.parametrize("method", ["qp-snn-4", "qp-snn-8"])
def test_every_cpu_variant_gives_the_same_bytes(tmp_path, networks, pixels, method):
    """Codes of eight bits have a sign, those of fewer have none: dot products differ."""
    path = rheobase.compile(networks(method), tmp_path / "m.rheo")
    found = {}
    with rheobase.Artifact(path) as opened:
        for variant in [section.target for section in opened.sections if section.kind == "machine code" and section.usable]:
            with opened.session(cpu_variant=variant) as session:
                found[variant] = session.run({"pixels": pixels[:40]})["logits"].tobytes()
    assert "x86-64" in found and len(set(found.values())) == 1


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


@pytest.fixture(scope="module")
def floats(tmp_path_factory):
    """A convolution and a linear layer of numbers, between spikes."""
    path, net = tmp_path_factory.mktemp("floats") / "net.onnx", Network(seed=5)
    for name, shape in [("conv.weight", (CHANNELS, CHANNELS, 3, 3)), ("head.weight", (CHANNELS * SIZE * SIZE, CLASSES))]:
        net.constants.append(numpy_helper.from_array(net.rng.standard_normal(shape).astype("f"), name))
    y = compared(net, net.conv(net.add("Cast", "pixels", to=TensorProto.FLOAT), "conv.weight", "/conv"))
    net.save(path, net.add("MatMul", net.add("Reshape", y, np.array([0, -1])), "head.weight", name="/head"))
    return path


def trained(path, **changes):
    """An npz with a codebook for the convolution and four bits for the head; its arrays."""
    rng = np.random.default_rng(6)
    arrays = {
        "book": np.where(rng.random((16, 9)) < 0.5, -1, 1).astype(np.int8),
        "which": rng.integers(0, 16, (CHANNELS, CHANNELS)).astype(np.uint8),
        "alpha": np.ldexp(1.0, rng.integers(-3, 1, CHANNELS)).astype("f"),
        "q": rng.integers(-8, 8, (CHANNELS * SIZE * SIZE, CLASSES)).astype(np.int8),
        "one": np.float32(0.25),
    }
    manifest = {"version": 1, "weights": {"conv.weight": {"codebook": "book", "indices": "which", "scale": "alpha"},
                                          "head.weight": {"codes": "q", "scale": "one", "axis": 1}}}
    for name, change in changes.items():
        if name in arrays:
            arrays[name] = change(arrays[name])
        else:
            change(manifest)
    np.savez(path, manifest=np.frombuffer(json.dumps(manifest).encode(), np.uint8), **arrays)
    return arrays


def wanted_with(path, floats, stands, pixels):
    """What ONNX Runtime makes of the network with these constants."""
    model = onnx.load(floats)
    for each in model.graph.initializer:
        if each.name in stands:
            each.CopyFrom(numpy_helper.from_array(stands[each.name].astype("f"), each.name))
    onnx.save(model, path)
    return Reference(path).run({"pixels": pixels})["logits"]


@pytest.mark.parametrize("bits", [2, 7, 8])
def test_odd_integers_from_an_npz(tmp_path, floats, pixels, bits):
    """QP-SNN's integers, as it is trained: beyond bytes with 8 bits."""
    rng = np.random.default_rng(bits)
    odd = lambda *shape: (2 * rng.integers(0, 2**bits, shape) - (2**bits - 1)).astype(np.int16)
    arrays = {"c": odd(CHANNELS, CHANNELS, 3, 3), "gamma": np.ldexp(1.0, rng.integers(-3, 1, CHANNELS)).astype("f"),
              "h": odd(CHANNELS * SIZE * SIZE, CLASSES), "one": np.float32(0.25)}
    manifest = {"version": 1, "weights": {"conv.weight": {"codes": "c", "scale": "gamma"}, "head.weight": {"codes": "h", "scale": "one"}}}
    np.savez(tmp_path / "low.npz", manifest=np.frombuffer(json.dumps(manifest).encode(), np.uint8), **arrays)
    trained = f"--trained-weights={tmp_path / 'low.npz'}"
    path, said = compile_network(floats, tmp_path / "m.rheo", trained)
    assert f"/conv and 1 more lie on rescaw{bits}" in said
    stands = {"conv.weight": arrays["c"] * arrays["gamma"][:, None, None, None], "head.weight": arrays["h"] * arrays["one"]}
    wanted = wanted_with(tmp_path / "with.onnx", floats, stands, pixels)
    assert outputs(path, pixels).tobytes() == wanted.tobytes()
    time, _ = compile_network(floats, tmp_path / "time.rheo", trained, "--form=time")
    assert outputs(time, pixels).tobytes() == wanted.tobytes()
    listed = json.loads(subprocess.run([_find.program("snn-run"), "inspect", path, "--json"], capture_output=True, text=True).stdout)
    found = {each["node"]: each for each in listed["weights"]}
    assert {node: each["format"] for node, each in found.items()} == {"/conv": f"{bits} bits", "/head": f"{bits} bits"}
    assert found["/conv"]["bits"] == pytest.approx(bits + 32 / (CHANNELS * 9))


def test_integers_from_an_npz_take_the_place_of_constants(tmp_path, floats, pixels):
    arrays = trained(tmp_path / "low.npz")
    kernels = arrays["book"][arrays["which"]].reshape(CHANNELS, CHANNELS, 3, 3)
    stands = {"conv.weight": kernels * arrays["alpha"][:, None, None, None], "head.weight": arrays["q"] * arrays["one"]}
    path, said = compile_network(floats, tmp_path / "m.rheo", f"--trained-weights={tmp_path / 'low.npz'}")
    assert "/conv lies on vq9x16s" in said and "/head lies on int4" in said
    # Powers of two: all sums are exact in either.
    assert outputs(path, pixels).tobytes() == wanted_with(tmp_path / "with.onnx", floats, stands, pixels).tobytes()
    assert "codes times weights" in subprocess.run(
        [_find.program("snn-opt"), "--check", floats, f"--trained-weights={tmp_path / 'low.npz'}"], capture_output=True, text=True).stdout


def weight(name, **fields):
    def change(manifest):
        manifest["weights"][name].update(fields)

    return change


def without(name, field):
    return lambda manifest: manifest["weights"][name].pop(field)


WRONG = {
    "version": ({"m": lambda manifest: manifest.update(version=2)}, "field 'version' 1 expected"),
    "weights": ({"m": lambda manifest: manifest.pop("weights")}, "manifest without the field 'weights'"),
    "name": ({"m": lambda manifest: manifest["weights"].update(other={})}, "at weight 'other' speaks of no float32 initializer"),
    "fields": ({"m": lambda manifest: manifest["weights"].update({"conv.weight": 3})}, "at weight 'conv.weight' has no fields"),
    "unknown": ({"m": weight("conv.weight", bits=4)}, "at weight 'conv.weight' has a field 'bits'"),
    "both": ({"m": weight("conv.weight", codes="q")}, "has codes beside a codebook"),
    "neither": ({"m": without("head.weight", "codes")}, "at weight 'head.weight' has neither codes nor a codebook"),
    "missing": ({"m": without("conv.weight", "indices")}, "at weight 'conv.weight' field 'indices' is missing"),
    "array": ({"m": weight("head.weight", codes="r")}, "field 'codes' names 'r', which the file has no array of"),
    "floats": ({"q": lambda q: q.astype("f")}, "field 'codes' names an array that is not of integers"),
    "shape": ({"q": lambda q: q.T.copy()}, f"names an array of [{CLASSES}, {CHANNELS * SIZE * SIZE}]"),
    "book": ({"book": np.ravel}, "field 'codebook' names an array of [144], [entries, length] expected"),
    "count": ({"which": lambda which: which[1:]}, "field 'indices' names an array of [31, 32], which with vectors of 9 gives 8928"),
    "index": ({"which": lambda which: which + np.uint8(1)}, "less than the codebook's 16 entries expected"),
    "axis": ({"m": weight("conv.weight", axis=4)}, "field 'axis' is no axis of [32, 32, 3, 3], 0 to 3 expected"),
    "scale": ({"alpha": lambda alpha: alpha[1:]}, "field 'scale' names an array of [31], one float32 or [32] of them expected"),
    "finite": ({"alpha": lambda alpha: alpha * np.float32("inf")}, "field 'scale' has a number at element 0 that is not finite"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_errors_name_the_weight_and_the_field(tmp_path, floats, wrong):
    changes, text = WRONG[wrong]
    trained(tmp_path / "low.npz", **changes)
    done = subprocess.run([_find.program("snn-opt"), floats, "-o", tmp_path / "m.rheo", f"--trained-weights={tmp_path / 'low.npz'}"],
                          capture_output=True, text=True)
    assert done.returncode != 0 and text in done.stderr and not (tmp_path / "m.rheo").exists()


@pytest.mark.parametrize("arrays, text", [({"q": np.zeros(3)}, "has no array 'manifest' of bytes"),
                                          ({"manifest": np.frombuffer(b"{", np.uint8)}, "manifest that is no JSON")])
def test_files_without_a_manifest(tmp_path, floats, arrays, text):
    np.savez(tmp_path / "low.npz", **arrays)
    done = subprocess.run([_find.program("snn-opt"), floats, "-o", tmp_path / "m.rheo", f"--trained-weights={tmp_path / 'low.npz'}"],
                          capture_output=True, text=True)
    assert done.returncode != 0 and text in done.stderr
