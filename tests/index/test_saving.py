"""Saved indexes: whole, verified, replaced in one step; the older format is still read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from patentzoo.embedding import embed
from patentzoo.errors import (
    ConfigError,
    IndexDamagedError,
    IndexMismatchError,
    ModelNotFoundError,
    OutputError,
)
from patentzoo.index import build_index, load_index, search
from patentzoo.index.storage import segments


@pytest.fixture
def built(model, folder, tmp_path) -> Path:
    build_index(model, folder, path=tmp_path / "index").store.close()
    return tmp_path / "index"


def vector_file(path: Path) -> Path:
    return next(path.glob("vectors-*.seg"))


def test_everything_comes_back(model, folder, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("file,patent,title\nLD000001-D00001.png,USD1,Stühle ☃\n", encoding="utf-8")
    index = build_index(model, folder, patent=table)
    index.save(tmp_path / "deep" / "index")
    again = load_index(tmp_path / "deep" / "index", model)
    assert again.ids == index.ids
    np.testing.assert_array_equal(again.vectors, index.vectors)
    assert (again.model_name, again.fingerprint) == ("tiny", model.fingerprint)
    query = folder / "LD000001-D00001.png"
    assert search(again, query, k=6) == search(index, query, k=6)
    assert search(again, query, k=6)[0].metadata["title"] == "Stühle ☃"


def test_a_vector_search_needs_no_model(built):
    index = load_index(built)
    assert search(index, np.asarray(index.vectors[2]), k=1)[0].id == index.ids[2]


def test_another_models_index_is_refused_with_both_names(built, model, other_model):
    with pytest.raises(IndexMismatchError) as caught:
        load_index(built, other_model)
    for name in ("'tiny'", "'other'", model.fingerprint[:12], other_model.fingerprint[:12]):
        assert name in str(caught.value)


def test_embeddings_of_another_model_make_no_index(model, other_model, draw):
    with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
        build_index(other_model, embed(model, [draw()]))


def test_a_model_that_cannot_be_found_by_name_is_asked_for(built, folder):
    with pytest.raises(ModelNotFoundError, match=r"'tiny'.*load_index\(path, model=model\)"):
        search(load_index(built), folder / "LD000001-D00001.png", k=1)


def test_a_model_loaded_by_name_must_be_the_same(built, folder, other_model, monkeypatch):
    monkeypatch.setattr("patentzoo.zoo.load.load_model", lambda name: other_model)
    with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
        search(load_index(built), folder / "LD000001-D00001.png", k=1)


def test_what_is_no_index_is_refused(tmp_path, folder):
    for path in (tmp_path / "absent", folder):
        with pytest.raises(IndexDamagedError, match="holds no index"):
            load_index(path)


def test_building_again_replaces_everything(built, model, draw):
    reader = load_index(built, model)
    build_index(model, [draw(90), draw(91)], path=built, overwrite=True)
    assert load_index(built).ids == ["image-0", "image-1"]
    assert reader.ids == ["image-0", "image-1"]  # an open one sees it at its next search
    assert len(list(built.glob("vectors-*"))) == 1
    assert [each.name for each in built.parent.iterdir() if "index" in each.name] == ["index"]


def test_saving_over_another_index_replaces_it_in_one_step(saved, model, drawings, tmp_path):
    other = build_index(model, drawings(30, 1, "x"), path=tmp_path / "other")
    reader = load_index(tmp_path / "other")
    with reader.read() as view:
        saved.save(tmp_path / "other", overwrite=True)
        assert view.snapshot.count == 30
    assert len(other) == len(reader) == 70
    assert load_index(tmp_path / "other").ids == saved.ids
    saved.save()
    saved.save(tmp_path / "index")
    assert len(load_index(tmp_path / "index")) == 70


def full(monkeypatch, after: int) -> None:
    """A disk that is full after some writes have been brought to it."""
    fsync, done = os.fsync, 0

    def failing(handle: int) -> None:
        nonlocal done
        done += 1
        if done > after:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(segments.os, "fsync", failing)


@pytest.mark.parametrize("after", [0, 1])
def test_a_full_disk_while_replacing_leaves_the_old_index(built, model, draw, monkeypatch, after):
    before = load_index(built).ids
    index = build_index(model, [draw(90)])
    with monkeypatch.context() as patched:
        full(patched, after)
        with pytest.raises(OutputError, match="No space left"):
            index.save(built, overwrite=True)
    assert load_index(built).ids == before
    assert len(list(built.glob("vectors-*"))) == 1
    index.save(built, overwrite=True)
    assert load_index(built).ids == ["image-0"]


def test_a_full_disk_while_writing_leaves_nothing(model, drawings, draw, tmp_path, monkeypatch):
    full(monkeypatch, 0)
    with pytest.raises(OutputError, match="No space left"):
        build_index(model, drawings(5), path=tmp_path / "index")
    with pytest.raises(OutputError, match="No space left"):
        build_index(model, [draw()], path=tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_never_written_to(model, folder, tmp_path, draw):
    before = sorted(folder.iterdir())
    with pytest.raises(OutputError, match="holds files that are no index"):
        build_index(model, [b"never read"], path=folder)
    assert sorted(folder.iterdir()) == before
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is a file"):
        build_index(model, [draw()], path=tmp_path / "file")
    (tmp_path / "new").mkdir()
    build_index(model, [draw()], path=tmp_path / "new")
    assert len(load_index(tmp_path / "new")) == 1
    with pytest.raises(OutputError, match="in memory"):
        build_index(model, [draw()]).save()


def test_metadata_json_cannot_hold_is_named_and_nothing_is_written(model, draw, tmp_path):
    made = embed(model, [draw()])
    for value in (object(), float("nan"), {1, 2}):
        made.metadata[0]["thing"] = value
        with pytest.raises(ConfigError, match="image-0: its metadata"):
            build_index(model, made, path=tmp_path / "index")
    del made.metadata[0]["thing"]
    made.metadata[0]["id"] = "x"
    with pytest.raises(ConfigError, match="'id' cannot be a metadata key"):
        build_index(model, made)
    assert not (tmp_path / "index").exists()


def test_failures_are_kept_with_the_index(model, folder, tmp_path):
    (folder / "LD000001-D00009.png").write_bytes(b"")
    index = build_index(model, folder, on_error="skip", path=tmp_path / "index")
    for each in (index, load_index(tmp_path / "index")):
        assert len(each) == 6
        assert [failure.id for failure in each.failures] == ["LD000001-D00009.png"]
        assert repr(each) == "Index(6 x 16, model='tiny')"


def test_an_empty_index_can_be_saved(model, tmp_path):
    build_index(model, [b""], on_error="skip", path=tmp_path / "index")
    assert len(load_index(tmp_path / "index", model)) == 0


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
@pytest.mark.parametrize("mmap", [False, True])
def test_stored_vectors_are_close_to_the_given_ones(model, drawings, tmp_path, storage, mmap):
    given = drawings(300)
    build_index(model, given, path=tmp_path / "index", storage=storage)
    index = load_index(tmp_path / "index", mmap=mmap)
    tolerance = {"float32": 0, "float16": 1e-3, "int8": 2e-2}[storage]
    np.testing.assert_allclose(index.vectors, given.vectors, atol=tolerance)
    np.testing.assert_allclose(np.linalg.norm(index.vectors, axis=1), 1, atol=1e-6)
    width = {"float32": 4, "float16": 2, "int8": 1}[storage]
    assert index.stats().vector_bytes == 300 * model.dim * width
    for row in (0, 150, 299):
        hit = search(index, given.vectors[row], k=1)[0]
        assert (hit.id, hit.score) == (f"d{row}", pytest.approx(1, abs=1e-3))
