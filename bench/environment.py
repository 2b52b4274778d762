"""Where the measurements live, and the virtual environment they run in; needs nothing but the standard library."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"
REQUIREMENTS = ROOT / "bench" / "requirements.txt"
COMMITTED = ROOT / "bench" / "results.json"
DEBIAN_PYTHON = pathlib.Path("/usr/bin/python3")


def make():
    """The Python of the environment, which is made anew when bench/requirements.txt says something else than it did."""
    venv = FOLDER / "venv"
    stamp = venv / "requirements.installed"
    python = venv / "bin" / "python"
    wanted = REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"bench: making {venv} from {REQUIREMENTS.relative_to(ROOT)}", file=sys.stderr)
    base = DEBIAN_PYTHON if DEBIAN_PYTHON.exists() else sys.executable
    subprocess.run([base, "-m", "venv", "--clear", venv], check=True)
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS]
    subprocess.run(pip, check=True, stdin=subprocess.DEVNULL)
    stamp.write_text(wanted)
    return python


def enter():
    """Go on in the environment: returns in a process that runs its Python."""
    python = make()
    if pathlib.Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])
