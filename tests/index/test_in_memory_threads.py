"""Threads and forks that meet an index in memory."""

from __future__ import annotations

import os
import sys
from functools import partial

import pytest

from patentzoo.errors import OutputError
from patentzoo.index import build_index, search


def test_threads_that_ask_at_once_are_told_the_same(model, drawings, at_once):
    index = build_index(model, drawings(300))
    vector = index.vectors[0]
    found = at_once(lambda: search(index, vector, where={"year": 2001}), 16)
    assert len(found[0]) == 10
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
def test_a_forked_child_changes_a_catalogue_of_its_own(model, drawings):
    index, where = build_index(model, drawings(60)), {"year": 2001}
    expected = [hit.id for hit in search(build_index(model, drawings(60)), index.vectors[0], k=2)]
    pid = os.fork()
    if pid == 0:
        index.remove("d0")
        right = len(search(index, drawings(60).vectors[1], where=where)) == 3
        os._exit(0 if right and len(index) == 59 else 3)
    assert os.waitpid(pid, 0)[1] == 0
    assert [hit.id for hit in search(index, index.vectors[0], k=2)] == expected
    assert len(search(index, index.vectors[0], where=where)) == 3
    assert len(index) == 60


@pytest.mark.skipif(os.name != "posix", reason="forks")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="a fork beside threads warns")
def test_a_forked_child_is_told_that_its_parent_went_on(model, drawings):
    index = build_index(model, drawings(60))
    ahead, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(ahead, 1)
        try:
            len(index)
        except OutputError as error:
            os._exit(0 if "save it" in str(error) else 4)
        os._exit(3)
    index.add(drawings(5, 1, "late"))
    os.write(go, b"x")
    assert os.waitpid(pid, 0)[1] == 0
    os.close(ahead)
    os.close(go)
    assert len(index) == 65
