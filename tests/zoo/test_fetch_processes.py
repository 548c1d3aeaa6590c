"""Fetching by several processes, killed ones, and one that may not open a socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fetching import cached, found
from loopback import Fault

from patentzoo.zoo.cache import Cache

pytestmark = pytest.mark.usefixtures("impatient")


FIND = """
import sys
from pathlib import Path
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.resolve import Request, find
{patch}
print(find(sys.argv[1], Request(Cache.at(sys.argv[2]), False)).weights)
"""


def process(folder: Path, cache: Cache, patch: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FIND.format(patch=patch), str(folder), str(cache.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_four_processes_at_once_are_one_download_and_four_successes(offered, cache, server):
    server.always = Fault(wait_s=0.5)
    running = [process(offered, cache) for _ in range(4)]
    printed = [each.communicate(timeout=300) for each in running]
    assert [each.returncode for each in running] == [0] * 4, printed
    assert len({out for out, _ in printed}) == 1
    assert len(server.asked) == 1


DIE = "import os; die = lambda *_: os.kill(os.getpid(), 9)\n"


def test_killed_while_downloading_the_next_call_goes_on(offered, cache, server):
    server.faults.append(Fault(cut=100_000))
    server.always = Fault(status=503)
    running = process(offered, cache, f"{DIE}import time; time.sleep = die")
    running.communicate(timeout=120)
    assert running.returncode == -signal.SIGKILL
    assert cached(cache) == []
    server.always = Fault()
    assert found(offered, cache).is_file()
    assert server.asked[-1][2] == "bytes=100000-"


def test_killed_while_converting_the_next_call_succeeds(offered, cache, server):
    running = process(
        offered, cache, f"{DIE}import patentzoo.zoo.store as s; s.put_model_folder = die"
    )
    running.communicate(timeout=300)
    assert running.returncode == -signal.SIGKILL
    assert cached(cache) == []
    assert list(cache.root.glob("models/.*"))  # what the killed process left
    assert found(offered, cache).is_file()
    assert not list(cache.root.glob("models/.*"))
    assert len(server.asked) == 1  # the download was whole already


def test_a_lock_left_by_a_killed_process_does_not_bind(cache):
    lines = (
        "import os, sys",
        "from patentzoo.zoo.cache import Cache",
        "with Cache.at(sys.argv[1]).entry('x').lock():",
        "    os.kill(os.getpid(), 9)",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines), cache.root], check=False)
    assert done.returncode == -signal.SIGKILL
    before = time.monotonic()
    with cache.entry("x").lock():
        assert time.monotonic() - before < 2


OFFLINE = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise SystemExit(f"{event}: no sockets here")
sys.addaudithook(refuse)
import patentzoo as pz
bundled = pz.load_model(device="cpu")
kept = pz.load_model(sys.argv[1], device="cpu", cache_dir=sys.argv[2])
for name in ("swinv2-arcface-dpat", "hf://org/name", sys.argv[1]):
    try:
        pz.load_model(name, cache_dir=sys.argv[2] + "-empty")
    except pz.DownloadError as error:
        print("may not be used" in str(error))
print(bundled.name, kept.name)
"""


def test_offline_not_one_socket_is_opened(offered, cache, server, tmp_path):
    """The whole of Python watched, imports and all: bundled, cached and absent models."""
    found(offered, cache)
    asked = len(server.asked)
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, offered, cache.root],
        env=os.environ | {"PATENTZOO_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["True"] * 3
    assert done.stdout.split()[-1] == "small-reference"
    assert len(server.asked) == asked
