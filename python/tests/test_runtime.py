"""Artifact and Session on the small network of conftest.py."""

import sys
import threading

import numpy as np
import pytest

import rheobase


@pytest.fixture
def artifact(artifact_file):
    with rheobase.Artifact(artifact_file) as opened:
        yield opened


def inputs(rows, seed=0):
    random = np.random.default_rng(seed)
    return {"x": random.normal(size=(rows, 4)).astype(np.float32), "index": np.arange(rows) % 5}


def expected(given, constants):
    y = np.maximum(given["x"] @ constants["w"] + constants["b"], 0)
    return {"y": y, "z": constants["rows"][given["index"]]}


def test_what_an_artifact_says(artifact, artifact_file):
    assert [(tensor.name, tensor.dtype, tensor.shape[1:]) for tensor in artifact.inputs] == [
        ("x", np.float32, (4,)),
        ("index", np.int64, ()),
    ]
    assert [tensor.name for tensor in artifact.outputs] == ["y", "z"]
    assert artifact.inputs[0].shape[0] == "batch"
    assert [symbol.name for symbol in artifact.symbols] == ["batch"]
    assert artifact.file_size == artifact_file.stat().st_size
    assert any(section.kind == "machine code" and section.usable for section in artifact.sections)


@pytest.mark.parametrize("rows", [1, 3, 64])
def test_run(artifact, constants, rows):
    given = inputs(rows)
    with artifact.session() as session:
        result = session.run(given)
    for name, value in expected(given, constants).items():
        assert result[name].shape == value.shape
        np.testing.assert_allclose(result[name], value, atol=1e-6)


def test_a_session_takes_other_shapes_and_strided_arrays(artifact, constants):
    with artifact.session(threads=2) as session:
        for rows in (5, 2, 9):
            given = inputs(rows, seed=rows)
            given["x"] = np.asfortranarray(given["x"])
            np.testing.assert_allclose(session.run(given)["y"], expected(given, constants)["y"], atol=1e-6)


def test_an_array_may_change_between_runs(artifact, constants):
    with artifact.session() as session:
        given = inputs(4)
        session.run(given)
        given["x"][:] = inputs(4, seed=1)["x"]
        np.testing.assert_allclose(session.run(given)["y"], expected(given, constants)["y"], atol=1e-6)
        given["x"] = given["x"].reshape(4, 4)[:2].copy()
        given["index"] = given["index"][:2]
        np.testing.assert_allclose(session.run(given)["y"], expected(given, constants)["y"], atol=1e-6)
        kept = given["x"]
        kept.shape = (4, 2)
        with pytest.raises(rheobase.RunError, match="input 'x'"):
            session.run(given)
        kept.shape = (2, 4)
        session.run(given)
        kept.dtype = np.int32
        with pytest.raises(rheobase.RunError, match="input 'x' is int32, expected float32"):
            session.run(given)


def test_large_inputs_are_not_kept(artifact):
    with artifact.session() as session:
        large = inputs(100_000)["x"]
        held = sys.getrefcount(large)
        session.run({"x": large, "index": np.zeros(100_000, np.int64)})
        assert sys.getrefcount(large) == held


def test_sessions_of_one_artifact_run_at_once(artifact, constants):
    failures = []

    def work(seed):
        given = inputs(50, seed)
        with artifact.session(threads=1) as session:
            for _ in range(20):
                if not np.allclose(session.run(given)["y"], expected(given, constants)["y"], atol=1e-6):
                    failures.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda given: given.pop("x"), "input 'x'"),
        (lambda given: given.update(more=given["x"]), "no input named 'more'"),
        (lambda given: given.update(x=given["x"].astype(np.float64)), "float64, expected float32"),
        (lambda given: given.update(x=given["x"][:, :3].copy()), "x"),
        (lambda given: given.update(x=given["x"][0].copy()), "x"),
        (lambda given: given.update(index=given["index"][:1].copy()), "batch"),
    ],
)
def test_a_wrong_input_is_named(artifact, change, words):
    given = inputs(3)
    change(given)
    with artifact.session() as session, pytest.raises(rheobase.RunError, match=words) as raised:
        session.run(given)
    assert raised.value.code == "invalid argument"


def test_an_index_out_of_range_is_an_error_that_names_the_node(artifact, constants):
    given = inputs(3)
    given["index"][1] = 7
    with artifact.session() as session:
        with pytest.raises(rheobase.RunError, match="/gather") as raised:
            session.run(given)
        assert raised.value.code == "failed"
        given["index"][1] = -1
        np.testing.assert_array_equal(session.run(given)["z"][1], constants["rows"][-1])


