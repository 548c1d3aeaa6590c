"""What an index left out, in a collection beside the drawings': made with its first entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest
from typing import Any

from patentzoo.index.milvus.collection import STEP
from patentzoo.index.milvus.expressions import among
from patentzoo.index.milvus.rows import LONGEST, from_text, to_text
from patentzoo.index.milvus.server import MilvusServer
from patentzoo.results import Failure

SUFFIX = "__left_out"
_REASON = 2_000
"""Letters of a reason that are kept."""


class LeftOut:
    """The images that an index left out, and why.

    Args:
        server: That has the collection.
        drawings: Name of the drawings' collection.
    """

    def __init__(self, server: MilvusServer, drawings: str) -> None:
        self._server, self.name = server, f"{drawings}{SUFFIX}"

    def exists(self) -> bool:
        """Whether anything was ever left out."""
        return self._server.exists(self.name)

    def failures(self) -> list[Failure]:
        """The entries, by id."""
        if not self.exists():
            return []
        fields = ["id", "reason", "size_bytes"]
        pages = self._server.all_rows(self.name, fields)
        found = [_failure(row) for page in pages for row in page]
        return sorted(found, key=lambda each: each.id)

    def record(
        self,
        ids: Collection[str],
        sources: Collection[str],
        failures: Sequence[Failure],
        failed_in: Sequence[str],
    ) -> None:
        """Write down what was left out; what was read meanwhile is crossed out.

        Args:
            ids: Drawings that were read.
            sources: Sources that were read to their end, with or without failures.
            failures: What was left out.
            failed_in: The source of each; empty where that is unknown.
        """
        if self.exists():
            for column, names in (("source", sources), ("id", [*ids, *sources])):
                self._delete(column, names)
        elif failures:
            self._create()
        data = [
            {
                "id": to_text(failure.id),
                "reason": failure.reason[:_REASON],
                "size_bytes": failure.size_bytes,
                "source": None if source is None else to_text(source),
                "vector": [1.0, 0.0],
            }
            for failure, source in zip_longest(failures, failed_in)
        ]
        for start in range(0, len(data), STEP):
            self._server.call("upsert", self.name, data=data[start : start + STEP])

    def delete_ids(self, ids: Collection[str]) -> set[str]:
        """Cross out entries by their ids; those that were there."""
        if not ids or not self.exists():
            return set()
        wanted = among("id", map(to_text, ids))
        found = {from_text(row["id"]) for row in self._server.query(self.name, wanted, ["id"])}
        self._delete("id", found)
        return found

    def rename(self, drawings: str) -> None:
        """Follow the drawings' collection to another name."""
        if self.exists():
            self._server.rename(self.name, f"{drawings}{SUFFIX}")
        self.name = f"{drawings}{SUFFIX}"

    def drop(self) -> None:
        """Delete it."""
        if self.exists():
            self._server.call("drop_collection", self.name)

    def _delete(self, column: str, names: Collection[str]) -> None:
        listed = [to_text(name) for name in names]
        for start in range(0, len(listed), STEP):
            some = among(column, listed[start : start + STEP])
            self._server.call("delete", self.name, filter=some)

    def _create(self) -> None:
        kit = self._server.kit
        schema, indexes = self._server.new_schema()
        long: dict[str, Any] = {"max_length": LONGEST}
        schema.add_field("id", kit.DataType.VARCHAR, is_primary=True, **long)
        schema.add_field("reason", kit.DataType.VARCHAR, **long)
        schema.add_field("size_bytes", kit.DataType.INT64, nullable=True)
        schema.add_field("source", kit.DataType.VARCHAR, nullable=True, **long)
        schema.add_field("vector", kit.DataType.FLOAT_VECTOR, dim=2)  # Milvus wants one
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
        self._server.call(
            "create_collection",
            self.name,
            schema=schema,
            index_params=indexes,
            consistency_level="Strong",
        )


def _failure(row: dict[str, Any]) -> Failure:
    return Failure(from_text(row["id"]), row["reason"], row["size_bytes"])
