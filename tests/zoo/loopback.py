"""A web server on this machine alone, which fails in the ways servers fail."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from local_server import LocalServer


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    Attributes:
        status: Answer with this status instead of the file; 0 answers normally.
        headers: Further headers.
        body: Instead of the file.
        cut: Close the connection after so many bytes of the body; -1 sends all.
        flip: Turn one bit of the body's byte at this place; -1 leaves it.
        wait_s: Wait before answering.
        drip_s: Send one byte, then wait so long, and so on.
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    cut: int = -1
    flip: int = -1
    wait_s: float = 0.0
    drip_s: float = 0.0


@dataclass
class Served:
    """A file of the server."""

    data: bytes
    etag: str = '"first"'
    kind: str = "application/binary"
    ranges: bool = True
    announced: bool = True


@dataclass
class Loopback(LocalServer):
    """The server: files by path, faults for the next requests, and what was asked for.

    Attributes:
        files: By path.
        faults: Used up one a GET; then all is well.
        always: The fault of every GET once ``faults`` is empty.
        asked: (method, path, Range header) of every request.
    """

    files: dict[str, Served] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault = Fault()
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                path = self.path
                asked = self.headers.get("Range", "")
                loopback.asked.append(("GET", path, asked))
                fault = loopback.faults.popleft() if loopback.faults else loopback.always
                try:
                    _answer(self, loopback.files.get(path.partition("?")[0]), fault)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        return Handler


def _answer(handler: BaseHTTPRequestHandler, file: Served | None, fault: Fault) -> None:
    time.sleep(fault.wait_s)
    if fault.status or file is None:
        _send(handler, fault.status or 404, fault.body or b"no\n", dict(fault.headers), fault)
        return
    headers = {"Content-Type": file.kind, "ETag": file.etag} | dict(fault.headers)
    data, status = file.data if fault.body is None else fault.body, 200
    asked = handler.headers.get("Range", "")
    same = handler.headers.get("If-Range", file.etag) == file.etag
    if file.ranges and asked and same:
        start = int(asked.removeprefix("bytes=").partition("-")[0])
        if start >= len(data):
            _send(handler, 416, b"", {"Content-Range": f"bytes */{len(data)}"}, fault)
            return
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        data, status = data[start:], 206
    _send(handler, status, data, headers, fault, announced=file.announced)


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: dict[str, str],
    fault: Fault,
    *,
    announced: bool = True,
) -> None:
    if fault.flip >= 0:
        changed = bytearray(body)
        changed[fault.flip] ^= 1
        body = bytes(changed)
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length" if announced else "X-Length", str(len(body)))
    cut = fault.cut >= 0 or not announced
    if cut:
        handler.send_header("Connection", "close")
    handler.end_headers()
    sent = body if fault.cut < 0 else body[: fault.cut]
    if fault.drip_s:
        for i in range(len(sent)):
            handler.wfile.write(sent[i : i + 1])
            time.sleep(fault.drip_s)
    else:
        handler.wfile.write(sent)
    if cut:
        handler.close_connection = True
