"""Start-up: a driver that takes long to say its version makes every test and every use slow."""

import resource
import subprocess

from rheobase import _find

LIMIT_S = 0.1


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_snn_opt_says_its_version_quickly():
    """In CPU time, which other load on the machine does not change."""

    def once():
        before = cpu_seconds()
        done = subprocess.run([_find.program("snn-opt"), "--version"], capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stdout.startswith("snn-opt ")
        return cpu_seconds() - before

    assert min(once() for _ in range(10)) < LIMIT_S
