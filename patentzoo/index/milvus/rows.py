"""A drawing as a row of a collection, and back.

Text, numbers and JSON of Milvus hold nearly every value as it is. What they cannot (text that is no
Unicode, whole numbers beyond 64 bits) goes as JSON of ASCII letters behind a mark. A filter names a
field of the metadata by a key of letters, digits and a few signs; the others are percent-encoded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError
from patentzoo.index.storage.schema import FIXED
from patentzoo.index.storage.values import check_key, decode, encode
from patentzoo.index.upsert_batch import UpsertBatch
from patentzoo.system.text import is_unicode

ID, METADATA, VECTOR = "id", "metadata", "vector"
SOURCE, CONTENT, OF_SOURCE = "source", "content_hash", "rows_of_source"
"""The file a drawing came from, that file's checksum, and how many drawings came from it."""
PRODUCT = "product"
"""Equal for the drawings of one patent; one of no patent has a value of its own."""
SHOWN = [ID, *FIXED, METADATA, PRODUCT]
"""What a hit is made of."""
ALL = [*SHOWN, SOURCE, CONTENT, OF_SOURCE, VECTOR]

LONGEST = 65_535
"""Bytes of a text in Milvus, and of the metadata of a drawing."""
_MARK = "%json:"
_PLAIN = frozenset(" _-.")


@dataclass(frozen=True)
class Record:
    """What a collection says of a drawing.

    Attributes:
        id: Its id.
        patent: Its patent, if known.
        path: Its file, if any.
        page: Its page, where the file holds several.
        metadata: What else is known.
        product: See ``PRODUCT``.
    """

    id: str
    patent: str | None
    path: str | None
    page: int | None
    metadata: dict[str, Any]
    product: str


def key_of(field: str) -> str:
    """The key of a field of the metadata."""
    if all(letter.isalnum() or letter in _PLAIN for letter in field):
        return field or "%"
    each = (a if a.isalnum() or a in _PLAIN else _quoted(a) for a in field)
    return "".join(each)


def field_of(key: str) -> str:
    """The field that a key stands for."""
    if "%" not in key:
        return key
    return "" if key == "%" else unquote(key, errors="surrogatepass")


def to_text(value: str) -> str:
    """Text as Milvus holds it."""
    return value if is_unicode(value) and not value.startswith(_MARK) else _marked(value)


def from_text(value: str) -> str:
    """What ``to_text`` was given."""
    return str(json.loads(value.removeprefix(_MARK))) if value.startswith(_MARK) else value


def to_json(value: Any) -> Any:
    """A plain value as the JSON of Milvus holds it."""
    return value if _fits(value) else _marked(value)


def from_json(value: Any) -> Any:
    """What ``to_json`` was given."""
    marked = isinstance(value, str) and value.startswith(_MARK)
    return json.loads(value.removeprefix(_MARK)) if marked else value


def product_of(name: str, patent: str | None) -> str:
    """What the drawings of one patent have in common."""
    return f"p{patent}" if patent else f"i{to_text(name)}"


def plain_metadata(name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A drawing's metadata in the values that an index gives back; those of ``FIXED``, too.

    Raises:
        ConfigError: Metadata that cannot be kept.
    """
    if "id" in metadata:
        raise ConfigError(f"{name}: 'id' cannot be a metadata key; it is the drawing's id already.")
    for key in metadata:
        check_key(key)
    try:
        return {key: decode(encode(value)) for key, value in metadata.items()}
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}. Use text, numbers, lists.") from error


def rows_of(batch: UpsertBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch, one by one.

    Raises:
        ConfigError: Metadata that cannot be kept.
    """
    each: dict[str | None, int] = {}
    for source in batch.source_of:
        each[source] = each.get(source, 0) + 1
    drawings = zip(batch.ids, batch.vectors, batch.metadata, batch.source_of, strict=True)
    for name, vector, metadata, source in drawings:
        row = described(name, plain_metadata(name, metadata))
        hash_ = None if source is None else batch.sources[source]
        row |= {SOURCE: None if source is None else to_text(source), CONTENT: hash_}
        yield row | {OF_SOURCE: 0 if source is None else each[source], VECTOR: vector}


def described(name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that tell what is known of a drawing.

    Args:
        name: Its id.
        metadata: As ``plain_metadata`` gives it.

    Raises:
        ConfigError: More than Milvus keeps of a drawing.
    """
    patent, path, page = (metadata.get(key) for key in FIXED)
    if page is not None and not isinstance(page, int):
        raise ConfigError(f"{name}: page = {page!r} must be a whole number.")
    for key, value in (("patent", patent), ("path", path)):
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{name}: {key} = {value!r} must be text.")
    others = {key_of(key): to_json(value) for key, value in metadata.items() if key not in FIXED}
    row = {
        ID: to_text(name),
        "patent": None if patent is None else to_text(patent),
        "path": None if path is None else to_text(path),
        "page": page,
        METADATA: others,
        PRODUCT: product_of(name, None if patent is None else to_text(patent)),
    }
    longest = max(len(str(row[key] or "").encode()) for key in (ID, "patent", "path", PRODUCT))
    if max(longest, len(json.dumps(others).encode())) > LONGEST:
        raise ConfigError(
            f"{name[:80]}: Milvus keeps at most {LONGEST:,} bytes of a text, and of the metadata "
            "of a drawing. Shorten it."
        )
    return row


def record_of(row: Mapping[str, Any]) -> Record:
    """What a row says."""
    patent, path, page = (row.get(key) for key in FIXED)
    metadata = row.get(METADATA) or {}
    return Record(
        from_text(row[ID]),
        None if patent is None else from_text(patent),
        None if path is None else from_text(path),
        None if page is None else int(page),
        {field_of(key): from_json(value) for key, value in metadata.items()},
        str(row[PRODUCT]),
    )


def vectors_of(rows: Sequence[Mapping[str, Any]], dim: int) -> npt.NDArray[np.float32]:
    """float32 (n, dim): the vectors of rows that were asked for with them."""
    each = [np.asarray(row[VECTOR], np.float32) for row in rows]
    return np.stack(each) if each else np.empty((0, dim), np.float32)


def _fits(value: Any) -> bool:
    if isinstance(value, str):
        return is_unicode(value) and not value.startswith(_MARK)
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 63
    if isinstance(value, Mapping):
        return all(_fits(key) and _fits(each) for key, each in value.items())
    return all(map(_fits, value)) if isinstance(value, list) else True


def _marked(value: Any) -> str:
    return _MARK + json.dumps(value)


def _quoted(letter: str) -> str:
    return quote(letter, safe="", errors="surrogatepass")
