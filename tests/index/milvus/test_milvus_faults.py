"""Servers that die, are slow, or hold something else; two writers. Nothing is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from milvus_process import Line

import patentzoo as pz
from patentzoo.errors import IndexServerError
from patentzoo.index.milvus.collection import MilvusCollection

pytestmark = pytest.mark.milvus


def test_a_collection_of_another_model(milvus, model, other_model, drawings_of):
    there = {"engine": "milvus", "uri": f"{milvus.uri}/owned"}
    pz.build_index(model, drawings_of(model, 20), **there)
    with pytest.raises(pz.IndexMismatchError, match=r"'tiny'.*'other'"):
        pz.load_index(milvus.address("owned"), other_model)
    opened = pz.load_index(milvus.address("owned"), model)
    with pytest.raises(pz.IndexMismatchError):
        opened.add(drawings_of(other_model, 5))
    assert len(opened) == 20


def test_an_index_that_is_there_stays(milvus, model, drawings_of):
    there = {"engine": "milvus", "uri": f"{milvus.uri}/kept"}
    pz.build_index(model, drawings_of(model, 20), **there)
    with pytest.raises(pz.OutputError, match="20 rows; nothing was changed"):
        pz.build_index(model, drawings_of(model, 5), **there)
    assert len(pz.load_index(milvus.address("kept"), model)) == 20
    assert len(pz.build_index(model, drawings_of(model, 5), overwrite=True, **there)) == 5


def test_no_such_collection_and_one_of_somebody_else(milvus, model):
    from pymilvus import MilvusClient

    with pytest.raises(IndexServerError, match="has no collection 'nobodys'") as told:
        pz.load_index(milvus.address("nobodys"), model)
    assert milvus.uri in str(told.value)
    MilvusClient(milvus.uri).create_collection("others", dimension=16)
    with pytest.raises(pz.IndexDamagedError, match="not made by patentzoo"):
        pz.load_index(milvus.address("others"), model)


def test_a_slow_server(milvus, model, drawings_of):
    there = {"engine": "milvus", "uri": f"{milvus.uri}/slow"}
    pz.build_index(model, drawings_of(model, 20), **there)
    line = Line(milvus.port)
    address = f"milvus://127.0.0.1:{line.port}/slow?timeout=60"
    try:
        index = pz.load_index(address, model)
        query = np.ones(model.dim, np.float32)
        before = pz.search(index, query).ids
        impatient = pz.load_index(address.replace("=60", "=20"), model)
        impatient._server.address = pz.load_index(address.replace("=60", "=2"), model).address
        line.held.set()
        with pytest.raises(IndexServerError, match="did not answer within 2 s") as told:
            pz.search(impatient, query)
        assert f"127.0.0.1:{line.port}/slow?timeout=20" in str(told.value)
        line.held.clear()
        assert pz.search(index, query).ids == before
    finally:
        line.held.clear()
        line.close()


@pytest.mark.parametrize("request_number", [1, 2, 4])
def test_a_server_killed_in_the_middle_of_an_upsert(
    mortal, model, drawings_of, monkeypatch, request_number
):
    """The same call, after the server was started again, does what is missing."""
    monkeypatch.setattr("patentzoo.index.milvus.changes.STEP", 100)
    sent, real = [], MilvusCollection.upsert

    def upsert(collection, drawings):
        sent.append(len(drawings))
        if len(sent) == request_number:
            threading.Timer(0.02, mortal.kill).start()
        real(collection, drawings)
        if len(sent) == request_number:  # it was faster than its end: the next one meets it
            mortal.kill()

    monkeypatch.setattr(MilvusCollection, "upsert", upsert)
    embeddings = drawings_of(model, 400)
    there = {"engine": "milvus", "uri": mortal.address("dying", timeout=5)}
    with pytest.raises(IndexServerError, match="the same call again does what is missing"):
        pz.build_index(model, embeddings, **there)
    monkeypatch.setattr(MilvusCollection, "upsert", real)
    mortal.start()
    there["uri"] = mortal.address("dying", timeout=120)
    with pytest.raises(IndexServerError, match="no collection"):  # it is not half there
        pz.load_index(there["uri"], model)
    served, here = pz.build_index(model, embeddings, **there), pz.build_index(model, embeddings)
    assert sorted(served.ids) == sorted(here.ids)
    query = np.ones(model.dim, np.float32)
    assert pz.search(served, query, k=30).ids == pz.search(here, query, k=30).ids


def test_an_add_of_files_that_was_cut_short_is_completed(milvus, model, folder, monkeypatch):
    """Some drawings of a file came, others did not: the file counts as new."""
    there = {"engine": "milvus", "uri": f"{milvus.uri}/halves"}
    pz.build_index(model, folder, **there)
    index = pz.load_index(milvus.address("halves"), model)
    first, second = sorted(index.ids)[:2]
    (row,) = index.collection.read_ids([first], ["*"])
    index.collection.upsert([{**row, "rows_of_source": 2}])
    embedded, real = [], type(model).encode

    def encode(self, tensors, *given, **more):
        embedded.append(len(tensors))
        return real(self, tensors, *given, **more)

    monkeypatch.setattr(type(model), "encode", encode)
    done = index.add(folder)
    assert (done.replaced, done.unchanged, sum(embedded)) == (1, 5, 1)
    done = index.add(folder)
    assert (done.unchanged, sum(embedded), second in index) == (6, 1, True)


def test_two_writers(milvus, model, drawings_of):
    """Drawings of both are there, and fields that only one of them knows can be asked for."""
    there = {"engine": "milvus", "uri": f"{milvus.uri}/shared"}
    pz.build_index(model, drawings_of(model, 20), **there)
    handles = [pz.load_index(milvus.address("shared"), model) for _ in range(2)]
    parts = [drawings_of(model, 150, seed=5, first=50), drawings_of(model, 150, seed=5, first=120)]
    for number, part in enumerate(parts):
        for data in part.metadata:
            data[f"writer{number}"] = number
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].add(pair[1]), zip(handles, parts, strict=True)))
    index = pz.load_index(milvus.address("shared"), model)
    assert sorted(index.ids) == sorted({f"d{n:05d}" for n in [*range(20), *range(50, 270)]})
    query = np.ones(model.dim, np.float32)
    for number in range(2):
        found = pz.search(index, query, k=None, where={f"writer{number}": number})
        assert len(found) >= 70
    assert {"writer0", "writer1"} <= set(index.fields)


def test_a_build_of_files_that_was_stopped_embeds_what_is_missing(
    milvus, model, folder, monkeypatch
):
    from patentzoo.index.milvus import changes, opening

    by_two, real = opening.in_chunks, changes.commit
    monkeypatch.setattr(opening, "in_chunks", lambda batches, dim: by_two(batches, dim, 2))
    done, embedded = [], []

    def commit(*given, **more):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(real(*given, **more))

    monkeypatch.setattr(changes, "commit", commit)
    there = {"engine": "milvus", "uri": f"{milvus.uri}/stopped", "batch_size": 2}
    with pytest.raises(KeyboardInterrupt):
        pz.build_index(model, folder, **there)
    monkeypatch.setattr(changes, "commit", real)
    encode = type(model).encode

    def counted(self, tensors, *given, **more):
        embedded.append(len(tensors))
        return encode(self, tensors, *given, **more)

    monkeypatch.setattr(type(model), "encode", counted)
    (folder / "LD000001-D00002.png").unlink()  # sent before the stop, and gone by now
    served = pz.build_index(model, folder, **there)
    assert sum(embedded) == 2
    assert sorted(served.ids) == sorted(pz.build_index(model, folder).ids)
