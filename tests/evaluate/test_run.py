from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from patentzoo.errors import BlankImageError, ConfigError, OutputError
from patentzoo.evaluate import (
    card_scores,
    development_map,
    evaluate,
    evaluate_vectors,
    load_protocol,
    summarise,
    write_json,
)
from patentzoo.evaluate.baselines import BASELINES
from patentzoo.results import Embeddings


def _grey(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


def test_a_floor_by_name_counts_what_it_ranked(development: Path):
    result = evaluate("pixels", "figures", development)
    assert result.counts == {"gallery": 12, "queries": 6, "query_patents": 2, "failures": 0}
    assert result.model == "pixels"
    assert {score.patent for score in result.queries} == {"USD0900000", "USD0900001"}
    assert result.metrics["rank-1"].value == 1


def test_development_map_and_evaluate_give_the_same_number(development: Path):
    def encode(paths):
        return np.stack([BASELINES["hog"](_grey(path)) for path in paths])

    assert development_map(encode, development) == evaluate("hog", "figures", development).metrics


def test_development_map_takes_no_folder(development: Path):
    with pytest.raises(ConfigError, match="'figures' and 'sheets'"):
        development_map(lambda paths: np.eye(len(paths)), development, "folder")


def test_embeddings_of_the_protocol_are_measured_in_any_order(development: Path):
    protocol = load_protocol("figures", development)
    ids = [id_ for id_, _ in protocol.images][::-1]
    rows = np.random.default_rng(0).normal(size=(12, 16)).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    given = Embeddings(unit, ids, [{"patent": "wrong"}] * 12, "mine", "abc")
    result = evaluate(given, protocol)
    expected = summarise(evaluate_vectors(ids, rows, [protocol.patents[id_] for id_ in ids]))
    assert (result.model, result.fingerprint) == ("mine", "abc")
    assert result.metrics["mAP"].value == pytest.approx(expected["mAP"].value)
    with pytest.raises(ConfigError, match="lack 1 images"):
        evaluate(given.select(range(11)), protocol)


def test_a_folder_reports_what_it_cannot_read(tmp_path: Path, write_drawing):
    for patent in range(2):
        for view in range(2):
            write_drawing(tmp_path / f"chair {patent}" / f"{view}.png", patent, view)
    (tmp_path / "chair 0" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    cv2.imwrite(str(tmp_path / "chair 1" / "blank.png"), np.full((40, 40), 255, np.uint8))
    result = evaluate("pixels", "folder", tmp_path)
    assert result.counts == {"gallery": 4, "queries": 4, "query_patents": 2, "failures": 2}
    failed = {failure.id for failure in result.failures}
    assert failed == {"chair 0/broken.png", "chair 1/blank.png"}


def test_a_blank_figure_of_a_fixed_protocol_stops_it(development: Path):
    blank = next((development / "uspto-sample-figures").glob("*.png"))
    cv2.imwrite(str(blank), np.full((40, 40), 255, np.uint8))
    with pytest.raises(BlankImageError):
        evaluate("pixels", "figures", development)


def test_an_image_without_a_patent_is_no_ones_sibling(tmp_path: Path, write_drawing):
    for view in range(3):
        write_drawing(tmp_path / f"drawing{view}.png", view, 0)
    with pytest.raises(ConfigError, match="nothing to measure"):
        evaluate("pixels", "folder", tmp_path)


def test_unknown_floor_and_missing_data(development: Path):
    with pytest.raises(ConfigError, match="Did you mean 'phash'"):
        evaluate("phas", "figures", development)
    with pytest.raises(ConfigError, match="needs data="):
        evaluate("phash", "figures")


def test_json_is_whole_and_says_what_it_is(development: Path, tmp_path: Path):
    result = evaluate("phash", "figures", development, command="patentzoo evaluate phash")
    target = tmp_path / "new" / "result.json"
    write_json([result], target)
    (read,) = json.loads(target.read_text())["results"]
    assert read["format"] == 1
    assert read["protocol"] == "figures"
    assert read["command"] == "patentzoo evaluate phash"
    assert read["counts"]["gallery"] == 12
    assert len(read["queries"]) == 6
    assert read["metrics"]["mAP"]["value"] == pytest.approx(result.metrics["mAP"].value, abs=1e-6)
    assert [path.name for path in target.parent.iterdir()] == ["result.json"]
    assert "queries" not in result.to_dict(per_query=False)


def test_card_scores_quote_the_result(development: Path):
    result = evaluate("hog", "figures", development, command="patentzoo evaluate hog")
    scores = {score.metric: score for score in card_scores(result)}
    assert list(scores) == list(result.metrics)
    best = scores["mAP"]
    assert (best.protocol, best.command) == ("figures", "patentzoo evaluate hog")
    assert best.low <= best.value <= best.high
    assert best.value == pytest.approx(result.metrics["mAP"].value, abs=1e-4)


def test_json_where_nothing_can_be_written_is_an_output_error(development: Path, tmp_path: Path):
    result = evaluate("pixels", "figures", development)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_json([result], tmp_path / "file" / "result.json")
    with pytest.raises(OutputError, match="it is a folder"):
        write_json([result], tmp_path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("floor", "published", "within"),
    [
        ("pixels", 0.190, 0.002),
        pytest.param("phash", 0.132, 0.01, marks=pytest.mark.slow),
        pytest.param("hog", 0.226, 0.002, marks=pytest.mark.slow),
    ],
)
def test_the_published_floors(shared: Path, floor: str, published: float, within: float):
    result = evaluate(floor, "figures", shared / "data")
    assert result.metrics["mAP"].value == pytest.approx(published, abs=within)
