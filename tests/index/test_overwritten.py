"""Files put over those of an index that a program holds: cp new/* index/, a restored backup."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from held_index import add_while_another_index_comes, whole

from patentzoo.errors import IndexDamagedError, OutputError, PatentZooError, QueryError
from patentzoo.index import build_index, load_index, search
from patentzoo.results import Embeddings

HOLDER = """
import sys
from patentzoo.index import load_index
index = load_index(sys.argv[1])
for line in sys.stdin:
    try:
        if line.strip() == "update":
            index.update({"d0": {"title": "x"}})
        elif line.strip() == "compact":
            index.compact()
        said = len(index)
    except Exception as error:
        said = f"{type(error).__name__}"
    print(said, flush=True)
"""


def put_over(path: Path, new: Path) -> None:
    """What ``cp new/* path/`` does: files that are there keep their inodes."""
    inode = (path / "catalogue.sqlite").stat().st_ino
    subprocess.run(f"cp '{new}'/* '{path}'/", shell=True, check=True)
    assert (path / "catalogue.sqlite").stat().st_ino == inode


@pytest.fixture(params=[30, 700], ids=["smaller", "larger"])
def new(request, model, drawings, tmp_path) -> Path:
    """Another index of the model; its catalogue has fewer pages than that of ``saved``, or more."""
    path = tmp_path / "new"
    build_index(model, drawings(request.param, 1, "n"), path=path).store.close()
    return path


def names(path: Path) -> list[str]:
    return [f"n{i}" for i in range(30 if len(whole(path)) == 30 else 700)]


@pytest.mark.parametrize("first", ["search", "add", "remove", "update", "compact", "stats"])
def test_whatever_comes_first_is_done_to_the_index_there_now(saved, drawings, new, first):
    if first < "s":  # in half of the cases SQLite's log beside the catalogue is not empty
        saved.add(drawings(3, 5, "x"))
        saved.remove("d4")
    expected = names(new)
    put_over(saved.path, new)
    later = drawings(1, 3, "later")
    if first == "search":
        assert search(saved, drawings(30, 1, "n").vectors[4], k=1)[0].id.startswith("n")
    elif first == "add":
        assert saved.add(later).added == 1
        expected += ["later0"]
    elif first == "remove":
        with pytest.raises(QueryError, match="no drawing"):
            saved.remove("d3")
        assert saved.remove("n3").removed == 1
        expected.remove("n3")
    elif first == "update":
        with pytest.raises(QueryError):
            saved.update({"d3": {"title": "x"}})
        assert saved.update({"n3": {"title": "x"}}).updated == 1
    elif first == "compact":
        saved.compact()
    else:
        assert saved.stats().drawings == len(expected)
    assert saved.ids == expected == whole(saved.path)
    saved.compact()
    saved.store.close()
    assert whole(saved.path) == expected


def test_an_earlier_state_put_back_is_the_state_there_is(saved, drawings):
    """A backup has the identity of the index, and all of its past."""
    saved.store.close()
    backup = saved.path.with_name("backup")
    shutil.copytree(saved.path, backup)
    expected = whole(backup)
    saved.add(drawings(5, 3, "lost"))
    saved.update({"d0": {"title": "lost"}})
    put_over(saved.path, backup)
    assert saved.add(drawings(1, 4, "later")).added == 1
    assert saved.ids == [*expected, "later0"] == whole(saved.path)
    assert not search(saved, drawings(1).vectors[0], k=None, where={"id": "lost0"})
    assert search(saved, drawings(1).vectors[0], k=1)[0].metadata.get("title") is None


def test_a_copy_that_went_another_way_is_no_state_of_this_one(saved, drawings):
    saved.add(drawings(1, 2, "both"))
    saved.store.close()
    shutil.copytree(saved.path, saved.path.with_name("copy"))
    copy = load_index(saved.path.with_name("copy"))
    for turn in range(3):
        copy.update({"d0": {"title": f"there{turn}"}})
    copy.add(drawings(2, 9, "there"))
    saved.update({"d0": {"title": "here"}})
    vector = drawings(70).vectors[0]
    assert search(saved, vector, k=1, where={"title": "here"})[0].id == "d0"
    copy.store.close()
    put_over(saved.path, copy.path)
    assert search(saved, vector, k=1)[0].metadata["title"] == "there2"
    assert not search(saved, vector, k=None, where={"title": "here"})
    assert saved.ids[-2:] == ["there0", "there1"]


def test_changes_of_another_program_are_no_other_index(saved, drawings):
    """Commits and checkpoints by others are what a file's other times usually mean."""
    other = load_index(saved.path)
    with saved.store.reading() as connection:
        before = saved.store.whose(connection)
    for turn in range(4):
        other.add(drawings(2, 20 + turn, f"o{turn}-"))
        other.store.close()
        assert len(saved) == 72 + 2 * turn
        build_index(saved.model, all_of(other), path=saved.path, overwrite=True)
        assert len(saved) == 72 + 2 * turn
    with saved.store.reading() as connection:
        now = saved.store.whose(connection)
    assert now.partition(" in the file")[2] == before.partition(" in the file")[2]


def all_of(index):
    data = [{} for _ in index.ids]
    return Embeddings(index.vectors, index.ids, data, index.model_name, index.fingerprint)


def test_files_put_over_inside_a_change_are_not_written_to(saved, drawings, new, monkeypatch):
    expected = names(new)
    write = type(saved.store).write_segment

    def late(store, *given):
        monkeypatch.undo()
        made = write(store, *given)
        put_over(saved.path, new)
        return made

    monkeypatch.setattr(type(saved.store), "write_segment", late)
    with pytest.raises(OutputError, match="was replaced"):
        saved.add(drawings(1, 3, "later"))
    saved.store.close()
    assert whole(saved.path) == expected


def test_images_known_to_the_old_index_are_not_taken_for_known_to_the_new(
    model, folder, draw, tmp_path, monkeypatch
):
    add_while_another_index_comes(put_over, model, folder, draw(3), tmp_path, monkeypatch)


def test_a_program_beside_another_one_that_holds_the_old_content(saved, new):
    """SQLite keeps the old number of pages for as long as one of them has the file open."""
    saved.store.close()
    command = [sys.executable, "-c", HOLDER, str(saved.path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:

        def ask(what: str) -> str:
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert ask("update") == "70"
        expected = names(new)
        put_over(saved.path, new)
        if len(expected) > 70:
            with pytest.raises(IndexDamagedError, match="overwritten while programs had it open"):
                load_index(saved.path)
        else:  # as many pages as before
            assert whole(saved.path) == expected
        assert ask("len") == str(len(expected))
        assert whole(saved.path) == expected
        assert ask("compact") == str(len(expected))
        process.stdin.close()
    assert whole(saved.path) == expected


def test_half_of_another_catalogue_is_never_taken_for_an_index(saved, new):
    """A copy that was cut off in its middle: an error, and nothing is written into it."""
    whole_file = (new / "catalogue.sqlite").read_bytes()
    file = saved.path / "catalogue.sqlite"
    with file.open("r+b") as stream:
        stream.write(whole_file[: len(whole_file) // 2 // 4096 * 4096])
    before = file.read_bytes()
    for call in (saved.compact, lambda: load_index(saved.path), lambda: saved.remove("d3")):
        with pytest.raises(PatentZooError):
            call()
    saved.store.close()
    assert file.read_bytes() == before
