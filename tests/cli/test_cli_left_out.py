"""patentzoo index: --failures, --timings, --processes; and --photos on the command line."""

from __future__ import annotations

import csv
import io
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.index import load_index


@pytest.fixture(autouse=True)
def _lazy_names(monkeypatch, model):
    """A small model; ``patentzoo.load_model`` may have been looked up by another test already."""
    import patentzoo

    monkeypatch.setattr(patentzoo, "load_model", lambda *_, **__: model, raising=False)
    # After it: what is put back there has to be the real one.
    monkeypatch.setattr("patentzoo.zoo.load.load_model", lambda *_, **__: model)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_failures_are_written_and_listed_again_from_the_index(run, folder: Path, tmp_path: Path):
    (folder / "bad.png").write_bytes(b"no picture")
    index, table = tmp_path / "index", tmp_path / "left-out.csv"
    code, printed, error = run("index", folder, "-o", index, "--failures", table, "--json")
    assert code == 0, error
    (fact,) = json.loads(printed)["failures"]
    assert (fact["id"], fact["size_bytes"]) == ("bad.png", 10)
    (row,) = rows(table.read_text(encoding="utf-8"))
    assert (row["id"], row["size_bytes"]) == ("bad.png", "10")
    code, printed, _ = run("index", "-o", index, "--failures", "-")
    assert (code, rows(printed)) == (0, [row])
    table.unlink()
    code, printed, _ = run("index", "-o", index, "--failures", table)
    assert (code, rows(table.read_text(encoding="utf-8"))) == (0, [row])
    assert "6 drawings indexed" in printed
    assert run("index", "-o", index)[0] == 2


def test_timings_and_processes_are_handed_on(run, folder: Path, tmp_path: Path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "patentzoo.embedding.reader_pool.Processes",
        lambda here: asked.append(1) or nullcontext(here),
    )
    for words in ((), ("--add", "--figures", "split")):
        code, printed, error = run(
            "index", folder, "-o", tmp_path / "index", "--timings", "--processes", *words
        )
        assert code == 0, error
        assert "images in" in error
        assert "images in" not in printed
    assert len(asked) == 2
    assert "images in" not in run("index", folder, "-o", tmp_path / "index")[2]
    assert len(asked) == 2


def test_photos_are_handed_on(run, tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    made = {}
    for photos in ("grey", "lines"):
        index = tmp_path / photos
        code, _, error = run("index", tmp_path / "photo.png", "-o", index, "--photos", photos)
        assert code == 0, error
        made[photos] = load_index(index)
        assert made[photos].photos == photos
        run("embed", tmp_path / "photo.png", "-o", tmp_path / f"{photos}.npz", "--photos", photos)
        with np.load(tmp_path / f"{photos}.npz") as stored:
            assert np.array_equal(stored["vectors"], made[photos].vectors)
        code, printed, _ = run("search", index, tmp_path / "photo.png", "--json")
        assert json.loads(printed)[0]["hits"][0]["score"] == pytest.approx(1, abs=1e-5)
    assert not np.array_equal(made["grey"].vectors, made["lines"].vectors)
    error = run("index", tmp_path / "photo.png", "-o", tmp_path / "x", "--photos", "line")[2]
    assert "Did you mean 'lines'" in error
    _, printed, _ = run(
        "search", tmp_path / "lines", tmp_path / "photo.png", "--photos", "grey", "--json"
    )
    assert json.loads(printed)[0]["hits"][0]["score"] < 0.99


@pytest.mark.realdata
def test_an_empty_index_is_not_offered_for_searching(run, shared: Path, tmp_path: Path, caplog):
    grant = shared / "data" / "uspto-sample" / "USD0908314-20210126"
    code, printed, error = run("index", grant, "-o", tmp_path / "none", "--kind", "plant")
    assert code == 0, error
    assert "0 drawings indexed" in printed
    assert "Search it" not in printed
    assert "grants of other kinds" in caplog.text
