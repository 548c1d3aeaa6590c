"""Running the server by itself: a socket, uvicorn, and clients that send nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import ipaddress
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from patentzoo.errors import OutputError
from patentzoo.index import Index
from patentzoo.server.app import create_app
from patentzoo.server.options import ServerOptions

HEADERS_S = 20.0
"""Seconds in which the headers of a request have to arrive."""
CONNECTIONS = 500
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class ImpatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, which hangs up on who sends no request."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait anew for the headers of a further request on the same connection."""
        super().data_received(data)
        if self._timer is None and not self._asked():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEADERS_S, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._asked() and not self.transport.is_closing():
            self.transport.close()

    def _asked(self) -> bool:
        """Whether a request is being answered; its body has a limit of its own."""
        return self.cycle is not None and not self.cycle.response_complete


def serve(
    index: Index,
    options: ServerOptions,
    host: str = "127.0.0.1",
    port: int = 8000,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve an index until the process is told to end.

    Args:
        index: From ``load_index``.
        options: What is allowed. On a loopback address, only that machine's own names are answered.
        host: Where to listen.
        port: 0: any that is free.
        started: Called with the address.

    Raises:
        OutputError: Nothing can listen there.
    """
    if is_loopback(host) and not options.allowed_hosts:
        options = dataclasses.replace(options, allowed_hosts=LOOPBACK_NAMES)
    listening = _listen(host, port)
    app = create_app(index, options)
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        log_level="warning",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=30,
        server_header=False,
    )
    if started is not None:
        name = f"[{host}]" if ":" in host else host
        started(f"http://{name}:{listening.getsockname()[1]}/")
    logging.getLogger("uvicorn.error").addFilter(_no_closing)
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port <= 65_535:
        raise OutputError(f"{host}:{port}: nothing can listen there: ports go from 0 to 65535.")
    # Only of a socket that names TCP does asyncio send small answers at once: 40 ms each otherwise.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # else it would share the port with another server
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
        return listening
    except OSError as error:
        listening.close()
        raise OutputError(
            f"{host}:{port}: nothing can listen there ({error.strerror or error}). Choose another "
            "address or port."
        ) from error


def _no_closing(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of strangers who send no HTTP."""
    return "Invalid HTTP request" not in record.getMessage()
