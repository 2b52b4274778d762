#!/usr/bin/env python3
"""Time artifacts against ONNX Runtime on the same model, threads and inputs, in interleaved rounds.

    .venv/bin/python bench/against_onnxruntime.py                      the example model: float and spiking, batch 1
    .venv/bin/python bench/against_onnxruntime.py --threads 2 --batch 32 --rounds 20 [--json]

Prints the median of each and the median of the ratios within a round, which other load on the machine disturbs least.
Expects the artifacts of `make demo` in build/demo.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))
import rheobase  # noqa: E402  (the checkout's own)


def reference(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)


def ours(path, threads):
    return rheobase.Artifact(path).session(threads=threads).run


def milliseconds(run, inputs, repeats):
    begin = time.perf_counter()
    for _ in range(repeats):
        run(inputs)
    return 1000 * (time.perf_counter() - begin) / repeats


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "examples" / "vit-fashion" / "model.onnx")
    parser.add_argument("--demo", type=pathlib.Path, default=ROOT / "build" / "demo", help="folder with the artifacts")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=10, help="runs in a round")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    runs = {
        "onnxruntime float": reference(args.model, args.threads),
        "rheobase float": ours(args.demo / "vit.ann.rheo", args.threads),
        "rheobase spiking": ours(args.demo / "vit.rheo", args.threads),
    }
    inputs = {"pixel_values": np.load(args.demo / "images.npz")["pixel_values"][: args.batch]}
    for run in runs.values():
        run(inputs)
    rounds = [{name: milliseconds(run, inputs, args.repeats) for name, run in runs.items()} for _ in range(args.rounds)]
    base = next(iter(runs))
    result = {
        name: {
            "median_ms": statistics.median(row[name] for row in rounds),
            "min_ms": min(row[name] for row in rounds),
            "ratio": statistics.median(row[name] / row[base] for row in rounds),
        }
        for name in runs
    }
    if args.json:
        print(json.dumps({"threads": args.threads, "batch": args.batch, "rounds": args.rounds, "results": result}))
        return
    print(f"batch {args.batch}, {args.threads} threads, {args.rounds} rounds of {args.repeats} runs")
    for name, row in result.items():
        print(f"{name:18} median {row['median_ms']:8.3f} ms  best {row['min_ms']:8.3f} ms  ratio {row['ratio']:.2f}")


main()
