"""Addresses of served indexes, and what is said where nothing can be reached."""

from __future__ import annotations

import pytest
from milvus_process import free_port

import patentzoo as pz
from patentzoo.errors import ConfigError, IndexServerError
from patentzoo.index.milvus.address import TIMEOUT_S, join_address, read_address


def test_an_address_says_all():
    full = "milvus://db.example:1/figures?timeout=5&tls=1&database=ours"
    read = read_address(full)
    assert (read.host, read.port, read.collection) == ("db.example", 1, "figures")
    assert (read.timeout_s, read.tls, read.database) == (5.0, True, "ours")
    assert (str(read), read.server) == (full, "https://db.example:1")
    short = read_address("milvus://[::1]/a")
    assert (str(short), short.timeout_s) == ("milvus://[::1]:19530/a", TIMEOUT_S)


def test_server_and_collection_may_be_given_apart():
    assert str(join_address("http://h:7", "c")) == "milvus://h:7/c"
    assert str(join_address("https://h", "c")) == "milvus://h:19530/c?tls=1"
    assert str(join_address("milvus://h:7/c", None)) == "milvus://h:7/c"
    assert str(join_address("https://h/c", None)) == "milvus://h:19530/c?tls=1"
    with pytest.raises(ConfigError, match="names a collection, and so does"):
        join_address("http://h:7/c", "d")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("milvus://", "no address"),
        ("milvus://h", "no collection"),
        ("milvus://h:99999/c", "no address"),
        ("milvus://h/9c", "cannot be a collection"),
        ("milvus://h/a/b", "cannot be a collection"),
        ('milvus://h/a"b', "cannot be a collection"),
        ("milvus://me:secret@h/c", "holds no password"),
        ("milvus://h/c?timeout=soon", "number of seconds"),
        ("milvus://h/c?timeout=0", "number of seconds"),
        ("milvus://h/c?speed=1", "no option 'speed'"),
    ],
)
def test_a_wrong_address_is_told(text, told):
    with pytest.raises(ConfigError, match=told):
        pz.load_index(text)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"engine": "milvus"}, "needs uri="),
        ({"engine": "milvus", "uri": "http://h:1"}, "names no collection"),
        ({"engine": "milvus", "uri": "h:1/c"}, "names no server"),
        ({"engine": "milvus", "uri": "milvus://h/c", "path": "x"}, "path= is for"),
        ({"engine": "milvus", "uri": "milvus://h/c", "storage": "int8"}, "sent float32"),
        ({"uri": "milvus://h/c"}, "engine='milvus'"),
        ({"engine": "hnsw", "uri": "http://h:1/c"}, "engine='milvus'"),
    ],
)
def test_arguments_that_do_not_fit(model, folder, given, told):
    with pytest.raises(ConfigError, match=told):
        pz.build_index(model, folder, **given)


def test_nobody_listens(model, folder):
    pytest.importorskip("pymilvus")
    address = f"milvus://127.0.0.1:{free_port()}/c?timeout=1"
    server = address.partition("/c")[0].replace("milvus", "http")
    for call in (
        lambda: pz.load_index(address, model),
        lambda: pz.search(address, "a.png"),
        lambda: pz.build_index(model, folder, engine="milvus", uri=address),
    ):
        with pytest.raises(IndexServerError, match="cannot be reached") as told:
            call()
        assert server in str(told.value)


def test_an_address_is_an_index(model):
    from patentzoo.index.build import is_index

    assert is_index("milvus://h:1/c")
