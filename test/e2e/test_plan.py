"""Plans: what is written reads back to the same artifact, may be edited, and meets its goal on data it has not seen."""

import json

import numpy as np
import pytest

import rheobase
from support import EXAMPLE, run

SNN = dict(weights="int8", target="native")


@pytest.fixture(scope="module")
def samples(fashion):
    return {"pixel_values": fashion[0][:24]}


def compiled(folder, samples, *options):
    path = rheobase.compile(EXAMPLE / "model.onnx", folder / "m.rheo", calibrate=samples, options=options, **SNN)
    return path.read_bytes()


def error(found, expected):
    return np.sqrt(np.sum((found - expected) ** 2) / np.sum(expected**2))


@pytest.fixture(scope="module")
def ann(tmp_path_factory):
    return rheobase.compile(EXAMPLE / "model.onnx", tmp_path_factory.mktemp("ann") / "ann.rheo", ann=True, target="native")


@pytest.fixture(scope="module")
def planned(tmp_path_factory, samples):
    """Bytes and plan of a network that is at most 3 % off."""
    folder = tmp_path_factory.mktemp("planned")
    plan = folder / "plan.json"
    content = compiled(folder, samples, "--target-error=3%", f"--plan={plan}")
    return content, plan


def mean_steps(plan):
    sites = json.loads(plan.read_text())["sites"]
    return np.average([site["steps"] for site in sites], weights=[site["activations"] for site in sites])


def test_a_written_plan_reads_back_to_the_same_bytes(tmp_path, samples, planned):
    content, plan = planned
    assert compiled(tmp_path, samples, f"--plan={plan}") == content


def test_the_error_is_kept_on_other_images(tmp_path, fashion, ann, planned):
    path = tmp_path / "m.rheo"
    path.write_bytes(planned[0])
    images = {"pixel_values": fashion[0][5000:5200]}
    expected, _ = run(ann, images)
    found, _ = run(path, images)
    assert 0.005 < error(found, expected) < 0.04
    sites = json.loads(planned[1].read_text())["sites"]
    assert len({site["steps"] for site in sites}) > 1
    assert {"linear", "query", "key", "attention", "value"} == {site["role"] for site in sites}


def test_one_site_may_be_edited(tmp_path, samples, planned):
    content, plan = planned
    text = json.loads(plan.read_text())
    text["sites"][3]["steps"] = 12 if text["sites"][3]["steps"] != 12 else 11
    edited = tmp_path / plan.name
    edited.write_text(json.dumps(text))
    assert compiled(tmp_path, samples, f"--plan={edited}") != content


def test_planes_and_spikes_stay_within_their_limits(tmp_path, samples):
    plan = tmp_path / "plan.json"
    compiled(tmp_path, samples, "--max-planes=6.5", f"--plan={plan}")
    assert 6.3 < mean_steps(plan) <= 6.5
    compiled(tmp_path, samples, "--max-spikes=2.2", f"--plan={plan}")
    names = {site["site"] for site in json.loads(plan.read_text())["sites"]}
    with rheobase.Artifact(tmp_path / "m.rheo") as snn, snn.session(counting=True) as session:
        session.run(samples)
        counters = session.counters

    def counted(quantity):
        return sum(
            each.value
            for each in counters
            if each.quantity == quantity and each.site.removesuffix(":outliers") in names
        )

    assert 1.8 < counted("spikes") / counted("activations") <= 2.2
