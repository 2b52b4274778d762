"""ONNX's node tests: the bounds, no crash, and the committed lists in step with what runs."""

import json
import os
import pathlib

import pytest

import node_tests

FOLDER = pathlib.Path(__file__).resolve().parent
BOUNDS = {"static": 0.75, "symbolic": 0.65, "constant": 0.75}


def committed(name):
    return json.loads((FOLDER / name).read_text())


def test_out_of_scope_list(cases):
    """The list says of every test that the bounds leave out why, and of no other."""
    reasons = {name: node_tests.out_of_scope(case) for name, case in cases.items()}
    assert committed("out_of_scope.json") == {name: reason for name, reason in sorted(reasons.items()) if reason}


@pytest.mark.parametrize("form", node_tests.FORMS)
def test_node_tests(form, cases, runner):
    names = [name for name, case in cases.items() if not node_tests.out_of_scope(case)]
    results = node_tests.run(runner, cases, form, names, jobs=os.cpu_count())
    outcomes = {name: outcome for name, (outcome, _) in results.items()}
    assert [name for name, outcome in outcomes.items() if outcome == "crashed"] == []
    passed = sum(outcome == "passed" for outcome in outcomes.values())
    assert passed >= BOUNDS[form] * len(outcomes)
    # utils/gen_operators_page.py --update writes the file; docs/operators.md follows from it.
    expected = {name: of_form.get(form) for name, of_form in committed("results.json").items()}
    assert {name: (outcomes[name], expected.get(name)) for name in outcomes if outcomes[name] != expected.get(name)} == {}
