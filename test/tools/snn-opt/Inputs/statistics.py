"""Writes statistics that are wrong in one way each: statistics.py FILE.npz, which snn-opt --calibration wrote."""

import sys

import numpy as np

seen = dict(np.load(sys.argv[1]))
first = next(name for name in seen if name.endswith(":range")).removesuffix(":range")


def write(path, **changed):
    arrays = dict(seen)
    for name, value in changed.items():
        arrays[name if name in seen else f"{first}:{name}"] = value
    np.savez(path, **arrays)


np.savez("version.npz", **{**seen, "rheobase calibration": np.array([2])})
np.savez("site.npz", **{name: value for name, value in seen.items() if not name.endswith(":linear:range")})
write("peaks.npz", peaks=seen[f"{first}:peaks"][:7])
write("order.npz", range=seen[f"{first}:range"][::-1].copy())
write("nan.npz", squares=seen[f"{first}:squares"] * np.float32("nan"))
write("counts-below.npz", histogram=-seen[f"{first}:histogram"])
