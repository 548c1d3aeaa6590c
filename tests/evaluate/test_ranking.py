"""Rankings that are only counted, against sorted ones: scikit-learn, another library, a loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import average_precision_score

from patentzoo.data.deeppatent import LISTS, DeepPatent
from patentzoo.errors import ConfigError, ImageNotFoundError
from patentzoo.evaluate import evaluate, load_protocol, ranking
from patentzoo.evaluate.metrics import (
    bootstrap_interval,
    bootstrap_intervals,
    score_against,
    score_queries,
    summarise,
)


def retrieval(seed, ties=False, queries=25, size=90, patents=11, dim=6):
    """Queries and a database; with ties, many database vectors are copies."""
    rng = np.random.default_rng(seed)
    database = rng.normal(size=(size, dim))
    if ties:
        database = database[rng.integers(0, size // 6, size)]
    asked = rng.normal(size=(queries, dim))
    of_database = rng.integers(0, patents, size)
    of_queries = rng.choice(np.unique(of_database), queries)
    return asked, [f"P{p}" for p in of_queries], database, [f"P{p}" for p in of_database]


def scored(asked, of_queries, database, of_database):
    ids = [f"d{n}" for n in range(len(database))]
    names = [f"q{n}" for n in range(len(asked))]
    return score_against(names, asked, of_queries, ids, database, of_database)


def cosines(asked, database):
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (asked, database)]
    return np.round(unit[0] @ unit[1].T, 9)


def naive_places(scores, relevant):
    """Ranks of the relevant by a loop over a sorted list, irrelevant ones first among equals."""
    order = sorted(range(len(scores)), key=lambda n: (-scores[n], bool(relevant[n])))
    return [rank for rank, n in enumerate(order, start=1) if relevant[n]]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_queries_against_a_database_agree_with_scikit_learn_and_a_loop(seed, ties):
    asked, of_queries, database, of_database = retrieval(seed, ties)
    found = scored(asked, of_queries, database, of_database)
    most = max(of_database.count(patent) for patent in of_database)
    assert len(found) == len(asked)
    for score, row, patent in zip(found, cosines(asked, database), of_queries, strict=True):
        relevant = np.array([other == patent for other in of_database])
        assert score.average_precision == pytest.approx(average_precision_score(relevant, row))
        places = naive_places(row, relevant)
        assert score.first_rank == places[0]
        assert score.positives == len(places)
        for value, depth in ((score.precision_10, 10), (score.precision_bin, most)):
            top = [n / rank for n, rank in enumerate(places, start=1) if rank <= depth]
            assert value == pytest.approx(sum(top) / min(depth, len(places)))


@pytest.mark.parametrize("seed", range(6))
def test_the_reference_figure_is_that_of_pytorch_metric_learning(seed, monkeypatch):
    """``max_bin_count`` as its AccuracyCalculator gives it today, and precision at 1."""
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

    asked, of_queries, database, of_database = retrieval(seed)
    metrics = summarise(scored(asked, of_queries, database, of_database))
    numbers = {patent: n for n, patent in enumerate(sorted(set(of_database)))}
    calculator = AccuracyCalculator(
        include=("mean_average_precision", "precision_at_1"),
        k="max_bin_count",
        knn_func=_nearest,
        device=torch.device("cpu"),
    )
    theirs = calculator.get_accuracy(
        torch.tensor(asked),
        torch.tensor([numbers[p] for p in of_queries]),
        torch.tensor(database),
        torch.tensor([numbers[p] for p in of_database]),
        ref_includes_query=False,
    )
    ours = metrics["mAP@max_bin"].value
    assert ours == pytest.approx(theirs["mean_average_precision"], abs=1e-9)
    assert metrics["rank-1"].value == pytest.approx(theirs["precision_at_1"], abs=1e-9)


def _nearest(query, k, reference, ref_includes_query):
    """Exact neighbours by cosine, in place of the library's approximate default."""
    unit = [torch.nn.functional.normalize(rows) for rows in (query, reference)]
    top = (unit[0] @ unit[1].T).topk(k, dim=1)
    return top.values, top.indices


