"""Processes that are killed; run by test_crashes.py, not by pytest.

    python crash_worker.py kill FOLDER ROUNDS SEED
    python crash_worker.py fork FOLDER

Imports are paid once: this process forks a child a round, kills it, and looks at what it left.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import numpy as np

from patentzoo.index import Index, build_index, load_index, search
from patentzoo.results import Embeddings

DIM = 8
KINDS = ("add", "remove", "update", "compact", "save")
MODEL: Any = SimpleNamespace(name="m", fingerprint="f" * 64, dim=DIM, encode=None, preprocess=None)
State = dict[str, str]
"""Title by id; the vector follows from both."""


def vector(name: str, title: str) -> np.ndarray:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    row = rng.normal(size=DIM)
    return (row / np.linalg.norm(row)).astype(np.float32)


def drawings(state: State) -> Embeddings:
    rows = [vector(*each) for each in state.items()]
    vectors = np.stack(rows) if rows else np.empty((0, DIM), np.float32)
    data = [{"title": title} for title in state.values()]
    return Embeddings(vectors, list(state), data, MODEL.name, MODEL.fingerprint)


def next_change(rng: random.Random, state: State) -> dict[str, Any]:
    kind = rng.choice(["add", "add", "remove", "update", "compact", "save"])
    names = sorted(state)
    if kind in {"remove", "update"} and len(names) > 5:
        return {"kind": kind, "ids": rng.sample(names, 4), "title": f"t{rng.random()}"}
    if kind in {"compact", "save"}:
        return {"kind": kind}
    ids = [f"d{rng.randrange(60)}" for _ in range(6)]
    return {"kind": "add", "ids": sorted(set(ids)), "title": f"a{rng.random()}"}


def after(state: State, change: dict[str, Any]) -> State:
    if change["kind"] == "remove":
        return {name: title for name, title in state.items() if name not in change["ids"]}
    if change["kind"] in {"add", "update"}:
        return {**state, **dict.fromkeys(change["ids"], change["title"])}
    return state


def apply(index: Index, change: dict[str, Any], copy: Path) -> None:
    if change["kind"] == "add":
        index.add(drawings(dict.fromkeys(change["ids"], change["title"])))
    elif change["kind"] == "remove":
        index.remove(change["ids"])
    elif change["kind"] == "update":
        index.update({name: {"title": change["title"]} for name in change["ids"]})
    elif change["kind"] == "compact":
        index.compact()
    else:
        index.save(copy, overwrite=True)


def content(path: Path) -> State:
    """What the index holds; opened with every check."""
    index = load_index(path)
    with index.read() as view:
        from patentzoo.index.storage import catalogue

        found = [record for _, record in catalogue.all_records(view.connection)]
    state = {record[0]: record[4]["title"] for record in found}
    for name, row in zip(index.ids, index.vectors, strict=True):
        np.testing.assert_array_equal(row, vector(name, state[name]))
    index.store.close()
    return state


def child(path: Path, copy: Path, state: State, seed: int, pipe: int) -> None:
    """Change the index until killed; say before and after each change."""
    rng = random.Random(seed)
    index = load_index(path, verify=False)
    while True:
        change = next_change(rng, state)
        os.write(pipe, (json.dumps(change) + "\n").encode())
        apply(index, change, copy)
        state = after(state, change)
        os.write(pipe, b"done\n")


def until(stream: IO[str], kind: str, passed: int) -> Iterator[str]:
    """What a child says up to the beginning of a change of that kind, ``passed`` changes let by."""
    for line in iter(stream.readline, ""):
        yield line
        if line == "done\n":
            passed -= 1
        elif passed <= 0 and json.loads(line)["kind"] == kind:
            return


def one_round(path: Path, copy: Path, states: tuple[State, State], seed: int) -> Any:
    """Kill a child at a random moment: the states of index and copy, and what it was doing.

    The kinds of change take their turns, so that a short one is met as often as a long one.
    """
    state, saved = states
    rng = random.Random(1_000_003 * seed)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            child(path, copy, state, seed, write)
        finally:
            os._exit(1)
    os.close(write)
    stream = os.fdopen(read, "r")
    heard = list(until(stream, KINDS[seed % len(KINDS)], rng.randrange(4)))
    time.sleep(rng.random() * rng.choice([0.002, 0.02, 0.08]))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    heard += stream.readlines()
    stream.close()
    lines = [line.strip() for line in heard if line.endswith("\n")]
    pending = None
    for line in lines:
        if line == "done":
            saved = state if pending["kind"] == "save" else saved
            state, pending = after(state, pending), None
        else:
            pending = json.loads(line)
    found = content(path)
    possible = [state] if pending is None else [state, after(state, pending)]
    assert found in possible, f"{pending}: neither before nor after"
    copied = content(copy)
    assert copied in ([saved, state] if pending and pending["kind"] == "save" else [saved])
    return (found, copied), "between" if pending is None else pending["kind"]


def kill(folder: Path, rounds: int, seed: int) -> None:
    path, copy = folder / "index", folder / "copy"
    start = {f"d{i}": "first" for i in range(20)}
    build_index(MODEL, drawings(start), path=path).store.close()
    build_index(MODEL, drawings({}), path=copy).store.close()
    states: tuple[State, State] = (start, {})
    met: Counter[str] = Counter()
    for number in range(rounds):
        states, kind = one_round(path, copy, states, seed + number)
        met[kind] += 1
    files = len(list(path.glob("vectors-*")))
    index = load_index(path)
    index.compact()
    left = sorted(each.suffix for each in path.iterdir() if each.suffix != ".sqlite")
    report = {"killed": met, "files": files, "left": left, "drawings": len(index)}
    sys.stdout.write(json.dumps(report))


def fork(folder: Path) -> None:
    """Search, fork, and search in the child, on an index in memory and on one on the disk."""
    many = {f"d{i}": "t" for i in range(4000)}
    made = drawings(many)
    for index in (
        build_index(MODEL, made),
        build_index(MODEL, made, path=folder / "index"),
        build_index(MODEL, made, engine="hnsw"),
    ):
        asked = made.select(range(300))
        before = [result[0].id for result in search(index, asked, k=3)]
        pid = os.fork()
        if pid == 0:
            signal.alarm(120)  # a child that hangs is killed by it
            again = [result[0].id for result in search(index, asked, k=3)]
            grown = index.path is None or index.add(drawings({"new": "t"})).added == 1
            os._exit(0 if again == before and grown else 3)
        status = os.waitpid(pid, 0)[1]
        assert status == 0, status
        assert [result[0].id for result in search(index, asked, k=3)] == before
        assert index.path is None or len(index) == 4001
    sys.stdout.write("ok")


if __name__ == "__main__":
    assert "torch" not in sys.modules
    if sys.argv[1] == "kill":
        kill(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        fork(Path(sys.argv[2]))
