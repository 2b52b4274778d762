"""What the end-to-end tests share: the programs, artifacts compiled once per run, images."""

import sys

import numpy as np
import pytest

import rheobase
from rheobase import _find
from support import EXAMPLE

sys.path.insert(0, str(EXAMPLE))
import fashion_mnist  # noqa: E402  (a module of the example)


@pytest.fixture(scope="session", autouse=True)
def programs():
    if _find.program("snn-opt") is None or _find.library() is None:
        pytest.skip("snn-opt or librheobase.so is not built")


@pytest.fixture(scope="session")
def artifact(tmp_path_factory):
    """artifact(model, **options of rheobase.compile): the artifact's path; equal requests are compiled once."""
    folder, made = tmp_path_factory.mktemp("artifacts"), {}

    def make(model, **options):
        key = (str(model), tuple(sorted((name, str(value)) for name, value in options.items())))
        if key not in made:
            made[key] = rheobase.compile(model, folder / f"{len(made)}.rheo", **options)
        return made[key]

    return make


@pytest.fixture(scope="session")
def fashion():
    """(images, labels) of the test set: [N, 1, 28, 28] float32 and [N]."""
    if not fashion_mnist.available():
        pytest.skip("Debian's dataset-fashion-mnist is not installed (make demo installs it)")
    pixels, labels = fashion_mnist.load("t10k")
    return fashion_mnist.normalise(pixels), labels


@pytest.fixture(scope="session")
def calibration(tmp_path_factory, fashion):
    """An .npz of 256 training images."""
    path = tmp_path_factory.mktemp("calibration") / "images.npz"
    np.savez(path, pixel_values=fashion_mnist.calibration())
    return path
