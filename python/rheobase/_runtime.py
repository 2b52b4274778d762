"""Artifacts and sessions: what `snn-run` does, on numpy arrays."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from dataclasses import dataclass
from typing import Callable, Mapping, Optional, Union

import numpy as np

from . import _native
from ._errors import RunError


@dataclass(frozen=True)
class TensorInfo:
    """A named tensor; a dimension that is read off the inputs is given as text, such as "batch" or "batch * 12".

    The dtype of bfloat16, of floats of 8 and 4 bits and of integers of 4 and 2 bits is that of the package ml_dtypes; where
    that is not installed, uint16 for bfloat16 and uint8 for the others, and arrays hold the codes (of less than 8 bits: the low
    ones). Inputs may be codes in any case: integers of that size, or what numpy.load makes of such a file.
    """

    name: str
    dtype: np.dtype
    shape: tuple[Union[int, str], ...]


@dataclass(frozen=True)
class Symbol:
    """A dimension that the model leaves open; `max` 0 is unbounded."""

    name: str
    min: int
    max: int


@dataclass(frozen=True)
class Weights:
    """A matrix [inputs, outputs] of weights that `node` multiplies by: the bits of a code (of the index of `length` weights
    where there is a codebook), how many of each 4 inputs of an output are stored (`kept`; the others are 0), the inputs'
    groups with scales of their own (0: none beside the codes), and the bytes of all that is stored for it."""

    node: str
    inputs: int
    outputs: int
    code_bits: int
    length: int
    kept: int
    groups: int
    bytes: int

    @property
    def bits(self) -> float:
        """What one weight takes, in bits."""
        return 8 * self.bytes / (self.inputs * self.outputs)


@dataclass(frozen=True)
class Section:
    """A part of the file: "constants", or "machine code" for the CPU `target` and whether this one can run it."""

    kind: str
    target: str
    usable: bool
    offset: int
    size: int
    hash: int


@dataclass(frozen=True)
class Counter:
    """A sum over the runs of a counting session: "spikes", "synops", "activations", ... at the node `site`."""

    site: str
    quantity: str
    value: int


@dataclass(frozen=True)
class DispatchTime:
    """What one dispatch took over the runs of a profiling session, in nanoseconds."""

    kernel: str
    node: str
    runs: int
    nanoseconds: int


class Artifact:
    """A compiled network, mapped from its file and checked.

    >>> with Artifact("vit.rheo") as vit:
    ...     with vit.session(threads=2) as session:
    ...         logits = session.run({"pixel_values": images})["logits"]

    Attributes:
        name, producer: of the model and the compiler.
        metadata: facts about the compilation, by key: form, steps, neuron, weights, ...
        inputs, outputs, taps: tensors (`TensorInfo`), in the program's order; taps are intermediate results by name.
        states: tensors that a session keeps from run to run, such as a decoder's key-value cache.
        symbols: dimensions the model leaves open.
        weights: matrices of weights, as they are stored.
        sections: parts of the file. `file_size` and their sizes are in bytes.

    `constants` says where the weights are: "mapped" in the file's pages, which processes share, or "loaded" into large pages
    of memory, which takes some 10 ms for each 100 MB and reads up to 1.7 times as fast; "auto" loads those of a program with
    states, such as a decoder, which reads all of them for each token.

    An artifact never changes and may be used from several threads. Raises RunError where the file is missing, damaged
    or newer than the runtime.
    """

    def __init__(
        self, path: Union[str, "os.PathLike[str]"], *, refuse_machine_code: bool = False, constants: str = "auto"
    ):
        if constants not in _native.CONSTANTS:
            raise RunError(f"constants is {constants!r}, expected one of {_native.CONSTANTS}", "invalid argument")
        lib = _native.library()
        handle = ctypes.c_void_p()
        options = _native.OpenOptions(
            ctypes.sizeof(_native.OpenOptions), int(refuse_machine_code), _native.CONSTANTS.index(constants)
        )
        _native.check(lib.rhb_artifact_open(os.fsencode(path), ctypes.byref(options), ctypes.byref(handle)))
        self._handle: Optional[ctypes.c_void_p] = handle
        self._read(lib.rhb_artifact_inspect(handle).contents)

    def _read(self, info: _native.ArtifactInfo) -> None:
        self.name = info.name.decode()
        self.producer = info.producer.decode()
        self.format_version = (info.format_major, info.format_minor)
        self.file_size = info.file_size
        self.metadata = {
            entry.key.decode(): entry.value.decode() for entry in info.metadata[: info.metadata_count]
        }
        self.symbols = [
            Symbol(symbol.name.decode(), symbol.min, symbol.max) for symbol in info.symbols[: info.symbol_count]
        ]
        self._dtypes = [tensor.dtype for tensor in info.inputs[: info.input_count]]
        self._output_dtypes = [tensor.dtype for tensor in info.outputs[: info.output_count]]
        self.inputs = [_tensor_info(tensor) for tensor in info.inputs[: info.input_count]]
        self.outputs = [_tensor_info(tensor) for tensor in info.outputs[: info.output_count]]
        self.taps = [_tensor_info(tap.tensor) for tap in info.taps[: info.tap_count]]
        self.states = [_tensor_info(tensor) for tensor in info.states[: info.state_count]]
        self._state_dtypes = [tensor.dtype for tensor in info.states[: info.state_count]]
        self._counters = [
            (counter.site.decode(), counter.quantity.decode()) for counter in info.counters[: info.counter_count]
        ]
        self._dispatches = [
            (dispatch.kernel.decode(), dispatch.location.decode())
            for dispatch in info.dispatches[: info.dispatch_count]
        ]
        self.weights = [
            Weights(w.node.decode(), w.inputs, w.outputs, w.bits, w.length, w.kept, w.groups, w.bytes)
            for w in info.weights[: info.weights_count]
        ]
        kinds = {1: "constants", 2: "machine code"}
        self.sections = [
            Section(kinds.get(s.kind, str(s.kind)), s.target.decode(), bool(s.usable), s.offset, s.size, s.hash)
            for s in info.sections[: info.section_count]
        ]

    def session(
        self,
        *,
        threads: int = 0,
        counting: bool = False,
        profile: bool = False,
        cpu_variant: Optional[str] = None,
    ) -> "Session":
        """Something to run the network with.

        Args:
            threads: how many, with the caller's; 0: as many as the CPUs this process may use. Results do not depend on it.
            counting: also count spikes and synaptic operations (slower).
            profile: also measure every dispatch.
            cpu_variant: which machine code to use ("x86-64-v3"); None: the best that this CPU can run.
        """
        return Session(self, threads, counting, profile, cpu_variant)

    def run(self, inputs: Mapping[str, np.ndarray], **options) -> dict[str, np.ndarray]:
        """One run in a session made for it, with `session`'s options."""
        with self.session(**options) as session:
            return session.run(inputs)

    def close(self) -> None:
        """Let go of the file; sessions keep what they need. Closing twice is allowed."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _native.library().rhb_artifact_release(handle)

    def _open_handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise RunError("the artifact is closed", "invalid argument")
        return self._handle

    def __enter__(self) -> "Artifact":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    def __repr__(self) -> str:
        return f"<rheobase.Artifact {self.name!r}: {self.file_size} bytes, inputs {[i.name for i in self.inputs]}>"


class _Inputs:
    """The inputs of a run as the library sees them. A small array is looked at again only where it is another one than in
    the run before: a token's weights leave nothing else in the caches, and every object that is read costs."""

    LARGEST = 1 << 20

    def __init__(self, artifact: Artifact):
        self._names = [info.name for info in artifact.inputs]
        self._infos, self._dtypes = artifact.inputs, artifact._dtypes
        self._seen: list[tuple] = [(None, (), None)] * len(self._names)
        self._large: list[int] = []
        self.count = len(self._names)
        self.tensors = (_native.Tensor * max(self.count, 1))()
        self._views = [self.tensors[index] for index in range(self.count)]

    def take(self, inputs: Mapping[str, np.ndarray]) -> None:
        """Raises RunError where names or element types are not the network's."""
        for index, name in enumerate(self._names):
            if name not in inputs:
                raise self._wrong_names(inputs)
            value = inputs[name]
            seen, shape, dtype = self._seen[index]
            if value is not seen or value.shape != shape or value.dtype is not dtype:
                self._put(index, value)
        if len(inputs) > self.count:
            raise self._wrong_names(inputs)

    def _put(self, index: int, value) -> None:
        info, dtype = self._infos[index], self._dtypes[index]
        array = _native.elements(value, dtype)
        if array.dtype != info.dtype:
            raise RunError(
                f"input '{info.name}' is {array.dtype}, expected {info.dtype}: convert it with astype", "invalid argument"
            )
        self._seen[index] = array, array.shape, array.dtype
        if array.nbytes > self.LARGEST:
            self._large.append(index)
        _native.point(self._views[index], array, dtype)

    def let_go(self) -> None:
        """Of large arrays, which belong to the caller."""
        for index in self._large:
            self._seen[index] = None, (), None
        self._large.clear()

    def _wrong_names(self, inputs: Mapping[str, np.ndarray]) -> RunError:
        expected = {info.name: info for info in self._infos}
        for name in inputs:
            if name not in expected:
                return RunError(f"no input named '{name}': the network has {list(expected)}", "invalid argument")
        missing = next(info for name, info in expected.items() if name not in inputs)
        return RunError(f"input '{missing.name}' {list(missing.shape)} is missing", "invalid argument")


