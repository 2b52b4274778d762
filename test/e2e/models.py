"""Small transformers with random weights, written node by node as exporters write them: no framework is needed.

Widths are such that every loop has a rest, and batch, sequence and past are open.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

VOCABULARY, WIDTH, HEADS, INNER, LAYERS, POSITIONS = 96, 36, 3, 60, 2, 40
HEAD = WIDTH // HEADS
PAST, SEQUENCE = "past_sequence_length", "sequence_length"


class Graph:
    """Collects nodes; every method answers the name of a tensor."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []

    def name(self, kind):
        return f"{kind}_{len(self.nodes) + len(self.initializers)}"

    def op(self, kind, *inputs, outputs=None, **attributes):
        count = outputs or 1
        base = self.name(kind)
        names = [base] if count == 1 else [f"{base}_{i}" for i in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"/{base}", **attributes))
        return names[0] if outputs is None else names

    def constant(self, value, dtype=np.int64):
        name = self.name("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def floats(self, value):
        return self.constant(value, np.float32)

    def weights(self, *shape, scale=None):
        spread = scale or 1.5 / np.sqrt(shape[0])
        return self.floats(self.rng.standard_normal(shape) * spread)

    def input(self, name, kind, dims):
        self.inputs.append(helper.make_tensor_value_info(name, kind, dims))
        return name

    def output(self, tensor, name, dims):
        self.nodes.append(helper.make_node("Identity", [tensor], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))

    def model(self, opset):
        graph = helper.make_graph(self.nodes, "model", self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model)
        return model

    # What the families share.

    def linear(self, x, into, out, bias=True):
        product = self.op("MatMul", x, self.weights(into, out))
        return self.op("Add", product, self.weights(out, scale=0.2)) if bias else product

    def layer_norm(self, x):
        gamma, beta = self.floats(1 + 0.1 * self.rng.standard_normal(WIDTH)), self.weights(WIDTH, scale=0.1)
        return self.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)

    def heads(self, x, count=HEADS):
        """[batch, sequence, width] to [batch, heads, sequence, head]."""
        return self.op("Transpose", self.op("Reshape", x, self.constant([0, 0, count, HEAD])), perm=[0, 2, 1, 3])

    def attention(self, query, key, value, mask):
        keys = self.op("Transpose", key, perm=[0, 1, 3, 2])
        scores = self.op("Div", self.op("MatMul", query, keys), self.floats(np.sqrt(HEAD)))
        weights = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        mixed = self.op("Transpose", self.op("MatMul", weights, value), perm=[0, 2, 1, 3])
        return self.op("Reshape", mixed, self.constant([0, 0, WIDTH]))

    def size(self, tensor, axis):
        """A vector of one element."""
        return self.op("Gather", self.op("Shape", tensor), self.constant([axis]), axis=0)

    def range(self, start, end):
        scalar = self.constant([0])
        return self.op(
            "Range", self.op("Squeeze", start, scalar), self.op("Squeeze", end, scalar), self.constant(1)
        )

    def padding_mask(self, attention_mask):
        """0 where the mask is 1, very small where it is 0: [batch, 1, 1, keys]."""
        spread = self.op("Unsqueeze", attention_mask, self.constant([1, 2]))
        visible = self.op("Cast", spread, to=TensorProto.FLOAT)
        return self.op("Mul", self.op("Sub", self.floats(1), visible), self.floats(np.finfo(np.float32).min))

    def causal_mask(self, past, sequence, attention_mask):
        """[batch, 1, queries, keys]: a query sees the keys up to its own place, but no padding."""
        total = self.op("Add", past, sequence)
        keys = self.range(self.constant([0]), total)
        queries = self.op("Unsqueeze", self.range(past, total), self.constant([1]))
        hidden = self.op("Greater", keys, queries)
        lowest = self.floats(np.finfo(np.float32).min)
        return self.op("Where", hidden, lowest, self.padding_mask(attention_mask))

    def with_cache(self, layer, key, value, past, kv_heads=HEADS):
        """The keys and values behind those of the cache; the cache for the next call is an output."""
        joined = []
        for part, new in (("key", key), ("value", value)):
            if past:
                dims = ["batch_size", kv_heads, PAST, HEAD]
                cache = self.input(f"past_key_values.{layer}.{part}", TensorProto.FLOAT, dims)
                new = self.op("Concat", cache, new, axis=2)
                dims = ["batch_size", kv_heads, f"{PAST} + {SEQUENCE}", HEAD]
                self.output(new, f"present.{layer}.{part}", dims)
            joined.append(new)
        return joined

    def decoder_inputs(self, past):
        """(input_ids, past length, sequence length, mask)."""
        ids = self.input("input_ids", TensorProto.INT64, ["batch_size", SEQUENCE])
        keys = f"{PAST} + {SEQUENCE}" if past else SEQUENCE
        visible = self.input("attention_mask", TensorProto.INT64, ["batch_size", keys])
        sequence = self.size(ids, 1)
        length = self.op("Sub", self.size(visible, 1), sequence) if past else self.constant([0])
        return ids, length, sequence, self.causal_mask(length, sequence, visible)


