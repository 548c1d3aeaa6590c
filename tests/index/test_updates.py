"""add, remove, update, compact: against a dict of what should be there."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.errors import ConfigError, ImageNotFoundError, IndexMismatchError, QueryError
from patentzoo.index import build_index, load_index, search
from patentzoo.results import Changes, Embeddings


def holds(index, expected: dict[str, np.ndarray]) -> None:
    """The index has these vectors under these ids, in memory and as it is opened again."""
    for each in (index, load_index(index.path)) if index.path else (index,):
        assert sorted(each.ids) == sorted(expected)
        for name, vector in zip(each.ids, each.vectors, strict=True):
            np.testing.assert_array_equal(vector, expected[name])


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_long_life(model, drawings, tmp_path, on_disk):
    """A hundred changes, drawn at random; after each of some, all of it is compared."""
    rng = np.random.default_rng(4)
    first = drawings(30)
    index = build_index(model, first, path=tmp_path / "index" if on_disk else None)
    expected = dict(zip(first.ids, first.vectors, strict=True))
    for turn in range(60):
        kind = rng.choice(["add", "remove", "compact"], p=[0.55, 0.35, 0.1])
        if kind == "add":
            coming = drawings(int(rng.integers(1, 9)), 100 + turn, f"t{rng.integers(6)}-")
            done = index.add(coming)
            replaced = sum(name in expected for name in coming.ids)
            assert (done.added, done.replaced) == (len(coming) - replaced, replaced)
            expected |= dict(zip(coming.ids, coming.vectors, strict=True))
        elif kind == "remove" and len(expected) > 8:
            names = rng.choice(sorted(expected), 4, replace=False).tolist()
            assert index.remove(names) == Changes(removed=4)
            for name in names:
                del expected[name]
        else:
            index.compact()
            assert index.stats().removed == 0
        assert len(index) == len(expected)
        if turn % 15 == 14:
            holds(index, expected)
            name = sorted(expected)[0]
            assert search(index, expected[name], k=1)[0].id == name
    index.compact()
    assert (index.stats().segments, index.stats().advice) == (1, "")
    if on_disk:
        assert len(list(index.path.glob("vectors-*"))) == 1


def test_unchanged_files_cost_no_embedding_and_changed_ones_are_replaced(
    model, folder, draw, tmp_path, monkeypatch
):
    index = build_index(model, folder, path=tmp_path / "index")
    encoded = []
    encode = model.encode
    monkeypatch.setattr(model, "encode", lambda batch: encoded.append(len(batch)) or encode(batch))
    assert index.add(folder) == Changes(unchanged=6)
    assert encoded == []
    draw(500).save(folder / "LD000002-D00001.png")
    draw(501).save(folder / "LD000009-D00001.png")
    assert index.add(folder) == Changes(added=1, replaced=1, unchanged=5)
    assert sum(encoded) == 2
    assert len(index) == 7
    assert search(index, draw(500), k=1)[0].score == pytest.approx(1, abs=1e-5)
    again = load_index(tmp_path / "index", model)
    assert again.add(folder).unchanged == 7
    again.remove("LD000009-D00001.png")
    assert again.add(folder) == Changes(added=1, unchanged=6)


def test_a_file_with_fewer_pages_loses_the_others(model, draw, tmp_path):
    file = tmp_path / "sheets.tif"
    draw(1).save(file, save_all=True, append_images=[draw(2), draw(3)])
    index = build_index(model, [file])
    assert index.ids == ["sheets.tif", "sheets.tif#2", "sheets.tif#3"]
    draw(1).save(file, save_all=True, append_images=[draw(4)])
    assert index.add([file]).replaced == 3
    assert index.ids == ["sheets.tif", "sheets.tif#2"]


def test_what_cannot_be_added_changes_nothing(saved, drawings, draw, tmp_path):
    before = saved.ids
    with pytest.raises(IndexMismatchError):
        saved.add(Embeddings(np.eye(2, 16, dtype=np.float32), ["a", "b"], [{}, {}], "o", "f"))
    with pytest.raises(ImageNotFoundError):
        saved.add([draw(1), tmp_path / "absent.png"])
    with pytest.raises(ConfigError, match="same"):
        saved.add([("same", draw(1)), ("same", draw(2))])
    with pytest.raises(ConfigError, match="x0: its metadata"):
        saved.add(drawings(2, 5, "x", thing={1}))
    with pytest.raises(QueryError, match=r"'absent' .*1 of 2 ids.* Nothing"):
        saved.remove(["d1", "absent"])
    with pytest.raises(QueryError, match="'yaer'"):
        saved.remove(where={"yaer": 1})
    with pytest.raises(ConfigError, match="one of them"):
        saved.remove()
    with pytest.raises(QueryError, match="Nothing was changed"):
        saved.update({"absent": {"title": "x"}})
    assert saved.ids == before
    assert saved.stats().generation == load_index(saved.path).stats().generation


def test_drawings_are_removed_by_a_filter(saved):
    assert saved.remove(where={"patent": ["D0", "D3"]}).removed == 14
    assert len(saved) == 56
    assert not {"D0", "D3"} & {hit.patent for hit in search(saved, np.ones(16), k=None)}
    assert len(search(saved, np.ones(16), k=None, group_by="patent")) == 8


def test_metadata_comes_from_a_dict_and_from_a_table(saved, tmp_path):
    vectors = saved.vectors
    done = saved.update({"d3": {"title": "Chair", "patent": "X1"}, "d4": {"year": None}})
    assert done == Changes(updated=2)
    hits = {hit.id: hit for hit in search(load_index(saved.path), np.ones(16), k=None)}
    assert (hits["d3"].patent, dict(hits["d3"].metadata)) == (
        "X1",
        {"year": 2003, "title": "Chair"},
    )
    assert dict(hits["d4"].metadata) == {"year": None}
    table = tmp_path / "t.csv"
    table.write_text("patent,locarno,owner\nD0,06-01,Acme\nD2,06-02,\n", encoding="utf-8")
    assert saved.update(table).updated == 6 + 7
    assert len(search(saved, np.ones(16), k=None, where={"locarno": {"prefix": "06"}})) == 13
    assert len(search(saved, np.ones(16), k=None, where={"owner": "Acme"})) == 6
    np.testing.assert_array_equal(saved.vectors, vectors)
    table.write_text("number,locarno\n1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="none of the columns id, file, patent"):
        saved.update(table)
    with pytest.raises(ImageNotFoundError, match="no such file"):
        saved.update(tmp_path / "absent.csv")


def test_other_processes_see_a_change_at_their_next_search(saved, drawings):
    reader = load_index(saved.path)
    assert len(reader) == 70
    saved.add(drawings(5, 9, "new"))
    assert len(reader) == 75
    assert reader.stats().segments == 2
    saved.remove(where={"patent": {"prefix": "D"}})
    saved.compact()
    assert sorted(reader.ids) == [f"new{i}" for i in range(5)]
    reader.add(drawings(1, 10, "back"))
    assert len(saved) == 6


def test_an_interrupted_build_goes_on_where_it_stopped(model, folder, tmp_path, monkeypatch):
    encode, done = model.encode, []

    def stopping(batch):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(batch))
        return encode(batch)

    monkeypatch.setattr("patentzoo.index.upsert_batch.CHUNK", 2)
    monkeypatch.setattr("patentzoo.index.upsert_batch.in_chunks.__defaults__", (2,))
    monkeypatch.setattr(model, "encode", stopping)
    with pytest.raises(KeyboardInterrupt):
        build_index(model, folder, path=tmp_path / "index", batch_size=2, workers=1)
    assert not (tmp_path / "index").exists()
    done.clear()
    monkeypatch.setattr(model, "encode", lambda batch: done.append(len(batch)) or encode(batch))
    (folder / "LD000001-D00001.png").unlink()  # what is asked for no more is not in the index
    index = build_index(model, folder, path=tmp_path / "index", batch_size=2, workers=1)
    assert sum(done) == 2
    fresh = build_index(model, folder)
    assert index.ids == fresh.ids
    np.testing.assert_allclose(index.vectors, fresh.vectors, atol=1e-6)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_what_was_begun_with_other_options_is_not_gone_on_with(model, folder, draw, tmp_path):
    (folder / "LD000009-D00001.png").write_bytes(b"")
    table = tmp_path / "p.csv"
    table.write_text("file,patent\nLD000001-D00001.png,A\n", encoding="utf-8")
    for text in ("A", "B"):
        table.write_text(f"file,patent\nLD000001-D00001.png,{text}\n", encoding="utf-8")
        options = {"path": tmp_path / "index", "patent": table}
        if text == "A":
            with pytest.raises(Exception, match="empty"):
                build_index(model, folder, **options, batch_size=1, workers=1)
    index = build_index(model, folder, **options, on_error="skip")
    patents = {hit.patent for hit in search(index, draw(0), k=None)}
    assert "B" in patents
    assert "A" not in patents


def test_an_update_of_nothing_says_what_was_looked_for(saved):
    for rows, says in (
        ({}, "no row was given"),
        ({"a": {"x": 1}}, "1 rows names a drawing of the index; looked for as id: 'a'\\."),
        ({name: {"x": 1} for name in "abcd"}, "of 4 rows .* 'a', 'b', 'c', …"),
    ):
        with pytest.raises(QueryError, match=f"{says}.* Nothing was changed"):
            saved.update(rows)
