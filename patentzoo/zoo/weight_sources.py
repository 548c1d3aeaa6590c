"""Where a model's weights come from: the package, a hub, a publisher's archive, or a file here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from patentzoo.errors import ConfigError, near_miss
from patentzoo.system.toml import strict

LAYOUTS = ("patentzoo", "timm", "open_clip")
"""Whose names the tensors of a weights file can have, and whose a repository can be."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class PackageSource:
    """The weights ship inside the package, in ``zoo/weights``."""


@dataclass(frozen=True)
class HubSource:
    """A file of a repository on a Hugging Face hub; its SHA-256 stands in ``[weights]``.

    Attributes:
        repo: ``organisation/name``.
        revision: The commit, 40 hex digits; a branch would move under the hash. Empty where it is
            not known and ``format`` is a foreign one: then the commit is noted when it is fetched
            first, and kept to.
        file: The safetensors file in the repository.
        format: Who wrote it: ``"patentzoo"``; or ``"timm"`` or ``"open_clip"``, whose own
            configuration file in the repository says what network it is and how it sees a page.
    """

    repo: str
    revision: str = ""
    file: str = "model.safetensors"
    format: str = "patentzoo"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repo):
            raise ConfigError(f"repo = {self.repo!r} in [sources] is not organisation/name.")
        if self.format not in LAYOUTS:
            raise ConfigError(
                f"format = {self.format!r} in [sources]. {near_miss(self.format, LAYOUTS)}"
            )
        if is_pinned(self) and not self.revision:
            raise ConfigError("[sources] lacks revision: a commit of the repository.")
        if is_pinned(self) and not re.fullmatch(r"[0-9a-f]{40}", self.revision):
            raise ConfigError(
                f"revision = {self.revision!r} in [sources] is not a commit (40 hex digits). "
                "Branches and tags can move; copy the commit from the hub."
            )
        check_relative(self.file)


@dataclass(frozen=True)
class ArchiveSource:
    """A publisher's checkpoint, or a zip with checkpoints in it, behind plain addresses.

    Attributes:
        urls: Tried in this order.
        patterns: File names in a zip that may be checkpoints; which one is, its tensors tell.
        unused: Names (with ``*``) of tensors in the checkpoint that the network does not use.
        sha256: Of the downloaded file, where its publisher states one.
        terms: What the publisher says about use; shown once, when it is fetched.
    """

    urls: tuple[str, ...]
    patterns: tuple[str, ...] = ("*.pth", "*.pt", "*.pth.tar", "*.ckpt", "*.bin", "*.safetensors")
    unused: tuple[str, ...] = ()
    sha256: str = ""
    terms: str = ""

    def __post_init__(self) -> None:
        if not self.urls or not self.patterns:
            raise ConfigError("urls and patterns in [sources] must not be empty.")
        for url in self.urls:
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in LOOPBACK:
                raise ConfigError(f"urls in [sources]: {url!r} must begin with https://.")
        if self.sha256 and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ConfigError(f"sha256 = {self.sha256!r} is not 64 lower-case hex digits.")

    @property
    def host(self) -> str:
        """Who serves it, e.g. ``"www.dropbox.com"``."""
        return urlsplit(self.urls[0]).hostname or ""


@dataclass(frozen=True)
class LocalSource:
    """A file in the card's own folder.

    Attributes:
        file: Its path from there; empty for the file that ``[weights]`` names.
    """

    file: str = ""

    def __post_init__(self) -> None:
        if self.file:
            check_relative(self.file)


Source: TypeAlias = PackageSource | HubSource | ArchiveSource | LocalSource
KINDS: dict[str, type[Source]] = {
    "package": PackageSource,
    "hub": HubSource,
    "archive": ArchiveSource,
    "local": LocalSource,
}


def read_source(values: Any) -> Source:
    """Read one ``[[sources]]`` table; ``kind`` says which fields it may have.

    Raises:
        ConfigError: An unknown kind or field, a missing or impossible value.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"[sources] must be a table, not {type(values).__name__}.")
    kind = values.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"kind = {kind!r} in [sources]. {near_miss(str(kind), KINDS)}")
    rest = {key: value for key, value in values.items() if key != "kind"}
    return strict(KINDS[str(kind)], rest, "sources")


def kind_of(source: Source) -> str:
    """The name of a source's kind in a card."""
    return next(name for name, kind in KINDS.items() if isinstance(source, kind))


def is_pinned(source: Source) -> bool:
    """Whether what it gives is known beforehand, byte for byte."""
    if isinstance(source, HubSource):
        return bool(source.revision) or source.format == "patentzoo"
    return not isinstance(source, ArchiveSource)


def to_table(source: Source) -> dict[str, Any]:
    """The table :func:`read_source` reads; what is empty or as by default is left out."""
    plain = {
        field.name: getattr(source, field.name)
        for field in dataclasses.fields(source)
        if getattr(source, field.name) != field.default
    }
    lists = {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}
    return {"kind": kind_of(source)} | lists


def check_relative(file: str) -> None:
    """Raise ConfigError unless a path stays in its folder and names a .safetensors file."""
    path = PurePosixPath(file)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in file or ":" in file
    if leaves or path.suffix != ".safetensors":
        raise ConfigError(
            f"file = {file!r} must be a .safetensors file within the card's own folder."
        )
