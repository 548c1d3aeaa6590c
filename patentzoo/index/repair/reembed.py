"""Lost drawings embedded again, each source read as it was read before."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from patentzoo.embedding import embed_batches
from patentzoo.errors import ImageError
from patentzoo.index.index import Index
from patentzoo.index.repair.lost import LostDrawing
from patentzoo.index.repair.places import locate
from patentzoo.index.storage import catalogue, read_settings
from patentzoo.index.upsert_batch import UpsertBatch, of_batches
from patentzoo.options import EmbedOptions
from patentzoo.sources import Source, read_options
from patentzoo.sources.names import path_on_disk
from patentzoo.sources.paths import sheets_of_grants
from patentzoo.system.addresses import is_url


@dataclasses.dataclass(frozen=True)
class Before:
    """What is known of the drawings that are lost.

    Attributes:
        drawings: Each of them.
        records: Of each drawing, by id; its path is that of its file now.
        hashes: The content hash of each source.
        paths: Where the file of each source lies, if it came from one.
    """

    drawings: Sequence[LostDrawing]
    records: Mapping[str, catalogue.Record]
    hashes: Mapping[str, str]
    paths: Mapping[str, str]

    @classmethod
    def of(cls, drawings: Sequence[LostDrawing], index: Path | None) -> Before:
        """Look for the files of these drawings."""
        sources = {each.source: each for each in drawings if each.source is not None}
        hashes = {name: each.digest for name, each in sources.items()}
        paths = locate({name: each.path for name, each in sources.items()}, hashes, index)
        records = {}
        for each in drawings:
            name, patent, path, page, others = each.record
            records[name] = (name, patent, paths.get(each.source or "", path), page, others)
        return cls(drawings, records, hashes, paths)

    def was(self, sheet: Source) -> bool:
        """Whether a source was embedded from this sheet with its grant's XML, not from its file.

        The hash tells, in which the XML counts. Where it fits neither, since the file, the XML or
        a table of patents has changed, so does what the catalogue knows from the XML.
        """
        known = self.hashes.get(sheet.id)
        with suppress(ImageError):  # reading it will say what is wrong
            if known and known == sheet.content_hash():
                return True
            if known in (sheet.content.digest(), sheet.unlabelled().content_hash()):
                return False
        held = self._by_path.get(sheet.path or "", {})
        told = sheet.known.metadata if sheet.known else {}
        return any(held.get(key) == value for key, value in told.items())

    @functools.cached_property
    def _by_path(self) -> dict[str, Mapping[str, Any]]:
        return {path: others for _, _, path, _, others in self.records.values() if path}


def embedded_again(
    index: Index, images: Any, before: Before, default: EmbedOptions
) -> list[UpsertBatch]:
    """Embed the sources of what is lost, each as it was read before.

    Args:
        index: With the model.
        images: What was given to read; None: the files the catalogue names.
        before: What is lost.
        default: How to read, but for what was kept of each source.
    """
    groups: dict[str, dict[str, str | None]] = {}
    for each in before.drawings:
        if each.source is not None:
            groups.setdefault(each.options, {})[each.source] = before.paths.get(each.source)
    if len(groups) > 1 and isinstance(images, Iterator):
        images = list(images)  # each way of reading goes over them
    return [
        _as_before(_embedded(index, images, part, options, default, before), before)
        for options, part in groups.items()
    ]


def _embedded(
    index: Index,
    images: Any,
    wanted: Mapping[str, str | None],
    kept: str,
    default: EmbedOptions,
    before: Before,
) -> UpsertBatch:
    """Read sources as they were read before; ``kept`` is of ``read_settings.kept``."""

    def skip(source: Source) -> bool:
        return source.id not in wanted

    options = dataclasses.replace(default, **read_settings.read(kept))
    given = _still_there(wanted, options, before) if images is None else images
    batches = embed_batches(index.model, given, options=options, skip=skip)
    batch = of_batches(batches, index.dim)
    return dataclasses.replace(batch, read_settings=kept)


def _still_there(
    wanted: Mapping[str, str | None], options: EmbedOptions, before: Before
) -> list[Source | tuple[str, str]]:
    """The files the catalogue names, each as it was given when it was embedded."""
    there = [
        (name, path)
        for name, path in wanted.items()
        if path and (Path(path_on_disk(path)).is_file() or (options.allow_urls and is_url(path)))
    ]
    files = [(name, path) for name, path in there if not is_url(path)]
    sheets = {
        each.id: each for each in sheets_of_grants(files, read_options(options)) if before.was(each)
    }
    return [sheets.get(name, (name, path)) for name, path in there]


def _as_before(batch: UpsertBatch, before: Before) -> UpsertBatch:
    """Keep what the catalogue said about a drawing, which may be more than its image says.

    A source that is not as it was, or of which less is said now (``patent=`` is not kept), is left
    without a hash, so that the next ``add`` that meets it reads it again.
    """
    metadata = []
    for name, data in zip(batch.ids, batch.metadata, strict=True):
        known = before.records.get(name)
        old = {} if known is None else catalogue.as_dict(known)
        old.pop("id", None)
        if data.get("path") is not None:  # where it was read, which may be another place by now
            old.pop("path", None)
        metadata.append({**data, **old})
    sources = {
        name: hash_ if before.hashes.get(name) == hash_ else ""
        for name, hash_ in batch.sources.items()
    }
    return dataclasses.replace(batch, metadata=metadata, sources=sources)
