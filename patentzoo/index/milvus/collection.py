"""A collection that is an index: its schema, and what stands in its properties.

The properties say what is true of the index as a whole: the model, its fingerprint, how drawings
are read, what scores mean, and of which types the values of each field are. Each is an entry of its
own, so that two writers who add a field each do not lose one another's.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from patentzoo.errors import IndexDamagedError, IndexServerError
from patentzoo.index.milvus import rows
from patentzoo.index.milvus.server import MilvusServer, RequestRefused
from patentzoo.index.storage.field_types import kind_of_value, one_kind
from patentzoo.index.storage.schema import FIXED

OURS = "patentzoo."
FORMAT = "1"
_KIND = f"{OURS}field."
_PAUSES_S = (0.1, 0.3, 1.0, 2.0)
_TYPED = {"id": "text", "patent": "text", "path": "text", "page": "integer"}

Meta = dict[str, str]


class MilvusCollection:
    """The drawings' collection of an index.

    Args:
        server: That has it.
        name: Its name there; None: as the address says.
    """

    def __init__(self, server: MilvusServer, name: str | None = None) -> None:
        self.server = server
        self.name = name or server.address.collection

    def create(self, dim: int, meta: Mapping[str, Any]) -> None:
        """Make it, empty.

        Args:
            dim: Length of a vector.
            meta: What is true of the index as a whole.
        """
        kit = self.server.kit
        schema, indexes = self.server.new_schema()
        text, whole = kit.DataType.VARCHAR, kit.DataType.INT64
        long: dict[str, Any] = {"max_length": rows.LONGEST}
        schema.add_field(rows.ID, text, is_primary=True, **long)
        for name in ("patent", "path", rows.SOURCE, rows.CONTENT):
            schema.add_field(name, text, nullable=True, **long)
        schema.add_field(rows.PRODUCT, text, **long)
        schema.add_field("page", whole, nullable=True)
        schema.add_field(rows.OF_SOURCE, whole)
        schema.add_field(rows.METADATA, kit.DataType.JSON)
        schema.add_field(rows.VECTOR, kit.DataType.FLOAT_VECTOR, dim=dim)
        indexes.add_index(rows.VECTOR, index_type="FLAT", metric_type="IP")
        given = {f"{OURS}{key}": str(value) for key, value in meta.items() if value is not None}
        self.server.call(
            "create_collection",
            self.name,
            schema=schema,
            index_params=indexes,
            properties=given | {f"{OURS}format": FORMAT, f"{OURS}dim": str(dim)},
            consistency_level="Strong",  # a search sees what was added before it
        )
        self.server.load(self.name)

    def exists(self) -> bool:
        """Whether the server has it."""
        return self.server.exists(self.name)

    def drop(self) -> None:
        """Delete it, with what is in it."""
        self.server.call("drop_collection", self.name)

    def rename(self, name: str) -> None:
        """Give it another name."""
        self.server.rename(self.name, name)
        self.name = name

    def open(self) -> dict[str, Any]:
        """Have the server load it; what is true of the index as a whole.

        Raises:
            IndexServerError: There is none.
            IndexDamagedError: It is no index of patentzoo, or one of a newer version.
        """
        address = self.server.address
        if not self.exists():
            raise IndexServerError(
                f"The Milvus server {address.server} has no collection {self.name!r}. Check the "
                f"name, or build it: build_index(..., engine='milvus', uri='{address}')."
            )
        meta = self.meta()
        if not {"fingerprint", "model", "dim"} <= set(meta):
            raise IndexDamagedError(
                f"{address}: this collection was not made by patentzoo, since no fingerprint of a "
                "model stands in its properties. Give another name, or build the index anew."
            )
        if meta.get("format") != FORMAT:
            raise IndexDamagedError(
                f"{address}: format {meta.get('format')!r} is not known to this patentzoo, which "
                f"reads {FORMAT!r}. Install a newer one."
            )
        with self.server.failures_told():
            self.server.load(self.name)
        return meta

    def meta(self) -> Meta:
        """What is true of the index as a whole."""
        return {
            key.removeprefix(OURS): value
            for key, value in self.server.properties(self.name).items()
            if key.startswith(OURS)
        }

    def note(self, **entries: str) -> None:
        """Write entries of the properties; the others stay."""
        self._write_properties({f"{OURS}{key}": value for key, value in entries.items()})

    def _write_properties(self, given: Mapping[str, str]) -> None:
        """Write properties until they stand there; writing them again changes nothing.

        Where two write at once, milvus-lite refuses one of them, or loses what it wrote.

        Raises:
            IndexServerError: The server cannot be reached, is too slow, or goes on refusing.
        """
        failure = RequestRefused(
            f"The Milvus server {self.server.address.server} does not keep the properties of the "
            f"collection {self.name!r}. Run the call again when nobody else writes."
        )
        for pause_s in _PAUSES_S:
            try:
                self.server.call("alter_collection_properties", self.name, properties=dict(given))
            except RequestRefused as error:
                failure = error
            else:
                if given.keys() <= self.server.properties(self.name).keys():
                    return
            time.sleep(pause_s * random.uniform(0.5, 1))  # apart, so that the same two do not meet
        raise failure

    def kinds(self) -> dict[str, str]:
        """The type of each field, those of every drawing first."""
        return dict(_TYPED) | self.kinds_of_metadata()

    def kinds_of_metadata(self) -> dict[str, str]:
        """The type of each field of the metadata."""
        found: dict[str, set[str]] = {}
        for key in self.server.properties(self.name):
            if key.startswith(_KIND):
                kind, _, name = key.removeprefix(_KIND).partition(".")
                found.setdefault(rows.field_of(name), set()).add(kind)
        return {name: one_kind(each) for name, each in sorted(found.items())}

    def note_kinds(self, metadata: Iterable[Mapping[str, Any]]) -> None:
        """Note the types of the values of drawings that are to be added."""
        met = {
            f"{_KIND}{kind_of_value(value)}.{rows.key_of(key)}"
            for each in metadata
            for key, value in each.items()
            if key not in FIXED
        }
        new = met - set(self.server.properties(self.name))
        if new:
            self._write_properties(dict.fromkeys(sorted(new), "1"))

    def upsert(self, drawings: list[dict[str, Any]]) -> None:
        """Write rows, those of ids that are there in their place."""
        if drawings:
            data = [{**row, rows.VECTOR: _floats(row[rows.VECTOR])} for row in drawings]
            self.server.call("upsert", self.name, data=data)

    def delete(self, ids: Collection[str]) -> None:
        """Delete rows by what Milvus calls their ids."""
        listed = list(ids)
        for start in range(0, len(listed), STEP):
            self.server.call("delete", self.name, ids=listed[start : start + STEP])

    def read_ids(self, ids: Collection[str], fields: Collection[str]) -> list[dict[str, Any]]:
        """The rows of those ids that are there, in no order."""
        from patentzoo.index.milvus.expressions import among

        listed, found = list(dict.fromkeys(ids)), []
        for start in range(0, len(listed), STEP):
            wanted = among(rows.ID, listed[start : start + STEP])
            found += self.server.query(self.name, wanted, list(fields))
        return found


STEP = 500
"""Rows of one request."""


def reading_of(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What ``read_settings`` reads of how an index was built."""
    return {"photos": meta.get("photos", "grey"), "reading": meta.get("reading", "")}


def quantiles(meta: Mapping[str, Any]) -> Any:
    """The scale that is kept, as JSON; None for none."""
    return json.loads(meta["calibration"]) if meta.get("calibration") else None


def _floats(vector: Any) -> Any:
    return np.asarray(vector, np.float32)
