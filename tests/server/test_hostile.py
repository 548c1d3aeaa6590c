"""Uploads made to do harm: refused in a sentence, within limits; the next search is answered."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import random
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from served import AUTHORIZED, connect, running

from patentzoo.server import ServerOptions, command, create_app
from patentzoo.server.work_queue import BusyError, OvertimeError, WorkQueue

HEAD = (
    "POST /search HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: multipart/form-data; boundary=edge\r\n"
)
PART = b'--edge\r\nContent-Disposition: form-data; name="drawings"; filename="a.png"\r\n\r\n'


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises more than it holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff_of(pages: int) -> bytes:
    stream, page = io.BytesIO(), Image.new("1", (16, 16), 1)
    page.save(stream, "TIFF", save_all=True, append_images=[page] * (pages - 1))
    return stream.getvalue()


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.png", b"\0" * 5_000_000)
    return stream.getvalue()


HOSTILE = {
    "bomb.png": png_of(60_000, 60_000),
    "largest.png": png_of(2**31 - 1, 2**31 - 1),
    "flat.png": png_of(0, 5),
    "short.png": png_of(3000, 3000),
    "pages.tif": tiff_of(60),
    "loop.tif": b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 3, 1, 5, 8),
    "archive.png": zip_bomb(),
    "packed.png": gzip.compress(b"\0" * 5_000_000),
    "page.png": b"<html><script>alert(1)</script>",
    "script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/hostname) run\n",
    "link.svg": b"<svg><image href='file:///etc/hostname'/></svg>",
    "paper.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 9,
    "empty.png": b"",
}


@pytest.mark.parametrize("cut", ["[]", "[[0, 0, 0.5, 0.5]]"], ids=["whole", "cut"])
def test_a_hostile_file_is_refused_by_name(client: TestClient, cut: str, saved):
    for name, data in HOSTILE.items():
        file = [("drawings", (name, data, "image/png"))]
        for path, headers in (("/search", {}), ("/drawings", AUTHORIZED)):
            answer = client.post(path, files=file, data={"crops": cut}, headers=headers)
            assert answer.status_code in (400, 413), (name, answer.text)
            assert answer.json()["detail"].startswith(name)
    assert len(saved) == 6


def test_a_hundred_broken_files_and_the_next_search_is_answered(client: TestClient, picture):
    rng = random.Random(3)
    name, good = picture()
    for _ in range(100):
        cut = bytearray(good[: rng.randrange(1, len(good))])
        for _ in range(rng.randrange(4)):
            cut[rng.randrange(len(cut))] ^= 1 << rng.randrange(8)
        fields = {"turns": rng.choice(["[]", "[90]"]), "pictures": "false"}
        answer = client.post("/search", files=[("drawings", (name, bytes(cut)))], data=fields)
        assert answer.status_code in (200, 400), answer.text
    found = client.post("/search", files=[("drawings", (name, good))]).json()
    assert found["hits"][0]["patent"] == "LD000002"


def test_what_is_too_large_is_not_read_to_its_end(open_client: Callable[..., TestClient], picture):
    client = open_client(max_bytes=1000, max_views=2)
    for size, said in ((1001, "larger than"), (3_000_000, "The request is larger than 2 MB")):
        answer = client.post("/search", files=[("drawings", ("a.png", b"\0" * size))])
        assert (answer.status_code, said in answer.json()["detail"]) == (413, True)
    three = [("drawings", ("a.png", b"\0"))] * 3
    assert client.post("/search", files=three).json()["detail"].startswith("At most 2")


def read(connection) -> bytes:
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


@pytest.fixture
def address(saved, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "HEADERS_S", 0.5)
    with running(create_app(saved, ServerOptions(body_s=0.5, max_bytes=100_000))) as found:
        yield found


@pytest.mark.filterwarnings(  # of a body without an end, the parser leaves its file to Python
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"{HEAD}Content-Length: 5000\r\n\r\n".encode() + PART, b"408"),
        (f"{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n--edg".encode(), b"408"),
        (f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n".encode(), b"400"),
        (f"{HEAD}Content-Length: 99999999999\r\n\r\n".encode() + PART, b"413"),
        (f"{HEAD}Content-Length: {len(PART)}\r\n\r\n".encode() + PART, b"4"),
        (b"POST /drawings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nabc", b"403"),
        (b"POST /search HTTP/1.1\r\nHost: localh", b""),
        (b"", b""),
        (b"\x16\x03\x01 no HTTP at all\r\n\r\n", b"400"),
    ],
    ids=[
        "half",
        "half-chunk",
        "bad-chunk",
        "huge",
        "no-end",
        "no-token",
        "headers",
        "silent",
        "tls",
    ],
)
def test_a_client_that_stops_is_let_go(address: str, picture, sent: bytes, status: bytes):
    with connect(address) as connection:
        connection.sendall(sent)
        answer = read(connection)  # returns when the server closes the connection
    assert answer[9:].startswith(status) if status else answer == b""
    with connect(address) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b'"ok"' in read(connection)


def test_many_chunks_are_counted_together(address: str):
    with connect(address) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"%x\r\n" % len(PART) + PART + b"\r\n")
        part = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
        answer = b""
        with contextlib.suppress(ConnectionError):  # it hangs up while more is on its way
            for _ in range(50):
                connection.sendall(part)
            answer = read(connection)
    assert answer[9:12] in (b"413", b"")


def test_a_full_queue_and_a_slow_search(open_client, saved, picture, monkeypatch):
    client = open_client(threads=1, waiting=0, search_s=0.3)
    gate = threading.Event()
    monkeypatch.setattr("patentzoo.search", lambda *_, **__: gate.wait(30))
    files = [("drawings", picture())]
    slow = client.post("/search", files=files)
    assert (slow.status_code, "goes on unseen" in slow.json()["detail"]) == (504, True)
    busy = client.post("/search", files=files)  # the thread is still taken
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
    assert client.get("/health").status_code == 200
    gate.set()
    monkeypatch.undo()
    for _ in range(200):
        if client.post("/search", files=files).status_code == 200:
            return
        time.sleep(0.05)
    raise AssertionError("the thread never came back")


def test_a_call_that_waited_too_long_never_runs():
    queue, gate, ran = WorkQueue(1, 2, 0.2), threading.Event(), []

    async def calls() -> list[BaseException | None]:
        waiting = [queue.run(lambda: gate.wait(30)), queue.run(lambda: ran.append(1))]
        return await asyncio.gather(*waiting, return_exceptions=True)  # type: ignore[return-value]

    first, second = asyncio.run(calls())
    gate.set()
    assert isinstance(first, OvertimeError)
    assert first.begun
    assert isinstance(second, OvertimeError)
    assert not second.begun
    assert ran == []


def test_a_queue_ends():
    queue, gate = WorkQueue(1, 1, 30), threading.Event()

    async def calls() -> None:
        running_ = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await queue.run(lambda: None)
        gate.set()
        await asyncio.gather(*running_)
        assert await queue.run(lambda: 7) == 7

    asyncio.run(calls())
    assert queue.held == 0
