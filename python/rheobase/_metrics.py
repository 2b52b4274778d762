"""How well an output serves: what `rheobase.sweep` compares networks by, batch by batch."""

from __future__ import annotations

from typing import Mapping, Optional

import numpy as np

from ._errors import Error


class Metric:
    """Gathers batches; `value` is over all of them.

    Attributes:
        name: as the command line says it.
        text: how a value is printed.
        logarithmic: how a plot shows it.
    """

    name, text, logarithmic = "", "{:.4f}", False

    def add(self, inputs: Mapping[str, np.ndarray], output: np.ndarray, reference: np.ndarray, labels) -> None:
        """One batch: what goes in, what comes out, what comes out of the float network, the labels or None."""
        raise NotImplementedError

    def value(self) -> float:
        raise NotImplementedError


class _Mean(Metric):
    def __init__(self):
        self._sum, self._count = 0.0, 0

    def _gather(self, scores: np.ndarray) -> None:
        self._sum += float(scores.sum(dtype=np.float64))
        self._count += scores.size

    def value(self) -> float:
        return self._sum / self._count if self._count else float("nan")


class Accuracy(_Mean):
    """The share of samples whose largest output is at the label."""

    name, text = "accuracy", "{:.2%}"

    def add(self, inputs, output, reference, labels):
        if labels is None:
            raise Error("accuracy needs --labels FILE.npy; --metric agreement compares with the float network instead")
        if labels.shape != output.shape[:-1]:
            raise Error(f"labels have shape {list(labels.shape)}, the output {list(output.shape)}: one label a row expected")
        self._gather(output.argmax(-1) == labels)


class Agreement(_Mean):
    """The share of samples whose largest output is where the float network has it."""

    name, text = "agreement", "{:.2%}"

    def add(self, inputs, output, reference, labels):
        self._gather(output.argmax(-1) == reference.argmax(-1))


class Cosine(_Mean):
    """The mean cosine of a sample's output to the float network's; of sequences, of their means over what is no padding."""

    name, text = "cosine", "{:.5f}"

    def add(self, inputs, output, reference, labels):
        a, b = (self._vectors(value, inputs.get("attention_mask")) for value in (output, reference))
        scale = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        self._gather(np.where(scale > 0, (a * b).sum(1) / np.where(scale > 0, scale, 1), 0))

    @staticmethod
    def _vectors(value: np.ndarray, mask: Optional[np.ndarray]) -> np.ndarray:
        value = value.astype(np.float64)
        if value.ndim == 3 and mask is not None and mask.shape == value.shape[:2]:
            value = (value * mask[..., None]).sum(1)
        return value.reshape(len(value), -1)


class Perplexity(_Mean):
    """exp of the mean -log p(next token); the next tokens are the labels or, without, those of `input_ids`."""

    name, text, logarithmic = "perplexity", "{:.3f}", True

    def add(self, inputs, output, reference, labels):
        if labels is not None and labels.shape == output.shape[:-1]:
            logits, tokens, counts = output, labels, np.ones(labels.shape, bool)
        elif labels is None and "input_ids" in inputs:
            logits, tokens = output[:, :-1], inputs["input_ids"][:, 1:]
            counts = inputs.get("attention_mask", inputs["input_ids"] * 0 + 1)[:, 1:] != 0
        else:
            raise Error("perplexity needs an input 'input_ids', or --labels FILE.npy with a token for every position")
        if logits.ndim != 3 or logits.shape[:2] != tokens.shape or (tokens.size and tokens.max() >= logits.shape[-1]):
            raise Error(f"perplexity needs an output [samples, positions, tokens], {list(output.shape)} found")
        top = logits.max(-1, keepdims=True)
        total = np.log(np.exp((logits - top).astype(np.float64)).sum(-1)) + top[..., 0]
        chosen = np.take_along_axis(logits, tokens[..., None].astype(np.int64), -1)[..., 0]
        self._gather((total - chosen)[counts])

    def value(self):
        return float(np.exp(min(super().value(), 700.0)))


class Rms(Metric):
    """The root mean square of the difference to the float network's output, over that output's."""

    name, text, logarithmic = "rms", "{:.2e}", True

    def __init__(self):
        self._error, self._power = 0.0, 0.0

    def add(self, inputs, output, reference, labels):
        finite = np.isfinite(reference)
        error = np.where(finite, output.astype(np.float64) - np.where(finite, reference, 0), 0)
        self._error += float(np.square(error).sum())
        self._power += float(np.square(np.where(finite, reference, 0), dtype=np.float64).sum())

    def value(self):
        return float(np.sqrt(self._error / self._power)) if self._power else float("nan")


METRICS = {metric.name: metric for metric in (Accuracy, Agreement, Cosine, Perplexity, Rms)}


def suited(name: str, output: np.ndarray, inputs: Mapping[str, np.ndarray], labels) -> type[Metric]:
    """What such an output is usually judged by; `name` is the output's."""
    tokens = inputs.get("input_ids")
    if output.ndim == 3 and "logits" in name and (labels is not None or tokens is not None):
        return Perplexity
    if labels is not None:
        return Accuracy
    return Agreement if output.ndim == 2 and "logits" in name else Cosine
