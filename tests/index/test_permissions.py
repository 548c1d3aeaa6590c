"""Readers of another user: what they may not read is told, what they may read they see whole."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from other_user import Reader

from patentzoo.errors import IndexDamagedError, VectorIndexError
from patentzoo.index import build_index, load_index
from patentzoo.index.engines.hnsw import HnswEngine
from patentzoo.index.state import snapshot

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions")


@pytest.fixture
def as_reader(open_folder):
    """A function (path) -> a process of another user; closed at the end."""
    made: list[Reader] = []

    def begin(path: Path) -> Reader:
        made.append(Reader(path))
        return made[-1]

    yield begin
    for each in made:
        each.close()


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


@pytest.fixture
def umask():
    """A function that sets the umask until the test ends."""
    before = os.umask(0o022)
    os.umask(before)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mode", "later"), [(0o644, 0o077), (0o600, 0o022), (0o664, 0o077)])
def test_files_of_a_later_change_have_the_permissions_of_the_catalogue(
    model, drawings, tmp_path, umask, mode, later
):
    """A nightly job with another umask neither shuts readers out nor lets strangers in."""
    index = build_index(model, drawings(70), path=tmp_path / "index")
    index.store.close()
    for file in index.path.iterdir():
        file.chmod(mode)
    umask(later)
    index.add(drawings(4, 1, "a"))
    assert modes(index.path) == {mode}
    index.compact(engine="hnsw")
    assert modes(index.path) == {mode}
    build_index(model, drawings(80, 2)).save(index.path, overwrite=True)
    assert modes(index.path) == {mode}


def test_files_that_root_adds_belong_to_the_owner_of_the_catalogue(model, drawings, open_folder):
    index = build_index(model, drawings(70), path=open_folder / "index")
    index.store.close()
    for file in (index.path, *index.path.iterdir()):
        os.chown(file, 65533, 65532)
    index.add(drawings(4, 1, "a"))
    index.compact(engine="hnsw")
    index.store.close()
    owners = {(each.stat().st_uid, each.stat().st_gid) for each in index.path.iterdir()}
    assert owners == {(65533, 65532)}


@pytest.mark.parametrize("closed", ["catalogue.sqlite", "*.seg", "*.faiss", "."])
def test_what_a_reader_may_not_read_is_not_called_damaged(
    model, drawings, open_folder, as_reader, closed
):
    index = build_index(model, drawings(70), path=open_folder / "index", engine="hnsw")
    index.store.close()
    (file,) = index.path.glob(closed) if closed != "." else [index.path]
    file.chmod(0o700 if closed == "." else 0o600)
    said = str(as_reader(index.path)("load")["error"])
    assert said.startswith("VectorIndexError: ")
    assert "this user may not read it" in said
    assert "chmod -R a+rX" in said
    assert "damaged" not in said


def test_an_engine_that_cannot_be_read_is_told_at_the_search(saved, monkeypatch):
    saved.compact(engine="hnsw")
    (file,) = saved.path.glob("*.faiss")
    index = load_index(saved.path, mmap=True)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(IndexDamagedError, match=file.name):
        index.measure_recall(1)

    def refuse(path, segments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(HnswEngine, "read", refuse)
    monkeypatch.setattr(snapshot.os, "access", lambda path, how: False)
    with pytest.raises(VectorIndexError, match="may not read it"):
        index.measure_recall(1)


def test_a_folder_that_may_be_entered_and_not_listed_is_read(
    model, drawings, open_folder, as_reader
):
    index = build_index(model, drawings(70), path=open_folder / "index")
    index.store.close()
    index.path.chmod(0o711)
    reader = as_reader(index.path)
    assert reader("load") == {"count": 70, "last": "d69", "drawings": 70}
    index.add(drawings(4, 1, "a"))
    assert reader() == {"count": 74, "last": "a3", "drawings": 74}
    index.compact()
    index.store.close()
    assert reader("load") == reader()


def _overwrite(model, old, new, path, turn):
    build_index(model, new if turn % 2 == 0 else old, path=path, overwrite=True).store.close()


def _save(model, old, new, path, turn):
    build_index(model, new if turn % 2 == 0 else old).save(path, overwrite=True)


def _switch_link(model, old, new, path, turn):
    other = path.with_name(f"index-{turn % 2}")
    if not other.exists():
        build_index(model, new if turn % 2 == 0 else old, path=other).store.close()
    path.with_name("link").symlink_to(other)
    path.with_name("link").replace(path)


def _swap(model, old, new, path, turn):
    other, aside = path.with_name("other"), path.with_name("aside")
    if not other.exists():
        build_index(model, new, path=other).store.close()
    path.rename(aside)
    other.rename(path)
    aside.rename(other)


@pytest.mark.parametrize("change", [_overwrite, _save, _switch_link, _swap])
def test_a_reader_beside_an_owner_who_replaces_the_index(
    model, drawings, open_folder, as_reader, change
):
    """One of 70 drawings or one of 74 is there, whoever looks when."""
    old, new, path = drawings(70), drawings(74, 3, "n"), open_folder / "index"
    first = open_folder / "first" if change is _switch_link else path
    build_index(model, old, path=first).store.close()
    if change is _switch_link:
        path.symlink_to(first)
    reader = as_reader(path)
    assert reader("load")["count"] == 70
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(lambda: [change(model, old, new, path, turn) for turn in range(5)])
        looks = [reader("load")]
        while not worker.done():
            looks.append(reader("look" if len(looks) % 3 else "load"))
        worker.result()
    looks.append(reader())
    assert looks[-1]["count"] == 74
    errors = [str(each["error"]) for each in looks if "error" in each]
    if change is _swap:  # for a moment there is none
        errors = [each for each in errors if "holds no index" not in each]
    assert errors == []
    assert {each["count"] for each in looks if "count" in each} <= {70, 74}
