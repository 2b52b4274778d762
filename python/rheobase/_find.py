"""Where the programs and the library of this installation or build are.

Looked for, in this order: the environment variable RHEOBASE_BUILD (a build folder), the prefix this package was
installed under by `make install`, the build folder of the checkout this file is in, then PATH and the system's linker.
"""

from __future__ import annotations

import ctypes.util
import os
import pathlib
import shutil
from typing import Iterator, Optional

_LIBRARY = "librheobase.so"


def _prefixes() -> Iterator[pathlib.Path]:
    build = os.environ.get("RHEOBASE_BUILD")
    if build:
        yield pathlib.Path(build)
    here = pathlib.Path(__file__).resolve()
    # PREFIX/lib/pythonX.Y/site-packages/rheobase/_find.py, or CHECKOUT/python/rheobase/_find.py
    if len(here.parents) > 4:
        yield here.parents[4]
    yield here.parents[2] / "build"


def program(name: str) -> Optional[str]:
    """The path of snn-opt or snn-run, or None."""
    for prefix in _prefixes():
        candidate = prefix / "bin" / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return shutil.which(name)


def library() -> Optional[str]:
    """The path (or the linker's name) of the runtime library, or None."""
    for prefix in _prefixes():
        for folder in [prefix / "lib", *sorted(prefix.glob("lib/*-linux-gnu*"))]:
            if (folder / _LIBRARY).is_file():
                return str(folder / _LIBRARY)
    return ctypes.util.find_library("rheobase")
