"""Saved indexes: whole, verified, replaced in one step."""

from __future__ import annotations

import json
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
from patentzoo.index import build_index, load_index, search, storage


@pytest.fixture
def saved(model, folder, tmp_path) -> Path:
    build_index(model, folder, path=tmp_path / "index")
    return tmp_path / "index"


def files(path: Path) -> list[Path]:
    return sorted(path.iterdir())


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
    assert search(again, query, k=6)[0].metadata == {"title": "Stühle ☃"}


def test_a_vector_search_needs_no_model(saved):
    index = load_index(saved)
    assert search(index, np.asarray(index.vectors[2]), k=1)[0].id == index.ids[2]


def test_another_models_index_is_refused_with_both_names(saved, model, other_model):
    with pytest.raises(IndexMismatchError) as caught:
        load_index(saved, other_model)
    for name in ("'tiny'", "'other'", model.fingerprint[:12], other_model.fingerprint[:12]):
        assert name in str(caught.value)


def test_embeddings_of_another_model_make_no_index(model, other_model, draw):
    with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
        build_index(other_model, embed(model, [draw()]))


def test_a_model_that_cannot_be_found_by_name_is_asked_for(saved, folder):
    with pytest.raises(ModelNotFoundError, match=r"'tiny'.*load_index\(path, model=model\)"):
        search(load_index(saved), folder / "LD000001-D00001.png", k=1)


def test_a_model_loaded_by_name_must_be_the_same(saved, folder, other_model, monkeypatch):
    monkeypatch.setattr("patentzoo.zoo.load.load_model", lambda name: other_model)
    with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
        search(load_index(saved), folder / "LD000001-D00001.png", k=1)


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("keep", [0, 0.5, -1])
def test_a_cut_file_is_named(saved, which, keep):
    file = files(saved)[which]
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * keep)] if keep >= 0 else data[:-2])
    with pytest.raises(IndexDamagedError, match=file.name):
        load_index(saved)


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_a_flipped_bit_is_found(saved, which, seed):
    file = files(saved)[which]
    data = bytearray(file.read_bytes())
    rng = np.random.default_rng(seed)
    data[rng.integers(len(data) - 1)] ^= 1 << int(rng.integers(8))
    file.write_bytes(data)
    with pytest.raises(IndexDamagedError, match="index"):
        load_index(saved)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_missing_file_is_named(saved, which):
    file = files(saved)[which]
    file.unlink()
    with pytest.raises(IndexDamagedError, match=file.name):
        load_index(saved)


def test_an_altered_fingerprint_is_found(saved):
    manifest = json.loads((saved / "index.json").read_text())
    manifest["fingerprint"] = "0" * 64
    (saved / "index.json").write_text(json.dumps(manifest))
    with pytest.raises(IndexDamagedError, match=r"index\.json.*checksum"):
        load_index(saved)


def test_another_format_version_is_refused(saved):
    manifest = json.loads((saved / "index.json").read_text())
    (saved / "index.json").write_text(json.dumps(manifest | {"version": 99}))
    with pytest.raises(
        IndexDamagedError, match="format version 99; this patentzoo reads version 1"
    ):
        load_index(saved)


def test_what_is_no_index_is_refused(tmp_path, folder):
    for path in (tmp_path / "absent", folder):
        with pytest.raises(IndexDamagedError, match="holds no index"):
            load_index(path)


def test_saving_again_replaces_everything(saved, model, draw):
    build_index(model, [draw(90), draw(91)], path=saved)
    assert load_index(saved).ids == ["image-0", "image-1"]
    assert len(files(saved)) == 3


@pytest.mark.parametrize("step", range(1, 3))
def test_a_crash_while_replacing_leaves_the_old_index(saved, model, draw, monkeypatch, step):
    """Whatever write fails, the index that was there is still there, whole."""
    before = load_index(saved).ids
    written = 0
    fsync = os.fsync

    def failing(handle: int) -> None:
        nonlocal written
        written += 1
        if written > step:
            raise OSError(28, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(storage.os, "fsync", failing)
    index = build_index(model, [draw(90)])
    with pytest.raises(OutputError, match="No space left"):
        index.save(saved)
    assert load_index(saved).ids == before
    monkeypatch.undo()
    index.save(saved)
    assert load_index(saved).ids == ["image-0"]
    assert len(files(saved)) == 3


def test_a_crash_while_writing_leaves_nothing(model, draw, tmp_path, monkeypatch):
    def failing(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", failing)
    with pytest.raises(OutputError, match="No space left"):
        build_index(model, [draw()], path=tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_never_written_to(model, folder, tmp_path, draw):
    before = files(folder)
    with pytest.raises(OutputError, match="holds files that are no index"):
        build_index(model, [b"never read"], path=folder)
    assert files(folder) == before
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is a file"):
        build_index(model, [draw()], path=tmp_path / "file")
    (tmp_path / "new").mkdir()
    build_index(model, [draw()], path=tmp_path / "new")
    assert len(load_index(tmp_path / "new")) == 1


def test_metadata_json_cannot_hold_is_named_and_nothing_is_written(model, draw, tmp_path):
    made = embed(model, [draw()])
    for value in (object(), float("nan"), {1, 2}):
        made.metadata[0]["thing"] = value
        with pytest.raises(ConfigError, match="image-0: its metadata"):
            build_index(model, made, path=tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_failures_are_kept_beside_the_index(model, folder):
    (folder / "LD000001-D00009.png").write_bytes(b"")
    index = build_index(model, folder, on_error="skip")
    assert len(index) == 6
    assert [failure.id for failure in index.failures] == ["LD000001-D00009.png"]
    assert repr(index) == "Index(6 x 16, model='tiny')"


def test_an_empty_index_can_be_saved(model, tmp_path):
    build_index(model, [b""], on_error="skip", path=tmp_path / "index")
    assert len(load_index(tmp_path / "index", model)) == 0
