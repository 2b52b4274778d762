"""Floats of 8 and 4 bits and integers of 4 and 2: every code, and every float16, through Cast against ml_dtypes, which is
ONNX's own reference; and how tensors of these types go in and out."""

import subprocess

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rheobase
from rheobase import _find, _native

FLOATS = ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float4_e2m1fn"]
INTEGERS = ["int4", "uint4", "int2", "uint2"]
POWERS = "float8_e8m0fnu"
TYPES = [*FLOATS, POWERS, *INTEGERS]
IN_ARTIFACTS = {"float8_e4m3fn": "f8e4m3fn", "float8_e4m3fnuz": "f8e4m3fnuz", "float8_e5m2": "f8e5m2", "float8_e5m2fnuz": "f8e5m2fnuz",
                "float8_e8m0fnu": "f8e8m0", "float4_e2m1fn": "f4e2m1"}
HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def dtype(name):
    return np.dtype(getattr(ml_dtypes, name, name))


def number(name):
    return helper.np_dtype_to_tensor_dtype(dtype(name))


def every_code(name):
    bits = int(name[-1]) if name in INTEGERS else 4 if name == "float4_e2m1fn" else 8
    return np.arange(1 << bits, dtype=np.uint8).view(dtype(name))


def quietly(convert):
    with np.errstate(all="ignore"):
        return convert()


def run(folder, inputs, nodes, initializers=(), sizes="static", opset=25):
    """The outputs of a graph of nodes over named arrays."""
    def dims(name, array):
        return list(array.shape) if sizes == "static" else [f"{name}{i}" for i in range(array.ndim)]

    values = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), dims(n, a)) for n, a in inputs.items()]
    made = [name for node in nodes for name in node.output]
    graph = helper.make_graph(nodes, "narrow", values, [helper.make_empty_tensor_value_info(name) for name in made], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=11)
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    artifact = rheobase.compile(path, folder / "m.rheo", ann=True, target="native")
    with rheobase.Artifact(artifact) as opened, opened.session() as session:
        return session.run(inputs)


def cast(source, result, name, **attributes):
    return helper.make_node("Cast", [source], [result], to=number(name), **attributes)


def expect_codes(found, expected, name):
    assert found.dtype == expected.dtype == dtype(name)
    wrong = np.flatnonzero(found.view(np.uint8) != expected.view(np.uint8))
    assert wrong.size == 0, f"{name}: {wrong.size} codes differ, the first at {wrong[0]}: {found[wrong[0]]}, expected {expected[wrong[0]]}"


def saturated(values, name):
    info = ml_dtypes.finfo(dtype(name))
    return quietly(lambda: np.clip(values, values.dtype.type(info.min), values.dtype.type(info.max)).astype(dtype(name)))


@pytest.mark.parametrize("source", ["float16", "bfloat16", "float32", "float64"])
def test_floats_become_codes(tmp_path, source):
    """All 16-bit floats, exactly or (float32, float64) with what rounding them meets: the neighbours of every float16."""
    values = HALVES.astype(dtype(source)) if source in ("float16", "float32", "float64") else HALVES.view(ml_dtypes.bfloat16)
    if source in ("float32", "float64"):
        kind = values.dtype.type
        # float16 is finer than all these types: ties lie on its numbers, so their neighbours are the hard cases.
        around = [quietly(lambda: np.nextafter(values, kind(far))) for far in (np.inf, -np.inf)]
        values = np.concatenate([values, *around])
    nodes = [cast("x", f"{name}.{flag}", name, saturate=flag) for name in FLOATS for flag in (0, 1)]
    found = run(tmp_path, {"x": values}, nodes)
    # ml_dtypes rounds a float64 to float32 first, the standard only once: there only float32's numbers are compared.
    wide = values.astype(np.float32) if source == "bfloat16" else values
    exact = quietly(lambda: wide.astype(np.float32) == wide) | np.isnan(wide)
    for name in FLOATS:
        expect_codes(found[f"{name}.0"][exact], quietly(lambda: wide.astype(dtype(name)))[exact], name)
        expect_codes(found[f"{name}.1"][exact], saturated(wide, name)[exact], name)


