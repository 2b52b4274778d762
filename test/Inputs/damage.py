"""Runs commands on damaged copies of a file: 50 truncated, 50 with flipped bits, 50 of random bytes.

    damage.py GOOD SCRATCH COMMAND...        "{}" in a command stands for the copy, which is written to SCRATCH

Every command must end by itself, with success or as an error that says so. A copy on which one does not is kept.
"""

import pathlib
import random
import subprocess
import sys

ROUNDS = 50
TIMEOUT_S = 60


def copies(good):
    source = random.Random(11)
    for i in range(ROUNDS):
        yield "truncated", good[: len(good) * i // ROUNDS]
    for _ in range(ROUNDS):
        damaged = bytearray(good)
        for _ in range(source.randint(1, 4)):
            damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        yield "flipped", bytes(damaged)
    for _ in range(ROUNDS):
        yield "random", source.randbytes(source.randrange(1, 5000))


def fault(command):
    """What is wrong with how the command ends, or "", and whether it refused the file."""
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"still runs after {TIMEOUT_S} s", False
    said = run.stderr.decode(errors="replace")
    # A sanitizer's report ends a program with 1 too.
    if run.returncode not in (0, 1) or "Sanitizer" in said or "runtime error:" in said:
        return f"exit status {run.returncode}\n{said}", False
    if run.returncode == 1 and "error: " not in said and not run.stdout:
        return "failed and said nothing", True
    return "", run.returncode == 1


def main():
    good, scratch, *commands = sys.argv[1:]
    copy = pathlib.Path(scratch)
    runs = refused = 0
    for number, (kind, content) in enumerate(copies(pathlib.Path(good).read_bytes())):
        copy.write_bytes(content)
        for text in commands:
            command = [word.replace("{}", str(copy)) for word in text.split()]
            wrong, refuses = fault(command)
            if wrong:
                kept = copy.with_name(f"{kind}-{number}-{copy.name}")
                copy.rename(kept)
                sys.exit(f"{kind} copy, kept as {kept}: {' '.join(command)}: {wrong}")
            runs += 1
            refused += refuses
    print(f"{runs} runs, {refused} refused")


main()
