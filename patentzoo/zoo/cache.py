"""Where fetched models are kept, and whether the network may be used at all.

<cache>/models/<name>/   card.toml and model.safetensors, as any model folder
<cache>/records/         what was fetched from where, with its hashes: survives the models
<cache>/downloads/       files under way; they are gone on with, and deleted when done
<cache>/hub/             repositories, where a ``cache_dir`` was given; else the hub's own cache
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from patentzoo.errors import OutputError
from patentzoo.system.files import write_text

logger = logging.getLogger(__name__)

CACHE_VARIABLE = "PATENTZOO_CACHE"
OFFLINE_VARIABLES = ("PATENTZOO_OFFLINE", "HF_HUB_OFFLINE")
_YES = {"1", "ON", "YES", "TRUE"}


def is_offline(offline: bool | None = None) -> bool:
    """The argument where one is given, else what the environment says."""
    if offline is not None:
        return offline
    return any(os.environ.get(name, "").upper() in _YES for name in OFFLINE_VARIABLES)


@dataclass(frozen=True)
class Cache:
    """The folder of fetched models.

    Attributes:
        root: Made when something is first written.
        chosen: Whether the caller named it; the hub's files are then kept in it, too.
    """

    root: Path
    chosen: bool = False

    @classmethod
    def at(cls, folder: str | PathLike[str] | None = None) -> Cache:
        """``folder``, else ``PATENTZOO_CACHE``, else ``patentzoo`` in the user's cache folder."""
        if folder is not None:
            return cls(Path(folder).expanduser(), chosen=True)
        if named := os.environ.get(CACHE_VARIABLE):
            return cls(Path(named).expanduser(), chosen=True)
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(base) / "patentzoo")

    @property
    def hub(self) -> Path | None:
        """Where huggingface_hub is to keep its files; None is its own cache."""
        return self.root / "hub" if self.chosen else None

    def entry(self, name: str) -> CacheEntry:
        """A model's places in the cache."""
        return CacheEntry(self.root, name)

    def entries(self) -> list[CacheEntry]:
        """Of all models that are here."""
        return [
            self.entry(card.parent.name) for card in sorted(self.root.glob("models/*/card.toml"))
        ]

    def size_bytes(self) -> int:
        """Bytes of all files in it."""
        files = (Path(top, name) for top, _, names in os.walk(self.root) for name in names)
        return sum(file.lstat().st_size for file in files)


@dataclass(frozen=True)
class CacheEntry:
    """One model's places in the cache.

    Attributes:
        root: The cache.
        name: The model's.
    """

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        """The model folder."""
        return self.root / "models" / self.name

    @property
    def downloads(self) -> Path:
        """Where its files are while they are fetched and converted."""
        return self.root / "downloads" / self.name

    @property
    def record_file(self) -> Path:
        """Where it is noted what was fetched from where."""
        return self.root / "records" / f"{self.name}.json"

    def record(self) -> dict[str, Any]:
        """What was noted when a model was fetched; empty if it never was, or is unreadable."""
        try:
            read = json.loads(self.record_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}

    def write_record(self, facts: dict[str, Any]) -> None:
        """Note where a model came from."""
        write_text(self.record_file, json.dumps(facts, indent=2) + "\n")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one process at a time fetch a model; the lock of one that was killed is free.

        Raises:
            OutputError: Nothing can be written in the cache.
        """
        from filelock import FileLock, Timeout

        file = self.root / "locks" / f"{self.name}.lock"
        lock = FileLock(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                logger.info("%s: another process fetches it; waiting.", self.name)
                lock.acquire(poll_interval=0.1)
        except OSError as error:
            raise self.unwritable(error) from error
        try:
            yield
        finally:
            lock.release()

    def remove_orphans(self) -> None:
        """Remove what a killed process left half-written; parts of downloads are gone on with."""
        for scratch in self.folder.parent.glob(f".{self.name}-*"):
            shutil.rmtree(scratch, ignore_errors=True)

    def unwritable(self, error: OSError) -> OutputError:
        """The error that says how to choose another place."""
        return OutputError(
            f"{self.root}: the model cache cannot be written ({error.strerror or error}). Choose "
            f"another place: cache_dir=, or the variable {CACHE_VARIABLE}."
        )
