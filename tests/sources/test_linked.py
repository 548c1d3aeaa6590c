"""Links to folders: followed once by their real path, and counted where they are not."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from patentzoo.embedding import log_outcome
from patentzoo.errors import ImageNotFoundError
from patentzoo.sources import iter_sources


@pytest.fixture
def tree(tmp_path, draw) -> Path:
    """Two drawings of its own, two behind a link, and links that lead round in circles."""
    root, other = tmp_path / "root", tmp_path / "other"
    for file in (root / "x.png", root / "a" / "y.png", other / "z.png", other / "in" / "w.png"):
        file.parent.mkdir(parents=True, exist_ok=True)
        draw().save(file)
    try:
        for name, target in {
            "loop": root,
            "loops": root,
            "also-a": root / "a",
            "linked": other,
            "nothing": tmp_path / "absent",
            "itself": root / "itself",
        }.items():
            (root / name).symlink_to(target)
        (other / "up").symlink_to(root)
    except OSError:
        pytest.skip("no links here")
    return root


FILES = ["a/y.png", "linked/in/w.png", "linked/z.png", "x.png"]


def found(images) -> tuple[list[str], list[str]]:
    sources = list(iter_sources(images))
    taken = [source.id for source in sources if source.left_out is None]
    return taken, sorted(source.id for source in sources if source.left_out is not None)


@pytest.mark.parametrize("pattern", ["", "/**", "/**/*.png", "/**/**/*.png"])
def test_a_linked_folder_is_read_once(tree, pattern):
    taken, skipped = found(f"{tree}{pattern}")
    assert sorted(taken) == FILES
    assert {"also-a", "loop", "loops"} <= set(skipped)
    real = {os.path.realpath(tree / name) for name in taken}
    assert len(real) == 4  # no file twice


def test_a_star_takes_each_file_once(tree):
    taken, _ = found(f"{tree}/*/*.png")
    assert len(taken) == len({os.path.realpath(tree / name) for name in taken}) == 3
    assert "a/y.png" in taken  # by its plain path, not by the link to its folder


def test_a_link_given_by_name_is_a_folder(tree):
    taken, skipped = found(tree / "linked")
    assert {"in/w.png", "z.png", "up/x.png", "up/a/y.png"} == set(taken)
    assert "up/linked" in skipped


def test_links_that_were_not_followed_are_counted(tree, caplog):
    notes = [event for s in iter_sources(tree) if s.left_out for _, event in s.events()]
    assert all("which is read already" in note.reason for note in notes)
    with caplog.at_level(logging.WARNING):
        log_outcome(4, [], notes)
    assert f"left out: {len(notes)} linked folders that are read already" in caplog.text
    assert len(notes) == 4  # loop, loops, also-a, linked/up


def test_a_file_linked_twice_has_two_names(tmp_path, draw):
    draw().save(tmp_path / "a.png")
    try:
        (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    except OSError:
        pytest.skip("no links here")
    assert found(tmp_path) == found(f"{tmp_path}/*.png") == (["a.png", "b.png"], [])


def test_folders_that_a_glob_matches_are_counted(tmp_path, draw):
    for name in ("one.png", "a/two.png", "b/three.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        draw().save(tmp_path / name)
    sources = list(iter_sources(tmp_path / "*"))
    assert [source.id for source in sources if source.left_out is None] == ["one.png"]
    assert [source.left_out.id for source in sources if source.left_out] == ["a", "b"]
    assert all("/**" in source.left_out.reason for source in sources if source.left_out)
    (tmp_path / "one.png").unlink()
    with pytest.raises(ImageNotFoundError, match=r"Only folders do.*\*/\*\*"):
        list(iter_sources(tmp_path / "*"))
    assert [source.id for source in iter_sources(f"{tmp_path}/*/**")] == [
        "a/two.png",
        "b/three.png",
    ]
