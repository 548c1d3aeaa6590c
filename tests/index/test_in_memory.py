"""An index in memory answers, changes and is saved as one that lives in a folder."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import pickle
import sqlite3
import weakref

import pytest

from patentzoo.errors import ConfigError, OutputError, QueryError
from patentzoo.index import build_index, load_index, search, transaction
from patentzoo.index.storage import schema
from patentzoo.results import Embeddings, Failure

ENGINES = [
    {},
    {"storage": "float16"},
    {"storage": "int8"},
    {"engine": "hnsw"},
    {"engine": "hnsw", "storage": "int8"},
    {"engine": "ivfpq"},
]


RAGGED = [
    {"patent": "P1", "path": "a.png", "page": 2, "year": 2001, "title": "ü 😀 \x00 %s %"},
    {"patent": None, "year": -(2**63), "share": -0.0, "locarno": "06-01"},
    {"title": "\udc80 a lone surrogate", "good": True, "year": 2**63 - 1, "locarno": "\ud83d"},
    {"title": "", "good": False, "year": 1, "share": 1e-300, "100%r": "a", "'\"\\": 0.1},
]


@pytest.fixture
def in_folder(tmp_path):
    """A function that builds the same index in a folder."""
    numbers = itertools.count()

    def build(*given, **options):
        return build_index(*given, path=tmp_path / f"twin{next(numbers)}", **options)

    return build


@pytest.fixture
def mixed(drawings):
    """1,100 drawings, some of which lack fields."""
    made = drawings(1_100)
    data = [{**each, **RAGGED[n % 4]} if n % 5 else each for n, each in enumerate(made.metadata)]
    failures = [Failure("bad.png", "cut off", 7)]
    return dataclasses.replace(made, metadata=data, failures=failures)


def told(index):
    """Everything an index says without being asked for anything in particular."""
    asked = list(index.vectors[::100])
    vectors = index.vectors.tobytes()
    plain = [
        search(index, asked, k=7),
        search(index, asked, k=9, views=True),
        search(index, asked, k=9, views="rrf"),
        search(
            index, asked, k=5, rerank="k-reciprocal", query_expansion=2, database_augmentation=2
        ),
        search(index, asked[0], k=None),
        search(index, asked[0], k=2, exclude=[]),
    ]
    return plain, index.ids, vectors, len(index), repr(index), index.measure_recall(5)


def asked_of_the_catalogue(index):
    vector = index.vectors[3]
    return [
        search(index, vector, k=5, where={"year": {">=": 2010}}),
        search(index, vector, k=5, where={"good": True, "title": {"prefix": "\udc80"}}),
        search(index, vector, k=5, where={"share": None}),
        search(index, vector, k=5, where=lambda row: row["patent"] is None),
        search(index, vector, k=5, exclude=["d3", "d4"]),
        search(index, vector, k=5, group_by="patent"),
        index.failures,
        dataclasses.replace(index.stats(), file_bytes=0),
    ]


@pytest.mark.parametrize("options", ENGINES)
def test_it_answers_as_one_in_a_folder(model, mixed, in_folder, options):
    index, twin = build_index(model, mixed, **options), in_folder(model, mixed, **options)
    before = told(index)
    assert before == told(twin)
    assert repr(before[0]) == repr(told(twin)[0])
    assert pickle.loads(pickle.dumps(before[0])) == before[0]
    assert asked_of_the_catalogue(index) == asked_of_the_catalogue(twin)
    assert told(index) == before


def test_it_changes_as_one_in_a_folder(model, mixed, drawings, in_folder):
    index, twin = build_index(model, mixed), in_folder(model, mixed)
    for each in (index, twin):
        assert each.add(drawings(9, 1, "late", share=0.5)).added == 9
        assert each.add(drawings(9, 2)).replaced == 9
        assert each.remove(["d20", "late3"]).removed == 2
        assert each.update({"d30": {"title": "new", "more": [1, 2]}}).updated == 1
    assert told(index) == told(twin)
    assert asked_of_the_catalogue(index) == asked_of_the_catalogue(twin)
    for each in (index, twin):
        each.compact(engine="hnsw")
    assert told(index) == told(twin)
    assert asked_of_the_catalogue(index) == asked_of_the_catalogue(twin)


@pytest.mark.parametrize("options", [{}, {"storage": "int8"}, {"engine": "hnsw"}])
def test_what_is_saved_is_the_same(model, mixed, in_folder, tmp_path, options):
    index, there = build_index(model, mixed, **options), tmp_path / "there"
    build_index(model, mixed, path=there)
    for path in (tmp_path / "new", there):
        index.save(path, overwrite=path == there)
        loaded = load_index(path, model, verify=True)
        assert told(loaded) == told(index)
        loaded.add(mixed.select([5]))
    index.save(tmp_path / "copy")
    twin = in_folder(model, mixed, **options)
    loaded = load_index(tmp_path / "copy", verify=True)
    assert asked_of_the_catalogue(loaded)[:-1] == asked_of_the_catalogue(twin)[:-1]
    assert sorted(_index_names(tmp_path / "copy")) == _index_names(there)


def _index_names(path):
    with sqlite3.connect(path / schema.CATALOGUE) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        names = sorted(name for (name,) in connection.execute(query))
    connection.close()
    return names


def test_images_are_held_in_the_same_way(model, folder, in_folder):
    (folder / "broken.png").write_bytes(b"no picture")
    index = build_index(model, folder, on_error="skip")
    twin = in_folder(model, folder, on_error="skip")
    assert [hit.path for hit in search(index, index.vectors[0])]
    assert search(index, index.vectors[0]) == search(twin, index.vectors[0])
    assert index.failures == twin.failures
    assert index.add(folder, on_error="skip") == twin.add(folder, on_error="skip")
    assert index.add(folder, on_error="skip").unchanged == 6


def test_what_is_known_comes_back_as_it_was(model, drawings):
    made = dataclasses.replace(drawings(4), metadata=RAGGED)
    index = build_index(model, made)
    fixed = ("patent", "path", "page")
    for number, given in enumerate(RAGGED):
        (hit,) = search(index, made.vectors[number], k=1)
        assert [getattr(hit, name) for name in fixed] == [given.get(name) for name in fixed]
        others = {name: value for name, value in given.items() if name not in fixed}
        assert hit.metadata == others
        assert [*map(type, map(hit.metadata.get, others))] == [*map(type, others.values())]


def test_vectors_that_are_stored_otherwise_are_let_go(model, drawings):
    made = drawings(30)
    given = weakref.ref(made.vectors)
    index = build_index(model, made, storage="int8")
    del made
    gc.collect()
    assert given() is None
    assert len(search(index, index.vectors[0], k=3)) == 3


def test_metadata_changed_by_the_user_stay_outside(model, drawings):
    made = dataclasses.replace(drawings(30), failures=[Failure("bad.png", "cut off", 7)])
    index = build_index(model, made)
    made.failures.clear()
    made.metadata[3]["year"] = "altered"
    made.metadata[4]["patent"] = "altered"
    made.metadata[5].clear()
    made.ids[6] = "altered"
    made.metadata.pop()
    hits = {hit.id: hit for hit in search(index, index.vectors[0], k=None)}
    assert sorted(hits) == sorted(f"d{n}" for n in range(30))
    assert (hits["d3"].metadata["year"], hits["d4"].patent) == (2003, "D0")
    assert len(search(index, index.vectors[0], k=None, where={"year": {">=": 2000}})) == 30
    assert not search(index, index.vectors[0], where={"patent": "altered"})
    assert [each.id for each in index.failures] == ["bad.png"]


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({"id": "x"}, "'id' cannot be a metadata key"),
        ({3: "x"}, "A metadata key is text, not 3"),
        ({"n": float("nan")}, r"d1: its metadata cannot be saved as JSON"),
        ({"n": object()}, r"d1: its metadata cannot be saved as JSON"),
        ({"n": {4}}, r"d1: its metadata cannot be saved as JSON"),
        ({f"k{n}": n for n in range(9)}, "at most 8 different"),
    ],
)
def test_what_cannot_be_kept_is_refused_when_it_is_built(
    model, unit_rows, metadata, says, monkeypatch
):
    monkeypatch.setattr(schema, "MOST_FIELDS", 8)
    made_by = (model.name, model.fingerprint)
    made = Embeddings(unit_rows(2), ["d0", "d1"], [{}, metadata], *made_by)
    with pytest.raises(ConfigError, match=says):
        build_index(model, made)


def test_an_id_given_twice_is_refused_when_it_is_built(model, drawings):
    made = drawings(3)
    made.ids[2] = "d0"
    with pytest.raises(ConfigError, match="'d0' occurs more than once"):
        build_index(model, made)


def test_an_engine_needs_enough_drawings(model, drawings):
    with pytest.raises(ConfigError, match="needs 1,000 drawings, the index holds 30"):
        build_index(model, drawings(30), engine="ivfpq")


def test_a_full_disk_is_told_of_and_nothing_is_lost(model, drawings, monkeypatch):
    index = build_index(model, drawings(30))
    insert = transaction.insert_drawings

    def fail(*given):
        insert(*given)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(transaction, "insert_drawings", fail)
    for _ in range(2):
        with pytest.raises(OutputError, match=r"cannot be written \(database or disk is full\)"):
            index.add(drawings(5, 1, "late"))
        with pytest.raises(OutputError, match=r"cannot be written \(database or disk is full\)"):
            build_index(model, drawings(30))
        assert len(search(index, index.vectors[0], k=None)) == 30
    monkeypatch.undo()
    assert len(search(index, index.vectors[0], where={"year": 2001})) == 2
    with pytest.raises(QueryError, match="'yaer'"):
        search(index, index.vectors[0], where={"yaer": 2001})


def test_results_held_from_before_a_change_stay(model, drawings):
    index = build_index(model, drawings(30))
    before = search(index, index.vectors[0], k=3)
    index.remove(index.ids[:20])
    index.add(drawings(30, 1, "late"))
    assert (before[0].id, before[0].metadata["year"]) == ("d0", 2000)
