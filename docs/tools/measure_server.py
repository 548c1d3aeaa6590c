"""Measure what the server adds to a search: processor time a request, and waiting by clients.

    python docs/tools/measure_server.py

Searches the drawings that ship with the package, in this process and through a server beside it,
both with the bundled model. Processor time does not depend on what else the machine does; seconds
do. Prints JSON for docs/results/scale-out.json.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import patentzoo as pz
from patentzoo.evaluate.demo import gallery_folder

QUERY = "LD000015-D00005.png"
ALONE, ALL = 100, 320
"""Searches in this process; requests by all clients together."""
HEADERS = {"Content-Type": "multipart/form-data; boundary=edge"}
SERVER = """
import sys
import patentzoo as pz
from patentzoo.server import ServerOptions
from patentzoo.server.command import serve

index = pz.load_index(sys.argv[1], pz.load_model())
serve(index, ServerOptions(), port=0, started=lambda address: print(address, flush=True))
"""


def body_of(data: bytes) -> bytes:
    """A search for a drawing, answered without pictures."""
    head = b'--edge\r\nContent-Disposition: form-data; name="'
    fields = head + b'pictures"\r\n\r\nfalse\r\n'
    file = head + f'drawings"; filename="{QUERY}"\r\n\r\n'.encode() + data
    return fields + file + b"\r\n--edge--\r\n"


def in_process(index: pz.Index, data: bytes) -> dict[str, float]:
    """The same search as a call."""

    def search() -> None:
        options: dict[str, Any] = {"views": True, "group_by": "patent", "max_pixels": 50_000_000}
        list(pz.search(index, [(QUERY, data)], **options))

    for _ in range(10):
        search()
    begun, seconds = time.process_time(), []
    for _ in range(ALONE):
        start = time.perf_counter()
        search()
        seconds.append(time.perf_counter() - start)
    cpu = (time.process_time() - begun) / ALONE
    return {"cpu_ms": cpu * 1e3, "p50_ms": statistics.median(seconds) * 1e3}


def cpu_seconds(process: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(port: int, body: bytes, count: int, seconds: list[float]) -> None:
    """Send requests over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(count):
        start = time.perf_counter()
        connection.request("POST", "/search", body, HEADERS)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        seconds.append(time.perf_counter() - start)
    connection.close()


def with_clients(process: int, port: int, body: bytes, clients: int) -> dict[str, float]:
    """Requests by so many clients at once."""
    seconds: list[float] = []
    before, start = cpu_seconds(process), time.perf_counter()
    threads = [
        threading.Thread(target=ask, args=(port, body, ALL // clients, seconds))
        for _ in range(clients)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    wall = time.perf_counter() - start
    seconds.sort()
    return {
        "clients": clients,
        "requests_per_s": len(seconds) / wall,
        "p50_ms": seconds[len(seconds) // 2] * 1e3,
        "p99_ms": seconds[int(len(seconds) * 0.99)] * 1e3,
        "cpu_ms": (cpu_seconds(process) - before) / len(seconds) * 1e3,
    }


def main() -> None:
    """Measure, and print."""
    data = (gallery_folder() / QUERY).read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "gallery.index")
        index = pz.build_index(pz.load_model(), gallery_folder(), path=path)
        told: dict[str, Any] = {"in_process": in_process(index, data)}
        words = [sys.executable, "-c", SERVER, str(path)]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        port = int(server.stdout.readline().strip().rstrip("/").rpartition(":")[2])
        ask(port, body_of(data), 10, [])
        told["served"] = [with_clients(server.pid, port, body_of(data), n) for n in (1, 8, 32)]
        server.terminate()
        server.wait()
    alone = told["in_process"]["cpu_ms"]
    told["own_cpu_ms"] = min(each["cpu_ms"] for each in told["served"]) - alone
    print(
        json.dumps(json.loads(json.dumps(told), parse_float=lambda x: round(float(x), 2)), indent=1)
    )


if __name__ == "__main__":
    main()
