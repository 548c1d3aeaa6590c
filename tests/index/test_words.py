"""Words as queries: what a text tower says of drawings it has never seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from taught_words import MODEL, WORDS, Taught

import patentzoo as pz
from patentzoo.errors import ModelError, QueryError

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def model(taught: Taught) -> pz.RetrievalModel:
    return pz.load_model(taught.folder, device="cpu", backend="torch")


@pytest.fixture(scope="module")
def index(model: pz.RetrievalModel, taught: Taught) -> pz.Index:
    labels = {str(file): {"word": word} for file, word in taught.unseen.items()}
    found = pz.embed(model, sorted(taught.unseen))
    for row in found.metadata:
        row.update(labels[str(row["path"])])
    return pz.build_index(model, found)


def average_precision(ranked: list[bool]) -> float:
    ranks = np.flatnonzero(ranked) + 1
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks))


def test_words_find_drawings_that_were_never_seen(index, taught):
    """The ranking is real: far above what figures in any order would give, for most words."""
    found, chance = {}, {}
    for word in WORDS:
        hits = pz.search(index, text=f"a {word}", k=None)
        assert hits.query == f"a {word}"
        fits = [taught.unseen[Path(hit.path)] == word for hit in hits]
        assert len(fits) == len(taught.unseen)
        found[word], chance[word] = average_precision(fits), float(np.mean(fits))
    assert np.mean(list(found.values())) > 3 * np.mean(list(chance.values()))
    assert sum(found[word] > 2 * chance[word] for word in WORDS) >= 6
    swapped = [pz.search(index, text=f"a {word}", k=1)[0].metadata["word"] for word in WORDS]
    assert len(set(swapped)) >= 4  # another word, another answer


def test_scores_are_cosines_to_the_words(index, model):
    (vector,) = model.encode_text(["a chair"])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    by_words = pz.search(index, text="a chair", k=None)
    by_vector = pz.search(index, vector, k=None)
    assert [hit.id for hit in by_words] == [hit.id for hit in by_vector]
    assert [hit.score for hit in by_words] == [hit.score for hit in by_vector]
    stored = np.stack([index[hit.id].vector for hit in by_words[:5]])
    assert np.allclose(stored @ vector, [hit.score for hit in by_words[:5]], atol=1e-5)


def test_words_and_filters(index):
    hits = pz.search(index, text="a chair", k=None, where={"word": ["tire", "faucet"]})
    assert {hit.metadata["word"] for hit in hits} == {"tire", "faucet"}


def test_words_beside_a_drawing_move_it(index, model, taught):
    file = min(taught.unseen)
    drawing, words = pz.embed(model, [file]).vectors[0], model.encode_text(["a faucet"])[0]
    for weight in (0.0, 0.3, 0.5, 1.0):
        mixed = (1 - weight) * drawing + weight * words
        expected = pz.search(index, mixed, k=None)
        found = pz.search(index, file, text="a faucet", text_weight=weight, k=None)
        assert [hit.id for hit in found[:10]] == [hit.id for hit in expected[:10]]
        assert [hit.score for hit in found] == pytest.approx(
            [hit.score for hit in expected], abs=1e-5
        )
    default = pz.search(index, file, text="a faucet")
    half = pz.search(index, file, text="a faucet", text_weight=0.5)
    assert [hit.score for hit in default] == [hit.score for hit in half]
    several = pz.search(index, [file, file], text="a faucet")
    assert [[hit.id for hit in each] for each in several] == [[hit.id for hit in half]] * 2


def test_what_scores_of_drawings_mean_is_not_said_of_words(index, taught):
    index.calibrate(sample=20)
    file = min(taught.unseen)
    assert pz.search(index, file)[0].percentile is not None
    for options in ({}, {"group_by": "patent"}):
        for query in (None, file):
            assert pz.search(index, query, text="a chair", **options)[0].percentile is None


def test_an_index_opened_from_its_folder_is_asked_in_words(index, taught, tmp_path):
    index.save(tmp_path / "index")
    pz_index = pz.load_index(tmp_path / "index", pz.load_model(taught.folder, device="cpu"))
    hits = pz.search(pz_index, text="a shoe")
    assert [hit.id for hit in hits] == [hit.id for hit in pz.search(index, text="a shoe")]


def test_a_model_without_a_text_tower_names_models_that_have_one(draw):
    model = pz.load_model(device="cpu", backend="torch")
    small = pz.build_index(model, [draw(1), draw(2)])
    with pytest.raises(ModelError, match="takes no words: it has no text tower") as raised:
        pz.search(small, text="a chair")
    assert "patentclip-vitb32" in str(raised.value)
    assert "clip-vitb32" in str(raised.value)
    assert not model.takes_words
    with pytest.raises(ModelError, match="no text tower"):
        model.encode_text(["a chair"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs a query"),
        ({"text": "  "}, "text= is empty"),
        ({"text": "a chair", "text_weight": 1.5}, "between 0 and 1"),
    ],
)
def test_what_is_no_question_is_refused(index, options, says):
    with pytest.raises(QueryError, match=says):
        pz.search(index, **options)


def test_tokens_and_vectors_are_open_clips(model, taught):
    """By open_clip's own classes from the same file, the tokenizer included."""
    open_clip = pytest.importorskip("open_clip")
    import torch
    from safetensors.torch import load_file

    theirs = open_clip.CLIP(**MODEL)
    theirs.load_state_dict(load_file(taught.folder / "open_clip_model.safetensors"), strict=True)
    texts = [
        *("a kettle with a wooden handle", "CHAIR &amp; table", "", "Stuhl mit Armlehnen – Größe"),
        "a very long title " * 20,
    ]
    tokenizer = open_clip.SimpleTokenizer(context_length=16)
    with torch.inference_mode():
        expected = theirs.eval().encode_text(tokenizer(texts), normalize=True).numpy()
    assert np.abs(model.encode_text(texts) - expected).max() <= 1e-5
    tower = model._words._built()
    assert np.array_equal(tower.tokens(texts), tokenizer(texts).numpy())


def test_the_command_line_takes_words(run, index, taught, tmp_path):
    index.save(tmp_path / "index")

    def found(*more: str) -> list[str]:
        options = ["--model", str(taught.folder), "--text", "a tire", "-k", "3", "--json"]
        code, printed, error = run("search", tmp_path / "index", *more, *options)
        assert code == 0, error
        (shown,) = json.loads(printed)
        return [hit["id"] for hit in shown["hits"]]

    expected = [hit.id for hit in pz.search(index, text="a tire", k=3)]
    assert found() == expected
    assert found(str(min(taught.unseen)), "--text-weight", "1") == expected
