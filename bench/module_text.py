"""Reads a module in MLIR's generic form (`snn-opt --mlir-print-op-generic`): the operations of @main and the constants."""

import re
from dataclasses import dataclass

import numpy as np

TYPES = {
    "f32": np.float32, "f64": np.float64, "i1": np.bool_, "i8": np.int8, "ui8": np.uint8, "i16": np.int16,
    "i32": np.int32, "i64": np.int64,
}
ALIGNMENT_BYTES = 4  # a resource begins with what it is aligned to

OPERATION = re.compile(
    r'^\s*(?:(?P<result>%\w+)(?::(?P<count>\d+))? = )?"(?P<name>[\w.]+)"\((?P<operands>[^)]*)\)'
    r"(?: <\{(?P<attributes>.*)\}>)?(?: \{.*\})? : \(.*\) -> (?P<type>.*)$")
RESOURCE = re.compile(r'^\s*(?P<name>[^\s:]+|"[^"]*"): "0x(?P<hex>[0-9A-Fa-f]*)",?$')
TENSOR = re.compile(r"tensor<(?P<dims>(?:\d+x)*)(?P<element>\w+)>")
ARGUMENT = re.compile(r'rheobase\.name = "([^"]*)"')
OPENING, CLOSING = "<[{(", ">]})"


@dataclass
class Operation:
    """`results` and `operands` are names of values; `attributes` are texts."""

    name: str
    results: list
    operands: list
    attributes: dict
    type: str


@dataclass
class Module:
    """`inputs` {value: name of the model's input}, `outputs` the names of the outputs, `returned` their values."""

    inputs: dict
    outputs: list
    operations: list
    returned: list
    resources: dict


def split(text, separator=", "):
    """`text` at separators outside of brackets and strings."""
    parts, depth, begin, quoted = [], 0, 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in OPENING:
            depth += 1
        elif not quoted and letter in CLOSING:
            depth -= 1
        elif not quoted and depth == 0 and text.startswith(separator, at):
            parts.append(text[begin:at])
            begin = at + len(separator)
    return [*parts, text[begin:]] if text else []


def attributes(text):
    """{name: text} of what stands between `<{` and `}>`."""
    pairs = (part.partition(" = ") for part in split(text or ""))
    return {name: value for name, _, value in pairs}


def numbers(text, kind=float):
    """Of `array<i64: 1, 2>`, `[1.0, 2.0]`, `3 : i64`."""
    body = text.strip()
    if body.startswith("array<"):
        body = body[body.index(":") + 1 : -1] if ":" in body else ""
    elif body.startswith("["):
        body = body[1:-1]
    else:
        body = body.split(" : ")[0]
    return [kind(number) for number in body.split(",") if number.strip()]


def tensor_type(text):
    """(shape, dtype) of `tensor<1x768xf32>`."""
    found = TENSOR.match(text)
    shape = [int(size) for size in found["dims"].split("x") if size]
    return shape, np.dtype(TYPES[found["element"]])


def _bytes(data, dtype, count):
    if dtype == np.bool_ and len(data) < count:  # one bit each
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:count].astype(np.bool_)
    return np.frombuffer(data, dtype)


def constant(text, type_text, resources):
    """The array of `dense<...>` or `dense_resource<...>`."""
    shape, dtype = tensor_type(type_text)
    count = int(np.prod(shape))
    if text.startswith("dense_resource<"):
        flat = _bytes(resources[text[len("dense_resource<") : text.index(">")]], dtype, count)
    else:
        body = text[len("dense<") : text.rindex("> : ")]
        if body.startswith('"0x'):
            flat = _bytes(bytes.fromhex(body[3:-1]), dtype, count)
        else:
            words = re.sub(r"[\[\]]", "", body).split(",")
            flat = np.array([word.strip() == "true" if dtype == np.bool_ else dtype.type(word) for word in words], dtype)
    return np.broadcast_to(flat, count).reshape(shape) if flat.size == 1 else flat.reshape(shape)


def _operation(found):
    count = int(found["count"] or 1)
    results = [found["result"]] if count == 1 else [f"{found['result']}#{i}" for i in range(count)]
    return Operation(
        found["name"], results if found["result"] else [], [name for name in found["operands"].split(", ") if name],
        attributes(found["attributes"]), found["type"])


def read(lines):
    """The module of an iterable of lines."""
    module = Module({}, [], [], [], {})
    for line in lines:
        if '"func.func"' in line:
            arguments, _, results = line.partition("res_attrs = ")
            module.inputs = {f"%arg{i}": name for i, name in enumerate(ARGUMENT.findall(arguments))}
            module.outputs = ARGUMENT.findall(results)
        elif found := RESOURCE.match(line):
            module.resources[found["name"]] = bytes.fromhex(found["hex"])[ALIGNMENT_BYTES:]
        elif found := OPERATION.match(line):
            operation = _operation(found)
            if operation.name == "func.return":
                module.returned = operation.operands
            else:
                module.operations.append(operation)
    return module