def test_every_cpu_variant_gives_the_same_codes(tmp_path):
    values = HALVES.astype(np.float32)
    nodes = [cast("x", name, name) for name in [*FLOATS, POWERS]]
    nodes += [cast(name, f"{name}.number", "float32") for name in [*FLOATS, POWERS]]
    first = run(tmp_path, {"x": values}, nodes)
    artifact = rheobase.compile(tmp_path / "m.onnx", tmp_path / "all.rheo", ann=True, target="cpu")
    with rheobase.Artifact(artifact) as opened:
        for section in opened.sections:
            if section.kind != "machine code" or not section.usable:
                continue
            with opened.session(cpu_variant=section.target) as session:
                for name, array in session.run({"x": values}).items():
                    np.testing.assert_array_equal(array.view(np.uint8), first[name].view(np.uint8), f"{section.target}: {name}")


def test_float64_is_rounded_once(tmp_path):
    values = np.array([1.0625, 1.0625 + 1e-12, 1.0625 - 1e-12, -1.0625 - 1e-12, 2.0**-10 + 1e-15, 2.0**-10])
    found = run(tmp_path, {"x": values}, [cast("x", "y", "float8_e4m3fn")])["y"]
    assert [hex(code) for code in found.view(np.uint8)] == ["0x38", "0x39", "0x38", "0xb9", "0x1", "0x0"]


@pytest.mark.parametrize("name", TYPES)
def test_codes_become_numbers(tmp_path, name):
    """Every code, to floats and integers and to every other narrow type and back."""
    codes = every_code(name)
    targets = ["float32", "float16", "bfloat16", "float64", "bool"]
    found = run(tmp_path, {"x": codes}, [cast("x", target, target) for target in targets] + [cast("float32", "back", name, saturate=0)])
    numbers = codes.astype(np.float32)
    for target in targets:
        expected = quietly(lambda: numbers.astype(dtype(target)))
        assert found[target].dtype == expected.dtype
        np.testing.assert_array_equal(found[target].astype(np.float64), expected.astype(np.float64), target)
        if target != "bool":
            assert np.array_equal(np.signbit(found[target]), np.signbit(numbers)) or np.isnan(numbers).any()
    expect_codes(found["back"][~np.isnan(numbers)], codes[~np.isnan(numbers)], name)


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_wrap(tmp_path, name):
    values = {"a": np.arange(-300, 300, dtype=np.int32), "b": np.arange(256, dtype=np.uint8), "c": np.arange(-40, 40, dtype=np.int64)}
    found = run(tmp_path, values, [cast(k, f"{k}.y", name) for k in values] + [cast("a.y", "wide", "int32")])
    for key, array in values.items():
        expect_codes(found[f"{key}.y"], array.astype(dtype(name)), name)
    np.testing.assert_array_equal(found["wide"], values["a"].astype(dtype(name)).astype(np.int32))


def powers_by_table(values, mode, saturate):
    """What the standard's table says of E8M0, from mathematics: the exponent of a positive number, rounded."""
    with np.errstate(all="ignore"):
        magnitude = np.abs(values.astype(np.float64))
        exact = np.log2(magnitude)
        low = np.floor(exact)
        middle = 1.5 * np.exp2(low)
    code = {"down": low, "up": np.ceil(exact), "nearest": low + (magnitude >= middle)}[mode] + 127
    most, least = 2.0**127, 2.0**-127
    outside = (magnitude > most) | (magnitude < least)
    # Below 2^-127 the nearer power is the least there is.
    code = np.where(magnitude < least, 0, np.where(magnitude > most, 254, code))
    code = np.where(outside & (not saturate), 255, code)
    return np.where(np.isnan(magnitude), 255, code).astype(np.uint8)


