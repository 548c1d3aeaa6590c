"""Damaged files: found, named, and made whole from the catalogue; odd ids and odd vectors."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from patentzoo.errors import ConfigError, IndexDamagedError, QueryError
from patentzoo.index import build_index, load_index, repair_index, search
from patentzoo.results import Embeddings

NASTY = ("a'b\"c", "line\nbreak\r\t", "椅子 ☃ \U0001fa91", "\udcff", "nul\0", "", "../up", "%_*?")


def everything(index) -> tuple:
    hits = search(index, np.ones(index.dim), k=None)
    return index.model_name, index.fingerprint, index.ids, index.vectors.tobytes(), hits


@pytest.fixture
def engined(model, drawings, tmp_path):
    """An index of several files with a graph, closed."""
    index = build_index(
        model, drawings(200, text="some text"), path=tmp_path / "index", engine="hnsw"
    )
    index.add(drawings(30, 1, "later"))
    index.remove("d7")
    index.store.close()
    return tmp_path / "index"


@pytest.mark.parametrize("pattern", ["catalogue.sqlite", "vectors-00000001-*", "*.faiss"])
@pytest.mark.parametrize("keep", [0.0, 0.4, 0.97])
def test_a_cut_file_is_named(engined, pattern, keep):
    file = next(engined.glob(pattern))
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(IndexDamagedError, match=file.name):
        load_index(engined)


@pytest.mark.parametrize("pattern", ["vectors-00000001-*", "vectors-00000002-*", "*.faiss"])
def test_a_missing_file_is_named(engined, pattern):
    file = next(engined.glob(pattern))
    file.unlink()
    with pytest.raises(IndexDamagedError, match=rf"{file.name}.*missing.*--repair"):
        load_index(engined)


def damage(path) -> str:
    """What opening an index says, or an empty text."""
    try:
        load_index(path).store.close()
    except IndexDamagedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("pattern", ["catalogue.sqlite", "vectors-00000001-*", "*.faiss"])
def test_a_flipped_bit_is_found_or_changes_nothing(engined, pattern):
    """A catalogue has unused bytes, in which a flipped bit does no harm; others have none."""
    whole = everything(load_index(engined))
    file = next(engined.glob(pattern))
    data, found = file.read_bytes(), 0
    rng = np.random.default_rng(0)
    for _ in range(60):
        flipped = bytearray(data)
        flipped[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        file.write_bytes(flipped)
        said = damage(engined)
        if said:
            found += 1
            assert file.name in said or "format version" in said
        else:
            index = load_index(engined)
            assert everything(index) == whole
            index.store.close()
        for left in engined.glob("*.sqlite-*"):
            left.unlink()
    assert found == 60 or (pattern == "catalogue.sqlite" and found >= 10)


def test_a_catalogue_of_a_newer_format_is_refused(engined):
    with sqlite3.connect(engined / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexDamagedError, match="version 99; this patentzoo reads version 2"):
        load_index(engined)


def test_what_stood_in_a_damaged_file_is_embedded_again(model, folder, draw, tmp_path, monkeypatch):
    index = build_index(model, folder, path=tmp_path / "index")
    draw(70).save(folder / "LD000007-D00001.png")
    index.add(folder)
    index.update({"LD000007-D00001.png": {"title": "kept"}})
    whole = everything(index)
    index.store.close()
    file = sorted(index.path.glob("*.seg"))[-1]
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(IndexDamagedError, match="--repair"):
        load_index(index.path)
    encoded, encode = [], model.encode
    monkeypatch.setattr(model, "encode", lambda batch: encoded.append(len(batch)) or encode(batch))
    assert repair_index(index.path, model).replaced == 1
    assert encoded == [1]
    again = everything(load_index(index.path))
    assert again[2] == whole[2]
    vectors = [np.frombuffer(each[3], "<f4") for each in (again, whole)]
    np.testing.assert_allclose(*vectors, atol=1e-6)
    assert search(load_index(index.path), np.ones(16), k=1, where={"title": "kept"})


def test_what_cannot_be_embedded_again_is_listed(model, drawings, folder, tmp_path):
    index = build_index(model, folder, path=tmp_path / "index")
    index.store.close()
    file = next(index.path.glob("*.seg"))
    file.unlink()
    (folder / "LD000001-D00001.png").unlink()
    done = repair_index(index.path, model, prune=True)
    assert (done.replaced, done.removed) == (5, 1)
    assert [each.id for each in done.failures] == ["LD000001-D00001.png"]
    assert len(load_index(index.path)) == 5


def test_a_damaged_engine_is_made_again(engined, model):
    next(engined.glob("*.faiss")).write_bytes(b"")
    repair_index(engined, model)
    index = load_index(engined)
    assert (len(index), index.stats().engine) == (229, "hnsw")


def test_a_damaged_index_makes_way_for_one_built_again(engined, model, drawings):
    file = engined / "catalogue.sqlite"
    data = bytearray(file.read_bytes())
    data[5000:9000] = bytes(4000)
    file.write_bytes(data)
    with pytest.raises(IndexDamagedError, match="Build the index again"):
        load_index(engined)
    build_index(model, drawings(9), path=engined, overwrite=True)
    assert len(load_index(engined)) == 9
    assert len(list(engined.parent.iterdir())) == 1


def test_ids_of_any_text(model, unit_rows, tmp_path):
    ids = [*NASTY, *(f"'{i}';--" for i in range(5))]
    data = [{"patent": name, "note": name, "list": [name]} for name in ids]
    made = Embeddings(unit_rows(len(ids)), ids, data, model.name, model.fingerprint)
    build_index(model, made, path=tmp_path / "index")
    index = load_index(tmp_path / "index")
    assert index.ids == ids
    for name, vector in zip(ids, made.vectors, strict=True):
        hit = search(index, vector, k=1)[0]
        assert (hit.id, hit.patent, hit.metadata["note"]) == (name, name, name)
        assert name not in [each.id for each in search(index, vector, k=None, exclude=name)]
        found = search(index, vector, k=None, where={"patent": name, "note": {"=": name}})
        assert [each.id for each in found] == [name]
    assert index.add(made).replaced == len(ids)
    assert index.remove(ids[3:]).removed == len(ids) - 3
    assert index.ids == ids[:3]


@pytest.mark.parametrize("row", [np.zeros(16), np.full(16, np.nan), np.full(16, np.inf)])
def test_vectors_without_a_direction_are_refused(saved, model, row):
    rows = np.stack([np.eye(16)[0], row]).astype(np.float32)
    with pytest.raises(QueryError, match="length 1 and no NaN"):
        Embeddings(rows, ["a", "b"], [{}, {}], model.name, model.fingerprint)
    with pytest.raises(QueryError, match="zero or holds NaN"):
        search(saved, row)


def test_one_id_twice_is_refused(model, unit_rows, draw):
    with pytest.raises(ConfigError, match="'a' occurs more than once"):
        Embeddings(unit_rows(2), ["a", "a"], [{}, {}], model.name, model.fingerprint)
    with pytest.raises(ConfigError, match="same"):
        build_index(model, [("same", draw(1)), ("same", draw(2))])
