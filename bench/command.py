"""What bench/run.py does, in its environment."""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from bench import environment, machine, measure, models, shares, table
from bench.contenders import CONTENDERS, SIMULATION, SPIKING, Unavailable

RESULTS = environment.FOLDER / "results.json"
DENSITY_PERCENT = 5
# Means are summed in another order, a code at a tie moves, and random weights carry it on: an input moved by 2^-22
# changes the outputs of a twelve-layer network by 0.024 of themselves, in the artifact alone.
SIMULATION_TOLERANCE = 0.05


def names_of(text, known):
    """Names with commas between them, of `known`; all of it where there are none."""
    names = text.split(",") if text else list(known)
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"no '{name}', expected {', '.join(known)}")
    return names


def counts(text):
    numbers = text.split(",")
    if not all(number.isdecimal() and int(number) for number in numbers):
        raise argparse.ArgumentTypeError(f"'{text}' is not numbers with commas between them, such as 1,2")
    return [int(number) for number in numbers]


def parse(description, arguments=None):
    parser = argparse.ArgumentParser(
        "bench/run.py", description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", type=lambda text: names_of(text, models.MODELS), default=list(models.MODELS), help=", ".join(models.MODELS))
    parser.add_argument(
        "--variants", type=lambda text: names_of(text, CONTENDERS), default=list(CONTENDERS), help=", ".join(CONTENDERS))
    parser.add_argument("--threads", type=counts, default=[1, 2], help="numbers of threads (1,2)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=2, help="timed inferences in a round, behind one that is not (2)")
    parser.add_argument(
        "--build", type=lambda text: pathlib.Path(text).resolve(), default=environment.ROOT / "build", help="what is measured")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS, help="the file to write")
    parser.add_argument("--keep", action="store_true", help="keep what that file says of other models")
    parser.add_argument("--note", default="", help="a sentence on the circumstances, kept with the results")
    return parser.parse_args(arguments)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def files_of(name, variants, folder):
    """({contender: file}, {contender: why not}) of a model."""
    files, unavailable = {}, {}
    for who in variants:
        say(f"{name}: preparing {who}")
        try:
            files[who] = CONTENDERS[who].prepare(name, folder)
        except Unavailable as reason:
            unavailable[who] = str(reason)
    return files, unavailable


def model(name, args):
    """All that is measured of one model."""
    folder = models.prepare(name)
    files, unavailable = files_of(name, args.variants, folder)
    sizes = {who: path.stat().st_size for who, path in files.items()}
    result = {"file_bytes": sizes, "unavailable": unavailable, "threads": {}}
    outputs = {}
    for count in args.threads:
        say(f"{name}: threads: {count}")
        outputs[count] = folder / f"outputs{count}"
        outputs[count].mkdir(exist_ok=True)
        found = measure.model(name, files, count, args.rounds, args.repeats, outputs[count])
        unavailable.update(found.pop("unavailable"))
        files = {who: path for who, path in files.items() if who not in unavailable}
        result["threads"][str(count)] = found
    compare(result, files, outputs)
    return result


def compare(result, files, outputs):
    """Adds how the outputs of contenders differ; `outputs` are folders by number of threads."""
    first = next(iter(outputs.values()))

    def differ(who, base):
        return measure.difference(first / f"{who}.npz", first / f"{base}.npz")

    result["same_for_all_threads"] = {
        who: all(measure.same_outputs(first / f"{who}.npz", other / f"{who}.npz") for other in outputs.values())
        for who in files
    }
    if "ort-float" in files:
        result["from_float"] = {who: differ(who, "ort-float") for who in files}
    if {SIMULATION, SPIKING} <= set(files):
        apart = result["simulation_from_artifact"] = differ(SIMULATION, SPIKING)
        if not apart <= SIMULATION_TOLERANCE:
            reason = f"outputs {apart:.2g} from the artifact's, at most {SIMULATION_TOLERANCE} expected: another network"
            result["unavailable"][SIMULATION] = reason
            for found in result["threads"].values():
                found["contenders"].pop(SIMULATION, None)


def event_layer(args, threads):
    """Forms of one sparse layer (bench/event.py), at the density that the bounds are about."""
    out = environment.FOLDER / "event.json"
    command = [sys.executable, environment.ROOT / "bench" / "event.py", "--bin", args.build / "bin", f"--threads={threads}"]
    command += [f"--densities={DENSITY_PERCENT}", f"--rounds={args.rounds}", "--json", out]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text())


def main(description):
    args = parse(description)
    os.environ["RHEOBASE_BUILD"] = str(args.build)
    kept = json.loads(args.results.read_text())["models"] if args.keep and args.results.exists() else {}
    results = {
        "machine": machine.describe(), "versions": machine.versions(), "note": args.note, "rounds": args.rounds,
        "repeats": args.repeats, "models": kept,
    }
    for name in args.models:
        results["models"][name] = model(name, args)
        print("\n".join(table.of_model(name, results["models"][name])), flush=True)
        args.results.write_text(json.dumps(results, indent=1) + "\n")
    results["models"] = {name: results["models"][name] for name in models.MODELS if name in results["models"]}
    say("one sparse layer in all forms")
    results["event"] = {str(count): event_layer(args, count) for count in args.threads}
    results["roofline"] = machine.roofline(args.build, args.threads)
    say("shares of the limits")
    results["shares"] = shares.reached(args.build, results["models"], args.threads, args.rounds)
    args.results.write_text(json.dumps(results, indent=1) + "\n")
    say(f"wrote {args.results}")
