"""index --metadata: fields of drawings from a table, as they are built and as they are added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import patentzoo as pz

Run = Callable[..., tuple[int, str, str]]


def test_fields_come_with_the_drawings(run: Run, folder: Path, tmp_path: Path):
    table = tmp_path / "fields.csv"
    table.write_text("patent,year,owner\nLD000001,2019,Acme\nLD000002,2021,Bolt\n")
    first = folder / "LD000001-D00001.png"
    code, _, error = run("index", first, "--out", tmp_path / "i", "--metadata", table)
    assert code == 0, error
    rest = [folder / "LD000001-D00002.png", folder / "LD000002-D00001.png"]
    code, _, error = run("index", "--add", *rest, "--out", tmp_path / "i", "--metadata", table)
    assert code == 0, error
    index = pz.load_index(tmp_path / "i")
    assert index.stats().columns == {"year": "integer", "owner": "text"}
    found = pz.search(index, first, k=5, where={"year": {"<": 2020}})
    assert {(hit.patent, hit.metadata["owner"]) for hit in found} == {("LD000001", "Acme")}
    assert len(found) == 2


def test_a_repair_takes_none(run: Run, tmp_path: Path):
    code, _, error = run("index", "--repair", "--out", tmp_path / "i", "--metadata", "x.csv")
    assert code == 2
    assert "--metadata means nothing with --repair" in " ".join(error.split())
