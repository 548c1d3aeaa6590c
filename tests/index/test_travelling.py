"""An index in another process: pickled, copied, and forked before anything was searched."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from patentzoo.errors import IndexDamagedError
from patentzoo.index import build_index, load_index, search

COPIES = {
    "pickle": lambda index: pickle.loads(pickle.dumps(index)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@pytest.fixture(params=COPIES)
def copied(request):
    return COPIES[request.param]


def same(one, other, vectors) -> None:
    assert one.ids == other.ids
    np.testing.assert_array_equal(one.vectors, other.vectors)
    for a, b in zip(
        search(one, list(vectors), k=5), search(other, list(vectors), k=5), strict=True
    ):
        assert [hit.id for hit in a] == [hit.id for hit in b]
        assert [hit.metadata for hit in a] == [hit.metadata for hit in b]
        # Where its copy lies in memory decides how a sum is rounded.
        np.testing.assert_allclose([h.score for h in a], [h.score for h in b], atol=1e-6)
    where = {"year": {">=": 2010}}
    found = [search(each, vectors[0], k=None, where=where) for each in (one, other)]
    assert [hit.id for hit in found[0]] == [hit.id for hit in found[1]]


@pytest.mark.parametrize("state", ["as built", "filed", "changed"])
@pytest.mark.parametrize("options", [{}, {"storage": "int8"}, {"engine": "hnsw"}], ids=str)
def test_an_index_in_memory_goes_by_value(model, drawings, copied, state, options):
    index, made = build_index(model, drawings(90), **options), drawings(90)
    if state != "as built":
        assert index.stats().drawings == 90
    if state == "changed":
        index.remove(["d3"])
        index.add(drawings(4, 5, "late"))
    other = copied(index)
    same(index, other, made.vectors[:9])
    assert other.path is None
    assert other.stats().engine == index.stats().engine
    before = index.ids
    other.add(drawings(2, 7, "mine"))
    other.compact()
    assert index.ids == before
    assert other.ids == [*before, "mine0", "mine1"]
    index.remove("d5")
    assert "d5" in other.ids


def test_an_index_in_a_folder_is_opened_again(saved, drawings, copied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    index = load_index("index", mmap=True)
    monkeypatch.chdir("/")  # where it lies is known from when it was opened
    other = copied(index)
    same(index, other, drawings(9).vectors)
    assert other.add(drawings(1, 7, "late")).added == 1
    assert index.ids == saved.ids == other.ids


def test_an_index_that_is_gone_says_so_when_it_is_unpickled(saved):
    data = pickle.dumps(saved)
    saved.path.rename(saved.path.with_name("elsewhere"))
    with pytest.raises(IndexDamagedError, match="holds no index"):
        pickle.loads(data)


def test_the_model_comes_along(model, folder, copied):
    index = build_index(model, folder)
    other = copied(index)
    query = folder / "LD000001-D00001.png"
    assert [hit.id for hit in search(other, query, k=6)] == [
        hit.id for hit in search(index, query, k=6)
    ]
    assert (other.model is model) == (copied is not COPIES["pickle"])


FORK = """
import os, signal, sys
import numpy as np
import torch
torch.set_num_threads(4)
from patentzoo.index import build_index, search
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.models.preprocess import Preprocess

network = torch.nn.Sequential(
    torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8 * 62 * 62, 16)
)
model = RetrievalModel(
    network, Preprocess(size_px=64), name="m", dim=16, network_config={}, device="cpu"
)
pages = [np.where(np.random.default_rng(i).random((90, 90)) < 0.1, 0, 255).astype(np.uint8)
         for i in range(64)]
index = build_index(model, pages, workers=1)  # starts torch's threads
assert "faiss" not in sys.modules
def found():
    by_image = search(index, pages[:32], k=1)
    by_vector = search(index, list(index.vectors) * 8, k=1)
    return [r[0].id for r in by_image] + [r[0].id for r in by_vector]
pid = os.fork()
if pid == 0:
    signal.alarm(100)  # a child that hangs is killed by it
    names = index.ids
    os._exit(0 if found() == names[:32] + names * 8 and torch.get_num_threads() == 1 else 3)
assert os.waitpid(pid, 0)[1] == 0, "the child hangs, or finds something else"
assert torch.get_num_threads() == 4
print(len(found()))
"""


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_a_child_forked_before_the_first_search_searches():
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "OMP_NUM_THREADS": "4",
    }
    done = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "544"
