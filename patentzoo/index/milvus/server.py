"""Requests to a Milvus server: each has a time limit, and an error that names the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from patentzoo.errors import IndexServerError, MissingExtraError, PatentZooError
from patentzoo.index.milvus.address import TOKEN, Address

MOST = 16_384
"""Rows of one answer, by Milvus' own limit."""
PAGE = 2_000
"""Rows asked for at a time where all are passed through."""
NOT_LOADED = 101
_REFUSED = {"unauthenticated", "permission denied", "auth"}


class RequestRefused(IndexServerError):
    """The server answered, and did not do what it was asked for."""


class MilvusServer:
    """One collection's server; connects at the first request, and again where that is needed.

    Args:
        address: Of the collection.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client: Any = None
        self._loaded: set[str] = set()
        self._lock = threading.Lock()

    def call(self, method: str, collection: str, **given: Any) -> Any:
        """Send one request about a collection and wait for its answer.

        Args:
            method: Of pymilvus' ``MilvusClient``.
            collection: Its name.
            given: The other arguments.

        Raises:
            IndexServerError: The server cannot be reached, is too slow, or refuses.
        """
        with self.failures_told():
            try:
                return self._asked(method, collection, given)
            except _pymilvus().MilvusException as error:
                if error.code != NOT_LOADED:  # as after a restart of the server
                    raise
            self._loaded.discard(collection)
            self.load(collection)
            return self._asked(method, collection, given)

    @contextmanager
    def failures_told(self) -> Iterator[None]:
        """Turn whatever fails meanwhile into an error that names the server.

        Raises:
            IndexServerError: The server cannot be reached, is too slow, or refuses.
        """
        try:
            yield
        except PatentZooError:
            raise
        except Exception as error:  # gRPC's own, and what a damaged answer makes of pymilvus
            raise self._failed(error) from error

    def _asked(self, method: str, collection: str, given: dict[str, Any]) -> Any:
        _asking.here = True
        try:
            ask = getattr(self._connected(), method)
            return ask(collection, timeout=self.address.timeout_s, **given)
        finally:
            _asking.here = False

    def load(self, collection: str) -> None:
        """Have the server hold a collection in memory, as it must for searches."""
        if collection not in self._loaded:
            self._asked("load_collection", collection, {})
            self._loaded.add(collection)

    def exists(self, collection: str) -> bool:
        """Whether the server has a collection of this name."""
        return bool(self.call("has_collection", collection))

    def properties(self, collection: str) -> dict[str, str]:
        """What stands in a collection's properties."""
        found = self.call("describe_collection", collection).get("properties") or {}
        return {str(key): str(value) for key, value in dict(found).items()}

    def rename(self, collection: str, name: str) -> None:
        """Give a collection another name."""
        with self.failures_told():
            client = self._connected()
            client.rename_collection(collection, name, timeout=self.address.timeout_s)
        self._loaded -= {collection, name}

    def query(self, collection: str, expression: str, fields: Sequence[str]) -> list[Any]:
        """At most ``MOST`` rows that an expression is true for."""
        rows = self.call(
            "query", collection, filter=expression, output_fields=list(fields), limit=MOST
        )
        return list(rows)

    def count(self, collection: str) -> int:
        """How many rows a collection has."""
        found = self.call("query", collection, filter="", output_fields=["count(*)"])
        return int(found[0]["count(*)"])

    def all_rows(
        self, collection: str, fields: Sequence[str], expression: str = ""
    ) -> Iterator[list[Any]]:
        """All rows that an expression is true for, some at a time, by rising id."""
        pages = self.call(
            "query_iterator",
            collection,
            filter=expression,
            output_fields=list(fields),
            batch_size=PAGE,
        )
        while True:
            with self.failures_told():
                rows = list(pages.next())
            if not rows:
                pages.close()
                return
            yield rows

    def _failed(self, error: Exception) -> IndexServerError:
        """What to tell of a request that failed."""
        text = str(getattr(error, "message", "") or error).strip()
        where = f"The Milvus server {self.address.server} (collection {self.address.collection!r})"
        low = text.lower()
        if "deadline" in low or "timeout" in low or "timed out" in low:
            return IndexServerError(
                f"{where} did not answer within {self.address.timeout_s:g} s. See whether it is "
                f"overloaded, or give it longer: {self._longer()}. {_AGAIN}"
            )
        if any(word in low for word in _REFUSED):
            return IndexServerError(
                f"{where} refuses who asks: {text}. Set the variable {TOKEN} to a token, or to "
                "user:password."
            )
        if "connect" in low or "unavailable" in low or "channel" in low or "socket" in low:
            return IndexServerError(
                f"{where} cannot be reached: {text}. See whether it runs, and whether host and "
                f"port are right. {_AGAIN}"
            )
        return RequestRefused(f"{where} refused a request: {text}")

    def _longer(self) -> str:
        from dataclasses import replace

        return str(replace(self.address, timeout_s=10 * self.address.timeout_s))

    def _connected(self) -> Any:
        with self._lock:
            for pause_s in _PAUSES_S:
                if self._client is not None:
                    break
                try:
                    self._client = self._new_client()
                except _pymilvus().MilvusException:  # a server that is just starting, perhaps
                    time.sleep(pause_s)
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> Any:
        return _pymilvus().MilvusClient(
            uri=self.address.server,
            token=self.address.token,
            db_name=self.address.database,
            timeout=self.address.timeout_s,
            dedicated=True,  # one that is shared by all handles would not survive a fork
            grpc_options=_CHANNEL,
        )

    def after_fork(self) -> None:
        """In a child process, connect anew: gRPC's threads stayed in the parent."""
        self._lock = threading.Lock()
        self._client, self._loaded = None, set()

    @property
    def kit(self) -> Any:
        """The library, whose classes describe schemas."""
        return _pymilvus()

    def new_schema(self) -> tuple[Any, Any]:
        """An empty schema, and empty parameters of indexes."""
        with self.failures_told():
            client = self._connected()
        return client.create_schema(auto_id=False), client.prepare_index_params()


_PAUSES_S = (0.3, 1.0)
_CHANNEL = {
    # Servers hang up on clients that ask every ten seconds whether they are there, as pymilvus'.
    "grpc.keepalive_time_ms": 300_000,
    "grpc.keepalive_permit_without_calls": 0,
    # Else a server that was away is not asked again for up to two minutes, by new handles either.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2_000,
}
_AGAIN = "What was sent is kept: the same call again does what is missing."


def _pymilvus() -> Any:
    try:
        import pymilvus
    except ImportError as error:
        raise MissingExtraError(
            f"A served index needs pymilvus ({error}). Install it: pip install 'patentzoo[milvus]'."
        ) from error
    for name in _LOGGERS:
        logging.getLogger(f"pymilvus.{name}").addFilter(_aloud)
    return pymilvus


_LOGGERS = ("decorators", "client.iterator.query_iterator", "client.connection_manager")
_asking = threading.local()


def _aloud(_: logging.LogRecord) -> bool:
    """Whether pymilvus may log: what it writes of a refusal, with a traceback, is raised here."""
    return not getattr(_asking, "here", False)
