"""Downloads from a server of our own: bounded in size and time, tried again where it may help."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from patentzoo.errors import ImageDecodeError, ImageNotFoundError
from patentzoo.options import ReadOptions
from patentzoo.sources import downloads, read_pages

BODY = b"x" * 50_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    picture = b""
    asked: list[str] = []  # noqa: RUF012 - reset by the fixture

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        getattr(self, "get_" + self.path.strip("/").split(".")[0])()

    def answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def get_picture(self) -> None:
        self.answer(200, self.picture)

    def get_absent(self) -> None:
        self.answer(404)

    def get_busy(self) -> None:
        self.answer(*((503, b"") if len(self.asked) < 3 else (200, self.picture)))

    def get_down(self) -> None:
        self.answer(500)

    def get_large(self) -> None:
        self.answer(200, BODY)

    def get_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(5):
            self.wfile.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def get_short(self) -> None:
        self.answer(200, BODY, length=len(BODY) + 10)
        self.close_connection = True

    def get_slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b"x" * 1000)
            time.sleep(0.02)
        self.close_connection = True

    def get_away(self) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/hostname")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server(monkeypatch, draw, tmp_path) -> Iterator[str]:
    draw().save(tmp_path / "picture.png")
    monkeypatch.setattr(Handler, "picture", (tmp_path / "picture.png").read_bytes())
    monkeypatch.setattr(Handler, "asked", [])
    monkeypatch.setattr(downloads, "BACKOFF_S", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


def read(url: str, **options: object):
    return read_pages(url, ReadOptions(allow_urls=True, **options))


def test_an_address_is_an_image_with_itself_for_an_id(server, draw):
    (page,) = read(f"{server}/picture.png")
    assert page.id == page.path == f"{server}/picture.png"
    assert page.grey.tolist() == [list(row) for row in _pixels(draw())]


def _pixels(image) -> list[list[int]]:
    width, height = image.size
    return [[image.getpixel((x, y)) for x in range(width)] for y in range(height)]


def test_a_busy_server_is_asked_again(server):
    assert read(f"{server}/busy.png")[0].grey.shape == (64, 96)
    assert len(Handler.asked) == 3


@pytest.mark.parametrize(("page", "tries"), [("down", 4), ("short", 4), ("absent", 1)])
def test_trying_again_has_an_end(server, page, tries):
    with pytest.raises(ImageNotFoundError, match=f"{page}.png"):
        read(f"{server}/{page}.png")
    assert len(Handler.asked) == tries


@pytest.mark.parametrize("page", ["large", "chunked"])
def test_a_large_body_is_broken_off(server, page):
    with pytest.raises(ImageDecodeError, match=r"larger than max_bytes = 10,000"):
        read(f"{server}/{page}.png", max_bytes=10_000)


def test_a_slow_body_is_broken_off(server, monkeypatch):
    monkeypatch.setattr(downloads, "TOTAL_S", 0.2)
    monkeypatch.setattr(downloads, "_CHUNK", 1000)
    began = time.monotonic()
    with pytest.raises(ImageNotFoundError, match=r"slow.png: not complete"):
        read(f"{server}/slow.png")
    assert time.monotonic() - began < 0.9


def test_a_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(downloads, "READ_S", 0.05)
    monkeypatch.setattr(downloads, "TRIES", 1)
    monkeypatch.setattr(Handler, "get_silent", lambda self: time.sleep(0.3), raising=False)
    with pytest.raises(ImageNotFoundError, match="timed out"):
        read(f"{server}/silent.png")


def test_a_redirect_leads_to_no_file(server):
    with pytest.raises(ImageNotFoundError, match="cannot be fetched"):
        read(f"{server}/away.png")


def test_nobody_there_and_secrets_stay_out_of_the_message(server):
    address = server.replace("http://", "http://me:secret@") + "/absent.png?token=secret"
    with pytest.raises(ImageNotFoundError, match="404") as caught:
        read(address)
    assert "secret" not in str(caught.value)
    with pytest.raises(ImageNotFoundError, match="no connection"):
        read("http://127.0.0.1:9/a.png")


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://a:b:c/x.png"])
def test_a_malformed_address_is_an_error_of_ours(address):
    with pytest.raises(ImageNotFoundError):
        read(address)


def test_what_is_fetched_but_no_picture_names_the_address(server):
    with pytest.raises(ImageDecodeError, match=r"large.png: not an image"):
        read(f"{server}/large.png")
