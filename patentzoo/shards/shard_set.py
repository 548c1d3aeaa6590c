"""All shards of a folder, read part by part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from patentzoo.embedding.batcher import EmbeddedBatch
from patentzoo.errors import ConfigError
from patentzoo.shards.manifest import PATTERN, Manifest, read_manifest
from patentzoo.shards.parts import read_part, without
from patentzoo.shards.run import check_alike

_NAMED = 8
"""Missing shards that an error names."""


@dataclass(frozen=True)
class ShardSet:
    """The shards of one collection, complete and alike.

    Attributes:
        folder: Where they are.
        manifests: By number.
    """

    folder: Path
    manifests: tuple[Manifest, ...]

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.manifests[0].model

    @property
    def fingerprint(self) -> str:
        """Of the model."""
        return self.manifests[0].fingerprint

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.manifests[0].dim

    @property
    def settings(self) -> dict[str, Any]:
        """How the sources were read, as options of ``embed``."""
        return self.manifests[0].settings

    @property
    def key(self) -> str:
        """A hash that changes when a part does."""
        parts = [part.sha256 for each in self.manifests for part in each.parts]
        return hashlib.sha256("".join(parts).encode()).hexdigest()

    def __len__(self) -> int:
        return sum(each.drawings for each in self.manifests)

    def batches(self, done: Callable[[str, str], bool] | None = None) -> Iterator[EmbeddedBatch]:
        """Yield the parts, one in memory at a time.

        Args:
            done: From a source's id and content hash to whether it is to be left out.

        Raises:
            DamagedPartError: A part is missing, cut off or altered.
        """
        for manifest in self.manifests:
            for part in manifest.parts:
                batch = read_part(self.folder, part)
                if done is not None:
                    batch = without(
                        batch, {name for name, hash_ in batch.sources if done(name, hash_)}
                    )
                if batch.sources:
                    yield batch


def holds_shards(given: Any) -> bool:
    """Whether something is a folder with shards in it."""
    try:
        return (
            isinstance(given, str | PathLike)
            and Path(given).is_dir()
            and next(Path(given).glob(PATTERN), None) is not None
        )
    except (OSError, ValueError):  # no path at all
        return False


def open_shards(folder: str | PathLike[str]) -> ShardSet:
    """The shards of a folder.

    Raises:
        ConfigError: Some are missing or not complete, by number; or they do not belong together.
    """
    place = Path(folder)
    found = sorted((read_manifest(file) for file in place.glob(PATTERN)), key=_number)
    if not found:
        raise ConfigError(f"{place} holds no shards. Make them: patentzoo embed --shard 1/8 ...")
    for other in found[1:]:
        check_alike(place, found[0], other)
    count = found[0].shard.count
    there = {each.shard.number for each in found if each.complete}
    if missing := [str(number) for number in range(1, count + 1) if number not in there]:
        named = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
        raise ConfigError(
            f"{place}: of {count} shards, {len(missing)} are missing or not complete: {named}. "
            "Run these (again)."
        )
    return ShardSet(place, tuple(found))


def _number(manifest: Manifest) -> int:
    return manifest.shard.number
