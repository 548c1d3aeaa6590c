from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from patentzoo.evaluate import figure_splitting as table
from patentzoo.evaluate.metrics import average_precision


def drawing(seed: int) -> Image.Image:
    """A sheet of two figures with labels."""
    rng = np.random.default_rng(seed)
    page = Image.new("1", (700, 900), 1)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(60)
    for number, top in enumerate((40, 480), start=1):
        corners = rng.integers(0, 260, (5, 2)) + np.array([200, top])
        draw.polygon([tuple(int(v) for v in corner) for corner in corners], outline=0, width=5)
        draw.text((240, top + 300), f"FIG. {number}", 0, font=font)
    return page


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two patents with two sheets each, one of them on its side, and three distractors."""
    rows = []
    for patent in ("USD1", "USD2"):
        for number in (1, 2):
            file = f"{patent}/{patent}-D0000{number}.TIF"
            path = tmp_path / "uspto-sample" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            page, mark = drawing(10 * int(patent[-1]) + number), "P"
            if number == 2:
                page, mark = page.transpose(Image.Transpose.ROTATE_90), "L"
            page.save(path, tiffinfo={270: f"**DRAWING;PG00001;BW;{mark}"})
            rows.append({"file": file, "patent": patent, "query": 1})
    with (tmp_path / "uspto-sample-eval.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, ["file", "patent", "query"])
        writer.writeheader()
        writer.writerows(rows)
    titles = tmp_path / "title-figures"
    titles.mkdir()
    for seed in range(3):
        drawing(seed).save(titles / f"USD9{seed}.png")
    return tmp_path


def test_every_row_is_measured_on_the_same_sheets(data, model):
    result = table.sheets_table(model, data)
    assert list(result["rows"]) == list(table.VARIANTS)
    assert result["model"] == model.name
    for name, row in result["rows"].items():
        images = 8 if name == "figures" else 4
        assert row["counts"] == {
            **{"images": images, "distractors": 3, "queries": images, "query_patents": 2},
        }
        assert 0 < row["metrics"]["mAP"]["value"] <= 1


def test_a_row_is_what_a_naive_count_says(data, model):
    from patentzoo.embedding import embed

    pages, patents = [], []
    for path in sorted((data / "uspto-sample").glob("*/*.TIF")):
        stored, landscape = table.read_stored(path)
        pages.append((path.stem, table.upright(stored, landscape)[0]))
        patents.append(path.parent.name)
    titles = sorted((data / "title-figures").glob("*.png"))
    vectors = np.concatenate(
        [embed(model, pages).vectors, embed(model, [(p.stem, p) for p in titles]).vectors]
    )
    patents += [path.stem for path in titles]
    precisions = []
    for query in range(4):
        others = [i for i in range(len(vectors)) if i != query]
        scores = vectors[others] @ vectors[query]
        relevant = np.array([patents[i] == patents[query] for i in others])
        precisions.append(average_precision(relevant, scores))
    rows = table.sheets_table(model, data)["rows"]
    given = rows["sheets upright"]["metrics"]["mAP"]["value"]
    assert np.isclose(given, np.mean(precisions), atol=1e-5)


def test_labels_out_leaves_only_the_drawing(data):
    path = data / "uspto-sample" / "USD1" / "USD1-D00001.TIF"
    stored, _ = table.read_stored(path)
    clean = table.labels_out(table.SheetVersions("a", "USD1", stored, stored))[0]
    assert (clean[330:470] == 255).all()
    assert (clean[40:300] == stored[40:300]).all()


def test_the_command_writes_what_it_measured(data, model, monkeypatch, tmp_path):
    import patentzoo

    monkeypatch.setattr(patentzoo, "load_model", lambda name: model)
    out = tmp_path / "out.json"
    monkeypatch.setattr(sys, "argv", ["sheets_table", str(data), str(out)])
    table.main()
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["command"].endswith(str(out))
    assert set(written["rows"]) == set(table.VARIANTS)
