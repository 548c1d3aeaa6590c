"""Every public call, every argument, every wrong type: it works, or an error of ours says so."""

from __future__ import annotations

import inspect
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import patentzoo as pz
from patentzoo.index import repair_index
from patentzoo.zoo.registry import DEFAULT_MODEL


class Thing:
    """Something no call takes."""

    def __init__(self, *_: object) -> None:
        pass

    def __repr__(self) -> str:
        return "<Thing>"


PICTURE = "LD000001-D00001.png"


@pytest.fixture
def place(model, folder, monkeypatch):
    """A folder of drawings, an index beside it, a short way to refer to both."""
    monkeypatch.chdir(folder.parent)
    made = pz.build_index(model, "drawings", path="my.index")
    monkeypatch.setattr(made._model, "loaded", model)
    return made


@pytest.fixture
def wrong(place, model) -> dict[str, Any]:
    """Values by type; no call takes each of them in each place."""
    return {
        "object": Thing(),
        "class": Thing,
        "function": lambda *_: Thing(),
        "float": 3.7,
        "negative": -1,
        "huge": 10**30,
        "nan": float("nan"),
        "text": "nonsense",
        "bytes": b"nonsense",
        "none": None,
        "true": True,
        "dict": {"a": Thing()},
        "list": [Thing()],
        "list of text": ["nonsense"],
        "set": {1, 2},
        "array": np.zeros(2),
        "path": Path("nowhere"),
        "model": model,
        "index": place,
        "embeddings": pz.embed(model, "drawings"),
        "result": pz.search(place, f"drawings/{PICTURE}"),
    }


Call = Callable[..., Any]


def calls(index: pz.Index, model: pz.RetrievalModel) -> dict[str, tuple[Call, dict[str, Any]]]:
    """Each public call with arguments that are right."""
    query = f"drawings/{PICTURE}"
    made = pz.embed(model, "drawings")
    return {
        "load_model": (pz.load_model, {"name": DEFAULT_MODEL}),
        "embed": (pz.embed, {"model": model, "images": query}),
        "build_index": (pz.build_index, {"model": model, "images_or_embeddings": query}),
        "load_index": (pz.load_index, {"path": "my.index"}),
        "search": (pz.search, {"index": index, "query": query}),
        "repair_index": (repair_index, {"path": "my.index", "model": model}),
        "Embeddings": (
            pz.Embeddings,
            {
                **{"vectors": made.vectors, "ids": made.ids, "metadata": made.metadata},
                **{"model": made.model, "fingerprint": made.fingerprint},
            },
        ),
        "select": (made.select, {"rows": [0]}),
        "encode": (model.encode, {"batch": np.zeros((0, 1, 32, 32), np.float32)}),
        "add": (index.add, {"images_or_embeddings": query}),
        "remove": (index.remove, {}),
        "update": (index.update, {"metadata": {PICTURE: {"year": 2019}}}),
        "compact": (index.compact, {}),
        "save": (index.save, {}),
        "measure_recall": (index.measure_recall, {"queries": 1}),
        "calibrate": (index.calibrate, {"sample": 2}),
        "near_duplicates": (index.near_duplicates, {}),
        "watch": (pz.watch, {"index": index, "new": query, "min_score": 0.5}),
        "drawings": (index.drawings, {"names": [PICTURE]}),
        "classify": (index.classify, {"query": query, "field": "patent"}),
        "classify by words": (pz.classify, {"model": model, "images": query, "labels": ["cup"]}),
        "measure_classes": (index.measure_classes, {"field": "patent"}),
        "encode_text": (model.encode_text, {"texts": ["a cup"]}),
        # No share held out: what is right of the others need not be trained on.
        "finetune": (pz.finetune, {"model": None, "folder": "nowhere", "held_out": 0.0}),
    }


