"""Fetch one file by http(s): in pieces, goes on after an interruption, whole or not at all."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.errors import DownloadError, OutputError
from patentzoo.system.progress import DownloadProgress, download_bar
from patentzoo.zoo.http_errors import (
    Interrupted,
    RetryPolicy,
    a_web_page,
    check_answer,
    is_web_page,
    translated,
)
from patentzoo.zoo.partial import Partial

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

CHUNK = 1 << 18
USUAL = RetryPolicy()


def download(
    url: str, target: Path, *, policy: RetryPolicy = USUAL, progress: bool = False
) -> Path:
    """Fetch ``url`` to ``target``; proxies and certificates as the environment says.

    What an earlier call left unfinished is gone on with, if the server still has the same version
    (``Range`` with ``If-Range``).

    Args:
        url: http or https.
        target: The file to appear; it is replaced.
        policy: Time-outs and attempts.
        progress: Draw a progress bar on stderr.

    Returns:
        ``target``.

    Raises:
        DownloadError: The server refuses, is too slow, or sends something else.
        OutputError: The disk is full, or the folder cannot be written.
    """
    import requests

    try:
        partial = Partial(target, url)
        with requests.Session() as session, download_bar(target.name, shown=progress) as bar:
            session.max_redirects = policy.redirects
            pace = _Pace(url, policy)
            while not partial.complete:
                if _with_retries(session, partial, policy, pace, bar):
                    break
        partial.finish()
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror or error}). Make room, or choose "
            "another place with cache_dir=."
        ) from error
    return target


def _with_retries(
    session: requests.Session,
    partial: Partial,
    policy: RetryPolicy,
    pace: _Pace,
    bar: DownloadProgress,
) -> bool:
    """Attempt until bytes come; True once the answer's end has been reached."""
    for attempt in range(1, policy.tries + 1):
        before = partial.size
        try:
            _attempt(session, partial, policy, pace, bar)
            return True
        except Interrupted as reason:
            if partial.size > before:
                pace.got(0)
                logger.info("%s: %s; going on at byte %d.", partial.url, reason, partial.size)
                return False
            if attempt == policy.tries:
                raise DownloadError(
                    f"{partial.url}: {reason}, {attempt} times in a row. Try again later."
                ) from reason
            wait_s = policy.backoff_s * 2 ** (attempt - 1)
            pace.rest(wait_s if reason.wait_s is None else reason.wait_s)
    return False


def _attempt(
    session: requests.Session,
    partial: Partial,
    policy: RetryPolicy,
    pace: _Pace,
    bar: DownloadProgress,
) -> None:
    headers = {"Accept-Encoding": "identity", "User-Agent": "patentzoo"}
    with translated(partial.url):
        response = session.get(
            partial.url,
            headers=headers | partial.request_headers(),
            stream=True,
            timeout=(policy.connect_s, policy.read_s),
        )
    with response:
        if response.status_code == 416 and _has_it_all(response, partial):
            return
        check_answer(response, partial.url, policy)
        if not _goes_on(response, partial):
            partial.begin(_length(response), response.headers)
        if (partial.total or 0) > policy.max_bytes:
            raise DownloadError(f"{partial.url}: {partial.total:,} bytes are too many.")
        partial.require_space()
        bar.at(partial.size, partial.total)
        _take(response, partial, policy.max_bytes, pace, bar)
    if partial.total is not None and partial.size != partial.total:
        raise Interrupted(f"{partial.size:,} of {partial.total:,} bytes came")


def _take(
    response: requests.Response,
    partial: Partial,
    max_bytes: int,
    pace: _Pace,
    bar: DownloadProgress,
) -> None:
    # Whatever has come is written at once: read() would wait for a whole chunk, and lose the part
    # of it that came before the connection broke.
    read = getattr(response.raw, "read1", response.raw.read)
    while True:
        with translated(partial.url):
            chunk = read(CHUNK, decode_content=True)
        if not chunk:
            return
        if not partial.size and is_web_page(chunk):
            partial.discard()
            raise a_web_page(partial.url)
        if partial.size + len(chunk) > (partial.total or max_bytes):
            partial.discard()
            raise DownloadError(f"{partial.url}: more bytes than were announced.")
        partial.append(chunk)
        pace.got(len(chunk))
        bar.at(partial.size, partial.total)


class _Pace:
    """Notices a server that sends so slowly that no time-out strikes, or only after some bytes."""

    def __init__(self, url: str, policy: RetryPolicy) -> None:
        self._url, self._patience = url, policy
        self._since, self._bytes = time.monotonic(), 0

    def got(self, count: int) -> None:
        """So many bytes came; raise DownloadError where they are too few for the time."""
        self._bytes += count
        elapsed_s = time.monotonic() - self._since
        if elapsed_s < self._patience.pace_s:
            return
        if self._bytes < self._patience.pace_bytes:
            raise DownloadError(
                f"{self._url}: only {self._bytes:,} bytes came in {elapsed_s:.0f} seconds. Try "
                "again later; what is here is kept."
            )
        self._since, self._bytes = time.monotonic(), 0

    def rest(self, wait_s: float) -> None:
        """Wait; this time does not count."""
        time.sleep(wait_s)
        self._since += wait_s


def _goes_on(response: requests.Response, partial: Partial) -> bool:
    """Whether this answer is the rest of what is here."""
    if response.status_code != 206:
        return False
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", ""))
    lengths = {"*", str(partial.total)} if partial.total is not None else None
    if not found or int(found[1]) != partial.size or (lengths and found[3] not in lengths):
        partial.discard()
        raise Interrupted("the server sent another range than was asked for")
    if found[3] != "*":
        partial.total = int(found[3])
    return True


def _has_it_all(response: requests.Response, partial: Partial) -> bool:
    """HTTP 416: nothing is left to send, or what is here is of another version."""
    if response.headers.get("Content-Range") == f"bytes */{partial.size}":
        partial.total = partial.size
        return True
    partial.discard()
    raise Interrupted("the file has changed on the server", 0.0)


def _length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    coded = response.headers.get("Content-Encoding", "identity") != "identity"
    return int(text) if text.isdigit() and not coded else None
