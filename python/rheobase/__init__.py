"""Rheobase: trained networks as spike trains.

    import rheobase

    rheobase.compile("vit.onnx", "vit.rheo", steps=8, weights="int8", calibrate="images.npz")
    with rheobase.Artifact("vit.rheo") as vit, vit.session() as session:
        logits = session.run({"pixel_values": images})["logits"]

Compiling runs the program snn-opt; running needs only the runtime library librheobase.so.
"""

from ._compile import compile
from ._errors import CompileError, Error, RunError
from ._native import library as _library
from ._runtime import Artifact, Counter, DispatchTime, Section, Session, Symbol, TensorInfo, Weights

__all__ = [
    "Artifact",
    "CompileError",
    "Counter",
    "DispatchTime",
    "Error",
    "RunError",
    "Section",
    "Session",
    "Symbol",
    "TensorInfo",
    "Weights",
    "compile",
    "runtime_version",
]


def runtime_version() -> str:
    """The version of the runtime library, such as "0.1.0"."""
    return _library().rhb_version().decode()
