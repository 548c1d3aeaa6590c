"""Options of reading on their way into an index: processes, timings, photographs of two kinds."""

from __future__ import annotations

import importlib
import logging

import numpy as np
import pytest

from patentzoo.embedding import batches
from patentzoo.errors import ConfigError
from patentzoo.index import build_index, load_index, repair_index
from patentzoo.index.storage import read_settings


def test_processes_build_the_index_that_threads_build(model, folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    found = []
    options = {"batch_size": 4, "workers": 2, "on_error": "skip"}
    threads = build_index(model, folder, **options)
    made = build_index(
        model, folder, path=tmp_path / "index", processes=True, timings=found.append, **options
    )
    assert made.ids == threads.ids
    assert np.array_equal(made.vectors, threads.vectors)
    assert list(made.failures) == list(threads.failures)
    assert [each.images for each in found] == [6]


def test_add_hands_processes_and_timings_on(model, folder, process_pools):
    index, found = build_index(model, [("a", np.zeros((9, 9)))]), []
    index.add(folder, processes=True, timings=found.append)
    assert (len(index), len(process_pools), [each.images for each in found]) == (7, 1, [6])


@pytest.fixture
def told(caplog):
    """What was logged since it was last asked, with its level."""
    caplog.set_level(logging.INFO, "patentzoo.index")

    def since() -> list[tuple[int, str]]:
        records = [r for r in caplog.records if r.name.startswith("patentzoo.index")]
        caplog.clear()
        return [(each.levelno, each.getMessage()) for each in records]

    return since


def test_photographs_of_another_kind_are_told_of_once(model, draw, tmp_path, told):
    index = build_index(model, [("a", draw(1))], path=tmp_path / "index", photos="grey")
    index.add([("b", draw(2))], photos="grey")
    index.add([("c", draw(3))])
    assert told() == []
    index.add([("d", draw(4))], photos="lines")
    ((level, text),) = told()
    assert level == logging.WARNING
    assert "built with photos='grey', and this is added with photos='lines'" in text
    assert "only the first time" in text
    again = load_index(index.path, model)
    again.add([("e", draw(5))], photos="lines")
    ((level, _),) = told()
    assert level == logging.INFO
    assert again.photos == "grey"


def test_an_unknown_kind_is_an_error_and_no_warning(model, draw, told):
    index = build_index(model, [("a", draw(1))])
    with pytest.raises(ConfigError, match="Did you mean 'lines'"):
        index.add([("b", draw(2))], photos="line")
    assert told() == []


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_add_cuts_sheets_as_the_index_was_built(model, draw, tmp_path, monkeypatch, where):
    path = None if where == "memory" else tmp_path / "index"
    index = build_index(model, [("a", draw(1))], figures="split", path=path)
    if path is not None:
        index = load_index(path, model)
    read, asked = batches.read_options, []

    def noted(options):
        asked.append(options.figures)
        return read(options)

    monkeypatch.setattr(batches, "read_options", noted)
    index.add([("b", draw(2))])
    index.add([("c", draw(3))], figures="whole")
    index.add([("d", draw(4))], figures="auto")
    assert (index.figures, asked) == ("split", ["split", "whole", "auto"])
    with index.read() as view:
        kept = read_settings.groups(view.connection, ["a", "b", "c", "d"])
    assert sorted(map(len, kept.values())) == [1, 1, 2]


def test_an_index_of_vectors_reads_what_is_added_as_embed_does(model, drawings):
    assert build_index(model, drawings(3)).figures == "auto"


@pytest.fixture
def weekly(draw, tmp_path):
    """A folder of one week's grants: two designs and a utility grant, by their names."""
    root = tmp_path / "I20220104"
    for number, name in enumerate(["USD0939806", "USD0939807", "US11212345"]):
        (root / name).mkdir(parents=True)
        draw(number).save(root / name / f"{name}-20220104-D00001.png")
    return root


def patents(index) -> set[str]:
    return {name.partition("/")[0] for name in index.ids}


def test_add_takes_the_grants_that_the_index_was_built_of(
    model, draw, weekly, tmp_path, run, monkeypatch
):
    command = importlib.import_module("patentzoo.cli.index")
    monkeypatch.setattr(command, "open_index", lambda target, *_: load_index(target, model))
    index = build_index(model, weekly, path=tmp_path / "index", kind="design")
    assert patents(index) == {"USD0939806", "USD0939807"}
    draw(7).save(weekly / "USD0939807" / "USD0939807-20220104-D00002.png")
    index = load_index(index.path, model)
    assert index.kind == "design"
    assert index.add(weekly).added == 1
    index.store.close()
    code, _, error = run("index", weekly, "--add", "--out", index.path)
    assert (code, patents(load_index(index.path))) == (0, {"USD0939806", "USD0939807"}), error
    assert index.add(weekly, kind="all").added == 1
    assert patents(index) == {"USD0939806", "USD0939807", "US11212345"}


@pytest.mark.parametrize("given", [True, False], ids=["images given", "by its paths"])
def test_a_repair_takes_them_too(model, weekly, tmp_path, given):
    index = build_index(model, weekly, path=tmp_path / "index", kind="design")
    index.add(weekly, kind="utility")
    before = sorted(index.ids)
    assert len(before) == 3
    index.store.close()
    for file in index.path.glob("*.seg"):
        file.write_bytes(b"damaged")
    done = repair_index(index.path, model, weekly if given else None)
    assert (done.replaced, done.removed) == (3, 0)
    assert sorted(load_index(index.path).ids) == before
    with index.read() as view:
        kept = read_settings.groups(view.connection, before)
    assert sorted(map(len, kept.values())) == [1, 2]
    assert index.add(weekly).unchanged == 2
