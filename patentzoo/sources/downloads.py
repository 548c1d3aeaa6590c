"""Download one image, bounded in time and size; by http(s) tried again when that may help."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from patentzoo.errors import ImageDecodeError, ImageNotFoundError
from patentzoo.sources.object_stores import read_store
from patentzoo.system.addresses import is_store, shown

if TYPE_CHECKING:
    import requests  # imported where an address is fetched: it takes a tenth of a second

logger = logging.getLogger(__name__)

CONNECT_S, READ_S, TOTAL_S = 5.0, 20.0, 60.0
TRIES = 4
BACKOFF_S = 0.5
_CHUNK = 1 << 16
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})


def fetch(url: str, max_bytes: int) -> bytes:
    """Download ``url``.

    Args:
        url: http:// or https://, or an object in a store.
        max_bytes: Broken off beyond this, whatever the server announced.

    Raises:
        ImageNotFoundError: Unreachable, refused, too slow, or an error status.
        ImageDecodeError: Larger than ``max_bytes``.
    """
    if is_store(url):
        return read_store(url, max_bytes)
    import requests

    deadline = time.monotonic() + TOTAL_S
    for attempt in range(1, TRIES + 1):
        try:
            return _fetch_once(url, max_bytes, deadline)
        except (requests.ConnectionError, requests.Timeout, _Passing) as error:
            pause = BACKOFF_S * 2 ** (attempt - 1)
            if attempt == TRIES or time.monotonic() + pause > deadline:
                raise ImageNotFoundError(
                    f"{shown(url)}: not fetched after {attempt} tries ({_reason(error)}). "
                    "Check the address and the network."
                ) from error
            logger.info("%s: %s; trying again in %.1f s", shown(url), _reason(error), pause)
            time.sleep(pause)
        except (requests.RequestException, ValueError) as error:
            raise ImageNotFoundError(
                f"{shown(url)}: cannot be fetched ({_reason(error)})."
            ) from error
    raise AssertionError("unreachable: the last try returns or raises")


class _Passing(Exception):
    """A failure that may pass: the server is busy, or broke off."""


def _fetch_once(url: str, max_bytes: int, deadline: float) -> bytes:
    import requests

    with requests.get(url, stream=True, timeout=(CONNECT_S, READ_S)) as response:
        if response.status_code in _MAY_PASS:
            raise _Passing(f"status {response.status_code}")
        if not response.ok:
            raise ImageNotFoundError(
                f"{shown(url)}: the server answered {response.status_code} {response.reason}."
            )
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > max_bytes:
            raise _too_large(url, max_bytes)
        body = _read_body(response, url, max_bytes, deadline)
        # requests hands a body that ends early over without a word.
        if announced.isdigit() and response.raw.tell() < int(announced):
            raise _Passing("the transfer was cut off")
        return body


def _read_body(response: requests.Response, url: str, max_bytes: int, deadline: float) -> bytes:
    import requests

    body = bytearray()
    try:
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > max_bytes:
                raise _too_large(url, max_bytes)
            if time.monotonic() > deadline:
                raise ImageNotFoundError(f"{shown(url)}: not complete after {TOTAL_S:.0f} s.")
    except requests.exceptions.ChunkedEncodingError as error:
        raise _Passing("the transfer was cut off") from error
    return bytes(body)


def _too_large(url: str, max_bytes: int) -> ImageDecodeError:
    return ImageDecodeError(
        f"{shown(url)}: larger than max_bytes = {max_bytes:,}. Raise the limit if it is to be "
        "trusted."
    )


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__
