"""Where a compiled network and ONNX Runtime part.

    python -m rheobase.debug compare model.onnx
    python -m rheobase.debug compare model.onnx --inputs in.npz
    python -m rheobase.debug compare model.onnx --artifact model.rheo

`compare` compares twice:

- node by node: the model compiled as it is (`snn-opt --ann`) with every value of the graph as an output, with what ONNX
  Runtime makes of every value without optimisation;
- the program a user runs, in which nodes are fused: its outputs with those of ONNX Runtime as users run it, and its taps
  with the nodes they are named after. A tap may hold a part of its node (the sum of a mean), so taps say where a
  difference begins, and outputs whether there is one.

Prints both as tables in the order of the graph, then the verdict. Exits 0 where all agree, 1 with the first node that does
not, 2 where the comparison could not be made. Needs the packages onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Union

import numpy as np

from ._compile import compile
from ._errors import Error
from ._runtime import Artifact

Path = Union[str, "os.PathLike[str]"]

#: What rounding leaves of a model, relative to a value's scale: of one in float32, and of one with narrower numbers.
TOLERANCE, COARSE_TOLERANCE = 1e-4, 2e-2


@dataclass(frozen=True)
class Difference:
    """One value, as the artifact and as ONNX Runtime compute it.

    Attributes:
        node, operator: what makes it in the ONNX graph.
        output: the name of the graph's output that it is; "" for other values.
        shape: ONNX Runtime's.
        largest: the largest absolute difference; infinite where only one of the two is finite.
        relative: that over the largest finite magnitude of ONNX Runtime's.
        place: the index of the largest difference, and there
        ours, theirs: the two numbers.
        reordered: the two hold the same numbers in another order: a transposition that the compiler moved, no fault.
    """

    node: str
    operator: str
    output: str
    shape: tuple[int, ...]
    largest: float
    relative: float
    place: tuple[int, ...]
    ours: float
    theirs: float
    reordered: bool = False

    def exceeds(self, tolerance: float) -> bool:
        return not self.reordered and not self.relative <= tolerance


@dataclass(frozen=True)
class Comparison:
    """Attributes:
        nodes: every value of the graph by itself.
        program: taps and outputs of the program as users run it.
        rounding: the relative difference that the model's number types allow.
    """

    nodes: list[Difference]
    program: list[Difference]
    rounding: float = TOLERANCE

    def first(self, tolerance: float) -> Optional[Difference]:
        """The first node beyond the tolerance; None where all nodes, and the program's outputs, agree."""
        for each in self.nodes:
            if each.exceeds(tolerance):
                return each
        beyond = [each for each in self.program if each.exceeds(tolerance)]
        return beyond[0] if any(each.output for each in beyond) else None


def compare(
    model: Path,
    inputs: Optional[Mapping[str, np.ndarray]] = None,
    *,
    artifact: Optional[Path] = None,
    dims: Optional[Mapping[str, int]] = None,
    seed: int = 0,
) -> Comparison:
    """Compare a model's artifact with ONNX Runtime, value by value.

    Args:
        model: the ONNX file.
        inputs: an array for each input; None: random ones from `seed`, reals in [-1, 1], integers 0 or 1.
        artifact: compare the program in this file; None: compile the model, and compare node by node too.
        dims: sizes of open dimensions for random inputs; 2 where none is given.
    """
    with tempfile.TemporaryDirectory(prefix="rheobase-") as scratch:
        folder = pathlib.Path(scratch)
        graph = _Graph(model, folder)
        nodes = None if artifact else compile(graph.observed, folder / "nodes.rheo", ann=True, target="native")
        program = artifact or compile(model, folder / "program.rheo", ann=True, target="native")
        with Artifact(program) as opened:
            given = inputs if inputs is not None else random_inputs(opened, dims or {}, seed)
            outputs, taps = _run(opened, given)
            theirs = graph.every_value(given)
            of_program = graph.differences(outputs, taps, {**theirs, **graph.outputs(given)})
        if nodes is None:
            return Comparison([], of_program, graph.rounding)
        with Artifact(nodes) as opened:
            of_nodes = graph.differences(_run(opened, given, taps=False)[0], {}, theirs)
        return Comparison(of_nodes, of_program, graph.rounding)


