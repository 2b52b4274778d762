#!/usr/bin/env python3
"""Time, memory and size of artifacts beside ONNX Runtime's and a PyTorch simulation's, on the same models, threads and
inputs.

    bench/run.py                                                everything; half an hour on two cores
    bench/run.py --models vit --variants ort-float,snn8 --threads 1 --rounds 5

Makes its own environment in build/bench (pinned peers from PyPI), exports the models, quantises and compiles them, and
measures in interleaved rounds. Writes build/bench/results.json and prints tables; utils/gen_performance.py makes
docs/performance.md of it.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from bench import environment  # noqa: E402  (the package this file is in)

if __name__ == "__main__":
    if not {"-h", "--help"} & set(sys.argv):
        environment.enter()
    from bench import command

    command.main(__doc__)