def test_powers_of_two(tmp_path):
    values = np.arange(1 << 16, dtype=np.uint16).view(ml_dtypes.bfloat16).astype(np.float32)
    edges = np.array([2.0**127, 2.0**-127, 2.0**-126, 1.5 * 2.0**126, 3e38], np.float32)
    values = np.concatenate([values, edges, np.nextafter(edges, np.float32(0)), np.nextafter(edges, np.float32(np.inf))])
    modes = [(mode, flag) for mode in ("up", "down", "nearest") for flag in (0, 1)]
    nodes = [cast("x", f"{mode}{flag}", POWERS, round_mode=mode, saturate=flag) for mode, flag in modes]
    found = run(tmp_path, {"x": values}, nodes)
    for mode, flag in modes:
        expected = powers_by_table(values, mode, flag).view(dtype(POWERS))
        expect_codes(found[f"{mode}{flag}"], expected, POWERS)
    # The reference agrees on what is no subnormal float, 0 or infinity.
    plain = np.isnan(values) | ((np.abs(values) >= 2.0**-126) & np.isfinite(values))
    for mode in ("up", "down", "nearest"):
        expect_codes(found[f"{mode}1"][plain], numpy_helper.to_float8e8m0(values[plain], True, mode), POWERS)


@pytest.mark.parametrize("name", TYPES)
def test_constants_fold_to_the_same(tmp_path, name):
    """What the compiler computes when compiling is what the program computes when running, initializers packed or not."""
    codes = every_code(name)
    sources = np.concatenate([HALVES[::97].astype(np.float32), np.float32([np.nan, np.inf, -np.inf, 0.0, -0.0])])
    if name in INTEGERS:
        sources = np.arange(-2 if name[0] == "i" else 0, 2, dtype=np.float32)
    initializers = [numpy_helper.from_array(codes, "w"), numpy_helper.from_array(sources, "c")]
    nodes = [
        cast("w", "decoded", "float32"), cast("x", "run.decoded", "float32"),
        cast("c", "encoded", name), cast("s", "run.encoded", name),
        helper.make_node("Identity", ["w"], ["same"]),
    ]
    found = run(tmp_path, {"x": codes, "s": sources}, nodes, initializers)
    np.testing.assert_array_equal(found["decoded"], found["run.decoded"])
    expect_codes(found["encoded"], found["run.encoded"], name)
    expect_codes(found["same"], codes, name)


@pytest.mark.parametrize("sizes", ["static", "open"])
@pytest.mark.parametrize("name", TYPES)
def test_movement(tmp_path, name, sizes):
    codes = np.resize(every_code(name), (6, 8))
    nodes = [
        helper.make_node("Identity", ["x"], ["same"]),
        helper.make_node("Transpose", ["x"], ["turned"], perm=[1, 0]),
        helper.make_node("Flatten", ["x"], ["flat"], axis=0),
        helper.make_node("Unsqueeze", ["x", "axes"], ["deep"]),
        helper.make_node("Pad", ["x", "pads", "fill"], ["padded"]),
        helper.make_node("ConstantOfShape", ["pads"], ["filled"], value=numpy_helper.from_array(codes[0, 1:2], "v")),
        helper.make_node("CastLike", ["numbers", "x"], ["like"]),
        helper.make_node("BitCast", ["x"], ["bits"], to=TensorProto.UINT8 if name not in INTEGERS and name != "float4_e2m1fn"
                         else number("u" + name.replace("u", "")) if name in INTEGERS else TensorProto.INT4),
    ]
    initializers = [numpy_helper.from_array(np.array([0], np.int64), "axes"), numpy_helper.from_array(np.array([1, 0, 0, 2]), "pads"),
                    numpy_helper.from_array(codes[0, 1], "fill")]
    numbers = np.ones((2, 2), np.float32)
    found = run(tmp_path, {"x": codes, "numbers": numbers}, nodes, initializers, sizes, opset=26)
    bytes_of = lambda array: np.ascontiguousarray(array).view(np.uint8)  # noqa: E731
    for key, expected in {"same": codes, "turned": codes.T, "flat": codes.reshape(1, -1), "deep": codes[None], "bits": codes,
                          "padded": np.pad(bytes_of(codes), ((1, 0), (0, 2)), constant_values=int(bytes_of(codes)[0, 1])),
                          "filled": np.full((1, 0, 0, 2), codes[0, 1]), "like": numbers.astype(dtype(name))}.items():
        np.testing.assert_array_equal(bytes_of(found[key]), bytes_of(expected), key)


