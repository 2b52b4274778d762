"""bench/: rounds, figures, the page made of them, and a small model measured from end to end."""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench import bounds, command, interleave, measure, models, module_text, shares, worker
from bench.contenders import CONTENDERS, SIMULATION, SPIKING, Runner, Unavailable
from support import ROOT

BUILD = pathlib.Path(os.environ.get("RHEOBASE_BUILD", ROOT / "build"))
PAGE = ROOT / "utils" / "gen_performance.py"


def test_every_contender_runs_in_every_round_and_the_order_turns():
    said = []

    def timer(name, milliseconds):
        return lambda: said.append(name) or milliseconds

    rows = interleave.rounds({"a": timer("a", 1.0), "b": timer("b", 2.0), "c": timer("c", 4.0)}, 2)
    assert said == ["a", "b", "c", "b", "c", "a"]
    assert rows == [{"a": 1.0, "b": 2.0, "c": 4.0}] * 2


def test_ratios_are_taken_within_rounds():
    # The machine was four times slower in the second round: the ratio does not see it, a ratio of medians would.
    rows = [{"a": 1.0, "b": 2.0}, {"a": 4.0, "b": 8.0}, {"a": 1.0, "b": 3.0}]
    assert interleave.ratio(rows, "b", "a") == 2.0
    assert interleave.summary(rows)["b"] == {"median_ms": 3.0, "min_ms": 2.0}
    assert interleave.fastest(rows, ["b", "a"]) == "a"


def test_differences_of_outputs(tmp_path):
    one, two, three = (tmp_path / f"{name}.npz" for name in "abc")
    np.savez(one, y=np.array([3.0, 4.0, np.nan]))
    np.savez(two, y=np.array([3.0, 4.0, np.nan]))
    np.savez(three, y=np.array([3.0, 5.0, np.nan]))
    assert measure.same_outputs(one, two) and not measure.same_outputs(one, three)
    np.savez(one, y=np.array([3.0, 4.0]))
    np.savez(three, y=np.array([3.0, 9.0]))
    assert measure.difference(three, one) == pytest.approx(1.0)


def test_command_line():
    args = command.parse("", ["--models=vit,bert", "--threads=2", "--variants=snn8"])
    assert args.models == ["vit", "bert"] and args.threads == [2] and args.variants == ["snn8"]
    assert command.parse("", []).models == list(models.MODELS)
    with pytest.raises(argparse.ArgumentTypeError, match="no 'vgg', expected vit, bert"):
        command.names_of("vgg", models.MODELS)
    with pytest.raises(argparse.ArgumentTypeError, match="'0' is not numbers"):
        command.counts("0")


def test_worker_times_what_runs_and_not_what_comes_before(tmp_path):
    done = []
    runner = Runner(lambda: done.append("run") or {"y": np.ones(2)}, before=lambda: done.append("before"))
    assert len(worker.answer({"runs": 2}, runner)["ms"]) == 2 and done == ["before", "run"] * 2
    worker.answer({"outputs": str(tmp_path / "y.npz")}, runner)
    assert np.load(tmp_path / "y.npz")["y"].tolist() == [1, 1]
    assert worker.answer({"end": True}, runner)["peak_bytes"] > 1e6
    with pytest.raises(ValueError, match="unknown request"):
        worker.answer({"walk": 1}, runner)


def small_model(folder, rows=2):
    """x [rows, 3] times a 3 x 4 matrix, and what else a model's folder has."""
    random = np.random.default_rng(0)
    weights = numpy_helper.from_array(random.standard_normal((3, 4)).astype(np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], name="layer")], "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, 4])], [weights])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), folder / "model.onnx")
    samples = random.standard_normal((8 * rows, 3)).astype(np.float32)
    np.savez(folder / "calibration.npz", x=samples)
    np.savez(folder / "input.npz", x=samples[:rows])
    return folder


