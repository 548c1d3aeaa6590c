"""Plots of an evaluation, against scikit-learn and counting by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from patentzoo.errors import ConfigError
from patentzoo.evaluate import evaluate_vectors
from patentzoo.reports import hardest_queries, precision_recall, rank_histogram, write_plots
from patentzoo.reports.curves import LEVELS, interpolated, rank_counts


@pytest.fixture(scope="module")
def document() -> dict:
    rng = np.random.default_rng(0)
    patents = [f"P{n // 4}" for n in range(40)]
    ids = [f"a/{n}.png" for n in range(40)]
    results = []
    for model in ("one", "two"):
        vectors = rng.normal(size=(40, 8))
        scores = evaluate_vectors(ids, vectors, patents)
        results.append(
            {
                "model": model,
                "protocol": "folder",
                "metrics": {"mAP": {"value": np.mean([each.average_precision for each in scores])}},
                "queries": [vars(each) for each in scores],
            }
        )
    return {"results": results}


def test_interpolated_precision_is_that_of_sklearn():
    rng = np.random.default_rng(3)
    for _ in range(50):
        relevant = rng.random(30) < 0.2
        relevant[rng.integers(30)] = True
        places = (np.flatnonzero(relevant) + 1).tolist()
        precision, recall, _ = precision_recall_curve(relevant, -np.arange(30.0))
        best = [precision[recall >= level - 1e-9].max() for level in LEVELS]
        # scikit-learn ends its curve at recall 0, precision 1, whatever was found.
        assert np.allclose(interpolated(places)[1:], best[1:])
        assert interpolated(places)[0] == interpolated(places).max()


def test_the_curve_is_the_mean_of_the_queries(document: dict):
    axes = precision_recall(document).axes[0]
    line = axes.lines[1]
    places = [each["places"] for each in document["results"][1]["queries"]]
    assert np.allclose(line.get_ydata(), np.mean([interpolated(each) for each in places], axis=0))
    assert line.get_label().startswith("two, mAP 0.")


def test_ranks_are_counted():
    ranks = np.array([1, 1, 2, 3, 4, 5, 6, 100, 101, 9999])
    assert rank_counts(ranks).tolist() == [2, 1, 1, 2, 1, 0, 0, 1, 2]


def test_bars_are_shares(document: dict):
    axes = rank_histogram(document).axes[0]
    heights = [bar.get_height() for bar in axes.containers[0]]
    assert sum(heights) == pytest.approx(1)
    assert len(axes.containers) == 2
    assert [tick.get_text() for tick in axes.get_xticklabels()][:4] == ["1", "2", "3", "4–5"]


def test_the_worst_come_first(document: dict):
    axes = hardest_queries(document, count=5).axes[0]
    shown = [bar.get_width() for bar in axes.patches]
    each = [q["average_precision"] for q in document["results"][0]["queries"]]
    assert shown == sorted(each)[:5]
    assert len(axes.texts) == 5


def test_all_are_written_from_a_file(document: dict, tmp_path: Path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    files = write_plots(path, tmp_path / "plots")
    assert [file.name for file in files] == [
        "precision-recall.png",
        "ranks.png",
        "hardest-queries.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


def test_other_files_are_refused(document: dict, tmp_path: Path):
    with pytest.raises(ConfigError, match="no results can be read"):
        rank_histogram(tmp_path / "nothing.json")
    with pytest.raises(ConfigError, match="patentzoo evaluate"):
        rank_histogram({"rows": []})
    old = json.loads(json.dumps(document))
    del old["results"][0]["queries"][3]["places"]
    with pytest.raises(ConfigError, match="places"):
        precision_recall(old)
    with pytest.raises(ConfigError, match="no queries"):
        hardest_queries({"results": []})