@pytest.mark.parametrize("name", FLOATS[:4])
def test_predicates(tmp_path, name):
    codes = every_code(name)
    nodes = [helper.make_node("IsNaN", ["x"], ["nan"]), helper.make_node("IsInf", ["x"], ["inf"]),
             helper.make_node("Dropout", ["x"], ["kept"])]
    found = run(tmp_path, {"x": codes}, nodes)
    np.testing.assert_array_equal(found["nan"], np.isnan(codes.astype(np.float32)))
    np.testing.assert_array_equal(found["inf"], np.isinf(codes.astype(np.float32)))
    expect_codes(found["kept"], codes, name)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS])
def test_quantization(tmp_path, name, zero):
    """Per tensor, per axis and in blocks, against the reference implementation of the onnx package."""
    from onnx.reference import ReferenceEvaluator

    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(0, 4, (5, 6)), rng.uniform(-900, 900, (1, 6))]).astype(np.float32)
    scales = {"one": np.float32(0.37), "axis": rng.uniform(0.1, 2, 6).astype(np.float32), "block": rng.uniform(0.1, 2, (6, 2)).astype(np.float32)}
    initializers, nodes = [], []
    for kind, scale in scales.items():
        # Of the floats only 0 is a zero point.
        points = np.ones(scale.shape) if zero and name in INTEGERS else np.zeros(scale.shape)
        initializers += [numpy_helper.from_array(scale, f"{kind}.s"), numpy_helper.from_array(points.astype(dtype(name)), f"{kind}.z")]
        operands = [f"{kind}.s"] + ([f"{kind}.z"] if zero else [])
        attributes = {"axis": 1, "block_size": 3 if kind == "block" else 0}
        stated = {} if zero else {"output_dtype": number(name)}
        nodes.append(helper.make_node("QuantizeLinear", ["x", *operands], [f"{kind}.q"], **attributes, **stated))
        nodes.append(helper.make_node("DequantizeLinear", [f"{kind}.q", *operands], [f"{kind}.d"], **attributes))
    found = run(tmp_path, {"x": x}, nodes, initializers)
    expected = ReferenceEvaluator(onnx.load(tmp_path / "m.onnx")).run([f"{k}.{p}" for k in scales for p in "qd"], {"x": x})
    for key, value in zip([f"{k}.{p}" for k in scales for p in "qd"], expected):
        if key.endswith("q"):
            expect_codes(found[key].reshape(-1), np.asarray(value).reshape(-1), name)
        else:
            np.testing.assert_allclose(found[key], value, rtol=1e-6)