def bert():
    g = Graph(1)
    ids = g.input("input_ids", TensorProto.INT64, ["batch_size", SEQUENCE])
    mask = g.padding_mask(g.input("attention_mask", TensorProto.INT64, ["batch_size", SEQUENCE]))
    words = g.op("Gather", g.weights(VOCABULARY, WIDTH, scale=1), ids, axis=0)
    places = g.op("Gather", g.weights(POSITIONS, WIDTH, scale=0.5), g.range(g.constant([0]), g.size(ids, 1)), axis=0)
    x = g.layer_norm(g.op("Add", words, places))
    for _ in range(LAYERS):
        query, key, value = (g.heads(g.linear(x, WIDTH, WIDTH)) for _ in range(3))
        x = g.layer_norm(g.op("Add", x, g.linear(g.attention(query, key, value, mask), WIDTH, WIDTH)))
        inner = g.linear(x, WIDTH, INNER)
        bent = g.op("Add", g.op("Erf", g.op("Div", inner, g.floats(np.sqrt(2)))), g.floats(1))
        gelu = g.op("Mul", g.op("Mul", inner, bent), g.floats(0.5))
        x = g.layer_norm(g.op("Add", x, g.linear(gelu, INNER, WIDTH)))
    g.output(x, "last_hidden_state", ["batch_size", SEQUENCE, WIDTH])
    return g.model(17)


def gpt2(past=False):
    g = Graph(2)
    ids, length, sequence, mask = g.decoder_inputs(past)
    table = g.weights(VOCABULARY, WIDTH, scale=1)
    places = g.range(length, g.op("Add", length, sequence))
    x = g.op("Add", g.op("Gather", table, ids), g.op("Gather", g.weights(POSITIONS, WIDTH, scale=0.5), places))
    for layer in range(LAYERS):
        joint = g.linear(g.layer_norm(x), WIDTH, 3 * WIDTH)
        query, key, value = (g.heads(part) for part in g.op("Split", joint, g.constant([WIDTH] * 3), outputs=3, axis=2))
        key, value = g.with_cache(layer, key, value, past)
        x = g.op("Add", x, g.linear(g.attention(query, key, value, mask), WIDTH, WIDTH))
        inner = g.linear(g.layer_norm(x), WIDTH, INNER)
        cubed = g.op("Mul", g.op("Pow", inner, g.floats(3)), g.floats(0.044715))
        bent = g.op("Tanh", g.op("Mul", g.op("Add", inner, cubed), g.floats(np.sqrt(2 / np.pi))))
        gelu = g.op("Mul", g.op("Mul", inner, g.floats(0.5)), g.op("Add", bent, g.floats(1)))
        x = g.op("Add", x, g.linear(gelu, INNER, WIDTH))
    logits = g.op("MatMul", g.layer_norm(x), g.op("Transpose", table, perm=[1, 0]))
    g.output(logits, "logits", ["batch_size", SEQUENCE, VOCABULARY])
    return g.model(18)


