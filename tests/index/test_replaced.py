"""A folder that is replaced while a program holds it: nothing lost, nothing written nowhere."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from held_index import add_while_another_index_comes, whole

from patentzoo.errors import IndexDamagedError, IndexMismatchError, OutputError
from patentzoo.index import Index, build_index, load_index, search, updates
from patentzoo.index.repair import repair
from patentzoo.results import Embeddings


@pytest.fixture
def new(model, drawings, tmp_path) -> Path:
    """Another index of the model, beside ``saved``, in two vector files."""
    index = build_index(model, drawings(30, 1, "n"), path=tmp_path / "new")
    index.add(drawings(5, 2, "m"))
    index.store.close()
    return tmp_path / "new"


def swap(path: Path, new: Path) -> Path:
    """Put ``new`` where ``path`` was; where the old one is now."""
    old = path.with_name("old")
    path.rename(old)
    new.rename(path)
    return old


NEW = [*(f"n{i}" for i in range(30)), *(f"m{i}" for i in range(5))]


@pytest.mark.parametrize("held", ["idle", "open beside", "never used"])
def test_a_change_after_the_swap_is_one_of_the_new_index(saved, drawings, new, held):
    """What is there is what is compacted, added to and swept; the old one keeps its files."""
    expected = whole(saved.path)
    index = load_index(saved.path, verify=False) if held == "never used" else saved
    beside = load_index(new) if held == "open beside" else None
    old = swap(saved.path, new)
    index.compact()
    assert whole(saved.path) == NEW
    assert index.add(drawings(1, 3, "later")).added == 1
    assert whole(saved.path) == [*NEW, "later0"] == index.ids
    assert index.remove("n3").removed == 1
    assert "n3" not in whole(saved.path)
    assert whole(old) == expected
    assert beside is None or len(beside.store.folder.name) > 0


def test_a_failing_update_after_the_swap_sweeps_nothing(saved, new):
    swap(saved.path, new)
    files = sorted(each.name for each in saved.path.glob("*.seg"))
    with pytest.raises(Exception, match="Not one of 1 rows names a drawing"):
        saved.update({"d1": {"title": "x"}})  # an id of the old index
    assert sorted(each.name for each in saved.path.glob("*.seg")) == files
    assert whole(saved.path) == NEW


def test_what_another_program_has_just_committed_stays(saved, model, drawings, new):
    """Its change still lies in SQLite's log, which the holder of the old folder never deletes."""
    other = load_index(new)
    other.add(drawings(1, 7, "logged"))
    swap(saved.path, new)
    saved.store.close()
    assert len(saved) == 36
    saved.compact()
    assert whole(saved.path) == [*NEW, "logged0"]


def test_a_search_after_the_swap_sees_the_new_index(saved, drawings, new):
    assert search(saved, drawings(70).vectors[0], k=1)[0].id == "d0"
    with saved.read() as view:
        swap(saved.path, new)
        assert view.snapshot.count == len(view.ids()) == 70  # what has begun sees one state
    assert search(saved, drawings(30, 1, "n").vectors[4], k=1)[0].id == "n4"
    assert saved.ids == NEW


def test_a_copy_that_went_another_way_is_no_state_of_this_one(saved, drawings):
    """A restored copy has the id of the index and counts its changes alike."""
    shutil.copytree(saved.path, saved.path.with_name("copy"))
    copy = load_index(saved.path.with_name("copy"))
    saved.update({"d0": {"title": "here"}})
    copy.update({"d0": {"title": "there"}})
    copy.store.close()
    vector = drawings(70).vectors[0]
    assert search(saved, vector, k=1, where={"title": "here"})[0].id == "d0"
    swap(saved.path, copy.store.folder)
    assert search(saved, vector, k=1, where={"title": "there"})[0].id == "d0"
    assert search(saved, vector, k=1)[0].metadata["title"] == "there"
    assert not search(saved, vector, k=None, where={"title": "here"})


def test_a_swap_inside_a_change_is_refused_with_both_identities(saved, drawings, new):
    ids = [sqlite3.connect(p / "catalogue.sqlite") for p in (saved.path, new)]
    query = "SELECT value FROM meta WHERE key = 'identity'"
    names = [each.execute(query).fetchone()[0] for each in ids]
    for each in ids:
        each.close()
    with pytest.raises(OutputError) as caught, saved.store.writing():
        old = swap(saved.path, new)
    assert all(name in str(caught.value) for name in names)
    assert whole(saved.path) == NEW
    assert len(whole(old)) == 70
    assert saved.add(drawings(1, 3, "later")).added == 1


