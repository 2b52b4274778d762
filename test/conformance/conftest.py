"""The conformance tests need the compiler's build folder."""

import os
import pathlib

import pytest

import node_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def runner():
    path = pathlib.Path(os.environ.get("RHEOBASE_BUILD", ROOT / "build")) / "bin" / "conformance-runner"
    if not path.exists():
        pytest.skip("conformance-runner is not built")
    return path


@pytest.fixture(scope="session")
def cases():
    return node_tests.load()
