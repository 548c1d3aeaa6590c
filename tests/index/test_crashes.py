"""What an index survives: kill -9, forks, several writers and readers, a disk it cannot write."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from patentzoo.errors import OutputError
from patentzoo.index import build_index, load_index, search
from patentzoo.index.storage import index_folder, schema

WORKER = Path(__file__).with_name("crash_worker.py")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and signals")


def run_worker(*arguments: object) -> str:
    command = [sys.executable, str(WORKER), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def check_killed(folder: Path, rounds: int) -> dict[str, int]:
    report = json.loads(run_worker("kill", folder, rounds, 0))
    killed = report["killed"]
    assert sum(killed.values()) == rounds
    assert set(report["left"]) <= {".seg", ".sqlite-wal", ".sqlite-shm"}
    return killed


def test_kill_9_at_random_moments_leaves_the_state_before_or_after(tmp_path):
    killed = check_killed(tmp_path, 12)
    assert sum(count for kind, count in killed.items() if kind != "between") >= 6


@pytest.mark.slow
def test_kill_9_at_a_hundred_random_moments(tmp_path):
    killed = check_killed(tmp_path, 100)
    assert {"add", "remove", "update", "compact", "save"} <= set(killed)


def test_a_forked_child_searches_and_writes_after_a_search(tmp_path):
    assert run_worker("fork", tmp_path).strip() == "ok"


def test_a_second_writer_waits(saved, drawings):
    other, order = load_index(saved.path), []

    def second() -> None:
        other.add(drawings(1, 1, "late"))
        order.append("second")

    with saved.store.writing():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join(timeout=30)
    assert order == ["first", "second"]
    assert len(saved) == 71


def test_a_second_writer_that_waits_too_long_is_told(saved, drawings, monkeypatch):
    monkeypatch.setattr(schema, "WAIT_S", 0.1)
    other = load_index(saved.path)
    with saved.store.writing():
        with pytest.raises(OutputError, match="another process is changing this index"):
            other.add(drawings(1, 1, "late"))
        assert len(other) == 70  # readers do not wait
    assert other.add(drawings(1, 1, "late")).added == 1


@pytest.mark.parametrize("shared", [True, False], ids=["one index", "an index each"])
def test_eight_readers_see_whole_changes_while_one_writes(saved, drawings, shared):
    """Ten drawings come and go together: a search never finds some of them."""
    group, stop = drawings(10, 5, "group", tag="group"), threading.Event()
    saved.add(drawings(1, 6, "one", tag="other"))

    def read() -> set[int]:
        index, seen = saved if shared else load_index(saved.path), set()
        while not stop.is_set():
            found = search(index, group.vectors[0], k=None, where={"tag": "group"})
            seen.add(len(found))
            assert len(found) in (0, 10)
            everything = search(index, list(group.vectors), k=None)
            assert {len(each) for each in everything} <= {71, 81}
        return seen

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        for turn in range(6):
            saved.add(group)
            time.sleep(0.03)
            saved.remove(where={"tag": "group"})
            if turn % 3 == 2:
                saved.compact()
        stop.set()
        seen = set().union(*(each.result(timeout=60) for each in readers))
    assert seen == {0, 10}


def test_a_read_only_folder_is_searched_and_never_written(saved, drawings, monkeypatch):
    saved.store.close()
    monkeypatch.setattr(index_folder, "_may_write", lambda path: False)
    before = {each.name: each.read_bytes() for each in saved.path.iterdir()}
    index = load_index(saved.path)
    assert len(search(index, np.ones(16), k=None)) == 70
    for change in (
        lambda: index.add(drawings(1, 1, "x")),
        lambda: index.remove("d1"),
        index.compact,
    ):
        with pytest.raises(OutputError, match="is read-only"):
            change()
    assert {each.name: each.read_bytes() for each in saved.path.iterdir()} == before


def test_a_read_only_copy_of_an_index_in_use_is_complete(saved, drawings, tmp_path, monkeypatch):
    saved.add(drawings(3, 1, "x"))  # committed, and still in SQLite's log
    shutil.copytree(saved.path, tmp_path / "copy")
    assert (tmp_path / "copy" / "catalogue.sqlite-wal").stat().st_size
    monkeypatch.setattr(index_folder, "_may_write", lambda path: False)
    assert len(load_index(tmp_path / "copy")) == 73


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission(saved):
    saved.store.close()
    saved.path.chmod(0o555)
    try:
        assert len(load_index(saved.path)) == 70
    finally:
        saved.path.chmod(0o755)


def test_a_disk_that_is_full_changes_nothing(saved, drawings):
    """The kernel refuses to let any file grow beyond 40 kB, whatever writes it."""
    before = saved.ids
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
        for count in (2000, 300):
            with pytest.raises(OutputError, match="cannot be written"):
                saved.add(drawings(count, 1, "x", text="y" * 200))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert saved.ids == before
    assert load_index(saved.path).ids == before
    assert len(list(saved.path.glob("*.seg"))) == 1
    assert saved.add(drawings(2000, 1, "x")).added == 2000


def test_a_build_that_somebody_else_is_at_is_refused(model, folder, tmp_path):
    from patentzoo.system.locks import exclusive_lock

    with (
        exclusive_lock(tmp_path / ".index.lock", "test"),
        pytest.raises(OutputError, match="another process is at it"),
    ):
        build_index(model, folder, path=tmp_path / "index")
    assert len(build_index(model, folder, path=tmp_path / "index")) == 6
