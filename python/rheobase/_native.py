"""The C API (rheobase/runtime.h) as ctypes sees it: its structures and prototypes, in the header's order."""

from __future__ import annotations

import ctypes
import functools
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

import numpy as np

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

from . import _find
from ._errors import RunError

CODES = ["ok", "invalid argument", "not found", "io", "corrupt", "unsupported", "refused", "out of memory", "cancelled", "failed"]

# By rhb_dtype: NumPy's name, or that of ml_dtypes, where NumPy itself does not have the type.
_NAMES = "float32 float16 bfloat16 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool".split()
_NAMES += "float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn int4 uint4 int2 uint2".split()


def _dtype(name: str) -> np.dtype:
    """Without ml_dtypes its types are handed over as codes: unsigned integers of a byte, of two for bfloat16."""
    if hasattr(np, name):
        return np.dtype(name)
    if hasattr(ml_dtypes, name):
        return np.dtype(getattr(ml_dtypes, name))
    return np.dtype(np.uint16 if name == "bfloat16" else np.uint8)


CONSTANTS = ["auto", "mapped", "loaded"]

DTYPES = [_dtype(name) for name in _NAMES]


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", c_void_p),
        ("size", c_size_t),
        ("dtype", c_int),
        ("rank", c_size_t),
        ("dims", POINTER(c_int64)),
    ]


class OpenOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("refuse_machine_code", c_int), ("constants", c_int)]


class Metadata(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class SymbolInfo(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("min", c_int64), ("max", c_int64)]


class TensorInfo(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("dtype", c_int),
        ("rank", c_size_t),
        ("dims", POINTER(c_int64)),
        ("dims_texts", POINTER(c_char_p)),
    ]


class TapInfo(ctypes.Structure):
    _fields_ = [("tensor", TensorInfo), ("after", c_size_t)]


class SectionInfo(ctypes.Structure):
    _fields_ = [
        ("kind", c_int),
        ("target", c_char_p),
        ("usable", c_int),
        ("offset", c_uint64),
        ("size", c_uint64),
        ("hash", c_uint64),
    ]


class CounterInfo(ctypes.Structure):
    _fields_ = [("site", c_char_p), ("quantity", c_char_p)]


class DispatchInfo(ctypes.Structure):
    _fields_ = [("kernel", c_char_p), ("location", c_char_p), ("counting", c_int)]


class WeightsInfo(ctypes.Structure):
    _fields_ = [
        ("node", c_char_p),
        ("inputs", c_uint64),
        ("outputs", c_uint64),
        ("bits", c_uint32),
        ("length", c_uint32),
        ("kept", c_uint32),
        ("groups", c_uint64),
        ("has_codebook", c_int),
        ("has_zeros", c_int),
        ("has_offsets", c_int),
        ("bytes", c_uint64),
        ("offset", c_uint64),
    ]


class ArtifactInfo(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("producer", c_char_p),
        ("format_major", c_uint32),
        ("format_minor", c_uint32),
        ("features", c_uint64),
        ("file_size", c_uint64),
        ("manifest_size", c_uint64),
        ("manifest_hash", c_uint64),
        ("metadata_count", c_size_t),
        ("metadata", POINTER(Metadata)),
        ("symbol_count", c_size_t),
        ("symbols", POINTER(SymbolInfo)),
        ("input_count", c_size_t),
        ("inputs", POINTER(TensorInfo)),
        ("output_count", c_size_t),
        ("outputs", POINTER(TensorInfo)),
        ("tap_count", c_size_t),
        ("taps", POINTER(TapInfo)),
        ("section_count", c_size_t),
        ("sections", POINTER(SectionInfo)),
        ("counter_count", c_size_t),
        ("counters", POINTER(CounterInfo)),
        ("dispatch_count", c_size_t),
        ("dispatches", POINTER(DispatchInfo)),
        ("state_count", c_size_t),
        ("states", POINTER(TensorInfo)),
        ("weights_count", c_size_t),
        ("weights", POINTER(WeightsInfo)),
    ]


class SessionOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("threads", c_int),
        ("counting", c_int),
        ("profile", c_int),
        ("cpu_variant", c_char_p),
    ]


class Profile(ctypes.Structure):
    _fields_ = [("runs", c_uint64), ("nanoseconds", c_uint64)]


ProgressFunction = ctypes.CFUNCTYPE(c_int, c_void_p, c_size_t, c_size_t)