def test_progress_can_end_a_run(artifact):
    seen = []
    with artifact.session() as session:
        session.run(inputs(2), progress=lambda done, total: seen.append((done, total)))
        assert seen and seen[0][0] == 0 and all(done < total for done, total in seen)
        with pytest.raises(rheobase.RunError) as raised:
            session.run(inputs(2), progress=lambda done, total: False)
        assert raised.value.code == "cancelled"


def test_what_progress_raises_comes_out_of_run(artifact):
    def stop(done, total):
        raise KeyboardInterrupt

    with artifact.session() as session:
        with pytest.raises(KeyboardInterrupt):
            session.run(inputs(2), progress=stop)
        session.run(inputs(2))


def test_profile(artifact):
    with artifact.session(profile=True) as session:
        session.run(inputs(2))
        session.run(inputs(2))
        assert session.profile and all(entry.runs == 2 for entry in session.profile)
        session.reset_profile()
        assert all(entry.runs == 0 and entry.nanoseconds == 0 for entry in session.profile)


def test_counters_are_zero_without_counting(artifact):
    with artifact.session() as session:
        session.run(inputs(2))
        assert all(counter.value == 0 for counter in session.counters)


def test_an_unknown_tap_and_an_unknown_variant_are_errors(artifact):
    with artifact.session() as session, pytest.raises(rheobase.RunError, match="no tap named 'nothing'"):
        session.select_tap("nothing")
    with pytest.raises(rheobase.RunError, match="z80"):
        artifact.session(cpu_variant="z80")


def test_closed_things_are_errors(artifact_file):
    opened = rheobase.Artifact(artifact_file)
    session = opened.session()
    opened.close()
    opened.close()
    with pytest.raises(rheobase.RunError, match="closed"):
        opened.session()
    session.close()
    session.close()
    with pytest.raises(rheobase.RunError, match="closed"):
        session.run(inputs(1))


def test_machine_code_can_be_refused(artifact_file):
    with rheobase.Artifact(artifact_file, refuse_machine_code=True) as opened:
        assert opened.inputs
        with pytest.raises(rheobase.RunError) as raised:
            opened.session()
        assert raised.value.code == "refused"


@pytest.mark.parametrize("constants", ["auto", "mapped", "loaded"])
def test_constants_are_mapped_or_loaded(artifact_file, constants):
    with rheobase.Artifact(artifact_file) as usual, rheobase.Artifact(artifact_file, constants=constants) as opened:
        expected = usual.run(inputs(3))
        for name, array in opened.run(inputs(3)).items():
            np.testing.assert_array_equal(array, expected[name])


def test_constants_are_nowhere_else(artifact_file):
    with pytest.raises(rheobase.RunError, match="constants is 'copied', expected one of"):
        rheobase.Artifact(artifact_file, constants="copied")


def test_a_damaged_file_is_an_error(artifact_file, tmp_path):
    content = bytearray(artifact_file.read_bytes())
    content[len(content) // 2] ^= 1
    bad = tmp_path / "bad.rheo"
    bad.write_bytes(content)
    with pytest.raises(rheobase.RunError) as raised:
        rheobase.Artifact(bad)
    assert raised.value.code == "corrupt"


def test_a_missing_file_is_an_error(artifact_file, tmp_path):
    with pytest.raises(rheobase.RunError) as raised:
        rheobase.Artifact(tmp_path / "none.rheo")
    assert raised.value.code == "not found"


def test_runtime_version(artifact_file):
    assert rheobase.runtime_version().count(".") == 2


def test_results_that_are_held_stay_what_they_are(artifact, constants):
    """A small array that nobody holds is used again; one that somebody sees, whole or in part, is not."""
    with artifact.session() as session:
        given = [inputs(3, seed) for seed in range(4)]
        first = session.run(given[0])
        part = session.run(given[1])["y"][1:, 0]
        for again in given[2:]:
            results = session.run(again)
            for name, value in expected(again, constants).items():
                np.testing.assert_allclose(results[name], value, rtol=1e-5)
        np.testing.assert_allclose(first["y"], expected(given[0], constants)["y"], rtol=1e-5)
        np.testing.assert_allclose(part, expected(given[1], constants)["y"][1:, 0], rtol=1e-5)
        place = results["y"].ctypes.data
        del results
        assert session.run(given[0])["y"].ctypes.data == place
