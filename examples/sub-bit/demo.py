"""Compile the sub-bit spiking network, classify Fashion-MNIST with it, and compare with what PyTorch predicted.

    PYTHONPATH=python python examples/sub-bit/demo.py --out DIR --images N      in the project's root, or with rheobase installed
"""

import json
import pathlib
import subprocess
import sys
import time

import numpy as np

import rheobase
from rheobase import _find

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vit-fashion"))
import fashion_mnist  # noqa: E402  (of the other example)

INPUT = "pixels"
BATCH, SAMPLES = 50, 64


def say(text):
    print(text, flush=True)


def compile_network(out):
    """Paths of the artifact and of the report. Samples are for the report: spikes and weights are integers already."""
    artifact, report, samples = out / "sub-bit.rheo", out / "report.json", out / "samples.npz"
    np.savez(samples, **{INPUT: fashion_mnist.load("train")[0][:: 60000 // SAMPLES][:SAMPLES, None]})
    command = [_find.program("snn-opt"), HERE / "model.onnx", "-o", artifact, f"--calibrate={samples}", f"--report={report}"]
    say(" ".join(["snn-opt", *(str(each) for each in command[1:])]))
    subprocess.run(command, check=True)
    return artifact, report


def classify(path, pixels):
    """Logits of all images, seconds for an image, and what the network counted on the first batch."""
    logits = []
    with rheobase.Artifact(path) as artifact:
        with artifact.session() as session:
            session.run({INPUT: pixels[:BATCH]})
            begin = time.perf_counter()
            for start in range(0, len(pixels), BATCH):
                logits.append(session.run({INPUT: pixels[start : start + BATCH]})["logits"])
            seconds = time.perf_counter() - begin
        with artifact.session(counting=True) as session:
            session.run({INPUT: pixels[:BATCH]})
            counts = session.totals()
    return np.concatenate(logits), seconds / len(pixels), counts


def bits_of_weights(report):
    """The sum over all matrices, and over those of convolutions of few kernels."""
    items = json.loads(report.read_text())["weights"]["items"]
    share = lambda some: sum(8 * each["bytes"] for each in some) / sum(each["inputs"] * each["outputs"] for each in some)
    return share(items), share([each for each in items if each["format"].startswith("vq9")])


def main():
    out, images, labels = fashion_mnist.for_demo(__doc__, "sub-bit")
    pixels = images[:, None]
    np.savez(out / "images.npz", **{INPUT: pixels})

    artifact, report = compile_network(out)
    logits, seconds, counts = classify(artifact, pixels)
    found, pytorch = logits.argmax(-1), np.load(HERE / "predictions.npy")[: len(images)]
    all_bits, kernel_bits = bits_of_weights(report)
    say(f"accuracy                     {100 * np.mean(found == labels):.2f} %")
    say(f"same predictions as PyTorch  {np.sum(found == pytorch)} of {len(found)}")
    say(f"bits a weight                {all_bits:.3f} in all, {kernel_bits:.3f} in convolutions of few kernels")
    say(f"spikes per activation        {counts['spikes'] / counts['activations']:.3f}")
    say(f"artifact                     {artifact.stat().st_size / 1e6:.2f} MB")
    say(f"time for an image            {1000 * seconds:.2f} ms (batches of {BATCH})")
    return 0 if np.array_equal(found, pytorch) else 1


if __name__ == "__main__":
    sys.exit(main())
