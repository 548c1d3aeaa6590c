"""A Milvus server as a process of its own, and a line to it that can be made slow."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

PROGRAM = "PATENTZOO_MILVUS_LITE"
"""The variable that names the program ``milvus-lite``. It stands in an environment of its own,
since it brings faiss-cpu: python -m venv milvus; milvus/bin/pip install milvus-lite."""
STARTS_S = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MilvusProcess:
    """``milvus-lite server`` over a folder; killed and started again at will."""

    def __init__(self, folder: Path) -> None:
        program = os.environ.get(PROGRAM, "")
        if not program or not Path(program).is_file():
            pytest.skip(f"no Milvus server: set {PROGRAM} to the program milvus-lite")
        self._program, self._folder, self.port = program, folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, collection: str, **options: object) -> str:
        given = "&".join(f"{name}={value}" for name, value in options.items())
        return f"milvus://127.0.0.1:{self.port}/{collection}{'?' if given else ''}{given}"

    def start(self) -> None:
        place = ["--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "server", *place], stdout=log, stderr=log, env=own
            )
        end = time.monotonic() + STARTS_S
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                there = probe.connect_ex(("127.0.0.1", self.port)) == 0
                # A port that nobody listens at yet may happen to be connected with itself.
                if there and probe.getsockname() != probe.getpeername():
                    return
            time.sleep(0.1)
        pytest.skip("the Milvus server did not start; see its log")

    def kill(self) -> None:
        """As ``kill -9``."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Line:
    """Passes on what is sent to a port; while ``held``, it keeps everything to itself."""

    def __init__(self, target: int) -> None:
        self._target, self.held = target, threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for ends in ((here, there), (there, here)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                while self.held.is_set():
                    time.sleep(0.05)
                target.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            target.close()
