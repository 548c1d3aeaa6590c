"""A model's card: what it is, where its weights are, what it scores; read strictly from TOML."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError, near_miss
from patentzoo.models.preprocess import Preprocess
from patentzoo.models.words import words_refused
from patentzoo.system.toml import strict, to_toml
from patentzoo.zoo.weight_sources import (
    LAYOUTS,
    ArchiveSource,
    HubSource,
    Source,
    is_pinned,
    kind_of,
    read_source,
    to_table,
)

OUTSIDE = ("checkpoint_path", "cache_dir", "pretrained")
"""Arguments of timm that would make a card fetch or read other files than its weights."""


@dataclass(frozen=True)
class Weights:
    """The file with the weights.

    Attributes:
        file: Its name: beside the card, or in the package's ``zoo/weights``.
        size_bytes: Its length; about it, where ``sha256`` is empty.
        sha256: 64 hex digits over the file. Empty only where the one source is a publisher's
            archive without a hash, or a repository without a pinned commit: then the hash is
            recorded when it is fetched first.
        layout: Whose names its tensors have: ``"patentzoo"``, ``"timm"`` or ``"open_clip"``.
    """

    file: str
    sha256: str
    size_bytes: int
    layout: str = "patentzoo"

    def __post_init__(self) -> None:
        if self.sha256 and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ConfigError(f"sha256 = {self.sha256!r} is not 64 lower-case hex digits.")
        bare = not re.search(r"[/\\:]", self.file)
        if not bare or not self.file.endswith(".safetensors"):
            raise ConfigError(f"file = {self.file!r} must be the bare name of a .safetensors file.")
        if self.size_bytes < 1:
            raise ConfigError(f"size_bytes = {self.size_bytes} must be at least 1.")
        if self.layout not in LAYOUTS:
            raise ConfigError(f"layout = {self.layout!r}. {near_miss(self.layout, LAYOUTS)}")


@dataclass(frozen=True)
class Inference:
    """How embeddings are taken.

    Attributes:
        hflip: Average the embeddings of the image and of its mirror image (twice the cost).
    """

    hflip: bool = False


@dataclass(frozen=True)
class Training:
    """Where the weights come from.

    Attributes:
        data: What they were trained on, with its licence.
        cost: Hardware and hours.
        command: What to run to train them again.
        tiny: They are of a trial, ``patentzoo train --tiny``, and worth nothing.
    """

    data: str = ""
    cost: str = ""
    command: str = ""
    tiny: bool = False


@dataclass(frozen=True)
class Score:
    """One measured figure.

    Attributes:
        protocol: What was searched in what.
        metric: E.g. ``"mAP"``.
        value: The figure.
        low: Lower end of its 95 % interval.
        high: Upper end.
        command: What to run to measure it again.
    """

    protocol: str
    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    command: str = ""


@dataclass(frozen=True)
class Card:
    """One model.

    Attributes:
        name: ``<backbone>-<loss>-<data>``.
        summary: One sentence.
        dim: Length of an embedding.
        licence: Licence of the weights, also when it is "not stated".
        weights: The file with the weights.
        network: Arguments of ``NetworkConfig``; a table, so that reading a card loads no torch.
        preprocess: Grey page -> input.
        citation: Whom to cite.
        recipe: The recipe that trains it.
        inference: How embeddings are taken.
        training: Where the weights come from.
        scores: Measured figures, and those its authors publish; the protocol says which.
        sources: Where the weights can be had, in order of preference. None named: in the package
            for a card of the package, beside the card for a folder.
        verified: What of it was verified here, where that is less than running it.
    """

    name: str
    summary: str
    dim: int
    licence: str
    weights: Weights
    network: Mapping[str, Any] = field(hash=False)
    preprocess: Preprocess
    citation: str = ""
    recipe: str = ""
    inference: Inference = Inference()
    training: Training = Training()
    scores: tuple[Score, ...] = field(default=())
    sources: tuple[Source, ...] = field(default=())
    verified: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise ConfigError(
                f"name = {self.name!r}: letters, digits, dots, dashes and underscores."
            )
        if self.network.get("dim") != self.dim:
            raise ConfigError(f"dim = {self.dim}, but network.dim = {self.network.get('dim')}.")
        unknown = all(not is_pinned(source) for source in self.sources)
        if not self.weights.sha256 and not (self.sources and unknown):
            raise ConfigError(
                "sha256 in [weights] may be empty only for an archive's card, or where a "
                "repository's commit is not pinned."
            )
        for argument in self.network.get("backbone_args") or {}:
            if argument.startswith(OUTSIDE):
                raise ConfigError(f"backbone_args in [network]: {argument} is not for cards.")

    @property
    def takes_words(self) -> bool:
        """Whether words can be queries: it has a text tower."""
        return self.weights.layout == "open_clip" and not words_refused(self.network)

    @property
    def size_mb(self) -> float:
        """Size of the weights in megabytes (10^6 bytes)."""
        return self.weights.size_bytes / 1e6

    @property
    def origin(self) -> str:
        """Where the weights come from, in a word or two."""
        if not self.sources:
            return "folder"
        first = self.sources[0]
        if isinstance(first, ArchiveSource):
            return first.host.removeprefix("www.")
        return f"hub: {first.repo}" if isinstance(first, HubSource) else kind_of(first)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Card:
        """Read a card's tables.

        Raises:
            ConfigError: A field that is unknown, missing or of the wrong type.
        """
        known = dict(values)
        preprocess = _sub_table(known, "preprocess")
        known["preprocess"] = Preprocess.from_dict(preprocess)
        known["network"] = _sub_table(known, "network")
        known["weights"] = strict(Weights, _sub_table(known, "weights"), "weights")
        known["inference"] = strict(Inference, known.get("inference", {}), "inference")
        known["training"] = strict(Training, known.get("training", {}), "training")
        scores = _tables(known, "scores")
        known["scores"] = tuple(strict(Score, each, "scores") for each in scores)
        known["sources"] = tuple(read_source(each) for each in _tables(known, "sources"))
        return strict(cls, known, "")

    @classmethod
    def read(cls, path: Path) -> Card:
        """Read a card file.

        Raises:
            ConfigError: Not TOML, or not a card; the message names the file.
        """
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
            raise ConfigError(f"{path}: cannot be read as a card ({error}).") from error
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """The tables :meth:`from_dict` reads."""
        fixed = {"network": dict(self.network), "preprocess": self.preprocess.to_dict()}
        lists = {
            "scores": [dataclasses.asdict(score) for score in self.scores],
            "sources": [to_table(source) for source in self.sources],
        }
        names = [each.name for each in dataclasses.fields(self)]
        parts: dict[str, Any] = {
            "weights": self.weights,
            "inference": self.inference,
            "training": self.training,
        }
        tables = fixed | {name: dataclasses.asdict(part) for name, part in parts.items()}
        # Words that an older patentzoo does not know are left out where they say nothing.
        if not self.training.tiny:
            del tables["training"]["tiny"]
        if self.weights.layout == "patentzoo":
            del tables["weights"]["layout"]
        written = {name: (tables | lists).get(name, getattr(self, name)) for name in names}
        return {k: v for k, v in written.items() if k != "verified" or v}

    def to_toml(self) -> str:
        """The card file's text."""
        return to_toml(self.to_dict())


def _sub_table(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name)
    if not isinstance(table, Mapping):
        raise ConfigError(f"The card lacks the table [{name}].")
    return dict(table)


def _tables(values: Mapping[str, Any], name: str) -> list[Any]:
    tables = values.get(name, [])
    if not isinstance(tables, list | tuple):
        raise ConfigError(f"{name} must be a list of tables: [[{name}]].")
    return list(tables)
