"""Weights of few bits: formats, methods, both forms."""

import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find

INPUTS, HIDDEN, OUTPUTS = 128, 64, 40
FORMATS = ["int4g32", "int2g32", "int3", "int8g32", "uint4g32", "uint2", "affine4g32", "affine3", "sign", "signg32", "rescaw2", "rescaw8", "rescaw8g32", "ternaryg32", "vq4x256",
           "vq8x16s", "int4g32-2:4", "int8-2:4", "int8-1:4", "int2-4:8", "int4g32-50%", "lr32s", "lr100%s"]


def weights(inputs=INPUTS, hidden=HIDDEN, results=OUTPUTS):
    rng = np.random.default_rng(4)
    return [(rng.standard_normal(shape) / np.sqrt(shape[0])).astype("f") for shape in [(inputs, hidden), (hidden, results)]]


def write_mlp(path, matrices):
    """Two linear layers; behind the Relu is a code with an offset."""
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
    nodes = [helper.make_node("MatMul", ["x", "v"], ["h"], "/first"), helper.make_node("Relu", ["h"], ["r"], "/relu"),
             helper.make_node("MatMul", ["r", "w"], ["y"], "/second")]
    constants = [numpy_helper.from_array(each, name) for each, name in zip(matrices, "vw")]
    graph = helper.make_graph(nodes, "mlp", [value("x", len(matrices[0]))], [value("y", matrices[1].shape[1])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_mlp(tmp_path_factory.mktemp("weights") / "mlp.onnx", weights())


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Large enough that its weights are most of an artifact."""
    return write_mlp(tmp_path_factory.mktemp("weights") / "wide.onnx", weights(INPUTS, 1024, 256))


@pytest.fixture(scope="module")
def samples():
    """Neighbouring channels go together, as activations' do."""
    x = np.random.default_rng(5).standard_normal((256, INPUTS)).astype("f")
    for i in range(1, INPUTS):
        x[:, i] += 0.8 * x[:, i - 1]
    return x


def exact(x, matrices=None):
    first, second = matrices or weights()
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


def test_odd_bytes_lose_as_little_as_bytes(artifact, model, samples):
    """Half a step is lost at most by either, and the odd grid has a level more."""
    loss = lambda format, **options: error(outputs(artifact(model, weights=format, target="native", steps=12, calibrate={"x": samples},
                                                            **options), samples), samples)
    assert loss("rescaw8") < 1.1 * loss("int8")
    assert loss("rescaw8g32", form="time") < loss("rescaw7g32") < loss("rescaw5g32")


def test_feedback_loses_less_than_rounding(artifact, model, samples):
    loss = lambda method: error(outputs(artifact(model, weights="int3g32", target="native", calibrate={"x": samples},
                                                 options=[f"--weights-method={method}"]), samples), samples)
    assert loss("gptq") < 0.7 * loss("rtn")
    assert loss("mse") < loss("rtn")


def write_linear(path, matrix, bias):
    """One linear layer, with or without a bias."""
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p" if bias is not None else "y"], "/linear")]
    constants = [numpy_helper.from_array(matrix, "w")]
    if bias is not None:
        nodes.append(helper.make_node("Add", ["p", "b"], ["y"], "/bias"))
        constants.append(numpy_helper.from_array(bias, "b"))
    graph = helper.make_graph(nodes, "linear", [value("x", len(matrix))], [value("y", matrix.shape[1])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.mark.parametrize("method", ["rtn", "gptq"])
@pytest.mark.parametrize("has_bias", [False, True])
def test_corrected_biases_keep_mean_outputs(artifact, tmp_path, samples, has_bias, method):
    """With outliers split off too, whose bytes are rounded likewise, and with less error beside the mean for it."""
    x = samples + 1
    x[:, 3] *= 20
    matrix = weights()[0]
    path = write_linear(tmp_path / "linear.onnx", matrix, np.arange(HIDDEN, dtype="f") if has_bias else None)
    def run(*options, **named):
        return outputs(artifact(path, target="native", calibrate={"x": x}, options=list(options), **named), x)

    wanted = run(weights="f32")
    coded = lambda *options: run(f"--weights-method={method}", *options, weights="int2g32")
    off, left = coded() - wanted, coded("--correct-biases") - wanted
    assert np.abs(off.mean(0)).max() > 0.05
    assert np.abs(left.mean(0)).max() < 1e-4
    assert np.square(left).sum() < np.square(off).sum()


def test_corrected_biases_take_no_room_where_there_is_one(artifact, tmp_path, samples):
    # A bias that is one number for all outputs is none of the constants.
    path = write_linear(tmp_path / "linear.onnx", weights()[0], np.arange(HIDDEN, dtype="f"))
    compiled = lambda *options: artifact(path, target="native", weights="int4g32", calibrate={"x": samples + 1}, options=list(options))
    plain, corrected = compiled(), compiled("--correct-biases")
    constants = lambda opened: [section.size for section in opened.sections if section.kind == "constants"]
    with rheobase.Artifact(corrected) as opened, rheobase.Artifact(plain) as before:
        assert opened.metadata["biases"] == "corrected" and "biases" not in before.metadata
        assert constants(opened) == constants(before) != []


def test_readers_of_one_matrix_have_corrections_of_their_own(artifact, tmp_path, samples):
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"], "/first"), helper.make_node("MatMul", ["u", "w"], ["v"], "/second")]
    graph = helper.make_graph(nodes, "tied", [value("x", INPUTS), value("u", INPUTS)], [value("y", HIDDEN), value("v", HIDDEN)],
                              [numpy_helper.from_array(weights()[0], "w")])
    path = tmp_path / "tied.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    seen = {"x": samples + 1, "u": samples - 2}

    def means(**named):
        with rheobase.Artifact(artifact(path, target="native", calibrate=seen, **named)) as opened:
            return [each.mean(0) for each in opened.run(seen).values()]

    for kept, wanted in zip(means(weights="int2g32", options=["--correct-biases"]), means(weights="f32")):
        assert np.abs(kept - wanted).max() < 1e-4


def test_the_report_counts_what_correction_leaves(tmp_path, samples):
    x = samples + 1
    path = write_linear(tmp_path / "linear.onnx", weights()[0], None)
    def lost(*options):
        done = subprocess.run([_find.program("snn-opt"), path, "-o", tmp_path / "m.rheo", "--weights=int3g32", "--target=native", "--steps=12",
                               f"--calibrate={saved(tmp_path, x)}", "--outliers=0", f"--report={tmp_path}/r.json", *options], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        [matrix] = json.loads((tmp_path / "r.json").read_text())["weights"]["items"]
        y = outputs(tmp_path / "m.rheo", x)
        return matrix["output_error"], np.square(y - x @ weights()[0]).sum() / np.square(x @ weights()[0]).sum()

    for options in [], ["--correct-biases"]:
        said, found = lost(*options)
        assert said == pytest.approx(found, rel=0.02)
    assert lost("--correct-biases")[0] < 0.9 * lost()[0]


def test_feedback_helps_codebooks(artifact, model, samples):
    loss = lambda method: error(outputs(artifact(model, weights="vq8x16", target="native", calibrate={"x": samples},
                                                 options=[f"--weights-method={method}"]), samples), samples)
    assert loss("gptq") < 0.8 * loss("mse")


@pytest.mark.parametrize("format", ["int4g32", "vq8x16"])
def test_compiling_twice_gives_the_same_bytes(tmp_path, model, samples, format):
    made = [rheobase.compile(model, tmp_path / f"{i}.rheo", weights=format, target="native", calibrate={"x": samples},
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
    assert saved("sign") == pytest.approx(8 - 1, abs=0.5)
    assert saved("vq8x16") == pytest.approx(8 - 0.5, abs=0.5)
    # And the artifact says so, scales and codebooks included.
    bits = {"int8": 8, "int4g32": 4.5, "uint2g64": 2 + 24 / 64, "sign": 1 + 32 / 512, "vq8x16": 0.5 + 32 / 512 + 128 * 8 / count}
    for format, expected in bits.items():
        with rheobase.Artifact(artifact(path, weights=format, target="x86-64-v3")) as opened:
            [matrix] = opened.weights
        assert (matrix.inputs, matrix.outputs) == (512, 512)
        assert matrix.bits == pytest.approx(expected)


def test_the_artifact_says_what_a_weight_takes(artifact, model, samples):
    def facts(**options):
        with rheobase.Artifact(artifact(model, target="native", calibrate={"x": samples}, **options)) as opened:
            return opened.metadata

    plain = facts(weights="int8")
    assert "weights_bits" not in plain and "weights_method" not in plain
    found = facts(weights="int4g32", options=["--weights-method=gptq", "--outliers=0"])
    assert found["weights"] == "int4g32" and found["weights_method"] == "gptq" and found["weights_bits"] == "4.50"
    # Indices, a scale for each output, two codebooks.
    book = facts(weights="vq8x16", options=["--outliers=0"])
    count = INPUTS * HIDDEN + HIDDEN * OUTPUTS
    stored = count / 2 + 32 * (HIDDEN + OUTPUTS) + 2 * 16 * 8 * 8
    assert float(book["weights_bits"]) == pytest.approx(stored / count, abs=0.01)


def test_the_report_lists_every_matrix(tmp_path, model, samples):
    """Errors as NumPy has them: of the weights, and of what they make of the inputs that the samples show."""
    report = tmp_path / "report.json"
    page = tmp_path / "report.html"
    done = subprocess.run([_find.program("snn-opt"), model, "-o", tmp_path / "m.rheo", "--weights=int4g32", "--target=native",
                           f"--calibrate={saved(tmp_path, samples)}", "--outliers=0", f"--report={report},{page}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "2 matrices of weights, 4.50 bits a weight" in done.stderr
    first, second = json.loads(report.read_text())["weights"]["items"]
    assert [first["node"], first["inputs"], first["outputs"], first["format"]] == ["/first", INPUTS, HIDDEN, "int4g32"]
    assert second["bits"] == 4.5 and second["bytes"] == HIDDEN * OUTPUTS * 4.5 / 8
    assert 0 < first["output_error"] < 0.02 and 0 < first["weight_error"] < 0.02
    assert first["sensitivity"] == pytest.approx(first["output_error"] / first["weight_error"])
    assert not first["recognised"]
    assert "/second" in page.read_text() and "error of the outputs" in page.read_text()


def test_patterns_of_zeros_are_told(artifact, tmp_path, model, samples):
    report = tmp_path / "report.json"
    for format, share, kept, text in [("int4g32-2:4", 0.5, 2, "4 bits, 2 of 4 stored, groups of 32 inputs"), ("int4g32", 0, 4, "4 bits, groups of 32 inputs"),
                                      ("int4g32-50%", 0.5, 4, "4 bits, groups of 32 inputs")]:
        path = artifact(model, weights=format, target="native", calibrate={"x": samples}, options=["--outliers=0", f"--report={report}"])
        with rheobase.Artifact(path) as opened:
            assert [each.kept for each in opened.weights] == [kept, kept]
        lines = subprocess.run([_find.program("snn-run"), "inspect", path], capture_output=True, text=True, check=True).stdout
        assert f"  {text}  " in lines
        listed = json.loads(subprocess.run([_find.program("snn-run"), "inspect", path, "--json"], capture_output=True, text=True, check=True).stdout)
        assert [(each["kept"], each["format"]) for each in listed["weights"]] == [(kept, text)] * 2
        for each in json.loads(report.read_text())["weights"]["items"]:
            # Of the weights that stay some are rounded to 0.
            assert share <= each["zeros"] < share + 0.15


def test_reports_do_not_change_what_is_compiled(tmp_path, model, samples):
    options = dict(weights="int4g32", target="native", calibrate={"x": samples})
    plain = rheobase.compile(model, tmp_path / "a.rheo", options=["--weights-method=mse"], **options)
    told = rheobase.compile(model, tmp_path / "b.rheo", options=["--weights-method=mse", f"--report={tmp_path}/r.json"], **options)
    assert plain.read_bytes() == told.read_bytes()


def compiled(tmp_path, model, samples, *options):
    path = tmp_path / "pairs.rheo"
    done = subprocess.run([_find.program("snn-opt"), model, "-o", path, "--target=native", f"--calibrate={saved(tmp_path, samples)}", *options],
                          capture_output=True, text=True)
    return done, path


def pair_bits(inputs, outputs, rank):
    """Signs, and a scale for each output of either matrix."""
    return rank * (inputs + outputs) + 32 * (rank + outputs)


def test_pairs_of_signs_take_what_they_promise(tmp_path, wide, samples):
    sizes = [(INPUTS, 1024), (1024, 256)]
    lost = []
    for rank in [32, 64, 128]:
        report = tmp_path / "report.json"
        done, path = compiled(tmp_path, wide, samples, f"--weights=lr{rank}s", "--weights-method=gptq", f"--report={report}")
        assert done.returncode == 0, done.stderr
        assert "weights: 2 of 2 matrices became pairs of signs" in done.stderr
        items = json.loads(report.read_text())["weights"]["items"]
        assert [(each["node"], each["inputs"], each["outputs"], each["format"]) for each in items] == [
            (node, *size, f"lr{rank}s") for node, size in zip(["/first", "/second"], sizes)]
        # Factors of channels, which no normalisation takes, are stored too.
        for each, size in zip(items, sizes):
            assert each["bytes"] * 8 == pair_bits(*size, rank) + 32 * size[0]
        lost.append([each["output_error"] for each in items])
        with rheobase.Artifact(path) as opened:
            assert [(each.node, each.inputs, each.outputs) for each in opened.weights] == [
                (node + end, *size) for node, (inputs, outputs) in zip(["/first", "/second"], sizes)
                for end, size in [(":pair", (inputs, rank)), ("", (rank, outputs))]]
            bits = sum(each.bits * each.inputs * each.outputs for each in opened.weights)
            assert bits == pytest.approx(sum(pair_bits(*size, rank) for size in sizes))
            everything = sum(each["bytes"] * 8 for each in items) / sum(a * b for a, b in sizes)
            assert float(opened.metadata["weights_bits"]) == pytest.approx(everything, abs=0.01)
            assert f"{everything:.2f} bits a weight" in done.stderr
        listed = subprocess.run([_find.program("snn-run"), "inspect", path, "--weights"], capture_output=True, text=True)
        assert listed.returncode == 0 and f"{INPUTS} x {rank}" in listed.stdout and f"{rank} x 1024" in listed.stdout
    assert all(more > 1.05 * less for more, less in zip(lost[0] + lost[1], lost[1] + lost[2])), lost


def test_pairs_go_by_what_samples_show(tmp_path, wide, samples):
    wanted = exact(samples, weights(INPUTS, 1024, 256))
    lost = {}
    for method in ["mse", "wanda", "gptq"]:
        done, path = compiled(tmp_path, wide, samples, "--weights=lr100%s", f"--weights-method={method}")
        assert done.returncode == 0, done.stderr
        lost[method] = np.square(outputs(path, samples) - wanted).sum()
    assert lost["gptq"] < 0.7 * lost["mse"]
    assert lost["gptq"] < 0.7 * lost["wanda"]


def test_a_plan_makes_pairs_at_single_sites(tmp_path, wide, samples):
    """The site between the matrices is one like any other, in a plan too."""
    plan = tmp_path / "plan.json"
    write = lambda *sites: plan.write_text(json.dumps({"rheobase plan": 1, "sites": list(sites)}))
    first = {"site": "/first:linear", "weights": "lr64s"}
    write(first)
    done, path = compiled(tmp_path, wide, samples, f"--plan={plan}")
    assert done.returncode == 0 and "weights: 1 of 1 matrices became pairs of signs" in done.stderr, done.stderr
    nodes = lambda: [each.node for each in rheobase.Artifact(path).weights]
    assert nodes()[:2] == ["/first:pair", "/first"] and "/second:pair" not in nodes()
    lost = lambda: np.square(outputs(path, samples) - exact(samples, weights(INPUTS, 1024, 256))).sum()
    fine = lost()
    write(first, {"site": "/first:pair", "steps": 3})
    done, path = compiled(tmp_path, wide, samples, f"--plan={plan}")
    assert done.returncode == 0, done.stderr
    assert lost() > 1.02 * fine
    write({"site": "/first:pair", "steps": 3})
    done, path = compiled(tmp_path, wide, samples, f"--plan={plan}")
    assert done.returncode != 0 and "at site '/first:pair' speaks of none that the model has" in done.stderr


def test_pairs_without_samples_and_by_fixed_ranges(artifact, model, samples):
    for options in [{}, dict(ranges="tensor"), dict(ranges="tensor", calibrate={"x": samples})]:
        value, time = (outputs(artifact(model, weights="lr64s", target="native", form=form, **options), samples) for form in ["value", "time"])
        assert value.tobytes() == time.tobytes()
        assert error(value, samples) < 0.5


def test_what_no_pair_suits_becomes_bytes_and_is_named(tmp_path, samples):
    """40 inputs fill no words of signs."""
    path = write_mlp(tmp_path / "odd.onnx", weights(INPUTS, 40, 64))
    done, out = compiled(tmp_path, path, samples, "--weights=lr32s", "--outliers=0")
    assert done.returncode == 0, done.stderr
    assert ("weights: 1 of 2 matrices became pairs of signs, 2.30 bits a weight; /second becomes bytes: what reads one site has inputs that are a "
            "multiple of 32 and pairs that take less than bytes, else name a smaller rank") in done.stderr
    assert [(each.node, each.bits) for each in rheobase.Artifact(out).weights if each.node == "/second"] == [("/second", 8)]


def test_pairs_are_made_where_networks_are_converted(tmp_path, model, samples):
    text = tmp_path / "c.mlir"
    convert = lambda *options: subprocess.run([_find.program("snn-opt"), model, "--compile-to=convert", "-o", text,
                                               f"--calibrate={saved(tmp_path, samples)}", *options], check=True, capture_output=True)
    go_on = lambda: subprocess.run([_find.program("snn-opt"), text, "--compile-from=compress", "--weights=lr32s", "--target=native", "-o",
                                    tmp_path / "c.rheo"], capture_output=True, text=True)
    convert()
    done = go_on()
    assert done.returncode != 0
    assert ("--weights=lr32s makes pairs of matrices in the phase convert, which --compile-from=compress leaves out, and the module has none; "
            "give it where that phase runs") in done.stderr
    convert("--weights=lr32s")
    assert go_on().returncode == 0
    whole, path = compiled(tmp_path, model, samples, "--weights=lr32s")
    assert whole.returncode == 0
    assert outputs(tmp_path / "c.rheo", samples).tobytes() == outputs(path, samples).tobytes()


def saved(folder, samples):
    path = folder / "samples.npz"
    np.savez(path, x=samples)
    return path


def grid(name):
    """Weights of 512 x 96 as formats that others use have them."""
    rng = np.random.default_rng(9)
    shape, groups = (512, 96), (16, 32, 96)
    half = lambda *size: (np.abs(rng.standard_normal(size)) / 16 + 0.01).astype(np.float16).astype("f")
    if name == "affine4g32":     # Q4_1
        codes = rng.integers(0, 16, groups)
        codes[:, 0], codes[:, 1] = 0, 15
        return (codes.astype("f") * half(16, 1, 96) - half(16, 1, 96)).reshape(shape)
    if name == "int4g32":        # Q4_0
        return (rng.integers(-8, 8, groups).astype("f") * half(16, 1, 96)).reshape(shape)
    if name == "int8g32":        # Q8_0
        codes = rng.integers(-127, 128, groups)
        codes[:, 3] = 127
        return (codes.astype("f") * half(16, 1, 96)).reshape(shape)
    return rng.integers(-1, 2, shape).astype("f") * np.abs(rng.standard_normal(96)).astype("f")    # int2: ternary


@pytest.mark.parametrize("name, bits", [("affine4g32", 5), ("int4g32", 4.5), ("int8g32", 8.5), ("int2", 2 + 32 / 512)])
def test_weights_on_a_grid_are_packed_without_loss(artifact, tmp_path, name, bits):
    """As accurate as the same network with f32 weights, in both forms, and a channel that stands out does not move."""
    path = tmp_path / "grid.onnx"
    value = lambda what, size: helper.make_tensor_value_info(what, TensorProto.FLOAT, ["batch", size])
    w = numpy_helper.from_array(grid(name), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"], "/linear")], "grid", [value("x", 512)], [value("y", 96)], [w])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    x = np.random.default_rng(3).standard_normal((50, 512)).astype("f")
    x[:, 7] *= 40
    done = subprocess.run([_find.program("snn-opt"), path, "-o", tmp_path / "m.rheo", "--target=native", "--outliers=0",
                           f"--calibrate={saved(tmp_path, x)}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"weights: /linear lies on {name}, {bits:.2f} bits a weight: packed without loss" in done.stderr
    with rheobase.Artifact(tmp_path / "m.rheo") as opened:
        assert opened.metadata["weights_bits"] == f"{bits:.2f}"
    run = lambda outliers="0", **options: outputs(
        artifact(path, target="native", calibrate={"x": x}, options=[f"--outliers={outliers}"], **options), x)
    packed, numbers = run(), run(weights="f32")
    assert np.abs(packed - numbers).max() <= 1e-5 * np.abs(numbers).max()
    assert run(form="time").tobytes() == packed.tobytes()
    # It does not coarsen the codes of the others, which have steps of their own; where all inputs of an output share a scale, it has a code of its own,
    # and a row of bytes.
    lost = lambda y: np.square(y - x @ grid(name)).sum()
    step = np.abs(x).max(1, keepdims=True) / 127
    coarse = lost(np.round(x / step) * step @ grid(name))
    assert lost(run(outliers="0.01")) < 0.3 * coarse
    if "g" in name:
        assert run(outliers="0.01").tobytes() == packed.tobytes()
    # Fewer bits than the grid has are what was asked for.
    if name == "int8g32":
        assert np.abs(run(weights="int4g32") - numbers).max() > 1e-3 * np.abs(numbers).max()


def test_a_grid_whose_layer_is_to_have_other_groups(artifact, tmp_path):
    """A plan asks for fewer bits than a grid has, in larger groups than its codes have steps: no product stays on numbers, and forms are equal."""
    path = tmp_path / "grid.onnx"
    value = lambda what, size: helper.make_tensor_value_info(what, TensorProto.FLOAT, ["batch", size])
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"], "/linear")], "grid", [value("x", 512)], [value("y", 96)],
                              [numpy_helper.from_array(grid("int8g32"), "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    x = np.random.default_rng(3).standard_normal((50, 512)).astype("f")
    run = lambda **options: outputs(artifact(path, target="native", calibrate={"x": x}, options=[f"--plan={plan}", "--strict"], **options), x)
    # Where formats are chosen, it stays on its grid, however small the artifact is to be.
    done = chosen(tmp_path, path, x, "--target-size=80000")
    assert done.returncode == 0 and "/linear lies on int8g32, 8.50 bits a weight: packed without loss" in done.stderr, done.stderr
    for format, most in [("int4g128", 2e-2), ("int4g32", 2e-2), ("int8", 1e-4)]:
        plan = tmp_path / f"{format}.json"
        plan.write_text(json.dumps({"rheobase plan": 1, "sites": [{"site": "/linear:linear", "role": "linear", "weights": format}]}))
        found = run()
        wanted = x @ grid("int8g32")
        assert np.square(found - wanted).sum() < most * np.square(wanted).sum()
        assert run(form="time").tobytes() == found.tobytes()


def chosen(tmp_path, model, samples, *options):
    return subprocess.run([_find.program("snn-opt"), model, "-o", tmp_path / "auto.rheo", "--weights=auto", "--target=native",
                           f"--calibrate={saved(tmp_path, samples)}", "--outliers=0", *options], capture_output=True, text=True)


def file_of(path, model, samples, weights):
    """The bytes of an artifact in one format."""
    rheobase.compile(model, path, target="native", weights=weights, calibrate={"x": samples}, options=["--outliers=0"])
    return path.stat().st_size


def test_formats_are_chosen_for_a_size(tmp_path, wide, samples):
    plan = tmp_path / "plan.json"
    size = file_of(tmp_path / "one.rheo", wide, samples, "int4g32")
    done = chosen(tmp_path, wide, samples, "--weights-method=gptq", f"--target-size={size}", f"--plan={plan}")
    assert done.returncode == 0, done.stderr
    taken = (tmp_path / "auto.rheo").stat().st_size
    assert 0.9 * size < taken <= size
    assert f"the artifact {taken / 1e6:.3f} MB" in done.stderr
    sites = json.loads(plan.read_text())["sites"]
    assert all("weights" in each for each in sites) and len(sites) == 2
    with rheobase.Artifact(tmp_path / "auto.rheo") as opened:
        assert float(opened.metadata["weights_bits"]) <= 4.6
        found = opened.run({"x": samples})["y"]
    # Read back, it is the same network; and a format that is edited is another one.
    again = [*map(str, ["--weights-method=gptq", "--outliers=0", f"--plan={plan}"])]
    read = rheobase.compile(wide, tmp_path / "read.rheo", target="native", calibrate={"x": samples}, options=again)
    assert outputs(read, samples).tobytes() == found.tobytes()
    sites[0]["weights"] = "int2"
    plan.write_text(json.dumps({"rheobase plan": 1, "sites": sites}))
    edited = rheobase.compile(wide, tmp_path / "read.rheo", target="native", calibrate={"x": samples}, options=again)
    wanted = exact(samples, weights(INPUTS, 1024, 256))
    lost = lambda y: np.square(y - wanted).sum()
    assert lost(outputs(edited, samples)) > 2 * lost(found)


def test_patterns_are_chosen_where_weights_are_zeros(tmp_path, samples):
    """Half of the first layer's weights are 0, two of each four; the second's are dense."""
    first, second = weights(INPUTS, 512, 256)
    order = np.argsort(-np.abs(first).reshape(-1, 4, 512), axis=1)
    stays = np.zeros_like(order)
    np.put_along_axis(stays, order[:, :2], 1, axis=1)
    first = (first * stays.reshape(first.shape)).astype("f")
    path, plan = tmp_path / "sparse.onnx", tmp_path / "plan.json"
    write_mlp(path, (first, second))
    done = chosen(tmp_path, path, samples, "--target-error=4%", f"--plan={plan}")
    assert done.returncode == 0, done.stderr
    formats = [site["weights"] for site in json.loads(plan.read_text())["sites"]]
    assert formats[0].endswith("-2:4") and not formats[1].endswith(":4"), formats
    with rheobase.Artifact(tmp_path / "auto.rheo") as opened:
        assert 2 in [matrix.kept for matrix in opened.weights]
        wanted = exact(samples, (first, second))
        assert np.square(opened.run({"x": samples})["y"] - wanted).sum() < 0.04**2 * np.square(wanted).sum()


def test_formats_are_chosen_for_an_error(tmp_path, model, samples):
    sizes = []
    for goal in [0.03, 0.1]:
        done = chosen(tmp_path, model, samples, f"--target-error={goal}")
        assert done.returncode == 0, done.stderr
        with rheobase.Artifact(tmp_path / "auto.rheo") as opened:
            sizes.append(float(opened.metadata["weights_bits"]))
        assert error(outputs(tmp_path / "auto.rheo", samples), samples) <= goal**2
    assert sizes[1] < sizes[0]


def test_what_loses_too_much_is_refused(tmp_path, wide, samples):
    size = f"--target-size={file_of(tmp_path / 'one.rheo', wide, samples, 'int3g32')}"
    done = chosen(tmp_path, wide, samples, size)
    assert done.returncode != 0
    assert "--weights=auto: no choice takes" in done.stderr and "ask for more, or try --allow-degraded" in done.stderr
    assert chosen(tmp_path, wide, samples, size, "--allow-degraded").returncode == 0


@pytest.mark.parametrize("arguments, text", [
    (["--weights=int9"], "--weights is 'int9', int2 to int8"),
    (["--weights=uint8"], "--weights is 'uint8', int2 to int8"),
    (["--weights=int4g48"], "--weights is 'int4g48', int2 to int8"),
    (["--weights=vq8x32"], "--weights is 'vq8x32', int2 to int8"),
    (["--weights=vq8x32"], "vq4x16, vq4x256, vq8x16 or vq8x256"),
    (["--weights=signg16"], "sign, rescaw2 to rescaw8"),
    (["--weights=lr33s"], "--weights is 'lr33s', int2 to int8"),
    (["--weights=lr64"], "lr32s to lr8192s (a pair of matrices of signs of a rank that is a multiple of 32) or lr1%s to lr400%s"),
    (["--weights=lr64s", "--weights-method=gptq"], "--weights-method=gptq chooses codes by what samples show, and there are none"),
    (["--weights=auto"], "--weights=auto chooses formats for a goal, and there is none; add --target-size=SIZE or --target-error=E%"),
    (["--target-size=1MB"], "--target-size goes with --weights=auto"),
    (["--weights=auto", "--target-size=1MB"], "--target-size needs --calibrate=FILE: it is measured on samples"),
    (["--weights=auto", "--target-size=much"], "--target-size is 'much', a number of bytes expected, for example --target-size=40MB"),
    (["--allow-degraded"], "--allow-degraded goes with --weights=auto"),
    (["--weights-method=awq"], "--weights-method is 'awq', one of rtn, mse, wanda, gptq"),
    (["--weights=int4", "--weights-method=gptq"], "--weights-method=gptq chooses codes by what samples show, and there are none; "
     "give --calibrate=FILE.npz, or --weights-method=mse"),
    (["--correct-biases"], "--correct-biases goes by what layers' inputs are in the mean over samples, and there are none; give --calibrate=FILE.npz"),
    (["--correct-biases", "--weights=f32"], "--correct-biases makes good what rounding weights does, --weights=f32 rounds none; leave one of them out"),
])
def test_errors(tmp_path, model, arguments, text):
    done = subprocess.run([_find.program("snn-opt"), model, "-o", tmp_path / "no.rheo", *arguments], capture_output=True, text=True)
    assert done.returncode != 0
    assert text in done.stderr
