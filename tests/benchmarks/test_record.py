"""What the benchmarks share of their JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL
import record


def test_a_report_is_printed_and_kept_in_the_same_letters(tmp_path: Path, capsys):
    target = tmp_path / "new" / "r.json"
    record.keep({"a": [1, {"b": 0.5}]}, target)
    printed = capsys.readouterr().out
    assert printed == target.read_text(encoding="utf-8")
    assert printed == '{\n "a": [\n  1,\n  {\n   "b": 0.5\n  }\n ]\n}\n'
    record.keep({"a": 1}, None, indent=2)
    assert capsys.readouterr().out == '{\n  "a": 1\n}\n'
    assert record.earlier(target) == {"a": [1, {"b": 0.5}]}
    assert [path.name for path in target.parent.iterdir()] == ["r.json"]


def test_nothing_was_said_earlier_where_there_is_no_file(tmp_path: Path):
    assert record.earlier(None) == record.earlier(tmp_path / "none.json") == {}


def test_only_what_is_installed_has_a_version():
    found = record.versions(("numpy", "no-such-library", "pillow"))
    assert found == {"numpy": np.__version__, "pillow": PIL.__version__}


def test_a_machine_is_no_name_of_a_place():
    assert record.machine("busy") == f"{record.machine()}, busy"
    assert "/" not in json.dumps(record.machine())
    assert record.machine().endswith(" cores")