def test_a_model_is_measured(tmp_path):
    folder = small_model(tmp_path)
    files, unavailable = command.files_of("vit", ["ort-float", "ann", SPIKING], folder)
    assert not unavailable
    (tmp_path / "broken.rheo").write_bytes(b"no artifact")
    files["snn4"] = tmp_path / "broken.rheo"
    result = measure.model("vit", files, threads=1, rounds=2, repeats=1, scratch=tmp_path)
    assert result["rivals"] == {"float": "ort-float"} and "RunError" in result["unavailable"]["snn4"]
    for who, row in result["contenders"].items():
        assert 0 < row["min_ms"] <= row["median_ms"] and row["peak_bytes"] > 1e6 and row["ratios"]["float"] > 0, who
    assert measure.difference(tmp_path / "ann.npz", tmp_path / "ort-float.npz") < 1e-6
    assert 0 < measure.difference(tmp_path / f"{SPIKING}.npz", tmp_path / "ort-float.npz") < 0.02


def test_a_contender_that_cannot_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    files, unavailable = command.files_of("vit", ["ann"], tmp_path)
    assert not files and "error" in unavailable["ann"]
    with pytest.raises(Unavailable, match="cache"):
        CONTENDERS[SIMULATION].prepare("gpt2-decode", tmp_path)


def test_a_simulation_of_another_network_is_not_reported(tmp_path):
    for who, value in ((SIMULATION, 1.2), (SPIKING, 1.0), ("ort-float", 1.0)):
        np.savez(tmp_path / f"{who}.npz", y=np.full(3, value))
    result = {"unavailable": {}, "threads": {"1": {"contenders": {SIMULATION: {}, SPIKING: {}}}}}
    command.compare(result, {SIMULATION: "", SPIKING: "", "ort-float": ""}, {1: tmp_path})
    assert "0.2 from the artifact's" in result["unavailable"][SIMULATION]
    assert list(result["threads"]["1"]["contenders"]) == [SPIKING]
    assert result["from_float"][SPIKING] == 0 and all(result["same_for_all_threads"].values())


def test_multiply_adds_of_products(tmp_path):
    layers = shares.multiply_adds(small_model(tmp_path) / "model.onnx")
    assert layers == {"layer": 2 * 3 * 4}
    dispatches = [{"kernel": "matmul_1", "ms": 2.0}, {"kernel": "attention_2", "ms": 9.0}, {"kernel": "matmul_3", "ms": 1.0}]
    assert shares.milliseconds(dispatches) == 3.0


def test_shares_are_medians_of_rounds(monkeypatch):
    limits, rates = iter([10, 20, 40]), iter([5, 19, 20])
    monkeypatch.setattr(shares.machine, "roofline", lambda build, threads: {threads[0]: {"medians": {"read_gbs": next(limits)}}})
    found = shares._share("tokens", "GB/s", "read_gbs", 3, "build", "2", lambda: next(rates))
    assert found == {"what": "tokens", "unit": "GB/s", "rate": 19, "limit": 20, "share": 0.5}


MODULE = """\
"builtin.module"() ({
  "func.func"() <{arg_attrs = [{rheobase.name = "x"}], res_attrs = [{rheobase.name = "y"}], sym_name = "main"}> ({
  ^bb0(%arg0: tensor<2xf32>):
    %0 = "onnx.Constant"() <{value = dense_resource<w> : tensor<2xf32>}> : () -> tensor<2xf32>
    %1 = "onnx.Constant"() <{value = dense<"0x05"> : tensor<3xi1>}> : () -> tensor<3xi1>
    %2 = "onnx.Constant"() <{value = dense<[[1], [-2]]> : tensor<2x1xi64>}> : () -> tensor<2x1xi64>
    %3 = "onnx.Constant"() <{value = dense<1.500000e+00> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
    %4:2 = "spk.row_step"(%arg0) <{axes = array<i64: 0>, code = #spk.binary<7, signed, nearest>}> : (tensor<2xf32>) -> (tensor<1xf32>, tensor<1xi32>)
    %5 = "onnx.Mul"(%arg0, %4#0) : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
    "func.return"(%5) : (tensor<2xf32>) -> ()
  }) : () -> ()
}) : () -> ()
{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F00000040"
    }
  }
#-}
"""


