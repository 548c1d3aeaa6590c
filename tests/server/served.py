"""An index to serve, and servers that run: in a thread of this process, or as a process."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

import patentzoo as pz
from patentzoo.server import ServerOptions
from patentzoo.server.command import ImpatientProtocol

TOKEN = "a-token-for-these-tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def built_of(folder: Path, model: Any, path: Path | None = None) -> pz.Index:
    """The three patents of the fixture ``folder``, with a title, a class and a date each."""
    lines = ["file,patent,title,locarno,granted"]
    for number in (1, 2, 3):
        for figure in (1, 2):
            name = f"LD{number:06d}-D{figure:05d}.png"
            lines.append(f"{name},LD{number:06d},Chair {number},0{number}-01,202{number}-05-01")
    table = folder.parent / "patents.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return pz.build_index(model, folder, patent=str(table), path=path)


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of an application that runs in a thread."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", http=ImpatientProtocol, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def process(index: Path, **options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of an index of the fixture ``model`` as a process, and its address."""
    words = [sys.executable, str(Path(__file__)), str(index), repr({"token": TOKEN, **options})]
    path = [str(Path(__file__).parents[1]), *(each for each in sys.path if each)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    started = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    assert started.stdout is not None
    try:
        yield started, started.stdout.readline().strip()
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


def connect(address: str) -> socket.socket:
    """A plain connection to a server."""
    port = int(address.rstrip("/").rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _say(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))  # where another conftest lies
    from conftest import make_model

    from patentzoo.server.command import serve

    serve(
        pz.load_index(sys.argv[1], make_model()),
        ServerOptions(**ast.literal_eval(sys.argv[2])),
        port=0,
        started=_say,
    )