NAMES = [
    *("load_model", "embed", "build_index", "load_index", "search", "repair_index", "Embeddings"),
    *("select", "encode", "add", "remove", "update", "compact", "save", "measure_recall"),
    *("calibrate", "near_duplicates", "watch", "drawings", "finetune"),
    *("classify", "classify by words", "measure_classes", "encode_text"),
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_of_a_wrong_type_is_an_error_of_ours(name, place, model, wrong, caplog):
    call, right = calls(place, model)[name]
    if name == "load_model":
        right = {"name": "none"}  # what is right of the others need not be loaded
    caplog.set_level(logging.ERROR)
    faults = []
    for parameter in inspect.signature(call).parameters:
        for kind, value in wrong.items():
            try:
                call(**{**right, parameter: value})
            except pz.PatentZooError as error:
                if not str(error):
                    faults.append(f"{parameter}={kind}: says nothing")
            except Exception as error:
                faults.append(f"{parameter}={kind}: {type(error).__name__}: {error}"[:150])
    assert not faults, "\n".join(faults)


NOT_LOOKED_AT = {("repair_index", "images")}
"""Where nothing is damaged there is nothing to read."""


@pytest.mark.parametrize("name", NAMES)
def test_what_no_call_takes_is_refused_everywhere(name, place, model):
    call, right = calls(place, model)[name]
    for parameter in inspect.signature(call).parameters:
        if (name, parameter) in NOT_LOOKED_AT:
            continue
        with pytest.raises(pz.PatentZooError):
            call(**{**right, parameter: Thing()})


def test_the_table_holds_every_public_call():
    public = {
        name
        for name in pz.__all__
        if inspect.isfunction(getattr(pz, name)) and name != "list_models"
    }
    methods = {
        name
        for kind in (*pz.Index.__mro__[:-1], pz.RetrievalModel, pz.Embeddings)
        for name, each in vars(kind).items()
        if inspect.isfunction(each) and not name.startswith("_")
    }
    inner = {"check_made_by", "read", "after_fork", "stats", "recalibrate", "with_model"}
    inner |= {"describe_reading"}
    assert public | (methods - inner) <= set(NAMES)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda i, m, q: pz.search(q, i), r"search\(index, query\): an index was given for the q"),
        (lambda i, m, q: pz.search(q, "my.index"), "the index, my.index, was given for the query"),
        (lambda i, m, q: pz.search(m, q), r"is no index.*build_index\(model, images\)"),
        (lambda i, m, q: pz.search(i, m), "a model was given for the query"),
        (lambda i, m, q: pz.search("drawings", q), "holds no index"),
        (lambda i, m, q: pz.search(i, pz.search(i, q)), r"one of its hits, as result\[0\]"),
        (lambda i, m, q: pz.search(i, [pz.search(i, q)]), r"was given for the query.*result\[:3\]"),
        (
            lambda i, m, q: pz.embed(m, pz.search(i, q)),
            "Hit is no image.*its picture: .image",
        ),
        (lambda i, m, q: pz.embed(m, i[PICTURE]), r"Drawing is no image.*its picture: .image"),
        (lambda i, m, q: pz.build_index("drawings", m), "a model was given for the images"),
        (lambda i, m, q: pz.build_index("drawings", q), "in the model's place stands drawings"),
        (lambda i, m, q: pz.build_index(None, q), "None.* is no model"),
        (lambda i, m, q: pz.build_index(i, q), r"is no model.*load_model\(\)"),
        (lambda i, m, q: pz.embed("drawings", m), r"embed\(model, images\): a model was given"),
        (lambda i, m, q: pz.embed(type(m), q), "is no model"),
        (lambda i, m, q: m.encode(q), r"patentzoo\.embed\(model, images\)"),
        (lambda i, m, q: m.encode([q]), r"patentzoo\.embed\(model, images\)"),
        (lambda i, m, q: pz.load_index(m), r"load_index\(\): path = .* should be a path"),
        (lambda i, m, q: pz.load_index("my.index", i), "is no model"),
        (lambda i, m, q: pz.load_model(m), r"load_model\(\): name = "),
        (lambda i, m, q: pz.embed(m, q, workers="2"), "workers = '2' .*should be a whole number"),
        (lambda i, m, q: pz.embed(m, q, progress="no"), "progress = 'no'.*True or False"),
        (lambda i, m, q: i.remove(3), "ids = 3 .*should be an id"),
        (lambda i, m, q: i.update({PICTURE: 3}), r"metadata\['LD.*= 3 .*should be a dict"),
    ],
)
def test_what_stands_in_the_wrong_place_is_told_where_it_goes(call, says, place, model):
    with pytest.raises(pz.PatentZooError, match=says):
        call(place, model, f"drawings/{PICTURE}")


