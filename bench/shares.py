"""How much of what the machine can do at most was reached: products inside a network, weights read for a token.

In a round what is reached is measured, and the limit right behind it; the figures are medians over the rounds.
"""

import json
import statistics
import subprocess

from bench import machine, measure
from bench.contenders import SPIKING
from bench.models import folder_of

PRODUCT = "matmul"  # what the names of kernels that hold one begin with
RUNS = 10
TOKENS = 40
PER_MS = 1e-6  # billions a second from units a millisecond


def weights(model):
    """{node: (name of its first result, sizes of its weights)} of the products with constants of an ONNX model."""
    import onnx

    constants = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    layers = {}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants[node.output[0]] = list(onnx.helper.get_attribute_value(node.attribute[0]).dims)
        elif node.op_type == "Transpose" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]][::-1]
        elif node.op_type in ("MatMul", "Gemm", "Conv") and node.input[1] in constants:
            layers[node.name] = node.output[0], constants[node.input[1]]
    return layers


def product_of(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


def multiply_adds(path):
    """{node: multiply-adds} of the products with constants; sizes must be numbers."""
    import onnx

    model = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    values = [*model.graph.value_info, *model.graph.output]
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in values}
    kinds = {node.name: node.op_type for node in model.graph.node}
    found = {}
    for node, (result, sizes) in weights(model).items():
        shape = shapes[result]
        channels = shape[1] if kinds[node] == "Conv" else shape[-1]
        found[node] = product_of(shape) * product_of(sizes) // channels
    return found


def profile(build, artifact, threads):
    """The dispatches of an artifact: {node, kernel, ms}."""
    command = [build / "bin" / "snn-run", "bench", artifact, f"--threads={threads}", f"--runs={RUNS}", "--profile", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)["profile"]


def milliseconds(dispatches):
    """Of those that hold products with constants: attention has kernels of its own."""
    return sum(dispatch["ms"] for dispatch in dispatches if dispatch["kernel"].startswith(PRODUCT))


def _share(what, unit, limit, rounds, build, count, measured):
    """`measured()` gives a rate in the `unit` of the roofline's `limit`; both are taken in each of the rounds."""
    rows = [(measured(), machine.roofline(build, [count])[count]["medians"][limit]) for _ in range(rounds)]
    rates, limits = zip(*rows)
    return {
        "what": what, "unit": unit, "rate": statistics.median(rates), "limit": statistics.median(limits),
        "share": statistics.median(rate / most for rate, most in rows),
    }


def _products(build, count, rounds):
    artifact = folder_of("vit") / f"{SPIKING}.rheo"
    done = sum(multiply_adds(folder_of("vit") / "model.onnx").values())
    return _share(
        "int8 products of linear layers inside ViT-B/16, epilogues included", "GMAC/s", "int8_gmac", rounds, build, count,
        lambda: done / milliseconds(profile(build, artifact, count)) * PER_MS)


def _decode(build, count, rounds):
    import onnx

    model = onnx.load(folder_of("gpt2-decode") / "model.onnx")
    read = sum(product_of(sizes) for _, sizes in weights(model).values())
    process = measure.Process(SPIKING, "gpt2-decode", folder_of("gpt2-decode") / f"{SPIKING}.rheo", int(count))
    share = _share(
        "weights read for a token of GPT-2, a byte each", "GB/s", "read_gbs", rounds, build, count,
        lambda: read / process.time(TOKENS) * PER_MS)
    process.end()
    return share


def reached(build, models, threads, rounds):
    """{threads: {name: share}} of the spiking artifacts of `models` that are there."""
    measures = {"products": ("vit", _products), "decode": ("gpt2-decode", _decode)}
    return {
        count: {
            name: measured(build, count, rounds)
            for name, (model, measured) in measures.items()
            if model in models and (folder_of(model) / f"{SPIKING}.rheo").exists()
        }
        for count in map(str, threads)
    }