class _Outputs:
    """Arrays for results. A small one that nobody holds any more is given out again: fresh memory of the logits of one
    token costs 50 page faults, a fiftieth of the time of the token."""

    LARGEST = 1 << 20

    def __init__(self, artifact: Artifact):
        self._dtypes, self.count = artifact._output_dtypes, len(artifact.outputs)
        self.tensors = (_native.Tensor * max(self.count, 1))()
        self.dims = [(ctypes.c_int64 * max(len(info.shape), 1))() for info in artifact.outputs]
        self._kept: list[Optional[np.ndarray]] = [None] * self.count
        probe = [np.empty(0)]
        self._alone = sys.getrefcount(probe[0])

    def array(self, index: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Of this shape; `tensors[index]` is a view of it."""
        if sys.getrefcount(self._kept[index]) == self._alone:
            kept = self._kept[index]
            if kept.shape == shape and kept.dtype == dtype:
                return kept
        made = np.empty(shape, dtype)
        self.tensors[index] = _native.tensor(made, self._dtypes[index])
        self._kept[index] = made if made.nbytes <= self.LARGEST else None
        return made


class Session:
    """Runs of one artifact, with memory and threads of its own. Made by `Artifact.session`.

    A session is used by one thread at a time (a lock sees to it); several sessions of an artifact run at once.
    """

    def __init__(self, artifact: Artifact, threads: int, counting: bool, profile: bool, cpu_variant: Optional[str]):
        lib = _native.library()
        variant = cpu_variant.encode() if cpu_variant else None
        size = ctypes.sizeof(_native.SessionOptions)
        options = _native.SessionOptions(size, threads, int(counting), int(profile), variant)
        handle = ctypes.c_void_p()
        _native.check(lib.rhb_session_create(artifact._open_handle(), ctypes.byref(options), ctypes.byref(handle)))
        self._handle: Optional[ctypes.c_void_p] = handle
        self._artifact = artifact
        self._inputs, self._outputs = _Inputs(artifact), _Outputs(artifact)
        self._lock = threading.Lock()

    def run(
        self,
        inputs: Mapping[str, np.ndarray],
        progress: Optional[Callable[[int, int], Optional[bool]]] = None,
    ) -> dict[str, np.ndarray]:
        """Run the network once.

        Args:
            inputs: an array for each of `artifact.inputs`, of its dtype (or codes, see `TensorInfo`) and shape.
            progress: called with (dispatches done, all of them) before each; returning False ends the run. An exception
                that it raises ends the run too, and comes out of `run`.

        Returns: an array for each of `artifact.outputs`.

        Raises RunError: an input is missing, unknown, of another dtype or shape, or the program stopped (an index
        outside its axis); the text names the input or the node.
        """
        with self._lock:
            if not progress:
                return self._run(inputs)
            with _Progress(self._open_handle(), progress):
                return self._run(inputs)

    def _run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        lib, handle, given, taken = _native.library(), self._open_handle(), self._inputs, self._outputs
        try:
            given.take(inputs)
            results = {}
            for index, info in enumerate(self._artifact.outputs):
                dims = taken.dims[index]
                _native.check(lib.rhb_session_output_dims(handle, given.tensors, given.count, index, dims))
                results[info.name] = taken.array(index, tuple(dims[: len(info.shape)]), info.dtype)
            _native.check(lib.rhb_session_run(handle, given.tensors, given.count, taken.tensors, taken.count))
            return results
        finally:
            given.let_go()

    def select_tap(self, name: str, on: bool = True) -> None:
        """Keep (or no longer keep) the intermediate result `name` of `artifact.taps` in later runs."""
        lib = _native.library()
        with self._lock:
            _native.check(lib.rhb_session_select_tap(self._open_handle(), self._tap(name), int(on)))

    def tap(self, name: str) -> np.ndarray:
        """A copy of the intermediate result `name` of the last run, which must have been selected before it."""
        lib = _native.library()
        view = _native.Tensor()
        with self._lock:
            _native.check(lib.rhb_session_tap(self._open_handle(), self._tap(name), ctypes.byref(view)))
            return _copy(view)

    def _tap(self, name: str) -> int:
        for index, info in enumerate(self._artifact.taps):
            if info.name == name:
                return index
        raise RunError(f"no tap named '{name}': artifact.taps lists them", "not found")

    def reset_states(self) -> None:
        """Begin anew: every state is as in a new session."""
        with self._lock:
            _native.library().rhb_session_reset_states(self._open_handle())

    def states(self) -> dict[str, np.ndarray]:
        """Copies of the states by name, to be given back to `set_states`; empty before the first run."""
        view = _native.Tensor()
        found = {}
        with self._lock:
            for index, info in enumerate(self._artifact.states):
                try:
                    _native.check(_native.library().rhb_session_read_state(self._open_handle(), index, ctypes.byref(view)))
                except RunError as error:
                    if error.code != "not found":
                        raise
                    return {}
                found[info.name] = _copy(view)
        return found

    def set_states(self, values: Mapping[str, np.ndarray]) -> None:
        """Replace states by name; those that are not named stay. RunError: unknown, or of another dtype or rank."""
        names = [info.name for info in self._artifact.states]
        for name, value in values.items():
            if name not in names:
                raise RunError(f"no state named '{name}': the network has {names}", "not found")
            index = names.index(name)
            array = _native.elements(value, self._artifact._state_dtypes[index])
            if array.dtype != self._artifact.states[index].dtype:
                raise RunError(
                    f"state '{name}' is {array.dtype}, expected {self._artifact.states[index].dtype}", "invalid argument"
                )
            given = _native.tensor(array, self._artifact._state_dtypes[index])
            with self._lock:
                _native.check(_native.library().rhb_session_write_state(self._open_handle(), index, ctypes.byref(given)))

    @property
    def counters(self) -> list[Counter]:
        """The sums since the last reset; all 0 where the session does not count."""
        names = self._artifact._counters
        with self._lock:
            values = _native.library().rhb_session_counters(self._open_handle())
            return [Counter(site, quantity, values[i]) for i, (site, quantity) in enumerate(names)]

    def totals(self) -> dict[str, int]:
        """The counters summed over the network, by quantity."""
        sums: dict[str, int] = {}
        for counter in self.counters:
            sums[counter.quantity] = sums.get(counter.quantity, 0) + counter.value
        return sums

    def reset_counters(self) -> None:
        """Set all counters to 0."""
        with self._lock:
            _native.library().rhb_session_reset_counters(self._open_handle())

    @property
    def profile(self) -> list[DispatchTime]:
        """What each dispatch took since the last reset; all 0 where the session does not profile."""
        names = self._artifact._dispatches
        with self._lock:
            times = _native.library().rhb_session_profile(self._open_handle())
            return [DispatchTime(*names[i], times[i].runs, times[i].nanoseconds) for i in range(len(names))]

    def reset_profile(self) -> None:
        """Set all times to 0."""
        with self._lock:
            _native.library().rhb_session_reset_profile(self._open_handle())

    @property
    def target(self) -> str:
        """The machine code in use, such as "x86-64-v4-vnni"."""
        return _native.library().rhb_session_target(self._open_handle()).decode()

    @property
    def threads(self) -> int:
        """How many threads a run uses, with the caller's."""
        return _native.library().rhb_session_threads(self._open_handle())

    @property
    def arena_size(self) -> int:
        """Bytes of memory for intermediate results; 0 before the first run."""
        return _native.library().rhb_session_arena_size(self._open_handle())

    @property
    def live_size(self) -> int:
        """The least that would do for the intermediate results which are needed at once; 0 before the first run."""
        return _native.library().rhb_session_live_size(self._open_handle())

    def close(self) -> None:
        """Free its memory and threads. Closing twice is allowed."""
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                _native.library().rhb_session_release(handle)

    def _open_handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise RunError("the session is closed", "invalid argument")
        return self._handle

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()


class _Progress:
    """A progress function for the length of a run; what it raises is raised again when the run has ended."""

    def __init__(self, handle: ctypes.c_void_p, function: Callable[[int, int], Optional[bool]]):
        self._handle, self._function = handle, function
        self._error: Optional[BaseException] = None
        self._native = _native.ProgressFunction(self._call)

    def _call(self, _user, done: int, total: int) -> int:
        try:
            return int(self._function(done, total) is False)
        except BaseException as error:  # must not pass through C; raised again in __exit__
            self._error = error
            return 1

    def _set(self, function) -> None:
        _native.check(_native.library().rhb_session_set_progress(self._handle, function, None))

    def __enter__(self) -> None:
        self._set(self._native)

    def __exit__(self, *exception) -> None:
        self._set(_native.ProgressFunction())
        if self._error is not None:
            raise self._error


def _copy(view: _native.Tensor) -> np.ndarray:
    content = ctypes.string_at(view.data, view.size) if view.size else b""
    return np.frombuffer(content, _native.DTYPES[view.dtype]).reshape(tuple(view.dims[: view.rank])).copy()


def _tensor_info(info: _native.TensorInfo) -> TensorInfo:
    return TensorInfo(info.name.decode(), _native.DTYPES[info.dtype], _native.shape(info))
