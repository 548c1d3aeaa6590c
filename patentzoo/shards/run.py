"""One machine's share: embed what is missing, and write it down part by part."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from patentzoo.embedding import EmbeddedBatch, embed_batches, log_outcome
from patentzoo.embedding.resumed_runs import UnchangedSources, in_parts
from patentzoo.errors import ConfigError
from patentzoo.options import EmbedChanges, EmbedOptions, changed
from patentzoo.results import Failure
from patentzoo.shards.manifest import Manifest, read_manifest, settings_of
from patentzoo.shards.parts import (
    DamagedPartError,
    arrow,
    read_part,
    sources_of,
    without,
    write_part,
)
from patentzoo.shards.plan import Shard
from patentzoo.sources import Source
from patentzoo.system.files import make_folder
from patentzoo.system.locks import exclusive_lock
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)

PART_ROWS = 4096
"""Rows of a part: what a run that is killed loses, at most."""


@dataclass(frozen=True)
class ShardReport:
    """What a run did.

    Attributes:
        shard: Which one.
        drawings: Vectors the shard holds now.
        embedded: Of these, made by this run.
        unchanged: Sources whose vectors were there.
        redone: Parts that were missing or damaged.
        failures: Images left out by this run.
    """

    shard: Shard
    drawings: int
    embedded: int
    unchanged: int
    redone: int
    failures: tuple[Failure, ...]


def embed_shard(
    model: RetrievalModel | str | PathLike[str],
    images: Any,
    folder: str | PathLike[str],
    shard: Shard,
    *,
    options: EmbedOptions | None = None,
    **changes: Unpack[EmbedChanges],
) -> ShardReport:
    """Embed one shard of the images, and write it to a folder that all shards share.

    Run again, it does what is missing and no more: after a crash, a full disk, a damaged file, or
    where images were added, changed or taken away.

    Args:
        model: As for ``embed``.
        images: As for ``embed``; the same for every shard.
        folder: Of the shards.
        shard: Which one.
        options: Several options together.
        **changes: Options by name; see ``EmbedOptions``.

    Raises:
        ImageError: As for ``embed``; what came before it is kept.
        ConfigError: The folder holds shards of another model or of other options.
        OutputError: It cannot be written, or another process is at this shard.
    """
    arrow()
    model = as_model(model, "embed_shard(model, images)", images)
    run = changed(EmbedOptions(), options, changes)
    place = Path(folder)
    make_folder(place)
    begun = Manifest(shard, model.name, model.fingerprint, model.dim, settings_of(run))
    with exclusive_lock(place / f".{shard.name}.lock", f"Shard {shard} of {place}"):
        return _Run(place, _found(place, begun)).fill(model, images, run)


def _found(folder: Path, wanted: Manifest) -> Manifest:
    """The shard as an earlier run left it, or an empty one.

    Raises:
        ConfigError: A shard of the folder was made otherwise.
    """
    for file in sorted(folder.glob("shard-*.json")):
        other = read_manifest(file)
        check_alike(folder, wanted, other)
        if other.shard == wanted.shard:
            return other
    return wanted


def check_alike(folder: Path, one: Manifest, other: Manifest) -> None:
    """Raise ConfigError unless two shards belong together."""
    pairs = {
        "model": (
            f"{one.model} ({one.fingerprint[:12]})",
            f"{other.model} ({other.fingerprint[:12]})",
        ),
        "options": (str(one.settings), str(other.settings)),
        "number of shards": (str(one.shard.count), str(other.shard.count)),
    }
    for what, (mine, theirs) in pairs.items():
        if mine != theirs:
            raise ConfigError(
                f"{folder}: shard {other.shard} has another {what} than shard {one.shard}: "
                f"{theirs}, not {mine}. Give another folder, or delete that one's files."
            )


class _Run:
    """A run over one shard.

    Args:
        folder: Of the shards.
        manifest: As it was found.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._known: dict[str, str] = {}
        self._unchanged = UnchangedSources(self._known)
        self._redone = 0

    def fill(self, model: RetrievalModel, images: Any, options: EmbedOptions) -> ShardReport:
        """Embed what is missing, and complete the shard."""
        self._keep_whole_parts()
        self._remove_orphans()
        before = self._manifest.drawings
        failures: list[Failure] = []
        skipped = []
        embedded = 0
        batches = embed_batches(model, images, options=options, skip=self._skip)
        stops = (Exception, KeyboardInterrupt)
        for batch in in_parts(batches, self._manifest.dim, PART_ROWS, stops):
            self._write(batch)
            embedded += len(batch.ids)
            failures += batch.failures
            skipped += batch.left_out
        self._complete()
        log_outcome(embedded, failures, skipped)
        logger.info("shard %s: %d drawings before", self._manifest.shard, before)
        return ShardReport(
            self._manifest.shard,
            self._manifest.drawings,
            embedded,
            self._unchanged.unchanged,
            self._redone,
            tuple(failures),
        )

    def _keep_whole_parts(self) -> None:
        """Forget parts that are missing or damaged, and learn what the others hold."""
        parts = []
        for part in self._manifest.parts:
            try:
                self._known.update(sources_of(self._folder, part))
            except DamagedPartError as error:
                logger.warning(
                    "%s It is done anew now.", str(error).replace(" Run its shard again.", "")
                )
                self._redone += 1
            else:
                parts.append(part)
        self._manifest = dataclasses.replace(self._manifest, parts=tuple(parts), complete=False)

    def _remove_orphans(self) -> None:
        """Delete files of this shard that the manifest does not name."""
        named = {part.file for part in self._manifest.parts}
        name = self._manifest.shard.name
        for pattern in (f"{name}-*.parquet", f".{name}*.tmp"):
            for file in self._folder.glob(pattern):
                if file.name not in named:
                    file.unlink(missing_ok=True)

    def _skip(self, source: Source) -> bool:
        """Whether a source is another machine's, or its vectors are there."""
        if not self._manifest.shard.holds(source.id):
            return True
        # One that is left out was met, too: else its rows of an earlier run would go.
        self._unchanged.seen.add(source.id)
        return self._unchanged(source)

    def _write(self, batch: EmbeddedBatch) -> None:
        """Write a part, and then a manifest that names it."""
        parts = self._manifest.parts
        name = f"{self._manifest.shard.name}-{len(parts):04d}"
        self._set((*parts, write_part(self._folder, name, batch)))

    def _set(self, parts: tuple[Any, ...], *, complete: bool = False) -> None:
        changed_ = dataclasses.replace(self._manifest, parts=parts, complete=complete)
        changed_.write(self._folder)
        self._manifest = changed_

    def _complete(self) -> None:
        """Take out what has changed or gone: of a source, the newest part counts."""
        later: set[str] = set()
        parts = list(self._manifest.parts)
        for place in reversed(range(len(parts))):
            held = sources_of(self._folder, parts[place]).keys()
            stale = {name for name in held if name in later or name not in self._unchanged.seen}
            later |= held
            if len(stale) == len(held):
                del parts[place]
            elif stale:
                left = without(read_part(self._folder, parts[place]), stale)
                name = f"{self._manifest.shard.name}-{place:04d}"
                parts[place] = write_part(self._folder, name, left)
        self._set(tuple(parts), complete=True)
        self._remove_orphans()
