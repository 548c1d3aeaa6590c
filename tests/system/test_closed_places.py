"""What another user's folders allow is told before the work, by every way of writing."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

from patentzoo.errors import OutputError
from patentzoo.index import build_index, load_index
from patentzoo.index.repair.repair import repair_index
from patentzoo.reports.curves import check_plots
from patentzoo.system.files import check_may_fill, check_may_write, write_text
from patentzoo.system.locks import exclusive_lock
from patentzoo.system.overwrite import LEFT_OUT, check_free, check_rewritable
from patentzoo.train.checkpoint import check_folder
from patentzoo.train.run import RunRequest

NOBODY = 65534

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user"
)


@pytest.fixture
def places():
    """Folders of root: closed, not to be written, full of links, and one as /tmp is."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        root.chmod(0o755)
        for name, mode in (("closed", 0o700), ("others", 0o755), ("sticky", 0o1777)):
            (root / name).mkdir()
            (root / name).chmod(mode)
        (root / "sticky" / "file").write_text(LEFT_OUT, encoding="utf-8")
        (root / "mine").mkdir()
        os.chown(root / "mine", NOBODY, NOBODY)
        (root / "mine" / "file").symlink_to(root / "others" / "file")
        (root / "mine" / "gone").symlink_to(root / "others" / "folder")
        yield root


def as_nobody(work) -> str:
    """What a child process of another user says: the error's kind and text, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        said = ""
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
        except OutputError as error:
            said = f"OutputError: {error}"
        except BaseException:
            said = traceback.format_exc()
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


FILES = ("closed/file", "closed/new/file", "others/file", "others/new/file", "mine/file")
CHECKS = {
    "a new file": check_may_write,
    "a result": check_free,
    "a list": lambda path: check_rewritable(path, LEFT_OUT),
    "a text": lambda path: write_text(path, "x"),
}


@pytest.mark.parametrize(
    ("place", "check"),
    [(place, check) for place in FILES for check in CHECKS]
    + [("sticky/file", check) for check in CHECKS if check != "a result"],
)
def test_a_file_that_cannot_be_written_is_told(places, place, check):
    said = as_nobody(lambda: CHECKS[check](places / place))
    assert said.startswith("OutputError: ")
    assert "cannot be written" in said
    assert (places / "sticky" / "file").read_text(encoding="utf-8") == LEFT_OUT


FOLDERS = ("closed/new", "others", "others/new/deep", "mine/gone", "mine/gone/deep")


FILLED = {"files": check_may_fill, "plots": check_plots, "training": check_folder}


@pytest.mark.parametrize("check", FILLED)
@pytest.mark.parametrize("place", FOLDERS)
def test_a_folder_that_cannot_be_filled_is_told(places, place, check):
    said = as_nobody(lambda: FILLED[check](places / place))
    assert said.startswith("OutputError: ")
    assert str(places) in said


def test_a_run_below_a_closed_folder_is_told_before_its_recipe_is_read(places):
    request = RunRequest("recipe.toml", {}, str(places / "closed" / "run"), True)
    assert "Permission denied" in as_nobody(request.load)


def test_a_lock_that_cannot_be_made_is_told(places):
    def hold() -> None:
        with exclusive_lock(places / "others" / ".lock", "Shard 1/2"):
            pass

    assert as_nobody(hold).startswith("OutputError: Shard 1/2: ")


def test_what_can_be_written_is_and_links_are_followed(places):
    os.chown(places / "others", NOBODY, NOBODY)

    def write() -> None:
        for place in ("mine/new/file", "mine/file", "sticky/mine"):
            check_may_write(places / place)
            check_free(places / place)
            write_text(places / place, "written")
        check_may_fill(places / "mine" / "folder")

    assert as_nobody(write) == ""
    assert (places / "mine" / "file").is_symlink()
    assert (places / "others" / "file").read_text(encoding="utf-8") == "written"


@pytest.mark.parametrize("place", ["others/index", "sticky/index", "mine/index"])
def test_an_index_of_another_user_is_not_embedded_for(places, model, folder, place):
    """``mine``: its folder may be written, and its catalogue not."""
    path = places / place
    build_index(model, folder, path=path).store.close()
    folder.parent.chmod(0o755)
    if place.startswith("mine"):
        os.chown(path, NOBODY, NOBODY)
    index = load_index(path, model)

    def embedded(batch: object) -> None:
        raise AssertionError("embedded")

    encode, model.encode = model.encode, embedded
    try:
        for work in (
            lambda: load_index(path, model).add([(folder, "x")]),
            lambda: load_index(path, model).calibrate(),
            lambda: repair_index(path, model),
            lambda: build_index(model, folder, path=path, overwrite=True),
        ):
            said = as_nobody(work)
            assert said.startswith("OutputError: ")
            assert "read-only" in said or "cannot be written" in said
    finally:
        model.encode = encode
    assert len(index) == 6
