"""Turn a trained language model into a spiking one without retraining, and let it continue a verse token by token.

    python examples/gpt2-kjv/run.py                      the model in this folder
    python examples/gpt2-kjv/run.py --model smollm2      SmolLM2-135M, from its wheel (pip says what it needs)

Needs the package rheobase (PYTHONPATH=python in a checkout) and a build of the programs. Prints what the float network and the spiking
one write, both from the cache that their sessions keep, then perplexities on text that neither training nor calibration
saw, speed and spikes.
"""

import argparse
import pathlib
import sys
import time

import numpy as np

from models import MODELS, STATES, WINDOW, Missing
import rheobase

BATCH = 4


def say(text=""):
    print(text, flush=True)


def feeds(artifact_inputs, tokens, past):
    """The inputs for `tokens` [batch, length] behind `past` others."""
    batch, length = tokens.shape
    made = {
        "input_ids": tokens,
        "attention_mask": np.ones((batch, past + length), np.int64),
        "position_ids": np.tile(np.arange(past, past + length), (batch, 1)),
    }
    return {info.name: made[info.name] for info in artifact_inputs}


def samples(ann, tokens):
    """Calibration data: windows behind an empty cache."""
    made = feeds(ann.inputs, tokens, 0)
    for state in ann.states:
        shape = [size if isinstance(size, int) else 0 for size in state.shape]
        made[state.name] = np.zeros([len(tokens), *shape[1:]], state.dtype)
    return made


def compile_both(model, out, steps):
    ann_path, snn_path = out / f"{model.name}.ann.rheo", out / f"{model.name}.T{steps}.rheo"
    say(f"snn-opt {model.onnx.name} --ann --state {STATES} -o {ann_path}")
    rheobase.compile(model.onnx, ann_path, ann=True, states=[STATES], target="native")
    say(f"snn-opt {model.onnx.name} --state {STATES} --steps {steps} --weights int8 --calibrate ... -o {snn_path}")
    with rheobase.Artifact(ann_path) as ann:
        given = samples(ann, model.calibration)
    rheobase.compile(
        model.onnx, snn_path, steps=steps, weights="int8", calibrate=given, states=[STATES], target="native"
    )
    return ann_path, snn_path


def tokens_after(session, inputs, prompt, count):
    """The likeliest tokens that follow, one by one; the cache is the session's."""
    session.reset_states()
    given, past = np.array([prompt], np.int64), 0
    for _ in range(count):
        logits = session.run(feeds(inputs, given, past))["logits"]
        past += given.shape[1]
        given = logits[:, -1:].argmax(-1).astype(np.int64)
        yield int(given[0, 0])


def write(artifact, model, prompt, count, title):
    """Prints the continuation as it is made; its tokens and how many a second."""
    print(f"\n{title}\n  {model.decode(prompt)}|", end="", flush=True)
    made, shown = [], ""
    with artifact.session() as session:
        begin = time.perf_counter()
        for token in tokens_after(session, artifact.inputs, prompt, count):
            made.append(token)
            text = model.decode(made)
            if not text.endswith("\ufffd"):  # half a character waits for its other half
                print(text[len(shown) :].replace("\n", "\n  "), end="", flush=True)
                shown = text
        seconds = time.perf_counter() - begin
    say()
    return made, count / seconds


def cache_bytes(artifact, prompt):
    """What the session keeps for each token."""
    with artifact.session() as session:
        session.run(feeds(artifact.inputs, np.array([prompt], np.int64), 0))
        return sum(value.nbytes for value in session.states().values()) / len(prompt)


def count_spikes(artifact, prompt, count):
    """Spikes for each new token, and for each activation, the prompt's left out."""
    with artifact.session(counting=True) as session:
        tokens = tokens_after(session, artifact.inputs, prompt, count + 1)
        next(tokens)
        session.reset_counters()
        made = sum(1 for _ in tokens)
        totals = session.totals()
    return totals["spikes"] / made, totals["spikes"] / totals["activations"]


def perplexity(artifact, tokens, windows, title):
    """exp of the mean loss over windows that do not overlap."""
    x = tokens[: windows * WINDOW].reshape(windows, WINDOW)
    y = tokens[1 : windows * WINDOW + 1].reshape(windows, WINDOW)
    total = 0.0
    with artifact.session() as session:
        for first in range(0, windows, BATCH):
            session.reset_states()
            logits = session.run(feeds(artifact.inputs, x[first : first + BATCH], 0))["logits"]
            top = logits.max(-1, keepdims=True)
            sums = np.log(np.exp((logits - top).astype(np.float64)).sum(-1)) + top[..., 0]
            total += (sums - np.take_along_axis(logits, y[first : first + BATCH, :, None], -1)[..., 0]).sum()
            if sys.stdout.isatty():
                print(f"\r  {title}: {min(first + BATCH, windows)} of {windows} windows", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\x1b[K", end="")
    return float(np.exp(total / y.size))


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 4), *lines[1:]])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="gpt2-kjv")
    parser.add_argument("--prompt", help="the text to continue (needs the package tokenizers)")
    parser.add_argument("--tokens", type=int, default=48, help="how many to add (%(default)s)")
    parser.add_argument("--steps", type=int, default=8, help="time steps T (%(default)s)")
    parser.add_argument("--windows", type=int, help="windows of test text (gpt2-kjv: all 146, smollm2: 16)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("demo"), help="folder for the artifacts (%(default)s)")
    return parser.parse_args()


def main():
    args = parse()
    args.out.mkdir(parents=True, exist_ok=True)
    model = MODELS[args.model](args.out)
    prompt = model.encode(args.prompt) if args.prompt else model.prompt()
    most = (len(model.test) - 1) // WINDOW
    windows = min(most, args.windows or (most if args.model == "gpt2-kjv" else 16))
    ann_path, snn_path = compile_both(model, args.out, args.steps)
    with rheobase.Artifact(ann_path) as ann, rheobase.Artifact(snn_path) as snn:
        written, speed = write(ann, model, prompt, args.tokens, "float network")
        spiked, snn_speed = write(snn, model, prompt, args.tokens, f"spiking network, T={args.steps}")
        per_token, per_activation = count_spikes(snn, prompt, min(args.tokens, 16))
        kept = [cache_bytes(each, prompt) for each in (ann, snn)]
        losses = [perplexity(each, model.test, windows, name) for each, name in ((ann, "float"), (snn, "spiking"))]
        sizes = [each.file_size for each in (ann, snn)]
    same = next((i for i, (a, b) in enumerate(zip(written, spiked)) if a != b), len(written))
    say()
    say(
        table(
            [
                (model.name, "float (ANN)", f"spiking (T={args.steps}, int8)"),
                (f"perplexity, {windows * WINDOW} tokens", *(f"{loss:.3f}" for loss in losses)),
                ("tokens equal to the float network's", "", f"the first {same} of {len(written)}"),
                ("tokens per second", f"{speed:.0f}", f"{snn_speed:.0f}"),
                ("spikes per token", "", f"{per_token:,.0f}"),
                ("spikes per activation", "", f"{per_activation:.3f}"),
                ("cache per token", *(f"{size:,.0f} bytes" for size in kept)),
                ("artifact", *(f"{size / 1e6:.2f} MB" for size in sizes)),
            ]
        )
    )


if __name__ == "__main__":
    try:
        main()
    except (Missing, rheobase.Error) as error:
        sys.exit(f"error: {error}")
