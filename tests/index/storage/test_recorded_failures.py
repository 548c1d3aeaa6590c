"""The table of what was left out: kept with the index, and crossed out when it is no longer so."""

from __future__ import annotations

import sqlite3

import pytest

from patentzoo.embedding import embed, embed_batches
from patentzoo.errors import QueryError
from patentzoo.index import build_index, load_index, upsert_batch
from patentzoo.results import Failure


@pytest.fixture
def damaged(folder):
    """Six drawings and two files that are none."""
    (folder / "bad-1.png").write_bytes(b"no picture")
    (folder / "bad-2.png").write_bytes(b"")
    return folder


@pytest.fixture
def index(model, damaged, tmp_path):
    return build_index(model, damaged, path=tmp_path / "index", on_error="skip")


def left_out(index) -> dict[str, int | None]:
    """By id, the size; the same in memory and as it is opened again."""
    found = {each.id: each.size_bytes for each in index.failures}
    if index.path is not None:
        again = load_index(index.path)
        assert list(again.failures) == list(index.failures)
    assert all(each.reason for each in index.failures)
    return found


def test_it_is_kept_with_the_index_and_goes_where_it_goes(index, tmp_path):
    assert left_out(index) == {"bad-1.png": 10, "bad-2.png": 0}
    index.save(tmp_path / "copy")
    assert left_out(load_index(tmp_path / "copy")) == left_out(index)
    index.compact()
    assert len(index.failures) == 2


def test_a_file_read_well_later_is_crossed_out(index, damaged, draw):
    draw(80).save(damaged / "bad-1.png")
    changes = index.add(damaged, on_error="skip")
    assert (changes.added, changes.unchanged, len(changes.failures)) == (1, 6, 1)
    assert left_out(index) == {"bad-2.png": 0}
    (damaged / "bad-2.png").write_bytes(b"still none")
    index.add(damaged, on_error="skip")
    assert left_out(index) == {"bad-2.png": 10}


def test_a_good_file_that_fails_later_keeps_its_drawing_beside_the_failure(index, damaged, draw):
    name = "LD000001-D00001.png"
    (damaged / name).write_bytes(b"cut off")
    changes = index.add(damaged, on_error="skip")
    assert (changes.added, changes.replaced, changes.unchanged) == (0, 0, 5)
    assert name in index.ids
    assert left_out(index).keys() == {"bad-1.png", "bad-2.png", name}
    draw(81).save(damaged / name)
    assert index.add(damaged, on_error="skip").replaced == 1
    assert left_out(index).keys() == {"bad-1.png", "bad-2.png"}


def test_pages_are_crossed_out_with_their_file(index, draw, tmp_path):
    sheets = [draw(n) for n in range(3)]
    blank = sheets[0].point(lambda _: 255)
    file = tmp_path / "long.tif"
    sheets[0].save(file, save_all=True, append_images=[blank, sheets[2]])
    index.add(file, on_error="skip")
    assert left_out(index).keys() == {"bad-1.png", "bad-2.png", "long.tif#2"}
    assert index.add(file, on_error="skip").unchanged == 1
    assert "long.tif#2" in left_out(index)
    sheets[0].save(file)  # page 2 is no more
    index.add(file)
    assert left_out(index).keys() == {"bad-1.png", "bad-2.png"}
    sheets[0].save(file, save_all=True, append_images=[blank, sheets[2]])
    index.add(file, on_error="skip")
    index.remove(["long.tif", "long.tif#3"])
    assert left_out(index).keys() == {"bad-1.png", "bad-2.png"}


def test_a_sheet_that_failed_is_crossed_out_by_its_figures(index, model, tmp_path):
    from PIL import Image

    file = tmp_path / "sheet.png"
    file.write_bytes(b"")
    index.add(file, on_error="skip", figures="split")
    assert "sheet.png" in left_out(index)
    page = Image.new("L", (900, 600), 255)
    page.paste(0, (100, 200, 300, 400))
    page.save(file)
    index.add(file, figures="split")
    assert "sheet.png" not in left_out(index)


