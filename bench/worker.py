"""A contender in a process of its own: `python -m bench.worker CONTENDER MODEL FILE THREADS`.

Loads and runs once, says so (or why it cannot), then answers lines of JSON on the standard input: {"runs": N} with the times of N inferences in
milliseconds, {"outputs": FILE} by writing those of one inference into an .npz, {"end": true} with the peak of its
memory, which is the last.
"""

import json
import pathlib
import sys
import time

import numpy as np

from bench import contenders


def peak_bytes():
    """The most memory this process ever held at once (VmHWM)."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM in /proc/self/status: Linux is needed")


def milliseconds(runner):
    """The time of one inference."""
    runner.before()
    begin = time.perf_counter()
    runner.run()
    return 1000 * (time.perf_counter() - begin)


def outputs(runner):
    runner.before()
    return runner.run()


def answer(request, runner):
    if "runs" in request:
        return {"ms": [milliseconds(runner) for _ in range(request["runs"])]}
    if "outputs" in request:
        np.savez(request["outputs"], **outputs(runner))
        return {}
    if "end" in request:
        return {"peak_bytes": peak_bytes()}
    raise ValueError(f"unknown request {request}")


def main():
    name, model, path, threads = sys.argv[1:]
    say, sys.stdout = sys.stdout, sys.stderr  # answers only, whatever a library prints
    try:
        runner = contenders.CONTENDERS[name].load(pathlib.Path(path), model, int(threads))
        outputs(runner)
    except Exception as error:  # whatever a peer raises: one that cannot must not end the measurement of the others
        print(json.dumps({"unavailable": f"{type(error).__name__}: {error}"}), file=say, flush=True)
        raise
    print(json.dumps({"ready": True}), file=say, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(answer(request, runner)), file=say, flush=True)
        if "end" in request:
            break


if __name__ == "__main__":
    main()