def test_modules_in_generic_form():
    module = module_text.read(MODULE.splitlines())
    assert module.inputs == {"%arg0": "x"} and module.outputs == ["y"] and module.returned == ["%5"]
    row_step, product = module.operations[4:]
    assert row_step.results == ["%4#0", "%4#1"] and product.operands == ["%arg0", "%4#0"]
    assert row_step.attributes["code"] == "#spk.binary<7, signed, nearest>"
    assert module_text.numbers(row_step.attributes["axes"], int) == [0]
    arrays = [module_text.constant(op.attributes["value"], op.type, module.resources) for op in module.operations[:4]]
    assert arrays[0].tolist() == [1, 2] and arrays[1].tolist() == [True, False, True]
    assert arrays[2].tolist() == [[1], [-2]] and arrays[3].tolist() == [[1.5, 1.5], [1.5, 1.5]]


def test_the_simulation_is_the_artifact(tmp_path):
    """Bit for bit: nothing in this network rounds in an order of its own."""
    torch = pytest.importorskip("torch")
    folder = small_model(tmp_path)
    torch.set_num_threads(1)
    outputs = {}
    for who in (SIMULATION, SPIKING):
        runner = CONTENDERS[who].load(CONTENDERS[who].prepare("vit", folder), "vit", 1)
        outputs[who] = runner.run()["y"]
    assert np.array_equal(outputs[SIMULATION], outputs[SPIKING])


def results():
    row = {"median_ms": 2.0, "min_ms": 1.0, "peak_bytes": 3e6, "ratios": {"float": 0.3, "int8": 0.7}}
    return {
        "machine": {"cpu": "a CPU", "cpus": 2, "features": ["avx2"], "memory_gb": 4}, "versions": {"torch": "1"},
        "note": "On a Sunday.", "rounds": 3, "repeats": 2,
        "models": {
            "vit": {
                "file_bytes": {SPIKING: 5e6}, "unavailable": {"event": "there is none"}, "same_for_all_threads": {SPIKING: True},
                "threads": {"1": {"contenders": {SPIKING: row}}},
            }
        },
        "roofline": {"1": {"f32_gfma": 1, "f32_instruction": "f", "int8_gmac": 2, "int8_instruction": "i", "read_gbs": 3}},
        "shares": {"1": {"products": {"what": "products", "unit": "GMAC/s", "rate": 1.8, "limit": 2, "share": 0.9}}},
    }


def test_bounds_hold_or_are_bold(tmp_path):
    found = {bound.what: bound.of(results(), "1") for bound in bounds.BOUNDS}
    assert found["ViT-B/16 batch 1, spiking T=8 int8 / ONNX Runtime float"] == 0.3
    assert found["BERT-base, the same"] is None
    import gen_performance

    page = gen_performance.page(results())
    assert "| at most 0.28 | 0.24 | **0.30** |" in page and "| at most 0.78 | 0.68 | 0.70 |" in page
    assert "| at least 0.88 | 0.94 | 0.90 |" in page and "`event` took no part: there is none" in page
    assert "On a Sunday." in page and "| products | 1 | 1.8 GMAC/s | 2.0 GMAC/s | 90 % |" in page


def test_the_page_is_of_the_committed_results():
    assert subprocess.run([sys.executable, PAGE, "--check"]).returncode == 0


def test_roofline():
    build = ["/usr/bin/cmake", "--build", str(BUILD), "--target", "roofline"]
    subprocess.run(build, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    program = BUILD / "bin" / "roofline"
    rates = json.loads(subprocess.run([program, "1"], check=True, capture_output=True, text=True).stdout)["1"]
    assert rates["int8_gmac"] > rates["f32_gfma"] > 0.1 and rates["read_gbs"] > 0.1
    assert all(0 < median <= rates[name] for name, median in rates["medians"].items()) and len(rates["medians"]) == 3
    done = subprocess.run([program, "1x"], capture_output=True, text=True)
    assert done.returncode == 1 and "'1x' is no number of threads" in done.stderr
