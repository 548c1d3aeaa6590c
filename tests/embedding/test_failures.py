"""The table of what was left out."""

from __future__ import annotations

import csv

import pytest

from patentzoo.embedding.failures import write_failures
from patentzoo.errors import OutputError
from patentzoo.results import Failure


def test_it_is_a_csv_any_program_reads(tmp_path):
    failures = [
        Failure("a.png", 'cut off, "somehow"\nthere', 12),
        Failure("b\udcff.png", "missing"),
    ]
    target = tmp_path / "deep" / "failures.csv"
    write_failures(failures, target)
    with target.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [
        {"id": "a.png", "reason": 'cut off, "somehow"\\nthere', "size_bytes": "12"},
        {"id": "b\\udcff.png", "reason": "missing", "size_bytes": ""},
    ]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match="it is a folder"):
        write_failures([], tmp_path)
