"""A process of another user that reads an index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

READER = """
import json, mmap, os, sys
import faiss, numpy.linalg
import patentzoo.index.index, patentzoo.index.build, patentzoo.index.query.search
path, user = sys.argv[1], int(sys.argv[2])
from patentzoo.index import load_index, search
os.setgroups([]); os.setgid(user); os.setuid(user)
assert not os.access(os.path.join(path, 'catalogue.sqlite'), os.W_OK)
index = None
for line in sys.stdin:
    try:
        if line.strip() == "load":
            index = load_index(path)
        with index.read() as view:  # one state: ids, vectors and search belong together
            ids, live = view.ids(), view.snapshot.live()
            _, found = view.snapshot.search(view.snapshot.vectors(live[-3:]), 1, None)
            assert found[:, 0].tolist() == live[-3:].tolist() and len(ids) == len(live)
        everything = len(search(index, index.vectors[0], k=None))
        said = {"count": len(ids), "last": ids[-1], "drawings": index.stats().drawings}
        assert {everything, said["drawings"]} <= {len(ids), 70, 74}
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
"""


class Reader:
    """A process of another user that holds an index open."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-c", READER, str(path), "65534"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment
        )

    def __call__(self, command: str = "look") -> dict[str, object]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()