def llama(past=False):
    """RMS normalisation, rotary embedding, one head of keys and values for all queries, SiLU gates."""
    g = Graph(3)
    ids, length, sequence, mask = g.decoder_inputs(past)
    places = g.op("Cast", g.range(length, g.op("Add", length, sequence)), to=TensorProto.FLOAT)
    rates = g.floats(1.0 / 10000 ** (np.arange(0, HEAD, 2) / HEAD))
    angles = g.op("Mul", g.op("Unsqueeze", places, g.constant([1])), rates)
    angles = g.op("Concat", angles, angles, axis=-1)
    cosine, sine = g.op("Cos", angles), g.op("Sin", angles)

    def rms_norm(x):
        mean = g.op("ReduceMean", g.op("Pow", x, g.floats(2)), g.constant([-1]), keepdims=1)
        scale = g.op("Reciprocal", g.op("Sqrt", g.op("Add", mean, g.floats(1e-6))))
        return g.op("Mul", g.floats(1 + 0.1 * g.rng.standard_normal(WIDTH)), g.op("Mul", x, scale))

    def rotate(x):
        ends = g.constant([np.iinfo(np.int64).max])
        first = g.op("Slice", x, g.constant([0]), g.constant([HEAD // 2]), g.constant([3]))
        second = g.op("Slice", x, g.constant([HEAD // 2]), ends, g.constant([3]))
        turned = g.op("Concat", g.op("Neg", second), first, axis=-1)
        return g.op("Add", g.op("Mul", x, cosine), g.op("Mul", turned, sine))

    def for_all_queries(x):
        dims = g.op("Concat", g.size(x, 0), g.constant([1, HEADS]), g.size(x, 2), g.constant([HEAD]), axis=0)
        spread = g.op("Expand", g.op("Unsqueeze", x, g.constant([2])), dims)
        shape = g.op("Concat", g.size(x, 0), g.constant([HEADS]), g.size(x, 2), g.constant([HEAD]), axis=0)
        return g.op("Reshape", spread, shape)

    x = g.op("Gather", g.weights(VOCABULARY, WIDTH, scale=1), ids)
    for layer in range(LAYERS):
        normal = rms_norm(x)
        query = rotate(g.heads(g.linear(normal, WIDTH, WIDTH, bias=False)))
        key = rotate(g.heads(g.linear(normal, WIDTH, HEAD, bias=False), count=1))
        value = g.heads(g.linear(normal, WIDTH, HEAD, bias=False), count=1)
        key, value = g.with_cache(layer, key, value, past, kv_heads=1)
        mixed = g.attention(query, for_all_queries(key), for_all_queries(value), mask)
        x = g.op("Add", x, g.linear(mixed, WIDTH, WIDTH, bias=False))
        normal = rms_norm(x)
        gate = g.linear(normal, WIDTH, INNER, bias=False)
        gate = g.op("Mul", gate, g.op("Sigmoid", gate))
        inner = g.op("Mul", gate, g.linear(normal, WIDTH, INNER, bias=False))
        x = g.op("Add", x, g.linear(inner, INNER, WIDTH, bias=False))
    g.output(g.linear(rms_norm(x), WIDTH, VOCABULARY, bias=False), "logits", ["batch_size", SEQUENCE, VOCABULARY])
    return g.model(18)


FAMILIES = {
    "bert": bert,
    "gpt2": gpt2,
    "gpt2-past": lambda: gpt2(past=True),
    "llama": llama,
    "llama-past": lambda: llama(past=True),
}
