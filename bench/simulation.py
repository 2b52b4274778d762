"""The converted network in PyTorch as simulators of spiking networks run it: step by step, eager, planes stacked on the
batch axis.

It follows the module that the compiler makes for its time form (`--form=time --compile-to=schedule`), so that it is the
same network: the same codes, thresholds, neurons and weights. A train is its planes, one after the other on the first
axis; weights apply to all of them at once; a product of two trains is accumulated by prefix sums, sum_t A_t B_<t + A_<t
B_t + A_t B_t; neurons compare, fire and subtract in every step. Sums are exact, so that results differ from the
artifact's only where float functions do.
"""

import re
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional

from bench import module_text
from bench.module_text import numbers

CODE = re.compile(r"#spk\.binary<(\d+), (signed|unsigned), nearest>")
EXACT = 1 << 24  # whole numbers up to here are exact in f32
LOG2_E = 1.4426950408889634
LEAST_EXPONENT, MOST_EXPONENT = -126, 127


class Unsupported(Exception):
    """An operation or a form of it that the simulation does not know."""


@dataclass(frozen=True)
class Code:
    """A binary code: planes of weight 2^p, a sign in common."""

    planes: int
    signed: bool

    @property
    def most(self):
        return (1 << self.planes) - 1

    @property
    def least(self):
        return -self.most if self.signed else 0


@dataclass(frozen=True)
class Train:
    """Spikes (-1, 0, 1) as f32, [planes, ...], the heaviest first."""

    spikes: torch.Tensor
    code: Code

    def weights(self, dtype=torch.float32):
        return torch.tensor([float(1 << p) for p in reversed(range(self.code.planes))], dtype=dtype)


def code_of(text):
    found = CODE.search(text)
    if not found:
        raise Unsupported(f"code in '{text}': binary codes that round are simulated")
    return Code(int(found[1]), found[2] == "signed")


def integers(x, lsb, zero, code):
    """The one quantiser (docs/codes.md), as whole f32."""
    scaled = x * (1 / lsb)
    scaled = torch.where(torch.isnan(scaled), 0, scaled)
    if zero is not None:
        scaled = torch.round(scaled) + zero
    return torch.round(torch.clamp(scaled, code.least, code.most))


def fire(u, exponents):
    """Spikes of a neuron that compares u with 2^p and subtracts it, for each p in turn; stacked on a new first axis."""
    steps = []
    for p in exponents:
        threshold = float(1 << p)
        spike = (u >= threshold).float()
        u = u - spike * threshold
        steps.append(spike)
    return torch.stack(steps)


def encode(operation, x, lsb, zero=None):
    code = code_of(operation.type)
    q = integers(x, lsb, zero, code)
    return Train(fire(q.abs(), reversed(range(code.planes))) * torch.sign(q), code)


def weighted(train_weights, planes, bound):
    """sum_p d_p planes_p, exactly: in f64 where f32 does not hold every sum."""
    dtype = torch.float32 if bound < EXACT else torch.float64
    return torch.tensordot(train_weights.to(dtype), planes.to(dtype), dims=1)


def decode(operation, train, lsb, zero=None):
    q = weighted(train.weights(), train.spikes, train.code.most)
    return lsb * (q if zero is None else q - zero)


def row_step(operation, x):
    code = code_of(operation.attributes["code"])
    axes = numbers(operation.attributes["axes"], int)
    if len(operation.results) == 1:
        return x.abs().amax(axes, keepdim=True) / code.most
    low = torch.clamp((-x).amax(axes, keepdim=True), min=0)
    high = torch.clamp(x.amax(axes, keepdim=True), min=0)
    lsb = high / code.most + low / code.most
    return lsb, integers(low, lsb, None, code).to(torch.int32)


def synapse(operation, train, weights):
    bound = train.code.most * 128 * weights.shape[0]
    return weighted(train.weights(), train.spikes @ weights, bound).to(torch.int32)


def product(operation, a, b):
    steps = max(a.code.planes, b.code.planes)
    bound = a.code.most * b.code.most * a.spikes.shape[-1]
    dtype = torch.float32 if bound < EXACT else torch.float64

    def graded(train):
        """d_t s_t for every step, and what came before it; steps without a plane are silent."""
        now = train.spikes.to(dtype) * train.weights(dtype).reshape(-1, *[1] * (train.spikes.dim() - 1))
        now = torch.cat([now.new_zeros(steps - train.code.planes, *now.shape[1:]), now])
        return now, torch.cumsum(now, 0) - now

    (now_a, past_a), (now_b, past_b) = graded(a), graded(b)
    return (now_a @ past_b + past_a @ now_b + now_a @ now_b).sum(0).to(torch.int32)


