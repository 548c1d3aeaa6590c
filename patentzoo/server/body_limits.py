"""How large a request may be, and how long it may take to arrive; before anything reads it."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patentzoo.server.problems import problem, too_large


class BodyLimits:
    """Refuses bodies that are too large (413) or too slow (408).

    What a client says of the length is believed only where it is too much; the bytes are counted.

    Args:
        app: Reads what is let through.
        max_bytes: Of a body; ``large`` of those sent to the path that ends so.
        limit_s: Seconds from the headers to the last byte.
        large: The end of a path, and its own limit.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, limit_s: float, large: tuple[str, int]
    ) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._limit_s = limit_s
        self._large = large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        end, more = self._large
        allowed = more if str(scope["path"]).endswith(end) else self._max_bytes
        said = f"The request is larger than {allowed / 1e6:,.0f} MB."
        if _said_length(scope) > allowed:
            await problem(413, said, Connection="close")(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._limit_s
        counted, ended = 0, False

        async def limited() -> Message:
            """Receive a part of the request, while it is neither too large nor too late."""
            nonlocal counted, ended
            if ended:  # from here on it waits for the client to leave
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                text = f"The request did not arrive within {self._limit_s:g} s."
                raise HTTPException(408, text, {"Connection": "close"}) from error
            counted += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if counted > allowed:
                raise too_large(said)
            return message

        await self.app(scope, limited, send)


def _said_length(scope: Scope) -> int:
    """``Content-Length``; 0 without one that is a number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return 0
