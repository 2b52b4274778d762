"""Tables of embeddings as bytes."""

import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find

WORDS, WIDTH, OUTPUTS = 1000, 64, 32


def table():
    w = np.random.default_rng(7).standard_normal((WORDS, WIDTH)).astype("f")
    w[3] = 0
    return w


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Words, read twice from one table, and a linear layer behind them."""
    path = tmp_path_factory.mktemp("tables") / "words.onnx"
    nodes = [helper.make_node("Gather", ["words", "ids"], ["e"], "/embedding"),
             helper.make_node("Gather", ["words", "others"], ["f"], "/other"),
             helper.make_node("Add", ["e", "f"], ["sum"]), helper.make_node("MatMul", ["sum", "w"], ["y"], "/linear")]
    w = (np.random.default_rng(8).standard_normal((WIDTH, OUTPUTS)) / 8).astype("f")
    constants = [numpy_helper.from_array(table(), "words"), numpy_helper.from_array(w, "w")]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in ["ids", "others"]]
    results = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "sequence", OUTPUTS]),
               helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["batch", "sequence", WIDTH])]
    graph = helper.make_graph(nodes, "words", ids, results, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(9)
    return {name: rng.integers(-WORDS, WORDS, (20, 16)) for name in ["ids", "others"]}


def run(path, feeds):
    with rheobase.Artifact(path) as opened:
        return opened.run(feeds), opened.metadata


def test_a_row_has_a_scale_and_bytes(artifact, model, samples):
    whole, bytes_ = (artifact(model, target="x86-64-v3", calibrate=samples, options=options) for options in [(), ["--tables=int8"]])
    assert whole.stat().st_size - bytes_.stat().st_size == pytest.approx(WORDS * (3 * WIDTH - 4), rel=0.02)
    scale = np.abs(table()).max(1, keepdims=True) / np.float32(127)
    codes = np.divide(table(), scale, out=np.zeros_like(table()), where=scale > 0).round()
    expected = (codes * scale)[samples["ids"]] + (codes * scale)[samples["others"]]
    found, facts = run(bytes_, samples)
    np.testing.assert_allclose(found["sum"], expected, rtol=1e-6, atol=1e-6)
    assert facts["tables"] == "int8"
    plain, facts = run(whole, samples)
    assert "tables" not in facts
    assert np.square(found["y"] - plain["y"]).sum() < 1e-3 * np.square(plain["y"]).sum()


def test_chosen_formats_take_tables_along(artifact, model, samples, tmp_path):
    """Half of an artifact of which the table is most."""
    size = artifact(model, target="native", calibrate=samples).stat().st_size // 2
    np.savez(tmp_path / "samples.npz", **samples)
    path, report = tmp_path / "half.rheo", tmp_path / "half.json"
    choose = lambda *options: subprocess.run(
        [_find.program("snn-opt"), model, "-o", path, "--weights=auto", f"--target-size={size}", "--target=native",
         f"--calibrate={tmp_path / 'samples.npz'}", f"--report={report}", *options], capture_output=True, text=True)
    done = choose()
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size <= size
    matrices = {each["node"]: each for each in json.loads(report.read_text())["weights"]["items"]}
    assert matrices["/embedding"]["format"] == "int8"
    assert matrices["/embedding"]["bits"] == pytest.approx(8 + 32 / WIDTH)
    assert 0 < matrices["/embedding"]["weight_error"] < 1e-3
    refused = choose("--tables=f32")
    assert refused.returncode != 0 and "no choice takes" in refused.stderr


def test_a_plan_says_what_tables_are(model, samples, tmp_path):
    size = 10_000_000
    plan, again = tmp_path / "plan.json", tmp_path / "again.rheo"
    chosen = rheobase.compile(model, tmp_path / "chosen.rheo", target="native", calibrate=samples,
                              options=["--weights=auto", f"--target-size={size}", f"--plan={plan}"])
    assert json.loads(plan.read_text())["tables"] == "int8"
    read = lambda *options: run(rheobase.compile(model, again, target="native", calibrate=samples, options=[f"--plan={plan}", *options]), samples)
    wanted, _ = run(chosen, samples)
    for options in [], ["--tables=auto"], ["--tables=int8"]:
        found, facts = read(*options)
        assert facts["tables"] == "int8" and found["sum"].tobytes() == wanted["sum"].tobytes()
    with pytest.raises(rheobase.CompileError, match=r'plan.json\' has tables "int8", --tables=f32 says otherwise; leave one of them out'):
        read("--tables=f32")
    # Edited, and left out.
    edited = json.loads(plan.read_text())
    plan.write_text(json.dumps(edited | {"tables": "f32"}))
    assert "tables" not in read()[1]
    del edited["tables"]
    plan.write_text(json.dumps(edited))
    assert "tables" not in read()[1]
    assert read("--tables=int8")[1]["tables"] == "int8"


def test_a_stop_keeps_what_a_plan_says_of_tables(model, samples, tmp_path):
    plan, text = tmp_path / "plan.json", tmp_path / "convert.mlir"
    plan.write_text(json.dumps({"rheobase plan": 1, "tables": "int8", "sites": []}))
    np.savez(tmp_path / "samples.npz", **samples)
    snn_opt = lambda *arguments: subprocess.run([_find.program("snn-opt"), *arguments], capture_output=True, text=True)
    assert snn_opt(model, "--compile-to=convert", "-o", text, f"--calibrate={tmp_path / 'samples.npz'}", f"--plan={plan}").returncode == 0
    assert snn_opt(text, "--compile-from=compress", "--target=native", "-o", tmp_path / "out.rheo").returncode == 0
    assert run(tmp_path / "out.rheo", samples)[1]["tables"] == "int8"
    text.write_text(text.read_text().replace('rheobase.tables = "int8"', 'rheobase.tables = "int2"'))
    done = snn_opt(text, "--compile-from=compress", "-o", tmp_path / "no.rheo")
    assert done.returncode != 0
    assert "the module says that tables are 'int2', one of auto, int8, f32 expected; leave it as --compile-to writes it" in done.stderr


@pytest.mark.parametrize("group", [WIDTH, 32])
def test_a_table_on_a_grid_is_packed_without_loss(artifact, tmp_path, samples, group):
    """As a dequantised GGUF has it: bytes with a scale (of 16 bits) for 32 numbers, or one for each row."""
    rng = np.random.default_rng(10)
    codes = rng.integers(-127, 128, (WORDS, WIDTH // group, group))
    codes[..., 0] = 127
    codes[5] = 0
    scales = np.abs(rng.standard_normal((WORDS, WIDTH // group, 1))) / 16 + 0.01
    words = (codes * scales.astype(np.float16).astype("f")).astype("f").reshape(WORDS, WIDTH)
    nodes = [helper.make_node("Gather", ["words", "ids"], ["e"], "/embedding"), helper.make_node("MatMul", ["e", "w"], ["y"], "/linear")]
    w = rng.standard_normal((WIDTH, OUTPUTS)).astype("f")
    info = lambda name, kind, *last: helper.make_tensor_value_info(name, kind, ["batch", "sequence", *last])
    graph = helper.make_graph(nodes, "words", [info("ids", TensorProto.INT64)],
                              [info("y", TensorProto.FLOAT, OUTPUTS), info("e", TensorProto.FLOAT, WIDTH)],
                              [numpy_helper.from_array(words, "words"), numpy_helper.from_array(w, "w")])
    path, feeds = tmp_path / "grid.onnx", {"ids": samples["ids"]}
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    done = subprocess.run([_find.program("snn-opt"), path, "-o", tmp_path / "m.rheo", "--target=native"], capture_output=True, text=True)
    name, bits = ("int8", 8 + 32 / WIDTH) if group == WIDTH else ("int8g32", 8.5)
    assert done.returncode == 0 and f"weights: /embedding lies on {name}, {bits:.2f} bits a weight: packed without loss" in done.stderr
    packed = artifact(path, target="native")
    plain = artifact(path, target="native", options=["--tables=f32"])
    assert plain.stat().st_size - packed.stat().st_size == pytest.approx(WORDS * WIDTH * (4 - bits / 8), rel=0.05)
    (found, _), (expected, _) = run(packed, feeds), run(plain, feeds)
    np.testing.assert_array_equal(found["e"], words[samples["ids"]])
    assert found["y"].tobytes() == expected["y"].tobytes()
