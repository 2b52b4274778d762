"""An installed tree by itself: programs, C library (by hand, through CMake, through pkg-config), Python package."""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper
import pytest

from support import ROOT

CMAKE = os.environ.get("CMAKE", "/usr/bin/cmake")
SOURCE = pathlib.Path(__file__).parent / "install"
EXPECTED = "0 1.5 4 0 1.5 4"


def run(*command, **environment):
    """Its output, with nothing in the environment that leads back to the build."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [str(word) for word in command],
        env={**clean, **{name: str(value) for name, value in environment.items()}},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    build = pathlib.Path(os.environ.get("RHEOBASE_BUILD") or ROOT / "build").resolve()
    if not (build / "cmake_install.cmake").exists() or not pathlib.Path(CMAKE).exists():
        pytest.skip(f"{build} is not a CMake build folder, or {CMAKE} is missing")
    folder = tmp_path_factory.mktemp("install")
    run(CMAKE, "--install", build, "--prefix", folder / "first")
    # A tree that is moved after its installation works as well.
    return (folder / "first").rename(folder / "prefix")


@pytest.fixture(scope="module")
def artifact(prefix):
    """y = max(x, 0) W, compiled by the installed program."""
    w = np.array([[0, 1, 1], [0, 0.5, 1], [1, 0, 1], [-1, 0, 1]], np.float32)
    nodes = [oh.make_node("Relu", ["x"], ["r"], "/relu"), oh.make_node("MatMul", ["r", "w"], ["y"], "/product")]
    x = oh.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 4])
    y = oh.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 3])
    graph = oh.make_graph(nodes, "product", [x], [y], [onnx.numpy_helper.from_array(w, "w")])
    model = prefix.parent / "model.onnx"
    onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 18)], ir_version=9), model)
    run(prefix / "bin" / "snn-opt", model, "--ann", "-o", prefix.parent / "model.rheo")
    return prefix.parent / "model.rheo"


def test_programs(prefix, artifact):
    names = sorted(path.name for path in (prefix / "bin").iterdir())
    assert names == ["snn-lsp-server", "snn-opt", "snn-reduce", "snn-run"]
    assert run(prefix / "bin" / "snn-opt", "--version").startswith("snn-opt ")
    assert run(prefix / "bin" / "snn-run", "run", artifact, "--input", "x=2x4xf32=1") == f"y: 2x3xf32={EXPECTED.replace(' ', ',')}"
    for name in ("snn-lsp-server", "snn-reduce"):
        assert "OVERVIEW" in run(prefix / "bin" / name, "--help")


def test_c_program(prefix, artifact, tmp_path):
    flags = ["-std=c11", "-Wall", "-Werror", "-I", prefix / "include"]
    run("gcc", *flags, SOURCE / "main.c", "-L", prefix / "lib", "-lrheobase", "-o", tmp_path / "shared")
    assert run(tmp_path / "shared", artifact, LD_LIBRARY_PATH=prefix / "lib") == EXPECTED
    static = [prefix / "lib" / "librheobase_runtime.a", "-lstdc++", "-lm", "-lpthread"]
    run("gcc", *flags, SOURCE / "main.c", *static, "-o", tmp_path / "static")
    assert run(tmp_path / "static", artifact) == EXPECTED


def test_header_is_cpp_too(prefix, tmp_path):
    source = tmp_path / "main.cpp"
    source.write_text('#include <rheobase/runtime.hpp>\nint main() { return rhb_version()[0] == 0; }\n')
    run("g++", "-std=c++17", "-Wall", "-Werror", "-I", prefix / "include", source, "-L", prefix / "lib", "-lrheobase", "-o", tmp_path / "main")
    run(tmp_path / "main", LD_LIBRARY_PATH=prefix / "lib")


def test_cmake_package(prefix, artifact, tmp_path):
    run(CMAKE, "-G", "Ninja", "-S", SOURCE, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    run(CMAKE, "--build", tmp_path)
    for name in ("shared", "static"):
        assert run(tmp_path / name, artifact) == EXPECTED


def test_pkg_config(prefix, artifact, tmp_path):
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed")
    folder = prefix / "lib" / "pkgconfig"
    flags = run("pkg-config", "--cflags", "--libs", "rheobase", PKG_CONFIG_PATH=folder).split()
    run("gcc", SOURCE / "main.c", *flags, "-o", tmp_path / "main")
    assert run(tmp_path / "main", artifact, LD_LIBRARY_PATH=prefix / "lib") == EXPECTED


def test_python_package(prefix, artifact):
    packages = next(prefix.glob("lib/python3*/site-packages"))
    code = (
        "import sys, numpy, rheobase\n"
        "rheobase.compile(sys.argv[1], sys.argv[2], ann=True)\n"
        "with rheobase.Artifact(sys.argv[2]) as opened:\n"
        "    print(rheobase.__file__, *opened.run({'x': numpy.ones((2, 4), 'f')})['y'].ravel().tolist())\n"
    )
    said = run(
        sys.executable, "-c", code, artifact.with_suffix(".onnx"), artifact.with_name("py.rheo"), PYTHONPATH=packages
    ).split()
    assert said[0].startswith(str(packages))
    assert [float(word) for word in said[1:]] == [float(word) for word in EXPECTED.split()]
