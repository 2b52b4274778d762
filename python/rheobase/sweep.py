"""What a model loses at each number of time steps, by method, against itself unconverted.

    python -m rheobase.sweep model.onnx --calibrate samples.npz --test held_out.npz
    python -m rheobase.sweep vit.onnx --calibrate images.npz --test test.npz --labels labels.npy --steps 4,8,16

Compiles the model as it is and by each method at each number of steps, runs the test data through all, and prints a
table; a plot (--plot FILE.svg) and all numbers (--json FILE) go to files. `samples.npz` and `held_out.npz` hold arrays named like
the model's inputs, first axis samples. A method with other options than its own is NAME+OPTION=VALUE, such as mbe+ranges=tensor. Of methods
with one range for the whole network it also says how large one step of the code is beside the values at each site. Several formats of
weights (--weights int8,int4g32,int4g32:gptq; behind a colon the method that chooses codes) are compared by size against error, at 8 steps unless --steps
says. Ctrl-C ends it with what it has. Exits 0, 2 where something is wrong with what it was given, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Mapping, Optional, Sequence, Union

import numpy as np

from . import _svg
from ._compile import compile
from ._errors import CompileError, Error
from ._metrics import METRICS, Metric, Rms, suited
from ._runtime import Artifact
from ._sites import SiteSteps, global_steps

Path = Union[str, "os.PathLike[str]"]

METHODS = ("rheobase", "mbe", "qcfs-rate")
STEPS = (4, 6, 8, 10, 12, 16)
SIZE_STEPS = 8


@dataclass(frozen=True)
class Point:
    """One method at one number of steps.

    Attributes:
        value: by the sweep's metric; None where it could not be compiled or run, and `error` says why.
        rms: root mean square of the difference to the float network's output, over that output's.
        spikes: per activation.
        seconds: what compiling and what running the test data took.
        facts: what the artifact says of itself.
        weights: their format, with the method of its codes behind a colon.
        size: bytes of the artifact, with code for this machine.
    """

    method: str
    steps: int
    value: Optional[float] = None
    rms: Optional[float] = None
    spikes: Optional[float] = None
    seconds: tuple[float, float] = (0.0, 0.0)
    error: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    weights: str = "int8"
    size: int = 0


@dataclass
class Sweep:
    """Attributes:
        metric: the name of what values are.
        reference: the float network's.
        samples: how many were tested.
        points: in the order of the runs.
        sites: of methods with one range, by number of steps.
        weights: the formats that were compared.
        complete: False where it was interrupted.
    """

    model: str
    metric: str
    reference: float
    samples: int
    points: list[Point] = field(default_factory=list)
    sites: dict[int, SiteSteps] = field(default_factory=dict)
    weights: tuple[str, ...] = ("int8",)
    complete: bool = True

    def at(self, method: str, steps: int) -> Optional[Point]:
        return next((p for p in self.points if (p.method, p.steps) == (method, steps)), None)


class _Progress:
    """One line on a terminal, nothing elsewhere."""

    def __init__(self, total: int):
        self._total, self._shown = total, sys.stderr.isatty()
        self.done, self.what = 0, ""

    def say(self, text: str) -> None:
        if self._shown:
            print(f"\r\x1b[K[{self.done + 1}/{self._total}] {self.what}: {text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class _Test:
    """The test data, and what the float network makes of it."""

    def __init__(self, inputs: Mapping[str, np.ndarray], labels, output: Optional[str], batch: int, folder: pathlib.Path):
        self.count = _samples(inputs)
        if labels is not None and len(labels) != self.count:
            raise Error(f"there are {len(labels)} labels, {self.count} expected, one for each sample")
        self._inputs, self._labels, self._batch, self.folder = inputs, labels, batch, folder
        self.output = output
        self._reference: Optional[np.ndarray] = None

    def run(self, artifact: Path, metrics: Sequence[Metric], progress: _Progress) -> tuple[dict[str, int], dict[str, str]]:
        """Adds every batch to the metrics; the counters' totals and the artifact's facts."""
        with Artifact(artifact) as opened, opened.session(counting=True) as session:
            for first, inputs, labels in self._batches():
                progress.say(f"{first} of {self.count} samples")
                output = session.run(inputs)[self.output]
                reference = self._reference[first : first + len(output)]
                for metric in metrics:
                    metric.add(inputs, output, reference, labels)
            return session.totals(), opened.metadata

    def keep_reference(self, artifact: Path, metric: Optional[str], progress: _Progress) -> Metric:
        """Runs the float network, keeps its outputs in a file, and answers the metric for all runs, filled with them."""
        with Artifact(artifact) as opened, opened.session() as session:
            names = [info.name for info in opened.outputs]
            self.output = self.output or names[0]
            if self.output not in names:
                raise Error(f"--output is '{self.output}', one of {', '.join(names)} expected")
            chosen = METRICS[metric]() if metric else None
            for first, inputs, labels in self._batches():
                progress.say(f"{first} of {self.count} samples")
                output = session.run(inputs)[self.output]
                if self._reference is None:
                    shape = (self.count, *output.shape[1:])
                    self._reference = np.lib.format.open_memmap(
                        self.folder / "reference.npy", "w+", output.dtype, shape
                    )
                    chosen = chosen or suited(self.output, output, inputs, labels)()
                self._reference[first : first + len(output)] = output
                chosen.add(inputs, output, output, labels)
        return chosen

    def _batches(self):
        for first in range(0, self.count, self._batch):
            part = slice(first, first + self._batch)
            labels = None if self._labels is None else self._labels[part]
            yield first, {name: array[part] for name, array in self._inputs.items()}, labels


def _samples(inputs: Mapping[str, np.ndarray]) -> int:
    counts = {name: len(array) if array.ndim else 0 for name, array in inputs.items()}
    if not counts or min(counts.values()) < 1 or len(set(counts.values())) != 1:
        raise Error(f"the test data hold {counts} samples by name, one number of samples, at least 1, expected")
    return next(iter(counts.values()))


def sweep(
    model: Path,
    calibrate: Union[Path, Mapping[str, np.ndarray]],
    test: Mapping[str, np.ndarray],
    *,
    labels: Optional[np.ndarray] = None,
    steps: Sequence[int] = STEPS,
    methods: Sequence[str] = METHODS,
    metric: Optional[str] = None,
    output: Optional[str] = None,
    weights: Union[str, Sequence[str]] = "int8",
    batch: int = 16,
    dims: Optional[Mapping[str, Union[int, str]]] = None,
) -> Sweep:
    """Compile and run the model by each method at each number of steps.

    Args:
        model: the ONNX file.
        calibrate: samples as `rheobase.compile` takes them.
        test: held-out samples, an array for each input.
        labels: what the metric compares with: classes, or next tokens.
        methods: names of snn-opt's methods, with options of their own as "mbe+ranges=tensor".
        metric: a name of `rheobase._metrics.METRICS`; None: by the output's shape and name.
        output: the output to compare; None: the first.
        weights: a format, or several, each as "int4g32" or with the method of its codes, "int4g32:gptq".
        batch: samples in one run.

    Raises Error where the float network cannot be compiled or run, or the metric does not suit; what a single method cannot
    do is in its point.
    """
    with tempfile.TemporaryDirectory(prefix="rheobase-") as scratch:
        folder = pathlib.Path(scratch)
        formats = (weights,) if isinstance(weights, str) else tuple(weights)
        progress = _Progress(1 + len(methods) * len(steps) * len(formats))
        tested = _Test(test, labels, output, batch, folder)
        progress.what = "float network"
        progress.say("compiling")
        ann = compile(model, folder / "ann.rheo", ann=True, target="native", dims=dims)
        reference = tested.keep_reference(ann, metric, progress)
        ann.unlink()
        found = Sweep(os.fspath(model), reference.name, reference.value(), tested.count, weights=formats)
        common = {"target": "native", "dims": dims}
        try:
            for number, method in enumerate(methods):
                # What samples show does not depend on T.
                seen = folder / f"seen.{number}.npz"
                for count, form in itertools.product(steps, formats):
                    progress.done, progress.what = progress.done + 1, f"{method}, T={count}, {form}"
                    # A method that chooses codes may ask for the samples themselves.
                    samples = calibrate if ":" in form or not seen.exists() else None
                    options = {**common, "weights": form, "steps": count, "calibration": seen, "calibrate": samples}
                    found.points.append(_point(model, method, options, tested, reference, progress))
                    if found.points[-1].facts.get("ranges") == "global":
                        found.sites[count] = global_steps(seen, count)
        except KeyboardInterrupt:
            found.complete = False
        finally:
            progress.clear()
        return found


def _point(model, method, options, tested: _Test, reference: Metric, progress: _Progress) -> Point:
    begin = time.perf_counter()
    steps, (name, *others) = options["steps"], method.split("+")
    form, _, codes = options["weights"].partition(":")
    others += [f"weights-method={codes}"] if codes else []
    path = tested.folder / "snn.rheo"
    try:
        progress.say("compiling")
        compile(model, path, method=name, options=[f"--{option}" for option in others], **{**options, "weights": form})
        compiled = time.perf_counter()
        metrics = [type(reference)(), Rms()]
        totals, facts = tested.run(path, metrics, progress)
    except CompileError as error:
        return Point(method, steps, error=str(error).splitlines()[-1], weights=options["weights"])
    seconds = (compiled - begin, time.perf_counter() - compiled)
    spikes = totals["spikes"] / totals["activations"] if totals.get("activations") else None
    return Point(method, steps, metrics[0].value(), metrics[1].value(), spikes, seconds, facts=facts, weights=options["weights"],
                 size=path.stat().st_size)


def tables(found: Sweep) -> str:
    """The metric, then what the steps are beside the values, as text."""
    text = METRICS[found.metric].text
    if len(found.weights) > 1:
        return _sizes(found, text)
    methods = list(dict.fromkeys(point.method for point in found.points))
    counts = sorted({point.steps for point in found.points})
    rows = [(f"{found.metric}, {found.samples} samples", *(f"T={count}" for count in counts))]
    rows.append(("float network", *(text.format(found.reference) for _ in counts)))
    for method in methods:
        rows.append((method, *(_cell(found.at(method, count), text) for count in counts)))
    for method in methods:
        at = [found.at(method, count) for count in counts]
        rows.append((f"spikes per activation, {method}", *("" if p is None or p.spikes is None else f"{p.spikes:.3f}" for p in at)))
    parts = [_aligned(rows)]
    if found.sites:
        parts.append(_site_table(found.sites))
    parts += [f"{point.method}, T={point.steps}: {point.error}" for point in found.points if point.error]
    return "\n\n".join(parts)


def _sizes(found: Sweep, text: str) -> str:
    """What is stored against what is lost."""
    rows = [(f"{found.samples} samples", "bits a weight", "artifact, MB", found.metric, "relative RMS")]
    rows.append(("float network", "32", "", text.format(found.reference), ""))
    several = len({(point.method, point.steps) for point in found.points}) > 1
    for point in found.points:
        name = f"{point.weights}, {point.method}, T={point.steps}" if several else point.weights
        if point.value is None:
            rows.append((name, "", "", "failed", ""))
        else:
            rows.append((name, point.facts.get("weights_bits", point.facts.get("weights", "")), f"{point.size / 1e6:.3f}",
                         text.format(point.value), f"{point.rms:.4g}"))
    return "\n\n".join([_aligned(rows), *(f"{point.weights}: {point.error}" for point in found.points if point.error)])


def _cell(point: Optional[Point], text: str) -> str:
    return "" if point is None else "failed" if point.value is None else text.format(point.value)


def _site_table(sites: Mapping[int, SiteSteps]) -> str:
    rows = [("one range: step over RMS", *(f"T={count}" for count in sites))]
    rows.append(("median site", *(f"{each.median:.3g}" for each in sites.values())))
    rows.append(("worst site", *(f"{each.worst:.3g}" for each in sites.values())))
    rows.append(("sites with a step beyond their RMS", *(f"{each.lost} of {len(each.ratios)}" for each in sites.values())))
    rows.append(("values cut to 0", *(f"{each.zeros:.1%}" for each in sites.values())))
    some = next(iter(sites.values()))
    return _aligned(rows) + f"\nrange {some.reach:.4g}, of {some.widest}; worst site {some.worst_site}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [[row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))] for row in rows]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def plot(found: Sweep) -> str:
    """The metric, and the difference to the float network, over T or, of several formats of weights, over size, as SVG."""
    lines, errors = {}, {}
    by_size = len(found.weights) > 1
    for point in sorted(found.points, key=lambda point: point.size) if by_size else found.points:
        if point.value is not None:
            _, _, codes = point.weights.partition(":")
            name = f"{point.method}, T={point.steps}, {codes or 'rtn'}" if by_size else point.method
            x = round(point.size / 1e6, 3) if by_size else point.steps
            lines.setdefault(name, []).append((x, point.value))
            errors.setdefault(name, []).append((x, point.rms))
    metric, across = METRICS[found.metric], "artifact, MB" if by_size else "time steps T"
    first = _svg.Panel(found.metric, across, lines, metric.logarithmic, found.reference, "float network")
    return _svg.document([first, _svg.Panel("relative RMS of the output's error", across, errors, logarithmic=True)])


def as_json(found: Sweep) -> str:
    """All numbers."""
    return json.dumps(dataclasses.asdict(found), indent=1) + "\n"


def _whole(text: str) -> int:
    if not text.isdigit() or not 2 <= int(text) <= 16:
        raise argparse.ArgumentTypeError(f"'{text}' among the steps, numbers from 2 to 16 expected, such as 4,8,16")
    return int(text)


def _dim(text: str) -> tuple[str, str]:
    name, _, size = text.partition("=")
    if not name or not size:
        raise argparse.ArgumentTypeError(f"'{text}', expected NAME=N or NAME=MIN..MAX")
    return name, size


def _parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rheobase.sweep", description=__doc__.split("\n")[0])
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("--calibrate", required=True, metavar="FILE.npz", help="samples that set the ranges")
    parser.add_argument("--test", required=True, metavar="FILE.npz", help="held-out samples")
    parser.add_argument("--labels", metavar="FILE.npy", help="classes of the test samples, or next tokens")
    parser.add_argument("--steps", type=lambda t: [_whole(each) for each in t.split(",")], metavar="T,...",
                        help=f"({','.join(map(str, STEPS))}; with several formats of weights {SIZE_STEPS})")
    parser.add_argument("--methods", type=lambda t: t.split(","), metavar="NAME,...",
                        help=f"({','.join(METHODS)}; with several formats of weights {METHODS[0]})")
    parser.add_argument("--metric", default="auto", choices=["auto", *METRICS], help="(%(default)s)")
    parser.add_argument("--output", metavar="NAME", help="the output to compare (the first)")
    parser.add_argument("--weights", default="int8", type=lambda t: t.split(","), metavar="FORMAT,...",
                        help="int8, int4g32, int4g32:gptq, ..., f32; several: size against error (%(default)s)")
    parser.add_argument("--samples", type=int, metavar="N", help="only the first N test samples")
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="samples in one run (%(default)s)")
    parser.add_argument("--dim", type=_dim, action="append", default=[], metavar="NAME=N", help="a size the model leaves open")
    parser.add_argument("--plot", metavar="FILE.svg", help="write a plot")
    parser.add_argument("--json", metavar="FILE", help="write all numbers")
    return parser.parse_args(arguments)


def _read(path: str, samples: Optional[int]):
    """The arrays of an npz, or the array of an npy file; the first samples of them."""
    try:
        found = np.load(path)
        if isinstance(found, np.ndarray):
            return found[:samples]
        with found:
            return {name: found[name][:samples] for name in found.files}
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise Error(f"'{path}' cannot be read as arrays with samples on the first axis: {error}") from error


def _write(path: Optional[str], text: str) -> None:
    try:
        if path:
            pathlib.Path(path).write_text(text)
    except OSError as error:
        raise Error(f"cannot write '{path}': {error.strerror}") from error


def main(arguments: Optional[Sequence[str]] = None) -> int:
    args = _parse(arguments)
    try:
        test = _read(args.test, args.samples)
        if not isinstance(test, dict):
            raise Error(f"'{args.test}' is one array; an npz file with arrays named like the inputs expected")
        labels = _read(args.labels, args.samples) if args.labels else None
        if args.batch < 1:
            raise Error(f"--batch is {args.batch}, 1 or more expected")
        several = len(args.weights) > 1
        found = sweep(args.model, args.calibrate, test, labels=labels, steps=args.steps or ((SIZE_STEPS,) if several else STEPS),
                      methods=args.methods or (METHODS[:1] if several else METHODS),
                      metric=None if args.metric == "auto" else args.metric, output=args.output, weights=args.weights,
                      batch=args.batch, dims=dict(args.dim))
        print(tables(found))
        _write(args.plot, plot(found))
        _write(args.json, as_json(found))
    except Error as error:
        print(f"rheobase.sweep: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0 if found.complete else 130


if __name__ == "__main__":
    sys.exit(main())
