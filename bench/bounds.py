"""What must hold: ratios and shares with their bounds and aims, read off the results."""

from dataclasses import dataclass
from typing import Callable, Optional

from bench.contenders import SIMULATION, SPIKING


@dataclass(frozen=True)
class Bound:
    """`of(results, threads)` is what was measured, None where it was not."""

    what: str
    bound: float
    aim: float
    of: Callable[[dict, str], Optional[float]]
    at_least: bool = False

    def holds(self, value):
        return value >= self.bound if self.at_least else value <= self.bound


def _ratio(model, contender, base):
    """Of medians in the same rounds; `base` is a group of peers, whose fastest counts, or a contender."""

    def of(results, threads):
        measured = results["models"].get(model, {}).get("threads", {}).get(threads, {}).get("contenders", {})
        return measured.get(contender, {}).get("ratios", {}).get(base)

    return of


def _share(name):
    return lambda results, threads: results.get("shares", {}).get(threads, {}).get(name, {}).get("share")


def _event(form):
    """Dense f32 over `form` of the sparse layer."""

    def of(results, threads):
        layer = results.get("event", {}).get(threads)
        return layer["densities"][0]["forms"][form]["ratio"] if layer else None

    return of


BOUNDS = [
    Bound("ViT-B/16 batch 1, spiking T=8 int8 / ONNX Runtime float", 0.28, 0.24, _ratio("vit", SPIKING, "float")),
    Bound("ViT-B/16, spiking T=8 int8 / the fastest int8 of ONNX Runtime", 0.78, 0.68, _ratio("vit", SPIKING, "int8")),
    Bound("BERT-base, the same", 0.78, 0.68, _ratio("bert", SPIKING, "int8")),
    Bound("GPT-2 prefill 128 (logits of all positions), the same", 0.85, 0.70, _ratio("gpt2", SPIKING, "int8")),
    Bound("ResNet-50, the same", 0.80, 0.50, _ratio("resnet", SPIKING, "int8")),
    Bound("ViT-B/16, float ANN / ONNX Runtime float", 1.05, 0.95, _ratio("vit", "ann", "float")),
    Bound("BERT-base, the same", 1.05, 0.95, _ratio("bert", "ann", "float")),
    Bound("GPT-2 prefill 128, the same", 1.05, 0.95, _ratio("gpt2", "ann", "float")),
    Bound("ResNet-50, the same", 1.20, 1.00, _ratio("resnet", "ann", "float")),
    Bound(
        "GPT-2 decode, spiking T=8 int8: bytes of weights / time, over the read bandwidth", 0.85, 0.95, _share("decode"),
        True),
    Bound("GPT-2 decode, the same / the fastest int8 of ONNX Runtime", 0.60, 0.50, _ratio("gpt2-decode", SPIKING, "int8")),
    Bound("int8 products of linear layers inside ViT-B/16 (profile), over the int8 peak", 0.88, 0.94, _share("products"), True),
    Bound("PyTorch simulation in time, ViT-B/16 / spiking T=8 int8", 25, 40, _ratio("vit", SIMULATION, SPIKING), True),
    Bound(
        "768 to 3072 layer, 197 rows, T=8, 5 % spikes: dense f32 of the time form / event form, f32 weights",
        7, 12, _event("event f32"), True),
    Bound("the same / event form, int8 weights", 15, 30, _event("event int8"), True),
]