def test_the_older_divisor_counts_only_what_was_found():
    """Of three relevant ones two stand among the first three: divided by two, not by three."""
    database = np.array([[1.0, 0.0], [0.9, 0.1], [0.8, 0.3], [0.0, 1.0]])
    found = scored(np.array([[1.0, 0.0]]), ["A"], database, ["A", "B", "A", "A"])[0]
    assert found.precision_bin == pytest.approx((1 + 2 / 3) / 3)
    assert found.precision_bin_found == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_chunks_change_nothing(rows, monkeypatch):
    asked, of_queries, database, of_database = retrieval(4, ties=True)
    whole = scored(asked, of_queries, database, of_database)
    monkeypatch.setattr(ranking, "CHUNK_BYTES", rows * 8 * len(database))
    assert scored(asked, of_queries, database, of_database) == whole
    ids = [f"d{n}" for n in range(len(database))]
    chunked = score_queries(ids, database, of_database, ids)
    monkeypatch.undo()
    assert score_queries(ids, database, of_database, ids) == chunked


def test_no_more_than_one_chunk_of_scores_is_held(monkeypatch):
    asked, _, database, _ = retrieval(0, queries=50)
    monkeypatch.setattr(ranking, "CHUNK_BYTES", 4 * 8 * len(database))
    units = [ranking.unit_rows(rows) for rows in (asked, database)]
    own = np.full(50, -1, np.int64)
    shapes = [scores.shape for _, scores in ranking.score_chunks(*units, own)]
    assert shapes == [(4, 90)] * 12 + [(2, 90)]


def test_queries_without_a_relevant_image_drop_out():
    asked, of_queries, database, of_database = retrieval(2)
    of_queries[0] = "nobody's"
    assert len(scored(asked, of_queries, database, of_database)) == len(asked) - 1


def test_a_query_in_its_own_database_is_refused():
    with pytest.raises(ConfigError, match="'a' is a query and in the database, too"):
        score_against(["a"], np.eye(2)[:1], ["P"], ["a", "b"], np.eye(2), ["P", "P"])


def test_intervals_of_many_metrics_are_those_of_each():
    rng = np.random.default_rng(0)
    groups = [f"p{n}" for n in rng.integers(0, 9, 60)]
    values = {"a": rng.random(60), "b": rng.random(60)}
    both = bootstrap_intervals(values, groups, seed=3)
    for name, each in values.items():
        assert both[name] == bootstrap_interval(each, groups, seed=3)


@pytest.fixture(scope="module")
def floor(deeppatent):
    return evaluate("pixels", "deeppatent", deeppatent)


def test_deeppatents_protocol_counts_its_lists(floor, deeppatent):
    copy = DeepPatent(deeppatent)
    queries, database = copy.read("test-query"), copy.read("test-db")
    assert floor.counts["queries"] == len(queries)
    assert floor.counts["gallery"] == len(database)
    assert {score.id for score in floor.queries} == {record.id for record in queries}
    assert not {score.nearest for score in floor.queries} & {record.id for record in queries}


def test_without_the_gazettes_figures_is_the_score_of_lists_without_them(
    floor, deeppatent, tmp_path
):
    for name in ("test-query", "test-db"):
        lines = (deeppatent / LISTS[name]).read_text().splitlines()
        kept = [line for line in lines if "-D00000.png" not in line]
        (tmp_path / LISTS[name]).write_text("\n".join(kept) + "\n")
    (tmp_path / "I20991231").symlink_to(deeppatent / "I20991231", target_is_directory=True)
    variant = floor.variants["without-D00000"]
    plain = evaluate("pixels", "deeppatent", tmp_path)
    assert variant.metrics == plain.metrics
    assert variant.counts | {"failures": 0} == plain.counts
    assert variant.counts["gallery"] < floor.counts["gallery"]
    assert plain.variants == {}
    assert "queries" not in floor.to_dict(per_query=False)
    assert set(floor.to_dict()["variants"]) == {"without-D00000"}


def test_missing_images_stop_or_are_reported(deeppatent, tmp_path):
    for file in LISTS.values():
        if (deeppatent / file).exists():
            (tmp_path / file).write_bytes((deeppatent / file).read_bytes())
    (tmp_path / "I20991231").symlink_to(deeppatent / "I20991231", target_is_directory=True)
    database = tmp_path / LISTS["test-db"]
    database.write_text(database.read_text() + "I1/USD1-1/USD1-1-D00001.png 999\n")
    with pytest.raises(ImageNotFoundError, match=r"1 images of protocol 'deeppatent' are missing"):
        load_protocol("deeppatent", tmp_path)
    result = evaluate("pixels", load_protocol("deeppatent", tmp_path, missing="report"))
    assert result.counts["failures"] == 1
    assert result.failures[0].id == "I1/USD1-1/USD1-1-D00001.png"


