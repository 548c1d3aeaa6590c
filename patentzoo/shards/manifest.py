"""What a shard consists of: a JSON file beside its parts."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.options import EmbedOptions
from patentzoo.shards.plan import Shard
from patentzoo.system.files import replacing

FORMAT = 1
PATTERN = "shard-*-of-*.json"


@dataclass(frozen=True)
class PartInfo:
    """What a manifest knows of a part.

    Attributes:
        file: Its name.
        sha256: Of its bytes.
        size_bytes: Of the file.
        drawings: Rows with a vector.
        failures: Rows with a reason instead.
    """

    file: str
    sha256: str
    size_bytes: int
    drawings: int
    failures: int


@dataclass(frozen=True)
class Manifest:
    """A shard: whose vectors, how they were read, and in which files they are.

    Attributes:
        shard: Which one.
        model: Name of the model.
        fingerprint: Of the model.
        dim: Length of a vector.
        settings: How sources were read; see ``settings_of``.
        parts: In the order they were written.
        complete: Whether a run came to its end.
    """

    shard: Shard
    model: str
    fingerprint: str
    dim: int
    settings: dict[str, Any]
    parts: tuple[PartInfo, ...] = ()
    complete: bool = False

    @property
    def drawings(self) -> int:
        """Of all parts."""
        return sum(part.drawings for part in self.parts)

    @property
    def failures(self) -> int:
        """Of all parts."""
        return sum(part.failures for part in self.parts)

    def write(self, folder: Path) -> None:
        """Write it; the file is there whole or not at all, and on the disk.

        Raises:
            OutputError: It cannot be written.
        """
        with replacing(folder / f"{self.shard.name}.json", durable=True) as unfinished:
            told = {"format": FORMAT, **dataclasses.asdict(self)}
            unfinished.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def read_manifest(file: Path) -> Manifest:
    """A shard's manifest.

    Raises:
        ConfigError: It cannot be read, or is of a newer patentzoo.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        version = told.pop("format")
        if version == FORMAT:
            shard = Shard(**told.pop("shard"))
            parts = tuple(PartInfo(**each) for each in told.pop("parts"))
            return Manifest(shard=shard, parts=parts, **told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file}: no manifest of a shard ({error}). Delete it, and run that shard again."
        ) from error
    raise ConfigError(f"{file}: written by a newer patentzoo (format {version}). Upgrade.")


def settings_of(options: EmbedOptions) -> dict[str, Any]:
    """The options that decide which pages a source gives and how they look."""
    names = ("photos", "figures", "kind", "max_pixels")
    chosen = {name: getattr(options, name) for name in names}
    limits = {name: float(value) for name, value in sorted(options.moved_limits().items())}
    return {**chosen, "limits": limits}
