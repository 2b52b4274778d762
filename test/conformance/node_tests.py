"""ONNX's backend node tests as requests to conformance-runner, and judgement of what comes back.

A test is run in three forms. In the static form the sizes of its inputs are numbers. In the symbolic form every size above 1
is a symbol of its own (a 1 says that a dimension broadcasts, a 0 that there is nothing), but for those of weights and of
tuples of indices (SIZED_OPERANDS), which no exporter leaves open, and the lengths of lists with something for each axis
(SHAPE_OPERANDS), since ranks are always known. In both, all inputs are inputs of the program, also those whose elements decide
about shapes. In the constant form, which is for operators with such operands, they are constants of the model, as exporters
write them.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import tempfile
import warnings

import ml_dtypes
import numpy as np
import onnx
import onnx.defs
from onnx import helper, numpy_helper

FORMS = ("static", "symbolic", "constant")
DTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "float64": "f64", "int8": "i8", "int16": "i16", "int32": "i32",
          "int64": "i64", "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64", "bool": "bool",
          "float8_e4m3fn": "f8e4m3fn", "float8_e4m3fnuz": "f8e4m3fnuz", "float8_e5m2": "f8e5m2", "float8_e5m2fnuz": "f8e5m2fnuz",
          "float8_e8m0fnu": "f8e8m0", "float4_e2m1fn": "f4e2m1", "int4": "i4", "uint4": "u4", "int2": "i2", "uint2": "u2"}
NUMPY = {name: np.dtype(getattr(ml_dtypes, dtype, dtype)) for dtype, name in DTYPES.items()}

# By operator: operands on whose elements the shape or rank of the result depends.
SHAPE_OPERANDS = {
    "AffineGrid": ["size"], "BlackmanWindow": ["size"], "CenterCropPad": ["shape"], "Col2Im": ["image_shape", "block_shape"],
    "Compress": ["condition"], "ConstantOfShape": ["input"], "CumProd": ["axis"], "CumSum": ["axis"], "DFT": ["dft_length", "axis"],
    "Dropout": ["ratio", "training_mode"], "Expand": ["shape"], "HammingWindow": ["size"], "HannWindow": ["size"],
    "If": ["cond"], "Loop": ["M", "cond"], "MaxUnpool": ["output_shape"],
    "MelWeightMatrix": ["num_mel_bins", "dft_length", "sample_rate", "lower_edge_hertz", "upper_edge_hertz"],
    "NonMaxSuppression": ["max_output_boxes_per_class"], "OneHot": ["depth"], "Pad": ["pads", "axes"],
    "Range": ["start", "limit", "delta"], "Reshape": ["shape"], "Resize": ["roi", "scales", "sizes"],
    "STFT": ["frame_step", "frame_length"], "Slice": ["starts", "ends", "axes", "steps"], "Split": ["split"],
    "Squeeze": ["axes"], "Tile": ["repeats"], "TopK": ["K"], "Unsqueeze": ["axes"], "Upsample": ["scales"],
} | {f"Reduce{kind}": ["axes"] for kind in "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split()}

# By operator: weights, whose sizes are numbers (the values are inputs); None: all dimensions, else their numbers.
SIZED_OPERANDS = {
    "CausalConvWithState": {"weight": None}, "Conv": {"W": None}, "ConvInteger": {"w": None}, "ConvTranspose": {"W": None},
    "DeformConv": {"W": None}, "GRU": {"W": None, "R": None}, "GatherND": {"indices": [-1]}, "LSTM": {"W": None, "R": None},
    "QLinearConv": {"w": None}, "RNN": {"W": None, "R": None}, "ScatterND": {"indices": [-1]},
}


def load():
    """The node tests of the pinned onnx package, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests
        return {case.name: case for case in load_model_tests(kind="node")}


def kinds_of_values(graph):
    for value in [*graph.input, *graph.output]:
        kind = value.type.WhichOneof("value")
        yield "string" if kind == "tensor_type" and value.type.tensor_type.elem_type == onnx.TensorProto.STRING else kind


