"""Classes of drawings: by their names, and by the nearest neighbours'."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from taught_words import WORDS, Taught

import patentzoo as pz
from patentzoo.embedding.locarno import LOCARNO
from patentzoo.errors import IndexMismatchError, ModelError, QueryError
from patentzoo.index.compare.classes import SHARPNESS, vote
from patentzoo.results import Embeddings

FIELDS = {"a": "chair", "b": "chair", "c": "lamp", "d": "lamp", "e": None}
ROWS = np.array([[1, 0, 0], [0.9, 0.3, 0], [0, 1, 0], [0, 0.9, 0.3], [1, 0.05, 0]], np.float32)


@pytest.fixture
def index(bare_model) -> pz.Index:
    rows = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    rows = np.pad(rows, ((0, 0), (0, bare_model.dim - 3)))
    metadata = [{"kind": kind} if kind else {} for kind in FIELDS.values()]
    found = Embeddings(rows, list(FIELDS), metadata, bare_model.name, bare_model.fingerprint, [])
    return pz.build_index(bare_model, found)


@pytest.fixture
def bare_model() -> pz.RetrievalModel:
    return pz.load_model(device="cpu", backend="torch")


def test_neighbours_vote_by_closeness(index, bare_model):
    query = np.zeros(bare_model.dim, np.float32)
    query[:2] = 0.8, 0.6
    found = index.classify(query, field="kind", k=3)
    hits = [hit for hit in pz.search(index, query, k=None) if "kind" in hit.metadata][:3]
    weights = np.exp((np.array([hit.score for hit in hits]) - hits[0].score) / SHARPNESS)
    expected: Counter[str] = Counter()
    for hit, weight in zip(hits, weights / weights.sum(), strict=True):
        expected[hit.metadata["kind"]] += weight
    assert [each.label for each in found.classes] == [k for k, _ in expected.most_common()]
    assert [each.score for each in found.classes] == pytest.approx(
        [v for _, v in expected.most_common()], abs=1e-6
    )
    assert sum(each.score for each in found.classes) == pytest.approx(1)
    assert (found.label, found.score) == found.classes[0]


def test_drawings_without_the_class_have_no_say(index):
    assert index.classify("a", field="kind", k=1, exclude=["a"]).label == "chair"
    both = index.classify(["a", "d"], field="kind", k=1)
    assert [each.label for each in both] == ["chair", "lamp"]
    index.update(both.metadata("guess"))
    assert index["d"].metadata["guess"] == "lamp"
    assert index["a"].metadata["guess_score"] == pytest.approx(1)
    assert index.classify("a", field="kind", where={"kind": "lamp"}).label == "lamp"


@pytest.mark.parametrize(
    ("options", "says"),
    [({"field": "knid"}, "Did you mean 'kind'"), ({"field": "kind", "k": 0}, "at least 1")],
)
def test_an_impossible_field_or_number_is_refused(index, options, says):
    with pytest.raises(QueryError, match=says):
        index.classify("a", **options)


def test_equal_votes_go_to_the_closest():
    assert [each.label for each in vote(np.array([0.5, 0.5], np.float32), ["b", "a"], 5)] == [
        *("b", "a")
    ]
    assert vote(np.empty(0, np.float32), [], 5) == ()


def test_leave_one_out_equals_asking_each(index):
    """By hand: search for each drawing without those of its own patent."""
    right = 0
    having = [name for name, kind in FIELDS.items() if kind]
    for name in having:
        right += index.classify(name, field="kind", k=2, exclude=[name]).label == FIELDS[name]
    found = index.measure_classes("kind", k=2)
    assert found.accuracy == right / len(having)
    assert (found.drawings, found.classes, found.majority) == (4, 2, 0.5)


@pytest.mark.realdata
def test_the_title_figures_classes_are_told_better_than_by_the_majority(shared, bare_model):
    """Half of them, to be quick; docs/which-model.md has the figures of all."""
    with (shared / "data" / "title-figures.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[::3]
    folder = shared / "data" / "title-figures"
    given = [
        (row["patent"], folder / f"{row['patent']}.png", {"class": row["us_class"].split("-")[0]})
        for row in rows
        if (folder / f"{row['patent']}.png").is_file()
    ]
    index = pz.build_index(bare_model, given)
    found = index.measure_classes("class")
    assert found.drawings == len(given) > 200
    assert found.accuracy > 1.5 * found.majority
    assert found.accuracy_top3 > found.accuracy


def test_locarno_has_thirty_two_classes():
    assert list(LOCARNO) == [f"{number:02d}" for number in range(1, 33)]
    assert LOCARNO["06"] == "Furnishing"
    assert len(set(LOCARNO.values())) == 32


@pytest.mark.realdata
def test_words_name_classes(taught: Taught, tmp_path: Path):
    """Of drawings the model has never seen, by the names of the classes alone."""
    model = pz.load_model(taught.folder, device="cpu", backend="torch")
    files = sorted(taught.unseen)
    found = pz.classify(model, files, WORDS, k=3, template="a {}")
    own = [taught.unseen[file] for file in files]
    right = [each.label == word for each, word in zip(found, own, strict=True)]
    assert np.mean(right) > 2 * Counter(own).most_common(1)[0][1] / len(own)
    assert all(len(each.classes) == 3 for each in found)
    first = found[0]
    (vector,) = pz.embed(model, files[:1]).vectors
    (words,) = model.encode_text([f"a {first.label}"])
    assert first.score == pytest.approx(float(vector @ words), abs=1e-5)
    index = pz.build_index(model, files)
    assert pz.classify(model, index, WORDS, template="a {}") == pz.classify(
        model, pz.embed(model, files), WORDS, template="a {}"
    )
    index.update(pz.classify(model, index, WORDS, template="a {}").metadata("kind"))
    assert {row["kind"] for row in map(lambda name: index[name].metadata, index)} <= set(WORDS)
    assert len(pz.classify(model, files[:1], k=32)[0].classes) == 32
    synonyms = {"seat": ["chair", "stool"], "car": "automobile"}
    assert {each.label for each in pz.classify(model, files, synonyms)} <= {"seat", "car"}


@pytest.mark.realdata
def test_what_cannot_be_classified_is_explained(taught: Taught, bare_model, index, draw):
    model = pz.load_model(taught.folder, device="cpu", backend="torch")
    with pytest.raises(ModelError, match="takes no words"):
        pz.classify(bare_model, [draw(1)], ["chair"])
    with pytest.raises(IndexMismatchError):
        pz.classify(model, index, ["chair"])
    with pytest.raises(IndexMismatchError):
        pz.classify(model, pz.embed(bare_model, [draw(1)]), ["chair"])
    for labels in ([], "chair", {"x": []}, [" "]):
        with pytest.raises(QueryError, match="labels"):
            pz.classify(model, [draw(1)], labels)
    with pytest.raises(QueryError, match="template"):
        pz.classify(model, [draw(1)], ["chair"], template="a drawing")
