"""Train the sub-bit spiking network on Fashion-MNIST (Debian package dataset-fashion-mnist) and export it.

    python train.py --out sub-bit --epochs 3
    python train.py --out sub-bit --epochs 1.5 --init sub-bit/network.pt --lr 1e-3      (second stage)

Writes model.onnx, predictions.npy (PyTorch's, of the 10,000 test images), metrics.json and network.pt. Needs torch, onnx and
onnxscript.
"""
import argparse
import json
import math
import pathlib
import sys
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F

from network import Deployed, Network, SubBitConv

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vit-fashion"))
import fashion_mnist  # noqa: E402  (of the other example)

BATCH = 100


def load(split):
    images, labels = fashion_mnist.load(split)
    return torch.from_numpy(images.copy())[:, None], torch.from_numpy(labels)


def augment(x, g):
    """Random horizontal flip, and a shift of the batch by up to a pixel."""
    flip = torch.rand(len(x), generator=g) < 0.5
    x = F.pad(torch.where(flip[:, None, None, None], x.flip(-1), x), (1, 1, 1, 1))
    dy, dx = torch.randint(0, 3, (2,), generator=g).tolist()
    return x[:, :, dy:dy + 28, dx:dx + 28]


def train(a):
    """One part of the steps with binary kernels, the rest with those of the codebook."""
    torch.manual_seed(a.seed)
    g = torch.Generator().manual_seed(a.seed)
    images, labels = load("train")
    network = Network(a.eta).to(memory_format=torch.channels_last)
    if a.init:
        begin_from(network, torch.load(a.init))
    optimiser = torch.optim.AdamW(network.parameters(), lr=a.lr, weight_decay=1e-4)
    per_epoch = len(images) // BATCH
    steps, begin = int(a.epochs * per_epoch), time.time()
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1, (s + 1) / 100) * (0.5 * (1 + math.cos(math.pi * s / steps)) + 1e-3))
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(images), generator=g)
        if not a.init and step == int(a.binary * steps):
            for layer in network.modules():
                if isinstance(layer, SubBitConv):
                    layer.choose()
        k = order[step % per_epoch * BATCH:][:BATCH]
        x = augment(images[k].float() / 255, g).contiguous(memory_format=torch.channels_last)
        loss = F.cross_entropy(network(x), labels[k], label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}, {time.time() - begin:.0f} s", flush=True)
    settle(network, images, g)
    return network.eval(), time.time() - begin


def begin_from(network, state):
    """A trained network, whose codebooks stay."""
    for layer in network.modules():
        if isinstance(layer, SubBitConv):
            layer.codebook = torch.zeros(2**layer.eta, 9)
    network.load_state_dict(state)
    for norm in network.norms:
        norm.momentum = 0.1


def settle(network, images, g):
    """Means and variances of the normalisations anew, of the final kernels."""
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    with torch.no_grad():
        for k in torch.randperm(len(images), generator=g)[:10000].split(BATCH):
            network.train()(images[k].float() / 255)


def predict(model, images):
    with torch.inference_mode():
        return torch.cat([model(part).argmax(-1) for part in images.split(500)])


def export(model, path):
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.onnx.export(model, (torch.zeros(2, 1, 28, 28, dtype=torch.uint8),), path, input_names=["pixels"],
                      output_names=["logits"], dynamic_shapes=({0: batch},), dynamo=True, external_data=False)
    graph = onnx.load(path)
    for node in [*graph.graph.node, *graph.graph.value_info]:
        del node.metadata_props[:]  # traces of the program that exported it
    del graph.graph.metadata_props[:]
    onnx.save(graph, path)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", type=pathlib.Path, default=pathlib.Path("sub-bit"))
    p.add_argument("--eta", type=int, default=4, help="bits of a kernel: 4, 5 or 6")
    p.add_argument("--epochs", type=float, default=3)
    p.add_argument("--binary", type=float, default=0.4, help="the share of steps before the codebook is chosen")
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--init", help="network.pt of a training to go on from")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    a.out.mkdir(parents=True, exist_ok=True)
    network, seconds = train(a)
    model = Deployed(network).eval()
    torch.save(network.state_dict(), a.out / "network.pt")
    images, labels = load("t10k")
    predictions = predict(model, images)
    accuracy = (predictions == labels).float().mean().item()
    print(f"test accuracy {accuracy:.4f}, {seconds:.0f} s")
    np.save(a.out / "predictions.npy", predictions.numpy().astype(np.uint8))
    export(model, str(a.out / "model.onnx"))
    (a.out / "metrics.json").write_text(json.dumps(
        {"eta": a.eta, "epochs": a.epochs, "test_accuracy": round(accuracy, 4), "seconds": round(seconds),
         "threads": a.threads, "seed": a.seed}, indent=1) + "\n")


if __name__ == "__main__":
    main()
