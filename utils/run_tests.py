#!/usr/bin/env python3
"""Run the test suites of a build and close with one line over all of them: N passed, N failed, N skipped.

    utils/run_tests.py --build build                      every suite
    utils/run_tests.py --build build-asan --suites lit,unit
    utils/run_tests.py --build build --suites pytest --filter vit

Suites: lit (test/, both programs through their command lines), unit (GoogleTest programs, through ctest), pytest
(python/tests and test/e2e). Result files are left in BUILD/test-results, the closing line in its summary.txt. Exits 1
when a test failed or none ran.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIT = "/usr/lib/llvm-22/bin/lit"
CTEST = "/usr/bin/ctest"
PROGRAM_TIMEOUT_S = 1200


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def fail(self, name):
        self.failed += 1
        self.failures.append(name)

    def total(self):
        return self.passed + self.failed + self.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_lit(args, results):
    """lit over test/; a test that lit could not judge counts as failed."""
    out = results / "lit.json"
    command = [LIT, f"-j{args.jobs}", "-v" if args.verbose else "-qv", "--output", str(out), "--allow-empty-runs"]
    command.append(str(args.build / "test"))
    if args.filter:
        command += ["--filter", args.filter]
    code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    counts = Counts()
    if not out.exists():
        counts.fail(f"lit ended with {code} and no results")
        return counts
    for test in json.loads(out.read_text())["tests"]:
        if test["code"] in ("PASS", "FLAKYPASS", "XFAIL"):
            counts.passed += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED"):
            counts.skipped += 1
        elif test["code"] != "EXCLUDED":
            counts.fail(f"{test['name']}: {test['code']}")
    return counts


def junit(path, suite):
    """Counts of a JUnit-like file: pytest's, GoogleTest's."""
    counts = Counts()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{suite}: {case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            counts.fail(name)
        elif case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def run_unit(args, results):
    """GoogleTest programs through ctest; a program that died before it wrote its results counts as one failure."""
    folder = results / "unit"
    folder.mkdir()
    summary = results / "ctest.xml"
    command = [CTEST, "--test-dir", str(args.build), "-j", str(args.jobs), "--output-on-failure", "--no-tests=ignore"]
    command += ["--timeout", str(PROGRAM_TIMEOUT_S), "--output-junit", str(summary)]
    if args.filter:
        command += ["-R", args.filter]
    environment = dict(os.environ, GTEST_OUTPUT=f"xml:{folder}/", GTEST_BRIEF="1")
    code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
    counts = Counts()
    if not summary.exists():
        if code:
            counts.fail(f"ctest ended with {code} and no results")
        return counts
    for program in ElementTree.parse(summary).getroot().iter("testcase"):
        name, ok = program.get("name"), program.get("status") == "run"
        cases = folder / f"{name}.xml"
        of_program = junit(cases, name) if cases.exists() else Counts(passed=int(ok))
        if not ok and not of_program.failed:
            of_program.fail(f"{name}: the program failed outside its tests")
        counts.add(of_program)
    return counts


def run_pytest(args, results):
    """pytest over the Python package and the end-to-end tests, with the programs and libraries of this build."""
    out = results / "pytest.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-rs", f"--junitxml={out}"]
    if args.filter:
        command += ["-k", args.filter]
    environment = dict(os.environ, RHEOBASE_BUILD=str(args.build), RHEOBASE_FULL=str(int(args.full)))
    code = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode
    counts = junit(out, "pytest") if out.exists() else Counts()
    no_tests_collected = 5
    if code not in (0, no_tests_collected) and not counts.failed:
        counts.fail(f"pytest ended with {code}")
    return counts


SUITES = {"lit": run_lit, "unit": run_unit, "pytest": run_pytest}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder")
    parser.add_argument("--suites", default=",".join(SUITES), help="of " + ", ".join(SUITES))
    parser.add_argument("--filter", help="only tests whose name matches (a regular expression; pytest: its -k)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--full", action="store_true", help="end-to-end tests on all images, with the bounds for all")
    parser.add_argument("--verbose", action="store_true", help="name each lit test")
    args = parser.parse_args()
    args.suites = args.suites.split(",")
    for suite in args.suites:
        if suite not in SUITES:
            parser.error(f"no suite '{suite}': expected {', '.join(SUITES)}")
    args.build = args.build.resolve()
    if not (args.build / "CMakeCache.txt").exists():
        parser.error(f"{args.build} is not a build folder: run make first")
    return args


def main():
    args = parse()
    results = args.build / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    all_counts, rows = Counts(), []
    for suite in args.suites:
        print(f"== {suite}", flush=True)
        begin = time.monotonic()
        counts = SUITES[suite](args, results)
        rows.append(f"{suite:8} {counts} in {time.monotonic() - begin:.0f} s")
        all_counts.add(counts)
    print("==")
    for failure in all_counts.failures:
        print(f"FAILED {failure}")
    print("\n".join(rows))
    (results / "summary.txt").write_text(f"{all_counts}\n")
    print(all_counts, flush=True)
    sys.exit(1 if all_counts.failed or not all_counts.total() else 0)


main()
