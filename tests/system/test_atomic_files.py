from __future__ import annotations

from pathlib import Path

import pytest

from patentzoo.errors import OutputError
from patentzoo.system.files import replacing, write_text


def test_text_arrives_and_nothing_else(tmp_path: Path):
    target = tmp_path / "a" / "b.txt"
    write_text(target, "größer")
    write_text(target, "kleiner")
    assert target.read_bytes() == b"kleiner"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path):
    target = tmp_path / "b.txt"
    write_text(target, "old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/b\.txt cannot be written"):
        write_text(tmp_path / "file" / "b.txt", "text")


def _interrupted(target: Path) -> None:
    with replacing(target) as unfinished:
        unfinished.write_text("half of the ne")
        raise KeyboardInterrupt
