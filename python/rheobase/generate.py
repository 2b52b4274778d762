"""Text in, text out, with a causal language model compiled by snn-opt.

    python -m rheobase.generate gpt2.rheo --tokenizer tokenizer.json --prompt "The meaning of life is"

Tokens are made and read by the `tokenizers` package (not installed with rheobase); the model runs in snn-run. An artifact
compiled with --state past_key_values remembers what it has seen; others see the whole sequence for every token.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import Iterator, Optional, Sequence, Union

from . import _find
from ._errors import Error, RunError


def generate(
    artifact: Union[str, "os.PathLike[str]"],
    prompt: Sequence[int],
    *,
    max_new_tokens: int = 64,
    stop: Optional[int] = None,
    temperature: float = 0.0,
    top_k: int = 0,
    seed: int = 0,
    threads: int = 0,
) -> Iterator[int]:
    """The tokens that follow `prompt`, one by one as they are made.

    Args:
        artifact: the file.
        prompt: token numbers, at least one.
        max_new_tokens: stop after so many.
        stop: stop behind this token.
        temperature: 0 takes the likeliest token; else softmax(logits / temperature) is sampled.
        top_k: sample among so many; 0: all.
        seed: of the samples; the same seed gives the same tokens.
        threads: 0: as many as the CPUs this process may use.

    Raises RunError: snn-run is missing, or refused the artifact or the tokens.
    """
    program = _find.program("snn-run")
    if program is None:
        raise RunError("snn-run not found: set RHEOBASE_BUILD to a build folder or put it on PATH", "not found")
    command = [program, "generate", os.fspath(artifact), "--prompt", ",".join(str(int(token)) for token in prompt)]
    command += ["--max-new-tokens", str(max_new_tokens), "--temperature", str(temperature), "--top-k", str(top_k)]
    command += ["--seed", str(seed), "--threads", str(threads)]
    if stop is not None:
        command += ["--stop", str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        finished = False
        try:
            yield from _tokens(process.stdout)
            finished = True
        finally:
            if not finished:
                process.terminate()
        message = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise RunError(message or f"snn-run ended with {process.returncode}")


def _tokens(stream) -> Iterator[int]:
    """Numbers between blanks, each as soon as it is complete."""
    digits = b""
    while byte := stream.read(1):
        if byte.isspace():
            if digits:
                yield int(digits)
            digits = b""
        else:
            digits += byte


def _tokenizer(path: str):
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise Error("text needs the tokenizers package: pip install tokenizers") from error
    try:
        return Tokenizer.from_file(path)
    except Exception as error:  # the package raises nothing narrower
        raise Error(f"'{path}' is not a tokenizer.json: {error}") from error


def _parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rheobase.generate", description=__doc__.split("\n")[0])
    parser.add_argument("artifact", help="FILE.rheo")
    parser.add_argument("--tokenizer", required=True, help="tokenizer.json")
    parser.add_argument("--prompt", required=True, help="the text to continue")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--stop", help="stop behind this token, given as text, such as <|endoftext|>")
    parser.add_argument("--temperature", type=float, default=0.0, help="0, the default: the likeliest token")
    parser.add_argument("--top-k", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    return parser.parse_args(arguments)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    given = _parse(arguments)
    try:
        tokenizer = _tokenizer(given.tokenizer)
        stop = tokenizer.token_to_id(given.stop) if given.stop else None
        if given.stop and stop is None:
            raise Error(f"--stop is '{given.stop}', which is no token of this tokenizer")
        prompt = tokenizer.encode(given.prompt).ids
        options = {name: getattr(given, name) for name in ("max_new_tokens", "temperature", "top_k", "seed", "threads")}
        made, shown = [], ""
        for token in generate(given.artifact, prompt, stop=stop, **options):
            made.append(token)
            text = tokenizer.decode(made)
            # Half a character is shown when its other half has come.
            if not text.endswith("\ufffd"):
                print(text[len(shown) :], end="", flush=True)
                shown = text
        print()
        return 0
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
