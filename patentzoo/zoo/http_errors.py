"""What a server's answer means: go on, try again, or give up with a reason a user can act on."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patentzoo.errors import DownloadError

if TYPE_CHECKING:
    import requests

_TRY_LATER = (408, 425, 429, 500, 502, 503, 504)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.S)


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait for what.

    Attributes:
        connect_s: For a connection.
        read_s: For the next bytes.
        tries: Attempts in a row that bring not one byte; each that brings some starts the count
            anew.
        backoff_s: Before the second attempt; doubled before each further one.
        retry_after_s: The longest wait a server may ask for.
        pace_s: A server that sends fewer than ``pace_bytes`` in so long is given up.
        pace_bytes: See ``pace_s``.
        redirects: At most so many.
        max_bytes: A larger file is refused.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    tries: int = 4
    backoff_s: float = 1.0
    retry_after_s: float = 120.0
    pace_s: float = 60.0
    pace_bytes: int = 10_000
    redirects: int = 10
    max_bytes: int = 16 << 30


class Interrupted(Exception):
    """Worth another attempt."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def check_answer(response: requests.Response, url: str, policy: RetryPolicy) -> None:
    """Raise unless the answer is the file or a part of it.

    Raises:
        Interrupted: Another attempt may do.
        DownloadError: None will.
    """
    status = response.status_code
    if url.startswith("https:") and not response.url.startswith("https:"):
        raise DownloadError(f"{url}: leads to {response.url}, which is not encrypted.")
    if status in _TRY_LATER:
        raise Interrupted(f"HTTP {status} {response.reason}", _retry_after(response, policy))
    if status in (401, 403):
        raise DownloadError(
            f"{url}: HTTP {status} {response.reason}. Its publisher does not let us have it; open "
            "the address in a browser, and give the file to: patentzoo convert FILE --card NAME"
        )
    if status not in (200, 206):
        raise DownloadError(
            f"{url}: HTTP {status} {response.reason}. Check the address in a browser; a file you "
            "have is taken by: patentzoo convert FILE --card NAME"
        )
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise a_web_page(url)


def is_web_page(start: bytes) -> bool:
    """Whether bytes begin as HTML does: what dead links send with any content type."""
    return _HTML.match(start) is not None


def a_web_page(url: str) -> DownloadError:
    """The error for one."""
    return DownloadError(
        f"{url}: a web page came instead of a file. The link is dead, or asks for a login; open it "
        "in a browser. A file you have is taken by: patentzoo convert FILE --card NAME"
    )


def _retry_after(response: requests.Response, policy: RetryPolicy) -> float | None:
    """Seconds the server asks to wait; None where it says nothing readable."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        wait_s = float(text)
    else:
        try:
            wait_s = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    if wait_s > policy.retry_after_s:
        raise DownloadError(
            f"{response.url}: HTTP {response.status_code}; the server asks to wait "
            f"{wait_s:,.0f} seconds. Try again then."
        )
    return max(0.0, wait_s)


@contextmanager
def translated(url: str) -> Iterator[None]:
    """The library's errors as ours: worth another attempt, or not."""
    import requests
    import urllib3

    try:
        yield
    except requests.TooManyRedirects as error:
        raise DownloadError(f"{url}: redirects without end. The link is broken.") from error
    except requests.exceptions.SSLError as error:
        raise DownloadError(
            f"{url}: no safe connection ({error}). Behind a proxy with its own certificates, "
            "REQUESTS_CA_BUNDLE names their file."
        ) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise Interrupted("the server is too slow") from error
    except (requests.ConnectionError, urllib3.exceptions.ProtocolError) as error:
        raise Interrupted("no connection, or it broke") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DownloadError(f"{url}: cannot be fetched ({error}).") from error
