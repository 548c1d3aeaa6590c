"""Readers beside a writer: another user's index, and an index that is compacted meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from other_user import Reader

from patentzoo.errors import OutputError
from patentzoo.index import build, build_index, load_index, search
from patentzoo.index.storage import connections, index_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions")


@pytest.fixture
def owned(model, drawings, open_folder):
    """An index all may read and only its owner may write, and a reader of another user."""
    index = build_index(model, drawings(70), path=open_folder / "index")
    index.store.close()
    reader = Reader(index.path)
    yield index, reader
    reader.close()


def expected(index) -> dict[str, object]:
    return {"count": len(index), "last": index.ids[-1], "drawings": len(index)}


@pytest.mark.parametrize("closes", [True, False], ids=["owner closes", "owner stays"])
def test_a_reader_without_write_permission_sees_every_change(owned, drawings, closes):
    index, reader = owned

    def settled():
        said = expected(index)
        if closes:
            index.store.close()
        return said

    assert reader("load") == settled()
    for turn in range(3):
        index.add(drawings(4, 1 + turn, f"a{turn}-"))
        assert reader() == settled()
        index.remove(index.ids[-1])
        assert reader() == settled()
        index.compact()
        assert reader() == settled()
        assert reader("load") == settled()
    assert {each.stat().st_uid for each in index.path.iterdir()} == {0}


def test_a_reader_that_came_while_the_owner_was_at_work_goes_on_when_it_is_done(owned, drawings):
    index, reader = owned
    index.add(drawings(4, 1, "a"))
    assert reader("load") == expected(index)
    index.store.close()
    assert reader() == expected(load_index(index.path))
    index.add(drawings(4, 2, "b"))
    index.compact()
    index.store.close()
    index.add(drawings(4, 3, "c"))
    assert reader() == expected(index)


def test_a_reader_of_another_user_beside_an_owner_at_work(owned, drawings):
    """Four drawings come and go together: 70 or 74 are there, whoever looks when."""
    index, reader = owned
    stop, looks = threading.Event(), []

    def work() -> None:
        for turn in range(1_000_000):
            if stop.is_set():
                return
            index.add(drawings(4, 1, "a"))
            index.compact()
            index.remove([f"a{i}" for i in range(4)])
            if turn % 3 == 0:
                index.store.close()

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work)
        looks = [reader("load" if turn % 4 == 0 else "look") for turn in range(24)]
        stop.set()
        worker.result(timeout=60)
    assert not [each for each in looks if "error" in each]
    assert {each[part] for each in looks for part in ("count", "drawings")} <= {70, 74}


def test_what_a_killed_owner_left_is_read(owned, drawings, open_folder):
    """A log that nobody holds: it is read, and stays as it is."""
    index, _ = owned
    index.add(drawings(4, 1, "a"))
    left = open_folder / "left"
    shutil.copytree(index.path, left)
    before = (left / "catalogue.sqlite-wal").read_bytes()
    assert len(before)
    reader = Reader(left)
    assert reader("load") == reader() == expected(index)
    reader.close()
    assert (left / "catalogue.sqlite-wal").read_bytes() == before


def test_a_reader_makes_no_files_in_a_folder_all_may_write(model, drawings, open_folder):
    """SQLite's own files would be the reader's, and the owner could no longer write them."""
    index = build_index(model, drawings(70), path=open_folder / "index")
    index.store.close()
    index.path.chmod(0o777)
    before = sorted(each.name for each in index.path.iterdir())
    reader = Reader(index.path)
    assert reader("load") == reader() == {"count": 70, "last": "d69", "drawings": 70}
    reader.close()
    assert sorted(each.name for each in index.path.iterdir()) == before


def test_a_reader_of_a_read_only_folder_follows_a_change(saved, drawings, monkeypatch):
    """The same without another user: permission is said to be missing."""
    saved.store.close()
    writable = index_folder._may_write
    monkeypatch.setattr(index_folder, "_may_write", lambda path: False)
    reader = load_index(saved.path)
    monkeypatch.setattr(index_folder, "_may_write", writable)
    assert len(reader) == 70
    for turn in range(3):
        saved.add(drawings(3, turn + 1, f"t{turn}-"))
        saved.compact()
        if turn:
            saved.store.close()
        assert reader.ids == saved.ids
        np.testing.assert_array_equal(reader.vectors, saved.vectors)


def test_no_room_for_a_readers_copy_is_told(saved, monkeypatch):
    saved.store.close()
    monkeypatch.setattr(index_folder, "_may_write", lambda path: False)

    def full(*given, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(connections.shutil, "copyfile", full)
    with pytest.raises(OutputError, match="No space left on device"):
        load_index(saved.path)


@pytest.mark.parametrize("engine", [None, "hnsw"])
def test_opening_and_numbers_beside_a_writer_that_compacts(saved, drawings, engine):
    if engine:
        saved.compact(engine=engine)
    stop = threading.Event()

    def read() -> set[int]:
        seen = set()
        while not stop.is_set():
            index = load_index(saved.path)
            stats = index.stats()
            assert stats.drawings in (70, 80)
            assert stats.file_bytes > 0
            seen.add(len(index.ids))
            assert search(index, np.ones(16, np.float32), k=3)
            index.store.close()
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for _ in range(12):
            saved.add(drawings(10, 5, "group"))
            saved.compact()
            saved.remove([f"group{i}" for i in range(10)])
            saved.compact()
        stop.set()
        assert set().union(*(each.result(timeout=60) for each in readers)) <= {70, 80}


def test_opening_with_every_check_starts_again_when_the_files_are_compacted_away(
    saved, drawings, monkeypatch
):
    """The writer comes between the catalogue and the files, as often as three times."""
    other, times, load = load_index(saved.path), [], build.load

    def late(*given, **options):
        if len(times) < 3:
            times.append(1)
            other.add(drawings(2, len(times), f"t{len(times)}-"))
            other.compact()
        return load(*given, **options)

    monkeypatch.setattr(build, "load", late)
    assert len(load_index(saved.path)) == 76
    assert len(times) == 3


def test_a_file_that_goes_while_sizes_are_added_up(saved, monkeypatch):
    """``stats`` looks at files that a writer may delete meanwhile."""
    stat, gone = Path.stat, saved.path / "vectors-gone.seg"
    gone.write_bytes(b"x")

    def late(path, **options):
        if path.name == gone.name and not options.get("seen"):
            gone.unlink(missing_ok=True)
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", late)
    stats = saved.stats()
    monkeypatch.undo()
    assert stats.file_bytes == sum(each.stat().st_size for each in saved.path.iterdir())


def test_an_engine_file_that_goes_between_two_looks_is_searched_without(
    saved, drawings, monkeypatch
):
    saved.compact(engine="hnsw")
    reader = load_index(saved.path)
    from patentzoo.index.state import snapshot

    read = snapshot.read_engine

    def late(name, file, base):
        file.unlink()
        return read(name, file, base)

    monkeypatch.setattr(snapshot, "read_engine", late)
    assert search(reader, drawings(70).vectors[5], k=1)[0].id == "d5"
