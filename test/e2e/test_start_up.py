"""Start-up: a driver that takes long to say its version makes every test and every use slow."""

import subprocess
import time

from rheobase import _find

LIMIT_S = 0.1


def test_snn_opt_says_its_version_quickly():
    def once():
        begin = time.perf_counter()
        done = subprocess.run([_find.program("snn-opt"), "--version"], capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stdout.startswith("snn-opt ")
        return time.perf_counter() - begin

    assert min(once() for _ in range(10)) < LIMIT_S