def test_entries_can_be_removed_like_drawings(index):
    name = index.ids[0]
    assert index.remove(["bad-1.png", name]).removed == 1
    assert left_out(index) == {"bad-2.png": 0}
    assert name not in index.ids
    with pytest.raises(QueryError, match=r"no drawing 'bad-1.png' \(1 of 2 ids"):
        index.remove(["bad-1.png", "bad-2.png"])
    assert left_out(index) == {"bad-2.png": 0}


class Interrupted:
    """A model that is interrupted at its third pass."""

    def __init__(self, model) -> None:
        self._model, self._passes = model, 0
        self.preprocess, self.dim = model.preprocess, model.dim
        self.name, self.fingerprint = model.name, model.fingerprint

    def encode(self, batch):
        self._passes += 1
        if self._passes == 3:
            raise KeyboardInterrupt
        return self._model.encode(batch)


def test_ctrl_c_keeps_what_is_done_and_what_was_left_out(model, folder, tmp_path):
    (folder / "LD000001-D00000.png").write_bytes(b"no picture")
    options = {"path": tmp_path / "index", "on_error": "skip", "batch_size": 2}
    with pytest.raises(KeyboardInterrupt):
        build_index(Interrupted(model), folder, **options)
    half = load_index(tmp_path / ".index.building")
    assert 0 < len(half) < 6
    assert [each.id for each in half.failures] == ["LD000001-D00000.png"]
    half.store.close()
    index = build_index(model, folder, **options)
    assert len(index) == 6
    assert left_out(index).keys() == {"LD000001-D00000.png"}


def test_ctrl_c_keeps_failures_without_a_drawing(model, tmp_path, monkeypatch):
    monkeypatch.setattr("patentzoo.embedding.batcher.FAILURES_HELD", 2)

    def files():
        yield from ((f"{n}.png", b"x") for n in range(100))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(model, files(), path=tmp_path / "index", on_error="skip", workers=1)
    half = load_index(tmp_path / ".index.building")
    assert len(half) == 0
    assert len(half.failures) >= 1


def test_a_run_that_goes_on_forgets_files_that_are_gone(model, damaged, tmp_path):
    options = {"path": tmp_path / "index", "on_error": "skip", "batch_size": 2}
    with pytest.raises(KeyboardInterrupt):
        build_index(Interrupted(model), damaged, **options)
    assert len(load_index(tmp_path / ".index.building").failures) == 2
    (damaged / "bad-1.png").unlink()
    assert left_out(build_index(model, damaged, **options)) == {"bad-2.png": 0}


def test_long_stretches_of_failures_are_committed(model, tmp_path, monkeypatch):
    monkeypatch.setattr("patentzoo.embedding.batcher.FAILURES_HELD", 4)
    batches = [len(each.failures) for each in in_chunks(model, 20, size=8)]
    assert batches == [8, 8, 4]


def in_chunks(model, count: int, size: int):
    bad = ((f"{n}.png", b"x") for n in range(count))
    batches = embed_batches(model, bad, on_error="skip", batch_size=4, photos="auto")
    return upsert_batch.in_chunks(batches, model.dim, size)


def test_an_index_made_before_sources_of_failures_were_kept(index, damaged, draw):
    with sqlite3.connect(index.path / "catalogue.sqlite") as connection:
        connection.execute("DROP TABLE failed_in")
    connection.close()
    again = load_index(index.path, index.model)
    assert left_out(again) == {"bad-1.png": 10, "bad-2.png": 0}
    draw(80).save(damaged / "bad-1.png")
    again.add(damaged, on_error="skip")
    assert left_out(again) == {"bad-2.png": 0}


def test_embeddings_bring_their_failures(model, damaged):
    made = embed(model, damaged, on_error="skip")
    index = build_index(model, made)
    assert left_out(index) == {"bad-1.png": 10, "bad-2.png": 0}
    assert isinstance(index.failures[0], Failure)