def test_grants_are_a_protocol(tmp_path, write_drawing):
    for patent in range(2):
        for sheet in range(3):
            name = f"USD090000{patent}-20210105"
            write_drawing(tmp_path / name / f"{name}-D0000{sheet}.TIF", patent, sheet)
    result = evaluate("hog", "uspto-sample", tmp_path)
    assert result.counts == {"gallery": 4, "queries": 4, "query_patents": 2, "failures": 0}
    assert result.variants == {}


def test_cut_into_figures_is_a_protocol_of_its_own(deeppatent):
    protocol = load_protocol("deeppatent", deeppatent).cut_into_figures()
    name = protocol.images[0][0]
    assert protocol.name == "deeppatent-by-figures"
    assert protocol.owner(f"{name}:2") == protocol.owner(name) == name
    with pytest.raises(ConfigError, match="Baselines are not measured by figures"):
        evaluate("hog", protocol)


def test_the_worst_queries_are_drawn_with_what_they_found(deeppatent, tmp_path):
    result = evaluate("phash", "deeppatent", deeppatent, hardest_queries=tmp_path / "worst.png")
    sheet = np.asarray(Image.open(tmp_path / "worst.png"))
    rows = min(20, result.counts["queries"])
    assert sheet.shape == (rows * 166, 7 * 150, 3)
    worst = min(result.queries, key=lambda score: score.average_precision)
    frame = sheet[16, 2 * 150 + 5]  # of the image ranked first
    hit = worst.first_rank == 1
    assert frame.tolist() == ([46, 139, 87] if hit else [200, 60, 50])


def test_a_folder_of_files_can_be_drawn_too(tmp_path: Path, write_drawing):
    for patent in range(2):
        for view in range(2):
            write_drawing(tmp_path / "d" / f"chair {patent}" / f"{view}.png", patent, view)
    evaluate("pixels", "folder", tmp_path / "d", hardest_queries=tmp_path / "w.png")
    assert (np.asarray(Image.open(tmp_path / "w.png")) < 100).any()


def test_a_second_look_is_a_variant_and_moves_only_the_best(deeppatent, monkeypatch):
    from patentzoo.evaluate import rerank_scores

    protocol = load_protocol("deeppatent", deeppatent)
    result = evaluate("hog", protocol, rerank=True)
    variant = result.variants["k-reciprocal"]
    assert variant.counts["queries"] == result.counts["queries"]
    assert "k1 10, k2 3" in variant.description
    rows = ranking.unit_rows(np.random.default_rng(0).normal(size=(30, 4)))
    query, scores = rows[0], np.round(rows @ rows[0], 9)
    scores[0] = ranking.NOT_THERE
    monkeypatch.setattr(rerank_scores, "POOL", 7)
    again = rerank_scores.k_reciprocal_scores(query, scores, rows)
    best = set(np.argsort(-scores)[:7].tolist())
    assert set(np.argsort(-again)[:7].tolist()) == best
    rest = [n for n in range(30) if n not in best]
    assert np.array_equal(again[rest], scores[rest])
    assert again[0] == ranking.NOT_THERE


def test_the_command_measures_deeppatent(deeppatent, tmp_path, monkeypatch, capsys):
    import json
    import sys

    from patentzoo.cli import main

    out, worst = tmp_path / "r.json", tmp_path / "w.png"
    options = ["--protocol", "deeppatent", "--data", str(deeppatent), "--rerank", "--json"]
    options += ["--out", str(out), "--hardest-queries", str(worst)]
    monkeypatch.setattr(sys, "argv", ["patentzoo", "evaluate", "pixels", "phash", *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    printed = json.loads(capsys.readouterr().out)
    kept = json.loads(out.read_text())["results"]
    assert [each["model"] for each in printed] == [each["model"] for each in kept]
    assert set(printed[0]["variants"]) == {"without-D00000", "k-reciprocal"}
    assert "queries" in kept[0]
    assert worst.exists()


def test_a_model_is_measured_by_figures(deeppatent, model):
    whole = load_protocol("deeppatent-val", deeppatent)
    result = evaluate(model, whole.cut_into_figures())
    assert result.protocol == "deeppatent-val-by-figures"
    assert result.counts["queries"] >= len(whole.queries)
    assert {result_id.partition(".png")[0] for result_id in (s.id for s in result.queries)} == {
        id_.partition(".png")[0] for id_ in whole.queries
    }
