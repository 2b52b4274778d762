"""Runs snn-opt on damaged copies of a model, 50 truncated, 50 with flipped bits, 50 random: each must end by itself."""

import pathlib
import random
import subprocess
import sys

ROUNDS = 50


def copies(model):
    for i in range(ROUNDS):
        yield "truncated", model[: len(model) * i // ROUNDS]
    for _ in range(ROUNDS):
        damaged = bytearray(model)
        for _ in range(random.randint(1, 4)):
            damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        yield "flipped", bytes(damaged)
    for _ in range(ROUNDS):
        yield "random", random.randbytes(random.randrange(512))


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    random.seed(1)
    errors = 0
    for number, (kind, data) in enumerate(copies(source.read_bytes())):
        path = folder / "damaged.onnx"
        path.write_bytes(data)
        run = subprocess.run(["snn-opt", path, "--compile-to=import"], capture_output=True, timeout=60)
        # A sanitizer's report ends the program with 1 too.
        if run.returncode not in (0, 1) or b"Sanitizer" in run.stderr or b"runtime error:" in run.stderr:
            path.rename(folder / f"{kind}-{number}.onnx")
            sys.exit(f"{kind} copy {number}: exit status {run.returncode}\n{run.stderr.decode(errors='replace')}")
        errors += run.returncode
    print(f"{errors} errors")


main()
