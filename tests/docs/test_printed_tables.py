"""The tables of README and docs are what docs/tools makes of cards and results."""

from __future__ import annotations

import json
import re
from pathlib import Path

import make_tables
import marked
import printed
import pytest

RESULTS = make_tables.evaluations()


@pytest.mark.parametrize("path", printed.PAGES, ids=lambda path: path.name)
def test_tables_are_up_to_date(path: Path):
    page = path.read_text(encoding="utf-8")
    assert page == make_tables.written(path), "python -m docs.tools tables writes them anew"
    known = {*make_tables.writers(""), "demo:summary"}
    assert set(marked.names(page)) <= known
    assert len(marked.names(page)) == len(re.findall(r"^<!-- (?:table|demo|picture):", page, re.M))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.name)
def test_results_say_how_they_were_made(path: Path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(?:work|root|home|tmp|Users)/", text), "paths of one machine"
    for result in json.loads(text)["results"]:
        assert result["command"].startswith("patentzoo evaluate")
        # The metrics of the file are those of its own list of queries.
        precision = [query["average_precision"] for query in result["queries"]]
        assert len(precision) == result["counts"]["queries"]
        mean = sum(precision) / len(precision)
        assert result["metrics"]["mAP"]["value"] == pytest.approx(mean, abs=1e-5)


def write(folder: Path, name: str, *results: tuple[str, float]) -> None:
    def one(model: str, value: float) -> dict[str, object]:
        metric = {"value": value, "low": value - 0.1, "high": value + 0.1}
        metrics = dict.fromkeys(make_tables.METRICS, metric)
        command = f"patentzoo evaluate {model}"
        return {"protocol": "figures", "model": model, "command": command, "metrics": metrics}

    document = {"results": [one(*each) for each in results]}
    (folder / name).write_text(json.dumps(document), encoding="utf-8")


def test_a_score_table_lists_the_best_first_with_command_and_file(tmp_path: Path):
    write(tmp_path, "a.json", ("hog", 0.226))
    write(tmp_path, "b.json", ("mine", 0.5))
    table = make_tables.score_table("figures", "results/", tmp_path).splitlines()
    assert table[2] == "| **`mine`** | 0.500 [0.400, 0.600] | 0.500 | 0.500 | 0.500 |"
    assert table[3].startswith("| HOG | 0.226 [0.126, 0.326] |")
    assert "- `patentzoo evaluate mine` → [b.json](results/b.json)" in table
    assert "Not measured" in make_tables.score_table("sheets", "", tmp_path)


def test_a_model_measured_in_two_files_is_refused(tmp_path: Path):
    write(tmp_path, "a.json", ("mine", 0.4))
    write(tmp_path, "b.json", ("mine", 0.5))
    with pytest.raises(SystemExit, match="mine by figures"):
        make_tables.results("figures", tmp_path)


def test_only_stretches_with_a_writer_are_written():
    page = "<!-- table:a -->\nold\n<!-- /table:a -->\n<!-- table:b -->\nkeep\n<!-- /table:b -->\n"
    new = marked.filled(page, {"table:a": lambda: "new\n"})
    assert new == page.replace("old", "new")
    assert marked.filled(new, {"table:a": lambda: "new"}) == new