def patches(operation, x):
    of = {name: numbers(operation.attributes[name], int) for name in ("kernel", "strides", "dilations", "pads", "group")}
    spatial = len(of["kernel"])
    if spatial != 2 or of["group"] != [1] or of["pads"][:2] != of["pads"][2:]:
        raise Unsupported("windows that are not two-dimensional, of one group and evenly padded")

    def unfold(values):
        """[N, H, W, C] to [N, 1, windows, taps * C]."""
        columns = functional.unfold(
            values.permute(0, 3, 1, 2), of["kernel"], dilation=of["dilations"], padding=of["pads"][:2],
            stride=of["strides"])
        by_tap = columns.unflatten(1, (values.shape[3], -1)).permute(0, 3, 2, 1)
        return by_tap.flatten(2).unsqueeze(1)

    if not isinstance(x, Train):
        return unfold(x)
    stacked = unfold(x.spikes.flatten(0, 1))
    return Train(stacked.unflatten(0, x.spikes.shape[:2]), x.code)


# Neurons.


def segments(text, x):
    """A clamped-segment neuron, step by step: a saturation spike of 2^B, after which it is silent, then B bits."""
    found = module_text.attributes(text[text.index("<") + 1 : text.rindex(">")])
    steps, bias = int(found["steps"]), numbers(found["bias"])[0]
    y = torch.full_like(x, bias)
    fields = (numbers(found[name]) for name in ("offsets", "scales", "slopes"))
    for offset, scale, slope in zip(*fields):
        u = torch.round(torch.clamp((x - offset) * scale, 0, float(1 << (steps - 1))))
        exponents = list(reversed(range(steps)))
        weights = torch.tensor([float(1 << p) for p in exponents])
        y = y + slope * torch.tensordot(weights, fire(u, exponents), dims=1)
    return y


def by_exp(neuron, x):
    z = x * LOG2_E
    floor = torch.floor(z)
    valid = floor >= LEAST_EXPONENT
    fraction = torch.where(valid, z - floor, 0)
    whole = torch.where(valid, torch.clamp(floor, max=MOST_EXPONENT), 0)
    return torch.where(valid, torch.ldexp(neuron(torch.nan_to_num(fraction)), whole), 0)


def by_reciprocal(neuron, x):
    mantissa, exponent = torch.frexp(x)
    return torch.ldexp(neuron(mantissa), -exponent)