def random_inputs(artifact: Artifact, dims: Mapping[str, int], seed: int) -> dict[str, np.ndarray]:
    """Reals in [-1, 1], integers 0 or 1: sound ids, types and masks of every model."""
    sizes = {symbol.name: max(symbol.min, 2 if symbol.max == 0 else min(2, symbol.max)) for symbol in artifact.symbols}
    for name, size in dims.items():
        if name not in sizes:
            raise Error(f"--dim '{name}': the artifact has no such dimension, it has {sorted(sizes)}")
        sizes[name] = size
    source = np.random.default_rng(seed)
    made = {}
    for info in artifact.inputs:
        shape = [sizes.get(size) if isinstance(size, str) else size for size in info.shape]
        if None in shape:
            raise Error(f"cannot make a random input '{info.name}' {list(info.shape)}: give --inputs FILE.npz")
        if info.dtype.kind == "f":
            made[info.name] = source.uniform(-1, 1, shape).astype(info.dtype)
        else:
            made[info.name] = source.integers(0, 2, shape).astype(info.dtype)
    return made


def _run(artifact: Artifact, inputs: Mapping[str, np.ndarray], taps: bool = True):
    """Outputs and taps by their names."""
    names = {info.name for info in artifact.inputs}
    tapped = [tap.name for tap in artifact.taps] if taps else []
    with artifact.session() as session:
        for name in tapped:
            session.select_tap(name)
        outputs = session.run({name: array for name, array in inputs.items() if name in names})
        return outputs, {name: session.tap(name) for name in tapped}


