#!/usr/bin/env python3
"""Run clang-tidy on the sources that changed lately, within a time budget.

    utils/tidy.py --build build                     what the last day's commits and the working tree changed
    utils/tidy.py --build build --all --budget 0    everything, however long it takes (as `make tidy` does while compiling)
    utils/tidy.py --build build lib/Import/A.cpp    these files

"The last day" counts back from the newest commit. The most recently changed files come first; those that the budget
leaves unchecked are named. Exits 1 on a finding.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DAY_S = 24 * 3600


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def changed_files():
    """Paths in the order of their last change, the newest first: the working tree, then commit by commit."""
    newest = int(git("log", "-1", "--format=%ct") or 0)
    paths = git("ls-files", "-mo", "--exclude-standard").split("\n")
    paths += git("log", f"--since={newest - DAY_S}", "--name-only", "--format=").split("\n")
    return list(dict.fromkeys(path for path in paths if path))


def check(path, build):
    command = ["clang-tidy-22", "--quiet", "-p", str(build), str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="sources to check instead of the changed ones")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="a build folder made with clang-22")
    parser.add_argument("--all", action="store_true", help="every source of that build")
    parser.add_argument("--budget", type=float, default=600, help="seconds after which no file is begun; 0: no limit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    args = parse()
    database = json.loads((args.build / "compile_commands.json").read_text())
    compiled = {pathlib.Path(entry["directory"], entry["file"]).resolve() for entry in database}
    compiled = {path for path in compiled if path.is_relative_to(ROOT) and not path.is_relative_to(args.build.resolve())}
    if args.all:
        wanted = sorted(compiled)
    else:
        wanted = [(ROOT / path).resolve() for path in args.files or changed_files()]
    paths = [path for path in wanted if path in compiled]
    begin, bad, left = time.monotonic(), 0, []

    def work(path):
        if args.budget and time.monotonic() - begin > args.budget:
            return None
        return check(path, args.build)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for path, result in zip(paths, pool.map(work, paths)):
            name = path.relative_to(ROOT)
            if result is None:
                left.append(str(name))
            elif result[0]:
                bad += 1
                print(f"{name}:\n{result[1]}", flush=True)
    print(f"clang-tidy: {len(paths) - len(left)} files checked, {bad} with findings, {len(left)} left by the time budget")
    if left:
        print("  not checked: " + " ".join(left))
    sys.exit(1 if bad else 0)


main()
