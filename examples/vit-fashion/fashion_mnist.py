"""Fashion-MNIST as Debian's package dataset-fashion-mnist installs it, normalised as the model was trained."""

import argparse
import gzip
import os
import pathlib
import struct
import sys

import numpy as np

FOLDER = "/usr/share/datasets/fashion-mnist"
MEAN, STD = 0.2860, 0.3530
CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def available(folder=FOLDER):
    return os.path.isfile(os.path.join(folder, "t10k-images-idx3-ubyte.gz"))


def read_idx(path):
    """An array of bytes from a gzip-compressed IDX file: two zero bytes, the type, the rank, big-endian sizes, the data."""
    with gzip.open(path) as file:
        raw = file.read()
    rank = raw[3]
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def normalise(pixels):
    """[N, 28, 28] bytes to the model's input, [N, 1, 28, 28] float32."""
    return ((pixels.astype(np.float32) / 255 - MEAN) / STD).astype(np.float32)[:, None]


def load(split, folder=FOLDER):
    """Images [N, 28, 28] uint8 and labels [N] int64 of "train" (60,000) or "t10k" (10,000, the test set)."""
    images = read_idx(os.path.join(folder, f"{split}-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(folder, f"{split}-labels-idx1-ubyte.gz"))
    return images, labels.astype(np.int64)


def calibration(count=256, folder=FOLDER):
    """The model's input for `count` training images spread over the training set."""
    images, _ = load("train", folder)
    return normalise(images[:: len(images) // count][:count])


def for_demo(description, folder):
    """The folder for a demo's results, and as many test images and labels as its command line asks for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(folder), help="folder for the results")
    parser.add_argument("--images", type=int, default=10000, help="how many test images (default: all 10,000)")
    args = parser.parse_args()
    if not available():
        sys.exit(f"no data set in {FOLDER}: apt-get install dataset-fashion-mnist")
    args.out.mkdir(parents=True, exist_ok=True)
    images, labels = (each[: args.images] for each in load("t10k"))
    np.save(args.out / "labels.npy", labels)
    return args.out, images, labels
