"""Servers as processes: one killed in the middle of an addition, two that change one index."""

from __future__ import annotations

import http.client
import io
import json
import os
import random
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from served import AUTHORIZED, connect, process

import patentzoo as pz
from patentzoo.errors import OutputError
from patentzoo.server import command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
EDGE = "edge"


def png_of(seed: int) -> bytes:
    """A line on white."""
    image, stream = Image.new("L", (96, 64), 255), io.BytesIO()
    ImageDraw.Draw(image).line([seed % 90, 5, (seed // 90) % 90, 60], fill=0, width=2)
    image.save(stream, "PNG")
    return stream.getvalue()


def body_of(names: list[str]) -> bytes:
    head = '--edge\r\nContent-Disposition: form-data; name="drawings"; filename="{}"\r\n\r\n'
    parts = [
        head.format(name).encode() + png_of(zlib.crc32(name.encode()) % 8100) + b"\r\n"
        for name in names
    ]
    return b"".join(parts) + b"--edge--\r\n"


def request_of(names: list[str]) -> bytes:
    body = body_of(names)
    head = (
        "POST /drawings HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {AUTHORIZED['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary={EDGE}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post(address: str, names: list[str]) -> dict[str, int]:
    """Add drawings, and what the server says."""
    opened = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=60)
    headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}", **AUTHORIZED}
    opened.request("POST", "/drawings", body_of(names), headers)
    answer = opened.getresponse()
    text = answer.read()
    opened.close()
    assert answer.status == 200, text
    return json.loads(text)


def test_two_servers_change_one_index_while_it_is_searched(saved: pz.Index, model):
    """Each one's additions are all there, whole, and both see them; readers see whole ones only."""
    names = {side: [f"{side}{n}-{i}.png" for n in range(6) for i in range(3)] for side in "ab"}
    sizes, done = set(), threading.Event()

    def watch() -> None:
        reader = pz.load_index(saved.path, model)
        while not done.is_set():
            sizes.add(len(reader))

    with process(saved.path) as (_, one), process(saved.path) as (_, two):
        watching = threading.Thread(target=watch)
        watching.start()
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                pool.submit(post, {"a": one, "b": two}[side], each[n : n + 3])
                for n in range(0, 18, 3)
                for side, each in names.items()
            ]
            assert [job.result()["added"] for job in jobs] == [3] * 12
        done.set()
        watching.join()
        for address in (one, two):
            with connect(address) as connection:
                connection.sendall(
                    b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
                assert b'"drawings":42' in answer
    assert set(names["a"] + names["b"]) <= set(pz.load_index(saved.path, verify=True).ids)
    assert {size % 3 for size in sizes} == {0}


def test_a_server_killed_in_the_middle_of_an_addition(saved: pz.Index, tmp_path: Path):
    """The index has all of it or nothing, opens and verifies; the request may be sent again."""
    rng = random.Random(5)
    for turn in range(3):
        names = [f"t{turn}-{i}.png" for i in range(12)]
        before = len(pz.load_index(saved.path))
        with process(saved.path, uploads=str(tmp_path / "kept")) as (server, address):
            begun = connect(address)
            begun.sendall(request_of(names))
            time.sleep(rng.uniform(0, 0.15))
            server.kill()
            server.wait()
            begun.close()
        after = pz.load_index(saved.path, verify=True)
        assert len(after) in (before, before + 12)
        with process(saved.path, uploads=str(tmp_path / "kept")) as (_, address):
            again = post(address, names)
        assert again["added"] + again["unchanged"] == 12
        assert len(after) == before + 12
    assert all(len(each.stem) == 64 for each in (tmp_path / "kept").glob("*.png"))


def test_a_taken_port_is_said(saved: pz.Index):
    with process(saved.path) as (_, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        with pytest.raises(OutputError, match=f"127.0.0.1:{port}: nothing can listen"):
            command._listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_which_addresses_only_this_machine_reaches(host: str, alone: bool):
    assert command.is_loopback(host) is alone
