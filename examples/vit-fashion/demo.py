"""Compile the vision transformer as it is and as a spiking network, classify Fashion-MNIST with both, compare.

    make demo                              in the project's root: does all set-up, leaves its files in build/demo
    python demo.py --out DIR --images N    with the package rheobase installed
"""

import os
import pathlib
import sys
import time

import numpy as np

import fashion_mnist
import raster
import rheobase

HERE = pathlib.Path(__file__).resolve().parent
INPUT = "pixel_values"
BATCH = 50
STEPS = 8
COUNTED = 500


def say(text):
    print(text, flush=True)


def compile_both(out):
    """The float network, and the spiking one calibrated on training images; returns their artifacts' paths."""
    model, ann, snn = HERE / "model.onnx", out / "vit.ann.rheo", out / "vit.rheo"
    calibration = out / "calibrate.npz"
    np.savez(calibration, **{INPUT: fashion_mnist.calibration()})
    say(f"snn-opt model.onnx --ann -o {ann}")
    rheobase.compile(model, ann, ann=True)
    say(f"snn-opt model.onnx -o {snn} --steps {STEPS} --weights int8 --calibrate {calibration} --target cpu")
    rheobase.compile(model, snn, steps=STEPS, weights="int8", calibrate=calibration, target="cpu")
    return ann, snn


def progress(name, done, total, begin):
    text = f"  {name}: {done} of {total} images, {1000 * (time.perf_counter() - begin) / done:.2f} ms each"
    if sys.stdout.isatty():
        print("\r" + text, end="\n" if done == total else "", flush=True)
    elif done == total or done % max(BATCH, total // 5 // BATCH * BATCH) == 0:
        say(text)


def classify(artifact, images, name):
    """Logits of all images and seconds per image, in batches, on all CPUs."""
    logits = []
    with artifact.session() as session:
        session.run({INPUT: images[:BATCH]})
        begin = time.perf_counter()
        for start in range(0, len(images), BATCH):
            result = session.run({INPUT: images[start : start + BATCH]})
            logits.append(next(iter(result.values())))
            progress(name, min(start + BATCH, len(images)), len(images), begin)
        seconds = time.perf_counter() - begin
    return np.concatenate(logits), seconds / len(images)


def count(artifact, images):
    """Sums over the network of spikes, activations and synaptic operations, from a run of its own."""
    with artifact.session(counting=True) as session:
        for start in range(0, len(images), BATCH):
            session.run({INPUT: images[start : start + BATCH]})
        return session.totals()


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    rule = "-" * (sum(widths) + 4)
    lines = [f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
    return "\n".join([lines[0], rule, *lines[1:]])


def percent(hits):
    return f"{100 * np.mean(hits):.2f} %"


def main():
    out, pixels, labels = fashion_mnist.for_demo(__doc__, "demo")
    images = fashion_mnist.normalise(pixels)
    np.savez(out / "images.npz", **{INPUT: images})

    ann_path, snn_path = compile_both(out)
    with rheobase.Artifact(ann_path) as ann, rheobase.Artifact(snn_path) as snn:
        ann_logits, ann_seconds = classify(ann, images, "float network  ")
        snn_logits, snn_seconds = classify(snn, images, "spiking network")
        counted = min(COUNTED, len(images))
        sums = count(snn, images[:counted])
        picture = raster.draw_image(snn, images[:1], out / "raster.png", pixels[0])

    ann_class, snn_class = ann_logits.argmax(-1), snn_logits.argmax(-1)
    synops = sums.get("synops", 0) + sums.get("product_synops", 0)
    say("")
    say(
        table(
            [
                (f"vit-fashion, {len(images)} test images", "float (ANN)", f"spiking (T={STEPS}, int8)"),
                ("accuracy", percent(ann_class == labels), percent(snn_class == labels)),
                ("agreement of the two", "", percent(ann_class == snn_class)),
                ("spikes per activation", "", f"{sums['spikes'] / sums['activations']:.3f}"),
                ("synaptic operations per image", "", f"{synops / counted / 1e6:.2f} million"),
                ("artifact", *(f"{os.path.getsize(path) / 1e6:.2f} MB" for path in (ann_path, snn_path))),
                ("time per image", *(f"{1000 * seconds:.2f} ms" for seconds in (ann_seconds, snn_seconds))),
            ]
        )
    )
    say(f"(batches of {BATCH} on {os.cpu_count()} CPUs; spikes and operations counted on {counted} images)")
    say(f"spike raster of the first image: {picture}" if picture else "no raster: the artifact has no taps of spike codes")


if __name__ == "__main__":
    main()
