"""Where an index may be written: told before the work, never over another index."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from patentzoo.embedding import embed
from patentzoo.errors import OutputError
from patentzoo.index import build_index, load_index, target
from patentzoo.index.target import keeps_place, workplace

MOUNTS = """
set -e
cd "$1"
mkdir volume disk bound linked closed closed/index
mount -t tmpfs none volume && mkdir volume/lost+found
mount --bind disk bound
ln -s ../volume2 linked/index && mkdir volume2 && mount -t tmpfs none volume2
mount --bind closed closed && mount -o remount,ro,bind closed && mount -t tmpfs none closed/index
mkdir real && ln -s real link
shift
exec "$@"
"""
NAMES = ("volume", "bound", "linked/index", "closed/index", "link", "new/deep")


def may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    asked = ["unshare", "-m", "sh", "-c", "mount --bind /tmp /tmp"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount")
def test_volumes_links_and_closed_folders_are_filled(folder, tmp_path):
    (tmp_path / "root").mkdir()
    worker = [sys.executable, Path(__file__).with_name("mounted.py"), tmp_path / "root", folder]
    asked = ["unshare", "-m", "sh", "-c", MOUNTS, "sh", tmp_path / "root", *worker, *NAMES]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def reads(model, monkeypatch):
    """How many times the model was asked for vectors."""
    asked, encode = [], model.encode
    monkeypatch.setattr(model, "encode", lambda batch: asked.append(1) or encode(batch))
    return asked


def test_an_index_is_not_built_over_another(model, folder, draw, tmp_path, reads):
    path = tmp_path / "index"
    build_index(model, folder, path=path).update({"LD000001-D00001.png": {"title": "mine"}})
    memory, vectors = build_index(model, [draw(8)]), embed(model, [draw(8)])
    reads.clear()
    for call in (
        lambda: build_index(model, [draw(8)], path=path),
        lambda: build_index(model, vectors, path=path),
        lambda: memory.save(path),
    ):
        with pytest.raises(OutputError, match=r"index of 6 drawings.*add\(.*overwrite=True"):
            call()
    assert reads == []
    assert len(load_index(path)) == 6
    assert sorted(each.name for each in tmp_path.iterdir()) == ["drawings", "index"]
    build_index(model, [draw(8)], path=path, overwrite=True)
    assert load_index(path).ids == ["image-0"]


def test_an_index_that_came_meanwhile_stays_and_the_work_is_not_lost(
    model, folder, draw, tmp_path, monkeypatch, reads
):
    path, encode = tmp_path / "index", model.encode

    def meanwhile(batch):
        monkeypatch.setattr(model, "encode", encode)
        build_index(model, [draw(8)]).save(path)
        return encode(batch)

    monkeypatch.setattr(model, "encode", meanwhile)
    with pytest.raises(OutputError, match="holds an index of 1 drawings"):
        build_index(model, folder, path=path)
    assert load_index(path).ids == ["image-0"]
    monkeypatch.setattr(model, "encode", lambda batch: reads.append(1) or encode(batch))
    reads.clear()
    assert len(build_index(model, folder, path=path, overwrite=True)) == 6
    assert reads == []


def test_a_damaged_index_is_not_passed_over_in_silence(model, draw, tmp_path):
    path = tmp_path / "index"
    build_index(model, [draw(1)], path=path).store.close()
    (path / "catalogue.sqlite").write_bytes(b"rubbish")
    with pytest.raises(OutputError, match="holds an index; nothing was changed"):
        build_index(model, [draw(2)], path=path)
    assert (path / "catalogue.sqlite").read_bytes() == b"rubbish"
    assert len(build_index(model, [draw(2)], path=path, overwrite=True)) == 1


@pytest.mark.parametrize("kind", ["closed parent", "closed folder", "dangling link"])
def test_what_cannot_be_written_is_told_before_the_first_drawing(
    model, folder, tmp_path, reads, monkeypatch, kind
):
    path = tmp_path / "at" / "index"
    path.parent.mkdir()
    if kind == "dangling link":
        path.symlink_to(tmp_path / "unplugged")
    if kind == "closed folder":
        path.mkdir()
    closed = path if kind == "closed folder" else path.parent
    trying = target.tempfile.TemporaryFile

    def refused(*, dir, **options):  # root may write anywhere
        if Path(dir) == closed:
            raise PermissionError(errno.EACCES, "Permission denied")
        return trying(dir=dir, **options)

    monkeypatch.setattr(target.tempfile, "TemporaryFile", refused)
    with pytest.raises(OutputError, match=r"at/index: .*(Permission denied|is not there)"):
        build_index(model, folder, path=path)
    with pytest.raises(OutputError, match="cannot be written"):
        build_index(model, [str(next(folder.iterdir()))]).save(path)
    assert sum(reads) == 1  # of the index in memory
    assert not (tmp_path / "unplugged").exists()


def test_an_interrupted_build_in_a_folder_of_its_own_goes_on(model, folder, tmp_path, monkeypatch):
    """Without overwrite=: what is unfinished is no index."""
    path, encode, done = tmp_path / "index", model.encode, []
    path.mkdir()

    def stopping(batch):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(batch))
        return encode(batch)

    monkeypatch.setattr("patentzoo.index.upsert_batch.in_chunks.__defaults__", (2,))
    monkeypatch.setattr(model, "encode", stopping)
    with pytest.raises(KeyboardInterrupt):
        build_index(model, folder, path=path, batch_size=2, workers=1)
    assert [each.name for each in path.iterdir()] == [".building"]
    assert keeps_place(path)
    done.clear()
    monkeypatch.setattr(model, "encode", lambda batch: done.append(len(batch)) or encode(batch))
    assert len(build_index(model, folder, path=path, batch_size=2, workers=1)) == 6
    assert sum(done) == 2
    assert {each.suffix for each in path.iterdir()} == {".seg", ".sqlite"}


def test_a_crash_while_files_are_moved_leaves_no_half_index(
    model, folder, tmp_path, monkeypatch, reads
):
    path = tmp_path / "index"
    path.mkdir()
    with monkeypatch.context() as patched:
        link, done = target._link, []

        def failing(file, to):
            if done:
                raise OSError(errno.EIO, "Input/output error")
            done.append(link(file, to))

        patched.setattr(target, "_link", failing)
        with pytest.raises(OutputError, match=r"Input/output error.*the same call goes on"):
            build_index(model, folder, path=path)
    assert not (path / "catalogue.sqlite").exists()
    assert workplace(path) == path / ".building"
    reads.clear()
    assert len(build_index(model, folder, path=path)) == 6
    assert len(load_index(path)) == 6


def test_an_index_is_replaced_and_files_beside_it_stay(model, draw, tmp_path):
    """Somebody's notes in the folder of an index are no part of it, whatever they are called."""
    path, memory = tmp_path / "index", build_index(model, [draw(8)])
    build_index(model, [draw(1), draw(2)], path=path).store.close()
    names = ("notes.txt", "notes.tmp", "mine.faiss", "cut.seg", "scans/a.png")
    for name in names:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("mine")
    changes = (
        lambda: load_index(path, model).add([("third", draw(4))]),
        lambda: load_index(path, model).compact(),
        lambda: build_index(model, [draw(3)], path=path, overwrite=True),
        lambda: memory.save(path, overwrite=True),
        lambda: (path / "catalogue.sqlite").write_bytes(b"damaged"),
        lambda: memory.save(path, overwrite=True),
    )
    for change in changes:
        change()
        assert [(path / name).read_text() for name in names] == ["mine"] * len(names)
    assert len(load_index(path)) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["index"]
