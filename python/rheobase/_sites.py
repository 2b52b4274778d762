"""How large a step of a code is beside the values that it codes, from what calibration kept (docs/calibration.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SiteSteps:
    """The steps of codes that all have the range of the site that reaches farthest.

    Attributes:
        steps: T.
        reach, widest: the range, and the site it is of.
        ratios: the step over the root mean square of the values, by site.
        zeros: the share of all values that are smaller than the step: a code that cuts makes them 0.
    """

    steps: int
    reach: float
    widest: str
    ratios: dict[str, float]
    zeros: float

    @property
    def median(self) -> float:
        return float(np.median(list(self.ratios.values()))) if self.ratios else float("nan")

    @property
    def worst_site(self) -> str:
        return max(self.ratios, key=self.ratios.get, default="")

    @property
    def worst(self) -> float:
        return self.ratios.get(self.worst_site, float("nan"))

    @property
    def lost(self) -> int:
        """How many sites have a step beyond their root mean square: most of what they say is gone."""
        return sum(ratio > 1 for ratio in self.ratios.values())


#: Of every bin of a histogram, where it begins: eighths of an octave from 2^-32, in linear parts.
_EDGES = np.array([2.0 ** (b // 8 - 32) * (1 + b % 8 / 8) for b in range(512)])


def global_steps(path, steps: int) -> SiteSteps:
    """Of a calibration file; sites of neurons have no code and are left out."""
    with np.load(path) as arrays:
        names = [name[: -len(":range")] for name in arrays.files if name.endswith(":range")]
        names = [name for name in names if not re.search(r":neuron\d*$", name)]
        ranges = {name: arrays[f"{name}:range"] for name in names}
        counts = {name: arrays[f"{name}:histogram"] for name in names}
    reaches = {name: float(np.abs(ends).max()) for name, ends in ranges.items()}
    widest = max(reaches, key=reaches.get, default="")
    reach = reaches.get(widest, 0.0)
    ratios, below, total = {}, 0, 0
    for name in names:
        # A site without negative values needs no step for the sign.
        step = reach / (2.0 ** (steps - (ranges[name][0] < 0)) - 1)
        power = _mean_square(counts[name])
        ratios[name] = step / power**0.5 if power > 0 else float("inf")
        below += int(counts[name][_EDGES < step].sum())
        total += int(counts[name].sum())
    return SiteSteps(steps, reach, widest, ratios, below / total if total else 0.0)


def _mean_square(counts: np.ndarray) -> float:
    middles = _EDGES * (1 + 1 / 16)
    middles[0] = 0
    total = counts.sum()
    return float((counts * middles**2).sum() / total) if total else 0.0