def test_vectors_of_a_swap_inside_an_add_go_nowhere_and_say_so(saved, drawings, new, monkeypatch):
    write = type(saved.store).write_segment

    def late(store, *given):
        monkeypatch.undo()
        swap(saved.path, new)
        return write(store, *given)

    monkeypatch.setattr(type(saved.store), "write_segment", late)
    with pytest.raises(OutputError, match="was replaced"):
        saved.add(drawings(1, 3, "later"))
    assert whole(saved.path) == NEW
    assert len(list(saved.path.glob("*.seg"))) == 2


def test_images_known_to_the_old_index_are_not_taken_for_known_to_the_new(
    model, folder, draw, tmp_path, monkeypatch
):
    add_while_another_index_comes(swap, model, folder, draw(3), tmp_path, monkeypatch)


@pytest.mark.parametrize("in_place", [True, False])
def test_an_engine_of_the_old_vectors_is_not_put_over_the_new(
    saved, model, drawings, monkeypatch, in_place
):
    """Both indexes count their vector files alike."""
    build, later = updates.build_engine, drawings(70, 9, "n")

    def late(*given):
        made = build(*given)
        if in_place:
            build_index(model, later, path=saved.path, overwrite=True)
        else:
            build_index(model, later, path=saved.path.with_name("new")).store.close()
            swap(saved.path, saved.path.with_name("new"))
        return made

    with monkeypatch.context() as patched:
        patched.setattr(updates, "build_engine", late)
        saved.compact(engine="hnsw")
    for index in (saved, load_index(saved.path)):
        hits = [search(index, vector, k=1)[0].id for vector in later.vectors]
        assert hits == list(later.ids)


@pytest.mark.parametrize("in_place", [True, False])
def test_an_index_of_another_model_is_refused(saved, model, drawings, in_place):
    other = SimpleNamespace(
        name="other", fingerprint="e" * 64, dim=model.dim, encode=None, preprocess=None
    )
    made = drawings(9, 1, "o")
    others = Embeddings(made.vectors, made.ids, made.metadata, other.name, other.fingerprint)
    target = saved.path if in_place else saved.path.with_name("new")
    build_index(other, others, path=target, overwrite=in_place).store.close()
    if not in_place:
        swap(saved.path, target)
    for call in (
        lambda: search(saved, made.vectors[0], k=1),
        lambda: saved.add(drawings(1, 3, "later")),
        lambda: saved.remove("o1"),
        saved.compact,
    ):
        with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
            call()
    assert whole(saved.path) == list(others.ids)


def test_a_folder_that_is_gone_is_read_to_the_end_and_not_written(saved, drawings):
    vector, files = drawings(70).vectors[3], sorted(p.name for p in saved.path.glob("*.seg"))
    assert search(saved, vector, k=1)[0].id == "d3"
    moved = saved.path.rename(saved.path.with_name("moved"))
    assert search(saved, vector, k=1)[0].id == "d3"
    for change in (lambda: saved.add(drawings(1, 3, "later")), saved.compact):
        with pytest.raises(OutputError, match="no longer there"):
            change()
    assert not saved.path.exists()
    assert sorted(each.name for each in moved.glob("*.seg")) == files
    assert len(whole(moved)) == 70
    with pytest.raises(IndexDamagedError, match="holds no index"):
        load_index(saved.path)


def test_a_repair_does_not_take_out_what_was_compacted_meanwhile(
    saved, model, drawings, monkeypatch
):
    saved.add(drawings(5, 3, "later"))
    damaged = repair._damaged

    def late(store, connection):
        load_index(saved.path).compact()
        return damaged(store, connection)

    with monkeypatch.context() as patched:
        patched.setattr(repair, "_damaged", late)
        with pytest.raises(OutputError, match="again"):
            repair.repair_index(saved.path, model)
    assert len(whole(saved.path)) == 75
    assert repair.repair_index(saved.path, model).removed == 0


def test_a_copy_of_an_index_whose_engine_was_compacted_away_is_whole(saved, drawings, tmp_path):
    saved.compact(engine="hnsw")
    reader: Index = load_index(saved.path)
    with reader.read() as view:
        saved.add(drawings(5, 3, "later"))
        saved.compact()
        reader.read = lambda: _given(view)  # type: ignore[method-assign]
        reader.save(tmp_path / "copy")
    copy = load_index(tmp_path / "copy")
    assert len(copy) == 70
    assert search(copy, np.asarray(drawings(70).vectors[2]), k=1)[0].id == "d2"


def _given(view):
    import contextlib

    return contextlib.nullcontext(view)