def test_a_path_stands_for_its_index_and_a_name_for_its_model(folder, tmp_path):
    own = pz.load_model(device="cpu")
    query = folder / PICTURE
    expected = pz.embed(own, query).vectors
    (card,) = [each for each in pz.list_models() if each.name == DEFAULT_MODEL]
    assert np.array_equal(pz.embed(card, query).vectors, expected)
    made = pz.build_index(DEFAULT_MODEL, folder, path=tmp_path / "my.index")
    assert pz.search(str(tmp_path / "my.index"), query)[0].id == PICTURE
    assert pz.load_index(tmp_path / "my.index", DEFAULT_MODEL).ids == made.ids


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda i, m, q: pz.search(i, q, 5), TypeError, r"^search\(index, query\): these 2 are"),
        (lambda i, m, q: i.search(q, 5), TypeError, r"^search\(query\): this one is given by pla"),
        (lambda i, m, q: pz.embed(m, q, 8), TypeError, r"^embed\(model, images\): these 2 are"),
        (lambda i, m, q: i.search(q, top_k=3), TypeError, "unexpected keyword argument 'top_k'"),
        (
            lambda i, m, q: pz.search(i, np.eye(16)[:2]),
            pz.QueryError,
            r"holds vectors.*list\(array",
        ),
        (lambda i, m, q: pz.search(i, -np.eye(16)), pz.ImageArrayError, r"vectors.*list\(array\)"),
        (
            lambda i, m, q: pz.search(i, io.BytesIO(Path(q).read_bytes())),
            pz.ImageError,
            r"open file.*\.read\(\)",
        ),
        (lambda i, m, q: pz.search(i, [io.BytesIO(b"")]), pz.ImageError, r"open file.*\.read"),
        (lambda i, m, q: pz.embed(m, io.BytesIO(b"")), pz.ImageError, r"open file.*\.read\(\)"),
        (lambda i, m, q: pz.search(i, torch.zeros(3, 3)), pz.ImageError, r"\.numpy\(\)"),
        (
            lambda i, m, q: pz.search(i, q, where=lambda row: row["owner"] == "Acme"),
            pz.QueryError,
            r"the function failed for the drawing 'LD.*KeyError: 'owner'.*row\.get\(name\)",
        ),
        (
            lambda i, m, q: pz.search(i, q, where=lambda: True),
            pz.QueryError,
            "the function failed for the drawing .*TypeError",
        ),
        (lambda i, m, q: i.search(q).to_csv(3), pz.OutputError, "int is no file's name"),
        (lambda i, m, q: i.search(q).to_csv(b"a"), pz.OutputError, "bytes is no file's name"),
        (lambda i, m, q: i.search(q).save_html(None), pz.OutputError, "NoneType is no file's"),
        (lambda i, m, q: i.search(q).to_json(io.StringIO()), pz.OutputError, "StringIO is no"),
        (lambda i, m, q: i.search(q).to_excel(io.BytesIO()), pz.OutputError, "BytesIO is no"),
        (lambda i, m, q: pz.watch(i, q, min_score=0.1).save_csv(3), pz.OutputError, "int is no"),
        (lambda i, m, q: pz.watch(i, q, min_score=0.1).save_html([]), pz.OutputError, "list is no"),
        (lambda i, m, q: pz.Index("my.index"), pz.ConfigError, r"load_index\(path\) opens"),
        (lambda i, m, q: pz.Hit("1", 0.5, "a"), pz.ConfigError, "rank = '1'.*a whole number"),
        (lambda i, m, q: pz.Hit(1, "0.5", "a"), pz.ConfigError, "score = '0.5'.*a number"),
        (lambda i, m, q: pz.Hit(1, 0.5, 7), pz.ConfigError, "id = 7 .*text"),
        (lambda i, m, q: pz.Hit(1, 0.5, "a", metadata=None), pz.ConfigError, "should be a dict"),
        (lambda i, m, q: pz.SearchResult("q", ["a"]), pz.ConfigError, "a sequence of hits"),
        (lambda i, m, q: pz.SearchResult("q", None), pz.ConfigError, "a sequence of hits"),
    ],
)
def test_a_slip_is_told_in_words(call, error, says, place, model):
    with pytest.raises(error, match=says):
        call(place, model, f"drawings/{PICTURE}")


def test_arguments_given_by_place_are_counted_in_words(place, model):
    with pytest.raises(TypeError, match="every argument is given by name"):
        place.near_duplicates(0.9)
    with pytest.raises(TypeError, match="this one is given by place"):
        place.search(model, f"drawings/{PICTURE}")
    with pytest.raises(TypeError, match="these 2 are given by place"):
        pz.build_index(model, "new.index", "drawings")


def test_an_error_names_what_was_typed_in_one_line(place, model):
    picture, table = f"drawings/{PICTURE}", np.ones((40, 3))
    for given in ([{"a": 1}], table):
        with pytest.raises(pz.ConfigError, match=r"^metadata = .* should be a dict") as caught:
            pz.build_index(model, picture, metadata=given)
        assert "\n" not in str(caught.value)
    with pytest.raises(pz.ConfigError, match=r"^\(id, image, fields\): the fields of 'a' = 5"):
        pz.embed(model, [("a", picture, 5)])
    with pytest.raises(pz.ConfigError, match=r"^watch\(index, new\): .* is no index"):
        pz.watch(model, picture)
    hit = place.search(picture, k=1)[0]
    with pytest.raises(pz.QueryError, match=r"rank from 1, not .{,99}$"):
        pz.search(place, picture, k=None, where={"id": "no such"}).explain(hit)