def test_scales_that_are_powers_and_a_stated_precision(tmp_path):
    x = np.float32([1, 2.5, -3, 500])
    scale = np.float32([0.5]).astype(dtype(POWERS)).reshape(())
    third = numpy_helper.from_array(np.float32(0.3), "third")
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s"], ["q"], output_dtype=TensorProto.FLOAT8E4M3FN),
        helper.make_node("DequantizeLinear", ["q", "s"], ["d"], output_dtype=TensorProto.FLOAT),
        helper.make_node("QuantizeLinear", ["x", "third"], ["p"], output_dtype=TensorProto.INT8, precision=TensorProto.FLOAT16),
    ]
    found = run(tmp_path, {"x": x, "s": scale}, nodes, [third])
    np.testing.assert_array_equal(found["q"].astype(np.float32), [2, 5, -6, 448])
    np.testing.assert_array_equal(found["d"], [1, 2.5, -3, 224])
    quotient = x.astype(np.float16) / np.float16(0.3)
    np.testing.assert_array_equal(found["p"], np.clip(np.rint(quotient), -128, 127).astype(np.int8))


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """An artifact for each narrow type, which gives its input back and as float32."""
    folder, made = tmp_path_factory.mktemp("identity"), {}

    def make(name):
        if name not in made:
            codes = every_code(name)
            nodes = [helper.make_node("Identity", ["x"], ["y"]), cast("x", "z", "float32")]
            run(folder, {"x": codes}, nodes)
            made[name] = (folder / "m.rheo").rename(folder / f"{name}.rheo")
        return made[name]

    return make


@pytest.mark.parametrize("name", TYPES)
def test_arrays_of_codes(identity, name):
    """Plain bytes, what numpy.load makes of a file, and bytes whose high bits are of no account."""
    codes = every_code(name)
    with rheobase.Artifact(identity(name)) as artifact, artifact.session() as session:
        assert artifact.inputs[0].dtype == dtype(name)
        plain = codes.view(np.uint8)
        dirty = plain if codes.size == 256 else plain | np.uint8(256 - codes.size)
        for given in (codes, plain, plain.view(np.int8), plain.view("V1"), dirty):
            found = session.run({"x": given})
            expect_codes(found["y"], codes, name)
            np.testing.assert_array_equal(found["z"], codes.astype(np.float32))
        for wrong in (codes.astype(np.float32), plain.astype(np.uint16), np.zeros(codes.shape, ml_dtypes.bfloat16)):
            with pytest.raises(rheobase.RunError, match=f"expected {name}"):
                session.run({"x": wrong})


def test_without_ml_dtypes(identity, monkeypatch):
    monkeypatch.setattr(_native, "ml_dtypes", None)
    monkeypatch.setattr(_native, "DTYPES", [_native._dtype(name) for name in _native._NAMES])
    codes = every_code("int4")
    with rheobase.Artifact(identity("int4")) as artifact, artifact.session() as session:
        assert artifact.inputs[0].dtype == np.uint8
        found = session.run({"x": np.arange(-8, 8, dtype=np.int8)})
        assert found["y"].dtype == np.uint8
        np.testing.assert_array_equal(found["y"], np.arange(-8, 8, dtype=np.int8).view(np.uint8) & 15)
        np.testing.assert_array_equal(found["z"], np.arange(-8, 8))
        np.testing.assert_array_equal(session.run({"x": codes.view(np.uint8)})["z"], codes.astype(np.float32))


@pytest.mark.parametrize("name", TYPES)
def test_files(identity, tmp_path, name):
    """snn-run reads what numpy.save and numpy.savez write of an ml_dtypes array, and codes; numpy.load reads its answer."""
    codes = every_code(name)
    for label, array in {"typed": codes, "codes": codes.view(np.uint8)}.items():
        np.save(tmp_path / "x.npy", array)
        np.savez(tmp_path / "x.npz", x=array)
        for given in (["--input", f"x=@{tmp_path}/x.npy"], ["--inputs", f"{tmp_path}/x.npz"]):
            subprocess.run([_find.program("snn-run"), "run", identity(name), *given, "--output", f"y=@{tmp_path}/y.npy",
                            "--outputs", f"{tmp_path}/all.npz"], check=True, capture_output=True)
            expect_codes(np.load(tmp_path / "y.npy").view(dtype(name)), codes, name)
            np.testing.assert_array_equal(np.load(tmp_path / "all.npz")["z"], codes.astype(np.float32), label)
    text = subprocess.run([_find.program("snn-run"), "inspect", identity(name)], check=True, capture_output=True, text=True).stdout
    assert IN_ARTIFACTS.get(name, name.replace("uint", "u").replace("int", "i")) in text