def by_rsqrt(neuron, x):
    mantissa, exponent = torch.frexp(x)
    odd = exponent % 2
    return torch.ldexp(neuron(torch.ldexp(mantissa, odd)), -((exponent - odd) // 2))


REDUCTIONS = {
    "#spk.exp": by_exp,
    "#spk.reciprocal": by_reciprocal,
    "#spk.rsqrt": by_rsqrt,
    "#spk.relu_minus": lambda neuron, x: torch.relu(x) - neuron(x.abs()),
    "#spk.odd": lambda neuron, x: torch.copysign(neuron(x.abs()), x),
    "#spk.direct": lambda neuron, x: neuron(x),
}


def static_neuron(operation, x):
    kind, text = operation.attributes["reduction"], operation.attributes["neuron"]
    if kind not in REDUCTIONS or not text.startswith("#spk.segment<"):
        raise Unsupported(f"neuron {text[: text.index('<')]} behind {kind}")
    return REDUCTIONS[kind](lambda u: segments(text, u), x)


# What stays tensor algebra.


def whole(tensor):
    return [int(size) for size in tensor]


def reduction(function):
    def apply(operation, x, axes=None):
        if axes is None:
            raise Unsupported(f"{operation.name} over all axes")
        return function(x, whole(axes), keepdim=numbers(operation.attributes["keepdims"], int) == [1])

    return apply


def reshape(operation, x, shape):
    sizes = [size if size else x.shape[i] for i, size in enumerate(whole(shape))]
    return x.reshape(sizes)


def gather(operation, data, indices):
    axis = numbers(operation.attributes["axis"], int)[0] % data.dim()
    size = data.shape[axis]
    picked = torch.where(indices < 0, indices + size, indices).long()
    return data.index_select(axis, picked.flatten()).reshape(*data.shape[:axis], *indices.shape, *data.shape[axis + 1 :])


def take(operation, x, starts, ends, axes=None, steps=None):
    axes = whole(axes) if axes is not None else range(len(starts))
    steps = whole(steps) if steps is not None else [1] * len(starts)
    index = [slice(None)] * x.dim()
    for axis, begin, end, step in zip(axes, whole(starts), whole(ends), steps):
        if step < 1:
            raise Unsupported("a slice that runs backwards")
        index[axis] = slice(begin, end, step)
    return x[tuple(index)]


def parts(operation, x, sizes=None):
    axis = numbers(operation.attributes["axis"], int)[0]
    return torch.tensor_split(x, len(operation.results), axis) if sizes is None else torch.split(x, whole(sizes), axis)


def cast(operation, x):
    return x.to(torch.from_numpy(np.empty(0, module_text.tensor_type(operation.type)[1])).dtype)


def max_pool(operation, x):
    of = {name: numbers(text, int) for name, text in operation.attributes.items() if text.startswith("array<")}
    pads = of["pads"]
    if pads[:2] != pads[2:]:
        raise Unsupported("a pool that is padded unevenly")
    return functional.max_pool2d(x, of["kernel_shape"], of["strides"], pads[:2])


OPERATIONS = {
    "spk.encode": encode,
    "spk.decode": decode,
    "spk.row_step": row_step,
    "spk.synapse": synapse,
    "spk.product": product,
    "spk.patches": patches,
    "spk.mbe": static_neuron,
    "onnx.Add": lambda _, x, y: x + y,
    "onnx.Sub": lambda _, x, y: x - y,
    "onnx.Mul": lambda _, x, y: x * y,
    "onnx.Div": lambda _, x, y: x / y,
    "onnx.Relu": lambda _, x: torch.relu(x),
    "onnx.Where": lambda _, condition, x, y: torch.where(condition, x, y),
    "onnx.ReduceMax": reduction(torch.amax),
    "onnx.ReduceMean": reduction(torch.mean),
    "onnx.ReduceSum": reduction(torch.sum),
    "onnx.GlobalAveragePool": lambda _, x: x.mean(list(range(2, x.dim())), keepdim=True),
    "onnx.MaxPool": max_pool,
    "onnx.Concat": lambda operation, *xs: torch.cat(xs, numbers(operation.attributes["axis"], int)[0]),
    "onnx.Expand": lambda _, x, shape: x * torch.ones(whole(shape), dtype=x.dtype),
    "onnx.Transpose": lambda operation, x: x.permute(numbers(operation.attributes["perm"], int)),
    "onnx.Reshape": reshape,
    "onnx.Gather": gather,
    "onnx.Slice": take,
    "onnx.Split": parts,
    "onnx.Cast": cast,
}


class Simulation:
    """A module ready to run: constants as tensors, values let go after their last use."""

    def __init__(self, module):
        self._module = module
        self._constants = {}
        self._steps = []
        for operation in module.operations:
            if operation.name == "onnx.Constant":
                array = module_text.constant(operation.attributes["value"], operation.type, module.resources)
                self._constants[operation.results[0]] = torch.from_numpy(np.array(array))
            elif operation.name not in OPERATIONS:
                raise Unsupported(f"operation {operation.name}")
            else:
                self._steps.append(operation)
        for operation in self._steps:
            if operation.name == "spk.synapse" and operation.operands[1] in self._constants:
                self._constants[operation.operands[1]] = self._constants[operation.operands[1]].float()
        self._last = {name: at for at, operation in enumerate(self._steps) for name in operation.operands}

    @torch.no_grad()
    def run(self, inputs):
        values = {value: torch.from_numpy(inputs[name]) for value, name in self._module.inputs.items()}

        def value(name):
            return self._constants[name] if name in self._constants else values[name]

        kept = set(self._module.returned)
        for at, operation in enumerate(self._steps):
            result = OPERATIONS[operation.name](operation, *map(value, operation.operands))
            values.update(zip(operation.results, result if isinstance(result, tuple) else (result,)))
            for name in operation.operands:
                if self._last[name] == at and name not in kept:
                    values.pop(name, None)
        return {name: value(returned).numpy() for name, returned in zip(self._module.outputs, self._module.returned)}


def load(path):
    with open(path) as lines:
        return Simulation(module_text.read(lines))
