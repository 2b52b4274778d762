"""What the measurements ran on, in words that say nothing about where it stands."""

import functools
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess

from bench import environment

PACKAGES = ("onnxruntime", "torch", "transformers", "numpy")


def describe():
    """CPU model, CPUs this process may use, features that decide speed, memory."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = set(re.search(r"^flags\s*: (.*)$", info, re.M).group(1).split())
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    return {
        "cpu": re.search(r"^model name\s*: (.*)$", info, re.M).group(1),
        "cpus": len(os.sched_getaffinity(0)),
        "features": [name for name in ("avx2", "fma", "avx512f", "avx_vnni", "avx512_vnni") if name in flags],
        "memory_gb": round(int(memory.group(1)) / 2**20),
    }


def versions():
    """Of the peers and of the checkout."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    commit = ["git", "-C", environment.ROOT, "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(commit, capture_output=True, text=True)
    found["rheobase"] = done.stdout.strip() if done.returncode == 0 else "unknown"
    return found


@functools.lru_cache(maxsize=None)
def _roofline_program(build):
    cmake = ["cmake", "--build", build, "--target", "roofline"]
    subprocess.run(cmake, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return build / "bin" / "roofline"


def roofline(build, threads):
    """What bench/roofline.cpp measures: {threads: rates, best and medians}."""
    command = [_roofline_program(build), *map(str, threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