def out_of_scope(case):
    """Why the bound on passing tests leaves this one out, or None."""
    words = {"string": "string values", "sequence_type": "sequence values", "optional_type": "optional values", "map_type": "map values"}
    for kind in kinds_of_values(case.model.graph):
        if kind in words:
            return words[kind]
    for opset in case.model.opset_import:
        if opset.domain == "ai.onnx.ml":
            return "operators of ai.onnx.ml"
        if opset.domain == "ai.onnx.preview.training":
            return "training operators"
    random = {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
    if random & {node.op_type for node in case.model.graph.node}:
        return "random operators"
    return None


def base_name(name):
    """The test of the operator whose function body the test `name` is."""
    return name.split("_expanded")[0]


def operator(cases, name):
    """(domain, operator, opset) that a test is about."""
    case = cases.get(base_name(name), cases[name])
    opsets = {o.domain: o.version for o in case.model.opset_import}
    nodes = [n for n in case.model.graph.node if n.op_type != "Constant"] or list(case.model.graph.node)
    return nodes[0].domain, nodes[0].op_type, opsets.get(nodes[0].domain, opsets.get("", 0))


def formal_names(cases, name):
    """(name in the graph, name in the operator's schema) of the inputs of the node that the test is about."""
    node = cases.get(base_name(name), cases[name]).model.graph.node[0]
    domain, op, opset = operator(cases, name)
    if (domain, op) != (node.domain, node.op_type):
        return []
    return [(given, formal.name) for given, formal in zip(node.input, onnx.defs.get_schema(op, opset, domain).inputs)]


def shape_inputs(cases, name):
    """Names of the graph's inputs whose elements shapes depend on."""
    wanted = SHAPE_OPERANDS.get(operator(cases, name)[1], [])
    return {given for given, formal in formal_names(cases, name) if formal in wanted}


def sized_inputs(cases, name):
    """Dimensions that stay numbers in the symbolic form, by the graph's input; None: all."""
    wanted = SIZED_OPERANDS.get(operator(cases, name)[1], {})
    sized = {given: wanted[formal] for given, formal in formal_names(cases, name) if formal in wanted}
    return sized | dict.fromkeys(shape_inputs(cases, name))


def forms_of(cases, name):
    """The forms that the test has."""
    return [form for form in FORMS if form != "constant" or shape_inputs(cases, name)]


def model_of(case, form, constants, sized, arrays):
    """The test's model in one form: constants become initializers."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    kept = [v for v in model.graph.input if v.name not in constants]
    for value in kept:
        dims = value.type.tensor_type.shape.dim
        numbers = sized.get(value.name, [])
        numbers = range(len(dims)) if numbers is None else [n % len(dims) for n in numbers]
        for i, dim in enumerate(dims):
            if form == "symbolic" and dim.dim_value > 1 and i not in numbers:
                dim.Clear()
                dim.dim_param = f"{value.name}_{i}"
    del model.graph.input[:]
    model.graph.input.extend(kept)
    for name in constants:
        model.graph.initializer.append(numpy_helper.from_array(arrays[name], name))
    return model


def as_array(value):
    """Some tests hold tensors as protos, some as arrays."""
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def write_request(folder, request, case, form, constants, sized, inputs):
    names = [v.name for v in case.model.graph.input]
    arrays = {n: as_array(a) for n, a in zip(names, inputs)}
    onnx.save(model_of(case, form, constants & set(arrays), sized, arrays), folder / f"{request}.onnx")
    words, data = [request], b""
    for name in names:
        if name in constants:
            continue
        array = np.ascontiguousarray(arrays[name])
        dtype = DTYPES.get(array.dtype.name, "u8")
        shape = "x".join(map(str, arrays[name].shape))
        words.append(f"{dtype}:{shape}:{len(data)}:{array.nbytes}")
        data += array.tobytes()
    (folder / f"{request}.in").write_bytes(data)
    return " ".join(words)


def widened(array):
    return array.astype(np.float32) if hasattr(ml_dtypes, array.dtype.name) else array


def difference(case, found, expected):
    """How an output differs from what it should be, or None."""
    expected = as_array(expected)
    if found.dtype != expected.dtype:
        return f"element type {found.dtype} found, {expected.dtype} expected"
    if found.shape != expected.shape:
        return f"shape {found.shape} found, {expected.shape} expected"
    # As onnx.backend.test.runner does: two units in the last place of bfloat16.
    rtol = max(case.rtol, 2**-6) if found.dtype == ml_dtypes.bfloat16 else case.rtol
    try:
        np.testing.assert_allclose(widened(found), widened(expected), rtol=rtol, atol=case.atol)
    except AssertionError as error:
        return "wrong numbers: " + " ".join(str(error).split())[:300]
    return None


def judge(folder, answer, case, expected):
    """(outcome, message) of one run: outcome is passed, rejected, stopped, wrong or crashed."""
    if answer is None:
        return "crashed", "the process ended"
    if answer["outcome"] != "ran":
        return answer["outcome"], answer["message"]
    data, offset = (folder / f"{answer['name']}.out").read_bytes(), 0
    for info, wanted in zip(answer["outputs"], expected):
        found = np.frombuffer(data[offset:offset + info["size"]], NUMPY[info["dtype"]]).reshape(info["shape"])
        offset += info["size"]
        message = difference(case, found, wanted)
        if message:
            return "wrong", message
    return "passed", ""


def ask(runner, folder, lines):
    """Answers by request. A request that ends the runner has none; the runner is started again behind it."""
    answers = {}
    while lines:
        process = subprocess.run([runner, folder], input="\n".join(lines), capture_output=True, text=True)
        done = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
        answers.update((answer["name"], answer) for answer in done)
        lines = lines[len(done) + 1:]
    return answers


def run(runner, cases, form, names, jobs=1):
    """{name: (outcome, message)} of the named tests that have the form, many to a process, in `jobs` processes."""
    names, results = [name for name in names if form in forms_of(cases, name)], {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for part in pool.map(lambda i: run_part(runner, cases, form, names[i::jobs]), range(jobs)):
            results.update(part)
    return {name: results[name] for name in names}


def run_part(runner, cases, form, names):
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        lines = []
        for name in names:
            case = cases[name]
            inputs, _ = case.data_sets[0]
            constants = shape_inputs(cases, name) if form == "constant" else set()
            lines.append(write_request(folder, name, case, form, constants, sized_inputs(cases, name), inputs))
        answers = ask(runner, folder, lines)
        for name in names:
            results[name] = judge(folder, answers.get(name), cases[name], cases[name].data_sets[0][1])
    return results
