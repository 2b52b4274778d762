"""One model at one number of threads: a process for every contender, rounds over them, figures."""

import json
import os
import statistics
import subprocess
import sys

import numpy as np

from bench import environment, interleave
from bench.contenders import CONTENDERS, SPIKING, Unavailable

SLOW_ROUNDS = 3


class Process:
    """A worker that has loaded its contender and waits (bench/worker.py)."""

    def __init__(self, name, model, path, threads):
        command = [sys.executable, "-m", "bench.worker", name, model, str(path), str(threads)]
        # PyTorch's threads are set here, ONNX Runtime's and ours by their options.
        surroundings = dict(os.environ, OMP_NUM_THREADS=str(threads), PYTHONPATH=str(environment.ROOT))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=environment.ROOT, env=surroundings)
        self._name = name
        ready = self._answer()
        if "unavailable" in ready:
            self._process.communicate()
            raise Unavailable(ready["unavailable"].splitlines()[0])

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"bench: {self._name} ended with {self._process.wait()} and no answer; its error is above")
        return json.loads(line)

    def ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def time(self, repeats, untimed=1):
        """The median of `repeats` inferences behind `untimed` ones that bring back its caches and threads, in milliseconds."""
        return statistics.median(self.ask(runs=untimed + repeats)["ms"][untimed:])

    def end(self):
        """Let it go; gives the peak of its memory in bytes."""
        peak = self.ask(end=True)["peak_bytes"]
        self._process.stdin.close()
        self._process.wait()
        return peak


def _ratios(rows, names):
    """{name: {float, int8}}: medians over the rounds against the fastest peer of each group that took part."""
    rivals = {}
    for group in ("float", "int8"):
        peers = [name for name in names if CONTENDERS[name].rival == group]
        if peers:
            rivals[group] = interleave.fastest(rows, peers)
    return rivals, {
        name: {group: interleave.ratio(rows, name, rival) for group, rival in rivals.items()} for name in names
    }


def model(name, files, threads, rounds, repeats, scratch):
    """Measure the contenders of `files` ({name: path}) on a model; their outputs go to `scratch`/NAME.npz."""
    processes, unavailable = {}, {}
    for who, path in files.items():
        try:
            processes[who] = Process(who, name, path, threads)
        except Unavailable as reason:
            unavailable[who] = str(reason)
    quick = [who for who in processes if not CONTENDERS[who].slow]
    rows = interleave.rounds({who: lambda who=who: processes[who].time(repeats) for who in quick}, rounds)
    rivals, ratios = _ratios(rows, quick)
    measured = interleave.summary(rows)
    for who in quick:
        measured[who]["ratios"] = ratios[who]
    for who in set(processes) - set(quick):
        # Seconds of work bring their caches themselves.
        timers = {who: lambda who=who: processes[who].time(1, untimed=0)}
        beside = [who, SPIKING] if SPIKING in processes else [who]
        timers.update({each: lambda each=each: processes[each].time(repeats) for each in beside[1:]})
        slow = interleave.rounds(timers, min(rounds, SLOW_ROUNDS))
        measured[who] = interleave.summary(slow)[who]
        measured[who]["ratios"] = {each: interleave.ratio(slow, who, each) for each in beside[1:]}
    for who, process in processes.items():
        process.ask(outputs=str(scratch / f"{who}.npz"))
        measured[who]["peak_bytes"] = process.end()
    return {"rivals": rivals, "contenders": measured, "unavailable": unavailable}


def same_outputs(one, other):
    """Whether two .npz files hold the same bits."""
    with np.load(one) as a, np.load(other) as b:
        return a.files == b.files and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a.files)


def difference(one, other):
    """The root mean square of what the first outputs of two .npz files differ by, over that of the second."""
    with np.load(one) as a, np.load(other) as b:
        x, y = (np.asarray(data[data.files[0]], np.float64).ravel() for data in (a, b))
    return float(np.sqrt(np.mean((x - y) ** 2) / np.mean(y**2)))
