#!/usr/bin/env python3
"""The event-driven form of one layer against the dense forms of the same layer, at several densities of spikes.

    bench/event.py [--bin build/bin] [--threads 1] [--rounds 15] [--densities 5,10,20,40] [--json out.json]

A layer of --inputs x --outputs weights meets --rows rows of trains of --steps binary planes, in which every input of
every step fires with the same probability (the density). Compiled, from one module each, for this machine:

  dense time f32    all planes as rows of one product with f32 weights, summed by plane weight (the reference)
  dense time int8   the same with int8 weights
  value f32, int8   all steps folded into one product
  event f32, int8   lists of what fired, rows of weights added
  step f32, int8    the same step by step, a sum for every step: what neurons with state read

Programs run in turn, round by round, so that what disturbs the machine disturbs all of them; reported are medians of
the rounds' times and of their ratios to the dense time form with f32 weights. Results are compared before anything is
timed: integers bit for bit. Needs numpy and a build of the project; nothing is downloaded.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from bench import interleave  # noqa: E402  (the package this file is in)

DENSE = "dense time f32"
FORMS = [DENSE, "dense time int8", "value f32", "value int8", "event f32", "event int8", "step f32", "step int8"]


def tensor(shape, element):
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def module(form, args, weights):
    """One layer in one form, as the compiler has it behind its phase `schedule`."""
    kind, element = form.rsplit(" ", 1)
    element, acc = ("f32", "f32") if element == "f32" else ("i8", "i32")
    by_step = kind == "step"
    rows = args.rows * args.steps if by_step else args.rows
    planes = 1 if by_step else args.steps
    train = f"!spk.train<{rows}x{args.inputs}, #spk.binary<{planes}, unsigned, nearest>>"
    x, w, y = (tensor(*t) for t in (((rows, args.inputs), "i8"), (weights.shape, element), ((rows, args.outputs), acc)))
    data = weights.astype("f4" if element == "f32" else "i1").tobytes().hex().upper()
    if form == "value f32":
        product = (f"%one = \"onnx.Constant\"() {{value = dense<1.0> : tensor<f32>}} : () -> tensor<f32>\n"
                   f"%q = spk.decode %t, %one : {train}, tensor<f32> -> {tensor((rows, args.inputs), 'f32')}\n"
                   f"%y = \"onnx.MatMul\"(%q, %w) : ({tensor((rows, args.inputs), 'f32')}, {w}) -> {y}")
    elif form == "value int8":
        product = (f"%q = spk.codes %t : {train} -> {x}\n"
                   f"%y = spk.matmul %q, %w {{lhs_unsigned}} : {x}, {w} -> {y}")
    else:
        events = "" if kind == "dense time" else " {events}"
        product = f"%y = spk.synapse %t, %w{events} : {train}, {w} -> {y}"
    return f"""module {{
  func.func @main(%x: {x} {{rheobase.name = "x", rheobase.dims = ["{rows}", "{args.inputs}"]}})
      -> ({y} {{rheobase.name = "y"}}) attributes {{rheobase.symbols = []}} {{
    %w = "onnx.Constant"() {{value = dense<"0x{data}"> : {w}}} : () -> {w}
    %t = spk.from_codes %x : {x} -> {train}
    {product}
    return %y : {y}
  }}
}}
"""


def run(command, text=None):
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(str(part) for part in command)}: {done.stderr.strip()}")
    return done.stdout


def spikes_of(args, density, seed):
    """[steps, rows, inputs] of 0 and 1, the lightest plane first."""
    return numpy.random.default_rng(seed).random((args.steps, args.rows, args.inputs)) < density


def inputs_of(form, spikes):
    """What the form's program reads: the planes as rows, or the integers that they are the digits of."""
    if form.startswith("step"):
        return spikes.reshape(-1, spikes.shape[-1]).astype("i1")
    weights = (1 << numpy.arange(spikes.shape[0]))[:, None, None]
    return (spikes * weights).sum(0).astype("u1").view("i1")


