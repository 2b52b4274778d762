"""Train the demo vision transformer on Fashion-MNIST (Debian package dataset-fashion-mnist).

    python train.py --out vit-fashion --epochs 18
    python train.py --out vit-fashion --epochs 14 --init vit-fashion --erase 0.1 --lr 1e-3 --smooth 0.02      (second stage)

Writes model.safetensors, config.json and metrics.json. Needs torch and transformers; 30 + 20 minutes on two cores.
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from transformers import ViTConfig, ViTForImageClassification

import fashion_mnist

BLACK = -fashion_mnist.MEAN / fashion_mnist.STD



def load(split, folder):
    images, labels = fashion_mnist.load(split, folder)
    return torch.from_numpy(fashion_mnist.normalise(images)), torch.from_numpy(labels)


def augment(x, g, share):
    """Random horizontal flip, shift by up to 2 pixels, and a random erased square (in that share of the images)."""
    n = x.shape[0]
    flip = torch.rand(n, generator=g) < 0.5
    x = torch.where(flip[:, None, None, None], x.flip(-1), x)
    x = F.pad(x, (2, 2, 2, 2), value=BLACK)
    dy, dx = torch.randint(0, 5, (2,), generator=g).tolist()
    x = x[:, :, dy:dy + 28, dx:dx + 28].contiguous()
    cy, cx = torch.randint(0, 21, (2,), generator=g).tolist()
    erase = torch.rand(n, generator=g) < share
    x[erase, :, cy:cy + 8, cx:cx + 8] = BLACK
    return x


def accuracy(model, x, y):
    model.eval()
    with torch.inference_mode():
        hits = sum((model(x[i:i + 500]).logits.argmax(-1) == y[i:i + 500]).sum().item() for i in range(0, len(x), 500))
    return hits / len(x)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="vit-fashion")
    p.add_argument("--data", default=fashion_mnist.FOLDER)
    p.add_argument("--epochs", type=int, default=20)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--lr", type=float, default=1.5e-3)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--erase", type=float, default=0.5)
    p.add_argument("--smooth", type=float, default=0.05)
    p.add_argument("--init", help="folder of a model to go on from")
    a = p.parse_args()
    torch.manual_seed(a.seed)
    g = torch.Generator().manual_seed(a.seed)
    xs, ys = load("train", a.data)
    xt, yt = load("t10k", a.data)
    config = ViTConfig(image_size=28, patch_size=4, num_channels=1, hidden_size=96, num_hidden_layers=6,
                       num_attention_heads=3, intermediate_size=384, hidden_act="gelu", num_labels=10,
                       attn_implementation="eager",
                       id2label=dict(enumerate(fashion_mnist.CLASSES)))
    if a.init:
        model = ViTForImageClassification.from_pretrained(a.init, attn_implementation="eager")
    else:
        model = ViTForImageClassification(config)
    n = sum(t.numel() for t in model.parameters())
    print(f"{n} parameters")
    opt = torch.optim.AdamW(model.parameters(), lr=a.lr, weight_decay=0.05, betas=(0.9, 0.99))
    steps = a.epochs * (len(xs) // a.batch)
    warm = 500
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1, (s + 1) / warm) *
                                              (0.5 * (1 + math.cos(math.pi * min(1, s / steps))) + 1e-3))
    begin, done = time.time(), 0
    for epoch in range(a.epochs):
        model.train()
        order = torch.randperm(len(xs), generator=g)
        for i in range(0, len(xs) - a.batch + 1, a.batch):
            k = order[i:i + a.batch]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(augment(xs[k], g, a.erase)).logits
            loss = F.cross_entropy(out.float(), ys[k], label_smoothing=a.smooth)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            done += 1
            if done % 100 == 0:
                print(f"epoch {epoch} step {done}/{steps} loss {loss.item():.3f} {time.time() - begin:.0f}s", flush=True)
        acc = accuracy(model, xt, yt)
        print(f"epoch {epoch} test accuracy {acc:.4f} {time.time() - begin:.0f}s", flush=True)
        model.save_pretrained(a.out)
        json.dump({"epochs": epoch + 1, "test_accuracy": acc, "parameters": n, "seconds": time.time() - begin},
                  open(f"{a.out}/metrics.json", "w"), indent=1)


main()
