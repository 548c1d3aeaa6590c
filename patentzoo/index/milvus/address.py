"""Where a served index lives: milvus://host:port/collection."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from patentzoo.errors import ConfigError

SCHEME = "milvus://"
PORT = 19530
TIMEOUT_S = 30.0
TOKEN = "PATENTZOO_MILVUS_TOKEN"
"""The variable that holds a token, or user:password; an address is printed, and holds none."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
_FORM = f"{SCHEME}HOST:PORT/COLLECTION"
_OPTIONS = ("timeout", "tls", "database")


@dataclass(frozen=True)
class Address:
    """A collection of a server.

    Attributes:
        host: Name or number of the machine; an IPv6 number in brackets.
        port: Of the server.
        collection: Its name there.
        timeout_s: After so many seconds without an answer, a request has failed.
        tls: Whether the connection is encrypted.
        database: Of the server; "": its default.
    """

    host: str
    port: int
    collection: str
    timeout_s: float = TIMEOUT_S
    tls: bool = False
    database: str = ""

    @property
    def server(self) -> str:
        """The server as Milvus' own clients name it."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def token(self) -> str:
        """What the server is told of who asks; "" for nothing."""
        return os.environ.get(TOKEN, "")

    def __str__(self) -> str:
        changed = {
            "timeout": f"{self.timeout_s:g}" if self.timeout_s != TIMEOUT_S else "",
            "tls": "1" if self.tls else "",
            "database": self.database,
        }
        given = "&".join(f"{name}={value}" for name, value in changed.items() if value)
        place = f"{SCHEME}{self.host}:{self.port}/{self.collection}"
        return f"{place}?{given}" if given else place


def is_address(given: Any) -> bool:
    """Whether something names a served index."""
    return isinstance(given, str) and given.startswith(SCHEME)


def read_address(text: str) -> Address:
    """Take an address apart.

    Raises:
        ConfigError: It is none.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or PORT
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ConfigError(f"{text!r} is no address of an index ({error}). Write {_FORM}.") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"An address of an index holds no password: set the variable {TOKEN} instead."
        )
    if not host or not text.startswith(SCHEME) or parts.fragment:
        raise ConfigError(f"{text!r} is no address of an index. Write {_FORM}.")
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ConfigError(
            f"{text!r}: an address knows no option {unknown[0]!r}. Known: {', '.join(_OPTIONS)}."
        )
    return Address(
        f"[{host}]" if ":" in host else host,
        port,
        _collection(parts.path.removeprefix("/"), text),
        _seconds(options.get("timeout", str(TIMEOUT_S)), text),
        options.get("tls", "0") not in {"0", "false"},
        options.get("database", ""),
    )


def join_address(uri: str | None, collection: str | None) -> Address:
    """The address of a server and a collection that are given apart.

    Args:
        uri: ``http://host:port`` or ``https://host:port``, the collection behind a slash or apart;
            or a whole address, ``milvus://host:port/collection``.
        collection: The name; None: it stands in ``uri``.

    Raises:
        ConfigError: One of them is missing, or impossible.
    """
    if not isinstance(uri, str) or not uri:
        raise ConfigError(
            f"engine='milvus' needs uri='http://HOST:PORT/COLLECTION', or uri='{_FORM}'."
        )
    if is_address(uri):
        whole = uri if collection is None else f"{uri.rstrip('/')}/{collection}"
        return read_address(whole)
    scheme, mark, place = uri.partition("://")
    if not mark or scheme not in {"http", "https", "tcp"}:
        raise ConfigError(f"uri = {uri!r} names no server. Write http://HOST:PORT.")
    place, slash, named = place.rstrip("/").partition("/")
    if collection is None and not named:
        raise ConfigError(f"uri = {uri!r} names no collection. Write http://HOST:PORT/COLLECTION.")
    if collection is not None and slash:
        raise ConfigError(f"uri = {uri!r} names a collection, and so does {collection!r}.")
    tls = "?tls=1" if scheme == "https" else ""
    return read_address(f"{SCHEME}{place}/{collection or named}{tls}")


def _collection(name: str, text: str) -> str:
    if not name:
        raise ConfigError(f"{text!r} names no collection. Write {_FORM}.")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be a collection's name: letters, digits and _, no digit first."
        )
    return name


def _seconds(value: str, text: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ConfigError(f"{text!r}: timeout is a number of seconds above 0, not {value!r}.")
    return seconds
