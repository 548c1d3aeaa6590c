"""The tables of docs/speed.md say what the JSON says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import make_tables
import pytest
import speed_tables


def row(label: str, rate: float, **more: Any) -> dict[str, Any]:
    common = {"images": 10, "images_per_s": rate, "peak_mb": 500, "least_cosine_to_ours": 0.99999}
    return {"label": label, **common, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = {
        "command": "python bench",
        "machine": "a chip, 2 cores",
        "files": {"count": 438, "kind": "sheets"},
        "bundled": {
            "ratio": 2.5,
            "ratio_fastest_backend": 3.2,
            "fastest_backend": "openvino-bf16",
            "target": 3.0,
            "rows": [
                row("slow", 2.0),
                row("patentzoo", 5.0, backend="openvino"),
                {"label": "absent", "error": "not measured"},
            ],
        },
        "reference": {
            "ratio": 9.04,
            "ratio_fastest_backend": 9.04,
            "target": 8.0,
            "rows": [row("patentzoo", 9.04)],
        },
        "limit": {
            "cores": 2,
            "read_ms": 0.1,
            "decode_ms": 100.0,
            "preprocess_ms": 50.0,
            "model_ms": 50.0,
            "limit": 10.0,
            "share": 0.9,
            "target": 0.85,
        },
        "faiss": {
            "target": 1.1,
            "rows": {
                "single query": {"ratio": 1.09},
                speed_tables.CATALOGUED: {"ratio": 4.1},
            },
        },
    }
    (tmp_path / "embed.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def test_the_summary_says_what_is_met(folder: Path):
    lines = speed_tables.summary_table(folder).splitlines()
    assert [line.rsplit("|", 4)[1:] for line in lines[2:8]] == [
        [" 9.0 × ", " ≥ 8 × ", " yes ", ""],
        [" 2.5 × ", " ≥ 3 × ", " no ", ""],
        [" 3.2 × ", " ≥ 3 × ", " yes ", ""],
        [" 90 % ", " ≥ 85 % ", " yes ", ""],
        [" 1.09 × ", " ≤ 1.10 × ", " yes ", ""],
        [" 4.10 × ", " – ", " – ", ""],
    ]
    assert lines[-1] == "`python bench` → [embed.json](results/speed/embed.json)"


def test_competitors_stand_fastest_first_and_the_absent_last(folder: Path):
    lines = speed_tables.competitors_table("bundled", folder).splitlines()
    assert lines[2] == "| patentzoo (openvino) | 10 | 5.00 | 1.0 × | 500 | 1.0000 |"
    assert lines[3] == "| slow | 10 | 2.00 | 2.5 × | 500 | 1.0000 |"
    assert lines[4] == "| absent | – | – | – | – | not measured |"


def test_stages_and_limit(folder: Path):
    table = speed_tables.stages_table(folder)
    assert "| decode | 100.00 |" in table
    assert "images/s | 10.0 |" in table
    assert "reached | 90 % |" in table
    hidden = json.loads((folder / "embed.json").read_text(encoding="utf-8"))
    hidden["limit"] |= {"decode_ms": 120.0, "share": 0.85}
    (folder / "embed-avx2.json").write_text(json.dumps(hidden), encoding="utf-8")
    table = speed_tables.stages_table(folder)
    assert "| decode | 100.00 | 120.00 |" in table
    assert "reached | 90 % | 85 % |" in table
    assert "newer instructions than AVX2 hidden | 2.5 × |" in speed_tables.summary_table(folder)


def test_what_is_not_measured_says_how_to(tmp_path: Path):
    for name, write in speed_tables.writers().items():
        if name.endswith(("bundled", "reference", "avx2")):
            assert "bench_embed" in speed_tables.competitors_table("bundled", tmp_path)
        else:
            assert "Not measured yet" in getattr(speed_tables, write.__name__)(tmp_path)


def test_the_page_has_every_table():
    page = (make_tables.ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in page for name in speed_tables.writers())