class _Graph:
    """The ONNX graph with every value of its top level as an output."""

    def __init__(self, path: Path, folder: pathlib.Path):
        onnx = _package("onnx")
        self._path = path
        try:
            model = onnx.load(os.fspath(path))
        except Exception as error:  # onnx raises what protobuf and the file system do
            raise Error(f"onnx cannot read '{os.fspath(path)}': {error}") from error
        self._outputs = {value.name for value in model.graph.output}
        #: (name as the importer gives it, operator, names of its values), in the order of the graph
        self._nodes = [
            (node.name or f"{node.op_type}_{index}", node.op_type, [value for value in node.output if value])
            for index, node in enumerate(model.graph.node)
        ]
        types = onnx.TensorProto
        narrow = any(tensor.data_type in (types.FLOAT16, types.BFLOAT16) for tensor in model.graph.initializer)
        narrow |= any(operator in ("QuantizeLinear", "DynamicQuantizeLinear") for _, operator, _ in self._nodes)
        self.rounding = COARSE_TOLERANCE if narrow else TOLERANCE
        for _, _, values in self._nodes:
            for value in values:
                if value not in self._outputs:
                    model.graph.output.add().name = value
        self.observed = folder / "observed.onnx"
        onnx.save(model, self.observed, save_as_external_data=model.ByteSize() > 1 << 30, location="weights.bin")

    def every_value(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What ONNX Runtime makes of every value of the graph that is a tensor, unoptimised."""
        return _reference(self.observed, inputs, optimised=False)

    def outputs(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of the graph; with quantised values optimisation makes a difference."""
        return _reference(self._path, inputs, optimised=True)

    def differences(
        self,
        outputs: Mapping[str, np.ndarray],
        taps: Mapping[str, np.ndarray],
        theirs: Mapping[str, np.ndarray],
    ) -> list[Difference]:
        found = []
        for node, operator, values in self._nodes:
            for value in values:
                if value in outputs and value in theirs:
                    label = value if value in self._outputs else ""
                    found.append(_difference(node, operator, label, outputs[value], theirs[value]))
            # A node with several values has its tap on one of them.
            if node in taps and not any(value in outputs for value in values):
                fitting = [theirs[value] for value in values if value in theirs and theirs[value].size == taps[node].size]
                candidates = [_difference(node, operator, "", taps[node], value) for value in fitting]
                found += sorted(candidates, key=lambda each: (each.exceeds(0), each.relative))[:1]
        return found


def _reference(model: Path, inputs: Mapping[str, np.ndarray], optimised: bool) -> dict[str, np.ndarray]:
    runtime = _package("onnxruntime")
    levels, options = runtime.GraphOptimizationLevel, runtime.SessionOptions()
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(os.fspath(model), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        wanted = {value.name for value in session.get_inputs()}
        results = session.run(None, {name: array for name, array in inputs.items() if name in wanted})
    except Exception as error:  # onnxruntime has a dozen classes of its own
        raise Error(f"ONNX Runtime: {error}") from error
    return {name: array for name, array in zip(names, results) if isinstance(array, np.ndarray)}


def _package(name: str):
    try:
        return __import__(name)
    except ImportError as error:
        raise Error(f"the package {name} is missing: pip install {name}") from error


def _difference(name: str, operator: str, output: str, ours: np.ndarray, theirs: np.ndarray) -> Difference:
    a, b = (array.astype(np.float64).ravel() for array in (ours, theirs))
    if not a.size:
        return Difference(name, operator, output, theirs.shape, 0.0, 0.0, (), 0.0, 0.0)
    with np.errstate(invalid="ignore"):
        apart = np.abs(a - b)
    # Equal infinities (masks) and two NaNs are no difference; one of the two is a large one.
    apart[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
    apart[np.isnan(apart)] = np.inf
    worst = int(apart.argmax())
    largest = float(apart[worst])
    finite = np.abs(b[np.isfinite(b)])
    # Below the smallest normal number nothing has digits to compare.
    scale = float(np.max(finite, initial=np.finfo(np.float32).tiny))
    relative = largest / scale
    # Where sorting makes the two alike to what rounding leaves, only the order differs.
    reordered = relative > 1e-6 and np.allclose(np.sort(a), np.sort(b), rtol=0, atol=1e-6 * scale, equal_nan=True)
    place = tuple(int(i) for i in np.unravel_index(worst, theirs.shape))
    ends = float(a[worst]), float(b[worst])
    return Difference(name, operator, output, theirs.shape, largest, relative, place, *ends, reordered)


def table(differences: Sequence[Difference], tolerance: float) -> str:
    """A line for each, those beyond the tolerance marked with "<"."""
    rows = [("node", "operator", "shape", "max abs", "relative", "")]
    for each in differences:
        mark = "reordered" if each.reordered else "<" if each.exceeds(tolerance) else ""
        shape = "x".join(map(str, each.shape)) or "scalar"
        name = f"{each.node} (output {each.output})" if each.output else each.node
        rows.append((name, each.operator, shape, f"{each.largest:.3e}", f"{each.relative:.3e}", mark))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [text.rjust(width) if i in (3, 4) else text.ljust(width) for i, (text, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def verdict(comparison: Comparison, tolerance: float) -> str:
    """The first node beyond the tolerance with its numbers, or that there is none."""
    first = comparison.first(tolerance)
    if first is None:
        counts = f"{len(comparison.nodes)} values of nodes and {len(comparison.program)} of the program"
        return f"they agree: {counts}, no output beyond {tolerance:g}"
    where = "by itself" if first in comparison.nodes else "in the program"
    return (
        f"they part at node '{first.node}' ({first.operator}) {where}, the first beyond {tolerance:g}: "
        f"at {list(first.place)} {first.ours:.9g}, ONNX Runtime has {first.theirs:.9g}"
    )


def _read_inputs(path: str) -> dict[str, np.ndarray]:
    """Arrays named like the inputs, or "in:" and the name."""
    try:
        with np.load(path) as arrays:
            return {name[3:] if name.startswith("in:") else name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, AttributeError) as error:
        raise Error(f"'{path}' cannot be read as an npz file: {error}") from error


def _dim(text: str) -> tuple[str, int]:
    name, _, size = text.partition("=")
    if not name or not size.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}', expected NAME=N")
    return name, int(size)


def _parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rheobase.debug", description="Where results come from.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("compare", help="compare a compiled model with ONNX Runtime, node by node")
    one.add_argument("model", metavar="MODEL.onnx")
    one.add_argument("--inputs", metavar="FILE.npz", help="arrays named like the inputs; random ones without")
    one.add_argument("--artifact", metavar="FILE.rheo", help="compare this artifact, instead of compiling the model")
    tolerances = f"{TOLERANCE:g}; with half floats or quantised values {COARSE_TOLERANCE:g}"
    one.add_argument("--tolerance", type=float, help=f"relative to a value's scale ({tolerances})")
    one.add_argument("--dim", type=_dim, action="append", default=[], metavar="NAME=N", help="a size for random inputs")
    one.add_argument("--seed", type=int, default=0, help="of the random inputs (%(default)s)")
    return parser.parse_args(arguments)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    args = _parse(arguments)
    try:
        inputs = _read_inputs(args.inputs) if args.inputs else None
        found = compare(args.model, inputs, artifact=args.artifact, dims=dict(args.dim), seed=args.seed)
        if not found.program:
            raise Error("the artifact has no output and no tap that the model has too: see snn-run inspect --taps")
    except Error as error:
        print(f"rheobase.debug: error: {error}", file=sys.stderr)
        return 2
    tolerance = found.rounding if args.tolerance is None else args.tolerance
    for title, differences in (("nodes", found.nodes), ("program", found.program)):
        if differences:
            print(f"{title}\n{table(differences, tolerance)}\n")
    print(verdict(found, tolerance))
    return int(found.first(tolerance) is not None)


if __name__ == "__main__":
    sys.exit(main())
