from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from patentzoo.errors import ConfigError, ImageNotFoundError
from patentzoo.evaluate.metrics import siblings
from patentzoo.evaluate.protocol import load_protocol


@pytest.mark.parametrize(("name", "folder"), [("figures", "uspto-sample-figures"), ("sheets", "")])
def test_gallery_is_the_list_and_the_distractors(development: Path, name: str, folder: str):
    protocol = load_protocol(name, development)
    assert len(protocol.images) == 7 + 5
    assert all(path.is_file() for _, path in protocol.images)
    sizes = Counter(protocol.patents.values())
    assert sizes["USD0900000"] == sizes["USD0900001"] == 3
    assert all(count == 1 for patent, count in sizes.items() if patent.startswith("USD05"))
    assert protocol.images[0][0].startswith(folder)


def test_an_unknown_protocol_suggests_the_near_one(development: Path):
    with pytest.raises(ConfigError, match="Did you mean 'figures'"):
        load_protocol("figure", development)


def test_missing_data_is_named(development: Path, tmp_path: Path):
    with pytest.raises(ImageNotFoundError, match="no folder"):
        load_protocol("figures", tmp_path / "nowhere")
    with pytest.raises(ImageNotFoundError, match=r"uspto-sample-figures\.csv is missing"):
        load_protocol("figures", development / "title-figures")


def test_a_missing_figure_stops_the_evaluation(development: Path):
    gone = next((development / "uspto-sample-figures").glob("*.png"))
    gone.unlink()
    with pytest.raises(ImageNotFoundError, match=gone.name):
        load_protocol("figures", development)


def test_no_distractors_is_not_the_same_protocol(development: Path):
    for path in (development / "title-figures").glob("*.png"):
        path.unlink()
    with pytest.raises(ImageNotFoundError, match="distractors"):
        load_protocol("figures", development)


def test_a_list_without_the_columns_is_refused(development: Path):
    (development / "uspto-sample-figures.csv").write_text("name,patent\na,b\n")
    with pytest.raises(ConfigError, match="'file' and 'patent'"):
        load_protocol("figures", development)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "gallery", "queries"), [("figures", 1047, 320), ("sheets", 988, 261)]
)
def test_the_published_counts(shared: Path, name: str, gallery: int, queries: int):
    protocol = load_protocol(name, shared / "data")
    ids = list(protocol.patents)
    assert len(ids) == len(protocol.images) == gallery
    found = siblings(ids, list(protocol.patents.values()))
    assert len(found) == queries
    assert not any(id_.startswith("title-figures") for id_ in found)


@pytest.mark.realdata
def test_the_queries_are_those_of_the_sheet_list(shared: Path):
    protocol = load_protocol("sheets", shared / "data")
    found = set(siblings(list(protocol.patents), list(protocol.patents.values())))
    with (shared / "data" / "uspto-sample-eval.csv").open() as lines:
        listed = {f"uspto-sample/{r['file']}" for r in csv.DictReader(lines) if r["query"] == "1"}
    assert found == listed
