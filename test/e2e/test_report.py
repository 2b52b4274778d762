"""Reports on conversions: that their figures fit one another, what the runtime counts and what the samples are."""

import copy
import functools
import html.parser
import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find

WIDTH, SEQUENCE, SAMPLES = 8, 6, 12


def attention():
    """One head of attention with a mask, a GELU and a linear layer; no weight is 0."""
    rng = np.random.default_rng(1)
    weights = [numpy_helper.from_array(rng.normal(size=(WIDTH, WIDTH)).astype("f"), name) for name in ("q", "k", "v", "o")]
    numbers = {"one": np.float32(1), "far": np.float32(-1e4), "axes": np.array([1])}
    make = helper.make_node
    nodes = [
        *(make("MatMul", ["x", name], [f"x{name}"], f"/{name}") for name in "qkv"),
        make("Transpose", ["xk"], ["kt"], "/turn", perm=[0, 2, 1]),
        make("MatMul", ["xq", "kt"], ["scores"], "/scores"),
        make("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
        make("Sub", ["one", "seen"], ["unseen"]),
        make("Mul", ["unseen", "far"], ["low"]),
        make("Unsqueeze", ["low", "axes"], ["lows"]),
        make("Add", ["scores", "lows"], ["masked"], "/masked"),
        make("Softmax", ["masked"], ["p"], "/softmax", axis=-1),
        make("MatMul", ["p", "xv"], ["mixed"], "/mix"),
        make("Gelu", ["mixed"], ["g"], "/gelu"),
        make("MatMul", ["g", "o"], ["y"], "/o"),
    ]
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "sequence", WIDTH]),
              helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "sequence"])]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "sequence", WIDTH])
    constants = weights + [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()]
    graph = helper.make_graph(nodes, "attention", values, [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def samples(padding):
    """Some sequences end in padding, which holds `padding`."""
    x = np.random.default_rng(2).normal(size=(SAMPLES, SEQUENCE, WIDTH)).astype("f")
    mask = np.ones((SAMPLES, SEQUENCE), np.int64)
    mask[: SAMPLES // 2, SEQUENCE - 2 :] = 0
    x[mask == 0] = padding
    return {"x": x, "attention_mask": mask}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    @functools.cache
    def make(*flags, padding=0.5):
        """The report as JSON and as a page, and the artifact."""
        folder = tmp_path_factory.mktemp("report")
        onnx.save(attention(), folder / "m.onnx")
        np.savez(folder / "s.npz", **samples(padding))
        names = [folder / "r.json", folder / "r.html"]
        command = [_find.program("snn-opt"), folder / "m.onnx", "-o", folder / "m.rheo", "--target", "native", "--calibrate",
                   folder / "s.npz", "--report", ",".join(map(str, names)), *flags]
        subprocess.run(list(map(str, command)), check=True, stderr=subprocess.PIPE)
        return json.loads(names[0].read_text()), names[1].read_text(), folder / "m.rheo"

    return lambda *flags, **options: copy.deepcopy(make("--outliers", "0", *flags, **options))


def test_figures_fit_one_another(report):
    made = report()[0]
    assert made["format"] == "rheobase report" and made["samples"]["count"] == SAMPLES
    assert made["samples"]["padding_share"] == pytest.approx(1 / 6)
    assert made["islands"]["items"] == []
    sites = made["sites"]["items"]
    assert [site["role"] for site in sites].count("linear") == 2  # q, k and v share their input
    assert {"query", "key", "value", "attention"} <= {site["role"] for site in sites}
    for site in sites:
        densities = [plane["density"] for plane in site["planes"]]
        assert sum(densities) == pytest.approx(site["spikes_per_activation"])
        assert sum(plane["spikes"] for plane in site["planes"]) == site["spikes"] <= site["counted"]["spikes"]
        assert site["steps"] == site["bits"] in (len(densities), len(densities) + 1)
        assert sum(site["histogram"]["counts"]) + site["histogram"]["zeros"] == site["activations"]
        assert len(site["histogram"]["edges"]) == len(site["histogram"]["counts"]) + 1
        assert site["reach"]["least"] <= site["reach"]["mean"] <= site["reach"]["most"]
        assert site["coding_error"]["relative_rms"] < 0.02
        assert ("accumulated_error" in site) == (site["role"] != "attention")
        assert 0 <= site["clip_rate"] <= 1
    output = made["output_error"]["items"][0]
    assert output["name"] == "y" and output["relative_rms"] < 0.05 and output["cosine"] > 0.999


def test_operations_are_those_of_the_network(report):
    network = report()[0]["network"]
    linear, product = SEQUENCE * WIDTH * WIDTH, SEQUENCE * SEQUENCE * WIDTH
    assert network["ann"]["Effective_MACs"] == 4 * linear
    assert network["ann"]["attention_MACs"] == 2 * product
    # Seven planes and a sign, but eight planes behind the GELU: what lies to one side of 0 has an offset and no sign.
    assert network["synaptic_operations"]["Dense"] == (3 * 7 + 8) * linear
    assert network["attention_operations"]["Dense"] == (7 * 7 + 8 * 7) * product
    assert network["synaptic_operations"]["Effective_MACs"] == 0
    assert network["ann"]["parameter_count"] >= 4 * WIDTH * WIDTH
    assert 0 <= network["activation_sparsity"] <= 1


@pytest.mark.parametrize("flags", [(), ("--weights", "f32"), ("--weights", "sign")], ids=["int8", "f32", "sign"])
def test_counts_are_the_runtimes(report, flags):
    made, _, artifact = report(*flags)
    with rheobase.Artifact(str(artifact)) as a, a.session(counting=True) as session:
        session.run(samples(0.5))
        totals = session.totals()
    counters = made["counters"]
    for quantity in ("spikes", "activations", "clipped", "synops", "product_synops", "neuron_spikes"):
        assert counters[quantity] == totals.get(quantity, 0), quantity
    network = made["network"]
    assert network["synaptic_additions"] * SAMPLES == pytest.approx(counters["synops"])
    assert network["attention_operations"]["Effective_ACs"] * SAMPLES == pytest.approx(counters["product_synops"])
    # NeuroBench leaves out weights that are 0; of f32 none is, and no sign, whatever its code.
    effective = network["synaptic_operations"]["Effective_ACs"] * SAMPLES
    if flags:
        assert network["connection_sparsity"] == 0 and effective == pytest.approx(counters["synops"])
    else:
        assert effective <= counters["synops"]


def test_forms_have_the_same_figures(report):
    value, time = report()[0], report("--form", "time")[0]
    assert value["settings"].pop("form") == "value" and time["settings"].pop("form") == "time"
    assert value == time


def test_bits_are_what_a_code_tells_apart(report):
    def queries(*flags):
        made = report(*flags)[0]
        sites = [site for site in made["sites"]["items"] if site["role"] == "query"]
        return [(site["steps"], len(site["planes"]), site["bits"]) for site in sites], made

    assert queries()[0] == [(8, 7, 8)]
    assert queries("--steps", "4", "--bases", "2")[0] == [(4, 7, 8)]
    of_rate, made = queries("--code", "rate")
    assert of_rate == [(8, 8, 5)]  # -8 to 8
    assert made["network"]["bits_per_activation"] < made["network"]["steps_per_activation"]


def test_padding_counts_in_no_figure_of_a_site(report):
    def without_padding(made):
        return [{key: site[key] for key in site if key not in ("counted", "clip_rate")}
                for site in made["sites"]["items"]]

    one, other = report()[0], report(padding=-3.0)[0]
    assert one["counters"] != other["counters"]
    assert without_padding(one) == without_padding(other)
    assert one["output_error"] == other["output_error"]


def test_energies_follow_from_the_counts(report):
    made = report()[0]
    assert made["energy"]["basis"] == "estimate" and made["network"]["basis"] == "measured"
    models = {model["model"]: model for model in made["energy"]["models"]}
    macs = made["network"]["ann"]["Effective_MACs"] + made["network"]["ann"]["attention_MACs"]
    classic = models["45 nm f32"]
    assert classic["ann"] == pytest.approx(4.6e-12 * macs)
    assert classic["snn_parts"]["weights"] == pytest.approx(0.9e-12 * made["network"]["synaptic_additions"])
    assert models["int8"]["snn_parts"]["weights"] == pytest.approx(0.03e-12 * made["network"]["synaptic_additions"])
    for model in models.values():
        assert model["snn"] == pytest.approx(sum(model["snn_parts"].values()))
        assert model["source"] and model["counting"] and 0 < model["quantised_ann"] < model["ann"]


def test_convolutions(tmp_path):
    rng = np.random.default_rng(3)
    weights = [numpy_helper.from_array(rng.normal(size=shape).astype("f"), name)
               for name, shape in {"w0": (8, 3, 3, 3), "w1": (8, 2, 3, 3)}.items()]
    nodes = [helper.make_node("Conv", ["x", "w0"], ["a"], "/first", pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["a"], ["r"], "/relu"),
             helper.make_node("Conv", ["r", "w1"], ["y"], "/second", pads=[1, 1, 1, 1], group=4, strides=[2, 2])]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
              for name, dims in {"x": ["batch", 3, 10, 10], "y": ["batch", 8, 5, 5]}.items()]
    graph = helper.make_graph(nodes, "convolutions", values[:1], values[1:], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "m.onnx")
    np.savez(tmp_path / "s.npz", x=rng.normal(size=(9, 3, 10, 10)).astype("f"))
    rheobase.compile(tmp_path / "m.onnx", tmp_path / "m.rheo", calibrate=tmp_path / "s.npz", weights="f32", target="native",
                     options=["--report", str(tmp_path / "r.json")])
    made = json.loads((tmp_path / "r.json").read_text())
    assert [(site["role"], len(site["planes"])) for site in made["sites"]["items"]] == [("conv", 7), ("conv", 8)]
    operations = made["network"]["synaptic_operations"]
    first, second = 10 * 10 * 8 * 27, 5 * 5 * 8 * 18
    assert made["network"]["ann"]["Effective_MACs"] == first + second
    assert operations["Dense"] == 7 * first + 8 * second
    # No weight is 0.
    assert operations["Effective_ACs"] * 9 == pytest.approx(made["counters"]["synops"])


class Page(html.parser.HTMLParser):
    """Checks that elements end in the order they began in, and collects names and attributes."""

    VOID = {"meta", "br", "line", "rect", "circle", "polyline"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.names, self.attributes = [], set(), []

    def handle_starttag(self, tag, attributes):
        self.names.add(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.names.add(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_page_stands_alone(report):
    made, text, _ = report()
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert {"svg", "table", "title", "style"} <= page.names
    assert not {"script", "link", "img", "iframe"} & page.names
    assert not {"src", "href"} & {name for name, _ in page.attributes}
    assert "http" not in text and "url(" not in text and "nan" not in text
    for site in made["sites"]["items"]:
        assert site["name"] in text
    for name, value in page.attributes:
        if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
            assert 0 <= float(value) <= 960


def test_trains_side_by_side_are_those_of_one_in_a_part_of_the_steps(report):
    one, two = report()[0], report("--steps", "4", "--bases", "2")
    assert "<td>2 x 4</td>" in two[1]
    made = two[0]
    assert made["settings"]["steps"] == "4" and made["settings"]["bases"] == "2"
    # What the network spends and loses is the same; an equal network of integers needs the bits of all steps.
    for part in ("energy", "output_error", "counters"):
        assert made[part] == one[part], part
    for site, other in zip(made["sites"]["items"], one["sites"]["items"], strict=True):
        assert site.pop("bases") == 2 and other.pop("bases") == 1
        assert site.pop("steps") == (other.pop("steps") + 1) // 2
        assert "#spk.parallel<2, " + other.pop("code") + ">" == site.pop("code")
        assert site == other
    assert made["network"].pop("steps_per_activation") < one["network"].pop("steps_per_activation")
    assert made["network"] == one["network"]
