"""44 small random-weight exports of the families that users bring (the project's shared data) against ONNX Runtime.

As the files are, with the inputs recorded beside them; with other sizes on the same artifact, where the file leaves
dimensions open; with bounds for the open dimensions; and as spiking networks in both forms.
"""

import numpy as np
import pytest

import rheobase
from support import FULL, SHARED, Reference, feeds, largest_error, run

GRAPHS = SHARED / "models" / "graphs"
NAMES = sorted(path.stem for path in GRAPHS.glob("*.onnx")) or ["none"]
COARSE = {"bert.fp16": 2e-2, "vit.qdq": 2e-2}
# Image sizes other than the recorded one, where the weights do not determine it.
OTHER_IMAGES = {
    "convnext.optimum": (40, 48),
    "efficientnet.optimum": (96, 64),
    "resnet.optimum": (40, 48),
    "swin.optimum": (64, 64),
}
# What the usual run compiles in more than one way; with --full it is all of them.
SOME = ["bert.optimum", "gpt2-past.optimum", "llama.dynamo", "swin.optimum", "t5-decoder.optimum", "vit.qdq"]
SOME = NAMES if FULL or NAMES == ["none"] else SOME


class Graph:
    def __init__(self, name):
        if name == "none":
            pytest.skip(f"no graphs in {GRAPHS}: the shared data is not beside this checkout")
        self.name, self.model = name, GRAPHS / f"{name}.onnx"
        self.tolerance = COARSE.get(name, 1e-4)
        arrays = np.load(GRAPHS / f"{name}.npz")
        self.inputs = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
        self.outputs = {key[4:]: arrays[key] for key in arrays.files if key.startswith("out:")}
        self.reference = Reference(self.model)
        # The recorded size of every open dimension that has a name of its own.
        self.sizes = {
            dim: size
            for name, dims in self.reference.inputs.items()
            for dim, size in zip(dims, self.inputs[name].shape)
            if isinstance(dim, str) and dim.isidentifier()
        }

    def other_sizes(self, batch, sequence, past):
        """The recorded sizes, with others where the model leaves a choice."""
        height, width = OTHER_IMAGES.get(self.name, (None, None))

        def size(dim, recorded):
            if "batch" in dim:
                return batch
            if "past" in dim:
                return past
            if "sequence" in dim:
                return sequence + (2 if "encoder" in dim else 0)
            return {"height": height, "width": width}.get(dim) or recorded

        return {dim: size(dim, recorded) for dim, recorded in self.sizes.items()}


@pytest.fixture(params=NAMES)
def graph(request):
    return Graph(request.param)


def assert_close(graph, ours, expected):
    for name, value in expected.items():
        assert ours[name].shape == value.shape, name
        assert largest_error(ours[name], value) <= graph.tolerance, name


@pytest.fixture
def ann(artifact, graph):
    return artifact(graph.model, ann=True, target="native")


def test_ann_equals_onnx_runtime(ann, graph):
    with rheobase.Artifact(ann) as opened:
        assert_close(graph, opened.run(graph.inputs), graph.outputs)


def test_one_artifact_serves_other_sizes(ann, graph):
    if not graph.sizes:
        pytest.skip("every dimension is fixed")
    with rheobase.Artifact(ann) as opened, opened.session() as session:
        for batch, sequence, past in [(1, 9, 3), (3, 4, 1)]:
            inputs = feeds(graph.reference, graph.other_sizes(batch, sequence, past), graph.inputs)
            assert_close(graph, session.run(inputs), graph.reference.run(inputs))


def bounds_of(graph):
    """Bounds for what the weights leave open: images of other sizes only where there are some."""
    bounds = {"batch": "1..32", "past": "0..48", "sequence": "1..16"}
    if graph.name in OTHER_IMAGES:
        bounds.update(height="32..128", width="32..128")
    return {dim: next((bound for part, bound in bounds.items() if part in dim), None) for dim in graph.sizes}


@pytest.mark.parametrize("graph", SOME, indirect=True)
def test_bounded_dimensions(artifact, graph):
    dims = {dim: bound for dim, bound in bounds_of(graph).items() if bound}
    if not dims:
        pytest.skip("every dimension is fixed")
    with rheobase.Artifact(artifact(graph.model, ann=True, target="native", dims=dims)) as opened:
        inputs = feeds(graph.reference, graph.other_sizes(2, 7, 5), graph.inputs)
        assert_close(graph, opened.run(inputs), graph.reference.run(inputs))


@pytest.mark.parametrize("graph", SOME, indirect=True)
def test_snn_forms_are_equal_bit_for_bit(artifact, graph):
    results = []
    for form in ("value", "time"):
        path = artifact(graph.model, steps=10, weights="int8", form=form, target="native")
        with rheobase.Artifact(path) as opened:
            results.append(opened.run(graph.inputs))
    for name in graph.outputs:
        assert results[0][name].tobytes() == results[1][name].tobytes(), name


@pytest.mark.parametrize("name", ["bert.optimum", "bert.dynamo", "gpt2.optimum", "gpt2.dynamo"])
def test_snn_is_within_five_percent(artifact, name, tmp_path):
    graph = Graph(name if GRAPHS.exists() else "none")
    samples = tmp_path / "calibrate.npz"
    np.savez(samples, **graph.inputs)
    ours, _ = run(artifact(graph.model, steps=10, weights="f32", calibrate=samples, target="cpu"), graph.inputs)
    expected = next(iter(graph.outputs.values()))
    assert np.sqrt(np.mean((ours - expected) ** 2) / np.mean(expected**2)) <= 0.05
