"""Writes calibration data that is wrong in one way each, and the halves of FILE.npz into two/: samples.py FILE.npz"""

import sys

import numpy as np

x = np.load(sys.argv[1])["x"]
np.savez("two/a.npz", x=x[:5])
np.savez("two/b.npz", x=x[5:])
with open("two/notes.txt", "w") as notes:
    notes.write("not an npz file\n")

np.savez("nothing.npz")
np.savez("scalar.npz", x=np.float32(1))
np.savez("zero.npz", x=x[:0])
np.savez("counts.npz", w=x[:2], x=x[:3])
np.savez("name.npz", y=x)
np.savez("dtype.npz", x=x.astype("d"))
np.savez("shape.npz", x=x[:2, :7])
np.savez("rank.npz", x=x[:, :, None])
np.savez("object.npz", x=np.array([None, 1]))
