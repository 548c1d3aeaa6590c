"""Threads and forks that meet an index in memory before its catalogue is written."""

from __future__ import annotations

import os
import sys
from functools import partial

import pytest

from patentzoo.index import build_index, pending_catalogue, search


def test_it_is_filed_once_by_threads_that_ask_at_once(model, drawings, at_once, monkeypatch):
    written, write = [], pending_catalogue.Unfiled.write_catalogue

    def counted(*given, **options):
        written.append(given)
        return write(*given, **options)

    monkeypatch.setattr(pending_catalogue.Unfiled, "write_catalogue", counted)
    index = build_index(model, drawings(300))
    vector = index.vectors[0]
    found = at_once(lambda: search(index, vector, where={"year": 2001}), 16)
    assert len(written) == 1
    assert all(each == found[0] for each in found)


def test_searches_beside_an_add_see_one_state(model, drawings, at_once):
    old, new = drawings(200, state="old"), drawings(200, state="new")

    def states(index, number):
        filters = {"where": {"year": {">": 0}}} if number % 4 == 3 else {}
        hits = search(index, old.vectors[0], k=None, **filters)
        assert len(hits) == 200
        return {hit.metadata["state"] for hit in hits}

    def ask(index, changes):
        for change in changes:  # one thread gets it
            change(new)
        seen = [states(index, number) for number in range(12)]
        assert all(len(each) == 1 for each in seen)
        assert seen == sorted(seen, key=lambda each: each == {"new"})  # never back to "old"

    for _ in range(5):
        index = build_index(model, old)
        at_once(partial(ask, index, iter([index.add])), 6)
        assert states(index, 0) == states(index, 3) == {"new"}


@pytest.mark.skipif(os.name != "posix", reason="forks")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="a fork beside threads warns")
def test_a_forked_child_files_a_catalogue_of_its_own(model, drawings):
    index, where = build_index(model, drawings(60)), {"year": 2001}
    expected = [hit.id for hit in search(build_index(model, drawings(60)), index.vectors[0], k=2)]
    pid = os.fork()
    if pid == 0:
        index.remove("d0")
        right = len(search(index, drawings(60).vectors[1], where=where)) == 3
        os._exit(0 if right and len(index) == 59 else 3)
    assert os.waitpid(pid, 0)[1] == 0
    assert index.store.unfiled is not None
    assert [hit.id for hit in search(index, index.vectors[0], k=2)] == expected
    assert len(search(index, index.vectors[0], where=where)) == 3
    assert len(index) == 60