def check(form, spikes, weights, found):
    lhs = inputs_of(form, spikes).view("u1").astype("f8")
    expected = lhs @ weights.astype("f8")
    if "f32" in form:
        scale = numpy.abs(expected).max() or 1
        if numpy.abs(found - expected).max() > 1e-5 * scale:
            sys.exit(f"{form}: results differ by {numpy.abs(found - expected).max() / scale} of their scale")
    elif not (found == expected).all():
        sys.exit(f"{form}: integers differ")


class Program:
    def __init__(self, form, args, folder):
        self.form, self.args, self.folder = form, args, folder
        self.weights = numpy.random.default_rng(1).integers(-127, 128, (args.inputs, args.outputs))
        self.path = folder / (form.replace(" ", "-") + ".rheo")
        run([args.bin / "snn-opt", "-", "--compile-from=lower", "--target=native", "-o", self.path],
            module(form, args, self.weights))

    def prepare(self, spikes):
        """Writes the inputs of a density and checks the results on them."""
        x, y = self.folder / "x.npy", self.folder / "y.npy"
        numpy.save(x, inputs_of(self.form, spikes))
        run([self.args.bin / "snn-run", "run", self.path, "--input", f"x=@{x}", "--output", f"y=@{y}",
             "--threads", self.args.threads])
        check(self.form, spikes, self.weights, numpy.load(y))
        self.input = x.rename(self.path.with_suffix(".npy"))

    def time(self):
        """Median milliseconds of a few runs."""
        bench = run([self.args.bin / "snn-run", "bench", self.path, "--input", f"x=@{self.input}", "--json",
                     "--threads", self.args.threads, "--warmup", 2, "--runs", 5])
        return json.loads(bench)["median_ms"]


def measure(args, programs, density):
    spikes = spikes_of(args, density, seed=2)
    for program in programs:
        program.prepare(spikes)
    rows = interleave.rounds({program.form: program.time for program in programs}, args.rounds)
    inputs = spikes.any(0).mean()
    taken = interleave.summary(rows)
    forms = {
        form: {"ms": taken[form]["median_ms"], "ratio": interleave.ratio(rows, DENSE, form)} for form in taken
    }
    return {"density": density, "active_inputs": float(inputs), "spikes": int(spikes.sum()), "forms": forms}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build" / "bin")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--densities", default="5,10,20,40", help="per cent, separated by commas")
    parser.add_argument("--inputs", type=int, default=768)
    parser.add_argument("--outputs", type=int, default=3072)
    parser.add_argument("--rows", type=int, default=197)
    parser.add_argument("--steps", type=int, default=8, help="2 to 8")
    parser.add_argument("--forms", default=",".join(FORMS), help="separated by commas")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    forms = args.forms.split(",")
    if unknown := [form for form in forms if form not in FORMS]:
        parser.error(f"no form '{unknown[0]}', expected some of: {', '.join(FORMS)}")
    if DENSE not in forms:
        forms.insert(0, DENSE)
    with tempfile.TemporaryDirectory() as folder:
        programs = [Program(form, args, pathlib.Path(folder)) for form in forms]
        results = [measure(args, programs, float(each) / 100) for each in args.densities.split(",")]
    print(f"{args.inputs} -> {args.outputs}, {args.rows} rows, {args.steps} steps, {args.threads} threads: "
          "milliseconds (dense time f32 over it)")
    print(f"{'density':>16}" + "".join(f"{100 * each['density']:>17g}%" for each in results))
    for form in forms:
        cells = (f"{each['forms'][form]['ms']:.2f} ({each['forms'][form]['ratio']:.1f})" for each in results)
        print(f"{form:>16}" + "".join(f"{cell:>18}" for cell in cells))
    if args.json:
        layer = {key: getattr(args, key) for key in ("inputs", "outputs", "rows", "steps", "threads", "rounds")}
        args.json.write_text(json.dumps({**layer, "densities": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