_Status = c_void_p
_PROTOTYPES = {
    "rhb_version": (c_char_p,),
    "rhb_status_code": (c_int, _Status),
    "rhb_status_message": (c_char_p, _Status),
    "rhb_status_free": (None, _Status),
    "rhb_artifact_open": (_Status, c_char_p, POINTER(OpenOptions), POINTER(c_void_p)),
    "rhb_artifact_release": (None, c_void_p),
    "rhb_artifact_inspect": (POINTER(ArtifactInfo), c_void_p),
    "rhb_session_create": (_Status, c_void_p, POINTER(SessionOptions), POINTER(c_void_p)),
    "rhb_session_release": (None, c_void_p),
    "rhb_session_run": (_Status, c_void_p, POINTER(Tensor), c_size_t, POINTER(Tensor), c_size_t),
    "rhb_session_output_dims": (_Status, c_void_p, POINTER(Tensor), c_size_t, c_size_t, POINTER(c_int64)),
    "rhb_session_reset_states": (None, c_void_p),
    "rhb_session_read_state": (_Status, c_void_p, c_size_t, POINTER(Tensor)),
    "rhb_session_write_state": (_Status, c_void_p, c_size_t, POINTER(Tensor)),
    "rhb_session_set_progress": (_Status, c_void_p, ProgressFunction, c_void_p),
    "rhb_session_target": (c_char_p, c_void_p),
    "rhb_session_threads": (c_size_t, c_void_p),
    "rhb_session_arena_size": (c_size_t, c_void_p),
    "rhb_session_live_size": (c_size_t, c_void_p),
    "rhb_session_select_tap": (_Status, c_void_p, c_size_t, c_int),
    "rhb_session_tap": (_Status, c_void_p, c_size_t, POINTER(Tensor)),
    "rhb_session_counters": (POINTER(c_uint64), c_void_p),
    "rhb_session_reset_counters": (None, c_void_p),
    "rhb_session_profile": (POINTER(Profile), c_void_p),
    "rhb_session_reset_profile": (None, c_void_p),
}


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """librheobase with its prototypes declared; loaded at the first use."""
    path = _find.library()
    if path is None:
        raise RunError("librheobase.so not found: set RHEOBASE_BUILD to a build folder", "not found")
    try:
        loaded = ctypes.CDLL(path)
        for name, (result, *arguments) in _PROTOTYPES.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise RunError(f"{path} is not a runtime library of this version: {error}", "unsupported") from error
    return loaded


def check(status: int | None) -> None:
    """Raise what a status says, and free it."""
    if not status:
        return
    lib = library()
    code = lib.rhb_status_code(status)
    message = lib.rhb_status_message(status).decode()
    lib.rhb_status_free(status)
    raise RunError(message, CODES[code] if 0 <= code < len(CODES) else str(code))


def shape(info: TensorInfo) -> tuple:
    """Sizes; a dimension that depends on symbols by its text."""
    return tuple(info.dims[i] if info.dims[i] >= 0 else info.dims_texts[i].decode() for i in range(info.rank))


def elements(value, dtype: int) -> np.ndarray:
    """The value as a contiguous array of elements of an rhb_dtype, where it is one or holds their codes: plain integers or,
    as numpy.load returns what was saved with a type of ml_dtypes, voids of the same size. Other elements stay as they are."""
    wanted = DTYPES[dtype]
    if type(value) is np.ndarray and value.dtype == wanted and value.flags.c_contiguous:
        return value  # between two tokens of a decoder little time is lost
    array = np.ascontiguousarray(value).reshape(np.shape(value))
    is_plain = array.dtype.type is np.void or (array.dtype.isbuiltin == 1 and array.dtype.kind in "iu")
    if hasattr(np, _NAMES[dtype]) or not is_plain or array.dtype.itemsize != wanted.itemsize:
        return array
    return array.view(wanted)


def tensor(array: np.ndarray, dtype: int) -> Tensor:
    """A view of an array, which must outlive it."""
    view = Tensor()
    point(view, array, dtype)
    return view


def point(view: Tensor, array: np.ndarray, dtype: int) -> None:
    """Make `view` one of another array; one of as many dimensions as before costs a decoder's token least."""
    shape = array.shape
    dims = view.dims
    if not dims or view.rank != len(shape):
        dims = view.dims = (c_int64 * max(len(shape), 1))()
        view.rank = len(shape)
    for axis, size in enumerate(shape):
        dims[axis] = size
    # Without the objects that numpy's `ctypes` makes on the way to the address.
    view.data, view.size, view.dtype = array.__array_interface__["data"][0], array.nbytes, dtype
