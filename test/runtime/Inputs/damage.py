"""Runs snn-run on damaged copies of an artifact: damage.py ARTIFACT SCRATCH. Each must end as an error, exit code 1."""

import pathlib
import random
import subprocess
import sys

good = pathlib.Path(sys.argv[1]).read_bytes()
scratch = pathlib.Path(sys.argv[2])
source = random.Random(11)


def flipped():
    data = bytearray(good)
    data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(data)


files = [good[: source.randrange(len(good))] for _ in range(50)]
files += [flipped() for _ in range(50)]
files += [source.randbytes(source.randrange(1, 5000)) for _ in range(50)]
refused = 0
for number, data in enumerate(files):
    scratch.write_bytes(data)
    command = ["snn-run", ("inspect", "bench")[number % 2], str(scratch)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if result.returncode == 1 and result.stderr.startswith("snn-run: error: "):
        refused += 1
    else:
        print(f"file {number}: exit code {result.returncode}, {result.stderr!r}")
print(f"{len(files)} files: {refused} refused")
