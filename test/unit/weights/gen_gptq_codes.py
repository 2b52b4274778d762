#!/usr/bin/env python3
"""GPTQ in plain NumPy, as a reference: writes the codes of a small layer that GptqTest.cpp compares with.

    gen_gptq_codes.py > GptqCodes.inc
    gen_gptq_codes.py --check          # is GptqCodes.inc what this writes?
"""
import sys
from pathlib import Path

import numpy as np

INPUTS, OUTPUTS, ROWS = 64, 6, 160
#: name, bits, group, zeros
FORMATS = [("int4g32", 4, 32, False), ("int2g32", 2, 32, False), ("uint3g32", 3, 32, True), ("int4", 4, 0, False)]


def numbers(count, seed):
    """Sums of uniform numbers, exact in float32; the same generator is in GptqTest.cpp."""
    state, result = seed, []
    for _ in range(count):
        total = 0
        for _ in range(4):
            state = (state * 1664525 + 1013904223) % 2**32
            total += state >> 16
        result.append((total - 2**17) / 2**15)
    return result


def layer():
    weights = np.array(numbers(INPUTS * OUTPUTS, 1), np.float32).reshape(INPUTS, OUTPUTS)
    x = np.array(numbers(ROWS * INPUTS, 2)).reshape(ROWS, INPUTS)
    for i in range(1, INPUTS):  # neighbours go together, and the later ones are larger
        x[:, i] = x[:, i] * (1 + i / 32) + 0.75 * x[:, i - 1]
    return weights, x.T @ x


def grid_of(column, importance, bits, zeros, half):
    """(scale, low, high) with the least squares of weighted errors."""
    store = (lambda s: np.float32(np.float16(s))) if half else np.float32
    column = column.astype(np.float32)
    if zeros:
        bottom, top = min(column.min(), np.float32(0)), max(column.max(), np.float32(0))
        whole = np.float32((top - bottom) / np.float32(2**bits - 1))
        zero = int(np.clip(np.rint(-bottom / whole), 0, 2**bits - 1))
        low, high = -zero, 2**bits - 1 - zero
    else:
        low, high = -2 ** (bits - 1), 2 ** (bits - 1) - 1
        whole = np.float32(np.abs(column).max() / np.float32(high))
    whole = store(whole)
    best = None
    for trial in range(41):
        share = np.float32(1) - np.float32(0.02) * np.float32(trial)
        for sign in (1, -1):
            if sign < 0 and zeros:
                continue
            scale = store(whole * share * np.float32(sign))
            q = np.clip(np.rint(column / scale), low, high).astype(np.float32)
            error = float(np.sum((column.astype(np.float64) - q * scale) ** 2 * importance.astype(np.float32)))
            if best is None or error < best[0]:
                best = (error, scale, low, high)
    return best[1:]


def gptq(weights, h, bits, group, zeros):
    length = group or INPUTS
    diagonal = np.diag(h)
    grids = [[grid_of(weights[g : g + length, n], diagonal[g : g + length], bits, zeros, group != 0)
              for n in range(OUTPUTS)] for g in range(0, INPUTS, length)]
    order = np.argsort(-diagonal, kind="stable")
    damped = h + np.eye(INPUTS) * np.mean(diagonal) * 0.1
    upper = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    rest, codes = weights[order].astype(np.float64), np.zeros((INPUTS, OUTPUTS), int)
    for place, i in enumerate(order):
        for n in range(OUTPUTS):
            scale, low, high = grids[i // length][n]
            q = int(np.clip(np.rint(np.float32(rest[place, n]) / scale), low, high))
            codes[i, n] = q
            error = (rest[place, n] - np.float64(np.float32(q) * scale)) / upper[place, place]
            rest[place + 1 :, n] -= error * upper[place, place + 1 :]
    return codes


def text():
    weights, h = layer()
    lines = ["// Written by gen_gptq_codes.py.\n"]
    for name, bits, group, zeros in FORMATS:
        codes = gptq(weights, h, bits, group, zeros)
        lines.append('{"%s", {\n' % name)
        lines += ["    " + ", ".join(str(q) for q in row) + ",\n" for row in codes]
        lines.append("}},\n")
    return "".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(Path(__file__).with_name("GptqCodes.inc").read_text() != text())
    sys.stdout.write(text())
