"""The figures on the page about patent-office files are those of their JSON."""

from __future__ import annotations

import json
from typing import Any

from printed import ROOT

PAGE = (ROOT / "docs" / "sources-measured.md").read_text(encoding="utf-8")


def result(name: str) -> Any:
    return json.loads((ROOT / "docs" / "results" / name).read_text(encoding="utf-8"))


def test_memory():
    found = result("sources-memory.json")
    peaks = f"{found['peak_mb_after_1000_files']:.0f} MB | {found['peak_mb']:.0f} MB"
    row = f"| {found['files']:,} | {found['workers']} | {peaks} | {found['bytes_a_file']:,} |"
    assert row in PAGE


def test_fuzz():
    found = result("fuzz.json")
    for name, counts in found["by_mutation"].items():
        read, failed = counts["read"], counts["in_failures"]
        assert f"| {name.replace('_', ' ')} | {read + failed} | {read} | {failed} |" in PAGE
    total = f"| **all** | {found['files']:,} | {found['read']} | {found['in_failures']:,} |"
    assert total in PAGE
    assert f"took {found['slowest_cpu_s']} s" in PAGE


def test_text_pages():
    found = result("text-pages.json")
    taken, headers = len(found["taken_for_text"]), len(found["line_taken_for_a_header"])
    most, share = found["most_lines_of_text"], found["largest_share_of_text"]
    assert f"| {found['sheets']} | {taken} | {headers} | {most} | {share:.0%} |" in PAGE


def test_header_lines():
    found = result("figures/headers.json")
    files, answered, right = found["files"], found["answered"], found["right"]
    assert right >= 0.99 * answered
    said = " ".join(PAGE.split())
    assert f"Of {files} files of header lines alone" in said
    assert f"{answered} told a number, {right} of them the right one" in said
