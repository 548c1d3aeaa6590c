"""Damaged and hostile files: no crash, no hang, nothing written, neighbours untouched."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from corpus import made, real
from fuzzing import Fuzz, fuzz, within
from hostile import hostile_files
from mutations import MUTATIONS
from sheets import encoded, sheet
from stub import Placed


def test_damaged_files(tmp_path):
    report = fuzz(tmp_path, Placed(), made(), count=70, seed=1)
    assert report.files == 70
    assert len(report.failed) >= 8
    assert sum(report.failed.values()) >= 20


def test_files_made_to_do_harm(tmp_path):
    run = Fuzz(tmp_path, Placed())
    picture = encoded(sheet(1, (60, 80)), "PNG")
    files = list(hostile_files(picture, str(run.secret)))
    for name, data in files:
        run.try_files("hostile", [(name, data)])
    assert run.report.files == len(files)
    assert run.report.failed["hostile"] >= 25


def test_xml_with_entities_beside_its_sheets(tmp_path):
    run = Fuzz(tmp_path, Placed())
    picture = encoded(sheet(1, (60, 80)), "PNG")
    for name, data in hostile_files(picture, str(run.secret)):
        if name.endswith(".XML"):
            beside = run.folder / "m" / name
            beside.parent.mkdir(parents=True)
            beside.write_bytes(data)
            run.try_files("xml", [(name.replace(".XML", "-D00001.png"), picture)])
    assert run.report.failed["xml"] == 5


def test_the_watchers_see():
    """The checks above would pass if nobody looked."""
    with pytest.raises(AssertionError, match="still at work"):
        within(0.01, lambda: time.sleep(1), "sleep")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        within(5, lambda: 1 // 0, "division")
    assert len({mutation.__name__ for mutation in MUTATIONS}) >= 12


def test_a_written_file_is_seen(tmp_path):
    run = Fuzz(tmp_path, Placed())
    with pytest.raises(AssertionError, match=r"open .*written\.txt"), run.watch.listening():
        (tmp_path / "written.txt").write_text("x")


@pytest.mark.slow
@pytest.mark.realdata
def test_two_thousand_damaged_real_files(tmp_path, shared: Path):
    report = fuzz(tmp_path, Placed(), real(shared) + made(), count=2000, seed=0)
    assert report.files == 2000
