"""A part of a shard: a Parquet file with a row for each drawing, failure, and empty source."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.embedding.batcher import EmbeddedBatch
from patentzoo.errors import ConfigError, IndexDamagedError, MissingExtraError
from patentzoo.results import Failure
from patentzoo.shards.manifest import PartInfo
from patentzoo.system.cells import plain
from patentzoo.system.files import replacing
from patentzoo.system.text import is_unicode

Row = dict[str, Any]


class DamagedPartError(IndexDamagedError):
    """A part that is missing, cut off or altered."""


def arrow() -> Any:
    """The library that reads and writes Parquet.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            f"Shards are Parquet files ({error}). Install what reads them: "
            "pip install 'patentzoo[parquet]'."
        ) from error
    return pyarrow


def columns(dim: int) -> Any:
    """The columns of a part.

    A drawing has a ``vector``, a failure a ``failure``, a source that gave neither has none of
    both. ``exact`` holds as JSON the id and the source where these are no valid Unicode.
    """
    pa = arrow()
    return pa.schema(
        [
            ("id", pa.string()),
            ("patent", pa.string()),
            ("metadata", pa.string()),
            ("vector", pa.list_(pa.float32(), dim)),
            ("failure", pa.string()),
            ("size_bytes", pa.int64()),
            ("source", pa.string()),
            ("content_hash", pa.string()),
            ("exact", pa.string()),
        ]
    )


def write_part(folder: Path, name: str, batch: EmbeddedBatch) -> PartInfo:
    """Write vectors of whole sources as one file, and bring it to the disk.

    Args:
        folder: Where to.
        name: How the file's name begins.
        batch: What to write.

    Raises:
        OutputError: It cannot be written; nothing of it is left.
        ConfigError: Metadata that JSON cannot hold.
    """
    pa = arrow()
    dim = batch.vectors.shape[1]
    rows = [_written(each) for each in _rows(batch)]
    schema = columns(dim)
    held = {name: [row.get(name) for row in rows] for name in schema.names}
    held["vector"] = _vectors(batch.vectors, len(rows))
    table = pa.table(held, schema=schema)
    stream = io.BytesIO()
    pa.parquet.write_table(table, stream, compression="zstd", row_group_size=max(1, len(rows)))
    data = stream.getbuffer()
    file = f"{name}-{secrets.token_hex(4)}.parquet"
    with replacing(folder / file, durable=True) as unfinished:
        unfinished.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return PartInfo(file, digest, len(data), len(batch.ids), len(batch.failures))


def read_part(folder: Path, info: PartInfo) -> EmbeddedBatch:
    """A part, compared with its checksum.

    Raises:
        DamagedPartError: Missing, cut off or altered.
    """
    table = _table(folder, info)
    rows = [_read(each) for each in table.drop_columns(["vector"]).to_pylist()]
    there = [row for row in rows if row["failure"] is None and row["metadata"] is not None]
    failed = [row for row in rows if row["failure"] is not None]
    vectors = table.column("vector").combine_chunks().drop_null().flatten().to_numpy()
    dim = table.schema.field("vector").type.list_size
    return EmbeddedBatch(
        np.ascontiguousarray(vectors, np.float32).reshape(len(there), dim),
        [row["id"] for row in there],
        [json.loads(row["metadata"]) for row in there],
        [row["source"] for row in there],
        list({row["source"]: row["content_hash"] for row in rows}.items()),
        [Failure(row["id"], row["failure"], row["size_bytes"]) for row in failed],
        [],
        [row["source"] for row in failed],
    )


def sources_of(folder: Path, info: PartInfo) -> dict[str, str]:
    """Content hash by source of a part, compared with its checksum.

    Raises:
        DamagedPartError: As ``read_part``.
    """
    table = _table(folder, info, ["id", "source", "content_hash", "exact"])
    return {row["source"]: row["content_hash"] for row in map(_read, table.to_pylist())}


def without(batch: EmbeddedBatch, stale: Collection[str]) -> EmbeddedBatch:
    """A batch without some of its sources."""
    keep = [row for row, name in enumerate(batch.source_of) if name not in stale]
    kept = [row for row, name in enumerate(batch.failed_in) if name not in stale]
    return EmbeddedBatch(
        batch.vectors[keep],
        [batch.ids[row] for row in keep],
        [batch.metadata[row] for row in keep],
        [batch.source_of[row] for row in keep],
        [each for each in batch.sources if each[0] not in stale],
        [batch.failures[row] for row in kept],
        batch.left_out,
        [batch.failed_in[row] for row in kept],
    )


def _table(folder: Path, info: PartInfo, names: list[str] | None = None) -> Any:
    file = folder / info.file
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DamagedPartError(
            f"{file}: missing or unreadable ({error.strerror}). Run its shard again."
        ) from error
    if hashlib.sha256(data).hexdigest() != info.sha256:
        raise DamagedPartError(f"{file}: its checksum is another one. Run its shard again.")
    return arrow().parquet.read_table(io.BytesIO(data), columns=names)


def _rows(batch: EmbeddedBatch) -> list[Row]:
    """Drawings first, whose vectors stand in the same order, then failures and empty sources."""
    hashes = dict(batch.sources)
    empty = set(hashes) - set(batch.source_of) - set(batch.failed_in)
    drawings = zip(batch.ids, batch.metadata, batch.source_of, strict=True)
    failed = zip(batch.failures, batch.failed_in, strict=True)
    nothing: Row = {"patent": None, "metadata": None, "failure": None, "size_bytes": None}
    rows = [
        *(
            nothing
            | {"id": name, "source": source, "patent": data.get("patent")}
            | {"metadata": _json(name, data)}
            for name, data, source in drawings
        ),
        *(
            nothing
            | {"id": each.id, "source": source, "failure": each.reason}
            | {"size_bytes": each.size_bytes}
            for each, source in failed
        ),
        *(nothing | {"id": name, "source": name} for name in sorted(empty)),
    ]
    return [row | {"content_hash": hashes[row["source"]]} for row in rows]


def _vectors(vectors: Any, count: int) -> Any:
    """The column of vectors, of rows that have none at the end."""
    pa = arrow()
    held = np.zeros((count, vectors.shape[1]), np.float32)
    held[: len(vectors)] = vectors
    missing = pa.array(np.arange(count) >= len(vectors))
    return pa.FixedSizeListArray.from_arrays(held.ravel(), vectors.shape[1], mask=missing)


def _json(name: str, data: Any) -> str:
    try:
        return json.dumps(data, allow_nan=False, default=plain)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: its metadata cannot be saved as JSON ({error}).") from error


def _written(row: Row) -> Row:
    """A row as Arrow takes it, which knows no halves of surrogate pairs."""
    made: Row = {**row, "exact": None}
    for name in ("id", "source", "patent", "failure"):
        text = row[name]
        if isinstance(text, str) and not is_unicode(text):
            made[name] = text.encode("utf-8", "backslashreplace").decode("utf-8")
            made["exact"] = json.dumps({"id": row["id"], "source": row["source"]})
    return made


def _read(row: Row) -> Row:
    return row if row["exact"] is None else row | json.loads(row["exact"])
