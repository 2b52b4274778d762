"""One artifact on several CPUs: what this machine is not is emulated."""

import shutil
import subprocess

import numpy as np
import onnx
import pytest

import rheobase
from models import FAMILIES
from rheobase import _find

QEMU = shutil.which("qemu-x86_64")
# An emulated CPU, the machine code it should choose, and one that is too much for it.
CPUS = {"Nehalem": ("x86-64", "x86-64-v3"), "Haswell": ("x86-64-v3", "x86-64-v3-vnni")}

pytestmark = pytest.mark.skipif(not QEMU, reason="no qemu-x86_64: install qemu-user")


@pytest.fixture(scope="module")
def spiking(tmp_path_factory):
    """A spiking encoder for all targets, and its inputs."""
    folder = tmp_path_factory.mktemp("targets")
    onnx.save(FAMILIES["bert"](), folder / "bert.onnx")
    random = np.random.default_rng(1)
    inputs = {"input_ids": random.integers(0, 60, (2, 9)), "attention_mask": np.ones((2, 9), np.int64)}
    np.savez(folder / "inputs.npz", **inputs)
    rheobase.compile(folder / "bert.onnx", folder / "bert.rheo", steps=8, weights="int8", calibrate=inputs)
    return folder


def run(folder, *more, cpu=None):
    """The output's bytes, or what went wrong."""
    emulator = [QEMU, "-cpu", cpu] if cpu else []
    command = [*emulator, _find.program("snn-run"), "run", folder / "bert.rheo", "--inputs", folder / "inputs.npz"]
    done = subprocess.run([*command, "--outputs", folder / "out.npz", *more], capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr
    with np.load(folder / "out.npz") as outputs:
        return outputs["last_hidden_state"].tobytes()


@pytest.mark.parametrize("cpu", CPUS)
def test_an_emulated_cpu_gives_the_bytes_of_this_one(spiking, cpu):
    chosen, too_much = CPUS[cpu]
    expected = run(spiking, "--cpu", chosen)
    if isinstance(expected, str):
        pytest.skip(expected.strip())
    assert run(spiking, cpu=cpu) == expected
    assert f"this CPU cannot run '{too_much}'" in run(spiking, "--cpu", too_much, cpu=cpu)
