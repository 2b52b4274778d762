#!/usr/bin/env python3
"""Write docs/operators.md from the results of ONNX's node tests.

    utils/gen_operators_page.py                          write the page from test/conformance/results.json
    utils/gen_operators_page.py --check                  fail when the page, or the list of what is out of scope, is stale
    utils/gen_operators_page.py --update --build build   run the tests, write results.json and out_of_scope.json, then the page
"""

import argparse
import collections
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "test" / "conformance"
sys.path[:0] = [str(FOLDER), str(ROOT / "utils")]

import onnx  # noqa: E402
import onnx.defs  # noqa: E402

import gen_onnx_dialect as dialect  # noqa: E402
import node_tests  # noqa: E402

TARGET = ROOT / "docs" / "operators.md"
SHORT = {"FLOAT": "f32", "DOUBLE": "f64", "FLOAT16": "f16", "BFLOAT16": "bf16", "BOOL": "bool"}

HEAD = """\
# Operators

What the compiler does with ONNX's own backend node tests (the `onnx` package {version}): each is compiled for the CPU, not
converted, and its outputs are compared with the expected ones at the tests' tolerances. Written by `make docs` from
`test/conformance/results.json`, which is what the tests in `test/conformance` find.

| form | passed | of | |
|---|---|---|---|
{totals}

In the *static* form all sizes are numbers. In the *symbolic* form every size above 1 of every input is a symbol of its own, but
for weights, tuples of indices, and the lengths of lists with something for each axis. In both, *shape operands*, on whose
elements shapes depend, are inputs of the program; in the *constant* form, which only tests with such operands have, they are
constants of the model, as exporters write them. {scope} of the {all} tests are out of scope ([the list](../test/conformance/out_of_scope.json)): {reasons}.

A row is an operator and the opset of its form that the tests use. `expanded` tests run the operator's function body from the
standard in its place. *Kind*: an op of the `onnx` dialect, or written in others by the importer. Element types are those of
inputs and outputs of tests that pass.

| operator | opset | kind | static | symbolic | constant | expanded, static | expanded, symbolic | expanded, constant | element types | shape operands |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}

Operators of the standard that are not supported, and have no test above: {missing}.
"""


def type_name(number):
    name = onnx.TensorProto.DataType.Name(number)
    return SHORT.get(name, name.lower().replace("uint", "u").replace("int", "i"))


def types_of(model):
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.HasField("tensor_type"):
            yield type_name(value.type.tensor_type.elem_type)


def kind_of(domain, op):
    if domain not in ("", "ai.onnx"):
        return ""
    if op in dialect.OPERATORS or op == "Constant":
        return "op"
    return "others" if op in dialect.COMPOSITES else ("unrolled" if op in ("If", "Loop", "Scan") else "")


class Row:
    def __init__(self):
        self.counts = collections.Counter()
        self.types = set()

    def add(self, name, outcomes, model):
        part = "expanded" if "_expanded" in name else "own"
        for form, outcome in outcomes.items():
            self.counts[part, form, "all"] += 1
            self.counts[part, form, "passed"] += outcome == "passed"
        if "passed" in outcomes.values():
            self.types.update(types_of(model))

    def cell(self, part, form):
        total = self.counts[part, form, "all"]
        return f"{self.counts[part, form, 'passed']}/{total}" if total else ""


def rows_of(cases, results):
    rows = collections.defaultdict(Row)
    for name, outcomes in results.items():
        domain, op, opset = node_tests.operator(cases, name)
        since = onnx.defs.get_schema(op, opset, domain).since_version
        rows[op, since, domain].add(name, outcomes, cases[name].model)
    for (op, since, domain), row in sorted(rows.items(), key=lambda item: (item[0][0].lower(), item[0])):
        cells = [row.cell(part, form) for part in ("own", "expanded") for form in node_tests.FORMS]
        operands = ", ".join(f"`{operand}`" for operand in node_tests.SHAPE_OPERANDS.get(op, []))
        name = f"{domain}.{op}" if domain else op
        yield f"| {name} | {since} | {kind_of(domain, op)} | {' | '.join(cells)} | {', '.join(sorted(row.types))} | {operands} |"


def page(cases, results, out_of_scope):
    totals = []
    for form in node_tests.FORMS:
        outcomes = [of_form[form] for of_form in results.values() if form in of_form]
        passed = outcomes.count("passed")
        totals.append(f"| {form} | {passed} | {len(outcomes)} | {100 * passed / len(outcomes):.1f} % |")
    reasons = collections.Counter(out_of_scope.values())
    tested = {node_tests.operator(cases, name)[1] for name in results}
    known = set(dialect.OPERATORS) | set(dialect.COMPOSITES) | {"Constant", "If", "Loop", "Scan"}
    standard = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
    return HEAD.format(
        version=onnx.__version__, totals="\n".join(totals), scope=len(out_of_scope), all=len(cases),
        reasons=", ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items())),
        rows="\n".join(rows_of(cases, results)), missing=", ".join(sorted(standard - known - tested)))


def update(cases, build):
    reasons = {name: node_tests.out_of_scope(case) for name, case in sorted(cases.items())}
    names = [name for name, reason in reasons.items() if not reason]
    runner = build.resolve() / "bin" / "conformance-runner"
    of_form = {form: node_tests.run(runner, cases, form, names, jobs=os.cpu_count()) for form in node_tests.FORMS}
    results = {name: {form: of_form[form][name][0] for form in node_tests.forms_of(cases, name)} for name in names}
    for path, data in [("results.json", results), ("out_of_scope.json", {n: r for n, r in reasons.items() if r})]:
        (FOLDER / path).write_text(json.dumps(data, indent=0) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    parser.add_argument("--update", action="store_true", help="run the tests first")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder, for --update")
    args = parser.parse_args()
    cases = node_tests.load()
    if args.update:
        update(cases, args.build)
    text = page(cases, *(json.loads((FOLDER / name).read_text()) for name in ("results.json", "out_of_scope.json")))
    if args.check:
        if TARGET.read_text() != text:
            sys.exit(f"stale: {TARGET.relative_to(ROOT)}: run make docs and commit the result")
        return
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
