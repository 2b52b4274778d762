#!/usr/bin/env python3
"""Write docs/performance.md from what bench/run.py measured.

    utils/gen_performance.py                                     from bench/results.json and bench/tried.md
    utils/gen_performance.py --check                             fail when the page is stale
    utils/gen_performance.py --results build/bench/results.json  take these results, keeping them as bench/results.json
"""

import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import bounds, environment, table  # noqa: E402
from bench.models import MODELS  # noqa: E402

TARGET = ROOT / "docs" / "performance.md"
TRIED = ROOT / "bench" / "tried.md"

PAGE = """\
# Performance

What artifacts take beside ONNX Runtime and a simulation in PyTorch, on one machine: {machine}. Written by `make docs` from `bench/results.json`, which is
what `bench/run.py` measured ({versions}).{note}

## What must hold
Medians of ratios within a round, same threads, same run. Bold: the bound does not hold. Empty: not measured.

{bounds}

## What the machine can do
Multiply-adds out of registers, bytes read from memory (`bench/roofline.cpp`), the best of several runs.

{roofline}

Shares of these, each measured in the same rounds as what is compared with it: medians on both sides.

{shares}

## Models
Random weights of a fixed seed; `bench/models.py` has the sizes. `/ float` and `/ best int8`: over ONNX Runtime's float and the faster of its two int8 models.
*Peak* is the memory of a process that loads the file and runs it, Python's included.

{models}

{events}

## How it is measured
    bench/run.py                                                 # everything, into build/bench/results.json, and as a table
    bench/run.py --models vit --threads 1 --variants ort-float,ort-dynamic,snn8
    utils/gen_performance.py --results build/bench/results.json  # this page

- Every contender is a process of its own that has loaded its file. In a round each runs in turn: once for its caches and threads, then {repeats} timed,
  of which the median counts. The order turns from round to round ({rounds} rounds). Other load on the machine falls on all alike; ratios are taken within a
  round, and their median over the rounds is what the table says.
- ONNX Runtime runs on values of its own, so that nothing is copied but the results; a decoder's cache stays inside. Static int8: QDQ, per channel, calibrated; dynamic int8: per channel.
- Ours run through the Python package, whose overhead is inside the times.
- One token after 128: the cache of the prompt is put back before each token, outside of what is timed.
- One layer: `bench/event.py`, every program through `snn-run bench`.
- The simulation runs the converted network as the compiler wrote it for its time form, step by step, in eager PyTorch: planes stacked on the batch axis, products
  of two trains by prefix sums (`bench/simulation.py`). Its outputs must be the artifact's within 0.05 of their root mean square: means of rows are summed in another order,
  a code at a tie moves, and twelve layers of random weights carry it on (an input moved by 2^-22 changes the artifact's own outputs by 0.024). Where nothing
  rounds in an order of its own they are equal bit for bit.
- Inside ViT-B/16: multiply-adds of the dispatches that hold a linear layer's product, over the sum of their median times (`snn-run bench --profile`).

{tried}"""


def machine(results):
    about = results["machine"]
    return f"{about['cpu']}, {about['cpus']} CPUs ({', '.join(about['features'])}), {about['memory_gb']} GB"


def verdict(bound, value):
    if value is None:
        return ""
    text = table.number(value)
    return text if bound.holds(value) else f"**{text}**"


def threads_of(results):
    return sorted({count for model in results["models"].values() for count in model["threads"]}, key=int)


def titles(threads):
    return [f"{count} thread{'s' if count != '1' else ''}" for count in threads]


def bounds_table(results):
    threads = threads_of(results)
    rows = []
    for bound in bounds.BOUNDS:
        sign = "at least" if bound.at_least else "at most"
        found = [verdict(bound, bound.of(results, count)) for count in threads]
        rows.append([bound.what, f"{sign} {bound.bound:g}", f"{bound.aim:g}", *found])
    same = [result["same_for_all_threads"] for result in results["models"].values()]
    ours = [equal for model in same for who, equal in model.items() if not who.startswith("ort")]
    rows.append(["outputs of every artifact the same for all numbers of threads", "", "", "yes" if all(ours) else "**no**"])
    return table.markdown(["what", "bound", "aim", *titles(threads)], rows)


def roofline_table(results):
    rows = [
        [count, f"{rates['f32_gfma']:.1f} ({rates['f32_instruction']})",
         f"{rates['int8_gmac']:.1f} ({rates['int8_instruction']})", f"{rates['read_gbs']:.1f}"]
        for count, rates in results.get("roofline", {}).items()
    ]
    return table.markdown(["threads", "f32, GFMA/s", "int8, GMAC/s", "read, GB/s"], rows)


def shares_table(results):
    rows = [
        [share["what"], count, f"{share['rate']:.1f} {share['unit']}", f"{share['limit']:.1f} {share['unit']}",
         f"{100 * share['share']:.0f} %"]
        for count, shares in results.get("shares", {}).items() for share in shares.values()
    ]
    return table.markdown(["share of the limit", "threads", "reached", "limit", "share"], rows)


def event_tables(results):
    """One sparse layer: its forms at the first density."""
    for threads, layer in results.get("event", {}).items():
        at = layer["densities"][0]
        what = f"{layer['inputs']} to {layer['outputs']}, {layer['rows']} rows, T={layer['steps']}"
        yield ""
        yield f"### One layer, {what}, {100 * at['density']:g} % spikes: {titles([threads])[0]}"
        yield ""
        rows = [[form, table.number(row["ms"]), table.number(row["ratio"], 1)] for form, row in at["forms"].items()]
        yield from table.markdown(["", "median ms", "dense time f32 / it"], rows)


def models_tables(results):
    for name, result in results["models"].items():
        for threads, title in zip(result["threads"], titles(result["threads"])):
            yield f"### {MODELS[name].title}: {title}"
            yield ""
            yield from table.markdown(table.HEAD, table.contender_rows(name, result, threads))
            yield ""
        if "simulation_from_artifact" in result:
            apart = f"{result['simulation_from_artifact']:.2g} of themselves (root mean square)"
            yield f"Outputs of the simulation differ from the artifact's by {apart}."
            yield ""
        for who, reason in result["unavailable"].items():
            yield f"`{who}` took no part: {reason}"
            yield ""


def page(results):
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return PAGE.format(
        machine=machine(results), versions=versions, note=f" {results['note']}" if results["note"] else "",
        bounds="\n".join(bounds_table(results)), roofline="\n".join(roofline_table(results)),
        shares="\n".join(shares_table(results)), models="\n".join(models_tables(results)).rstrip(),
        events="\n".join(event_tables(results)).strip(), repeats=results["repeats"], rounds=results["rounds"], tried=TRIED.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    parser.add_argument("--results", type=pathlib.Path, help="results to take over")
    args = parser.parse_args()
    if args.results:
        environment.COMMITTED.write_text(args.results.read_text())
    text = page(json.loads(environment.COMMITTED.read_text()))
    if args.check:
        if not TARGET.exists() or TARGET.read_text() != text:
            sys.exit(f"stale: {TARGET.relative_to(ROOT)}: run make docs and commit the result")
        return
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
