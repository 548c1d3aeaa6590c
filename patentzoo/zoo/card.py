"""A model's card: what it is, where its weights are, what it scores; read strictly from TOML."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from patentzoo.errors import ConfigError, near_miss
from patentzoo.preprocess import Preprocess
from patentzoo.zoo.toml import to_toml

_T = TypeVar("_T")


@dataclass(frozen=True)
class Weights:
    """The file with the weights.

    Attributes:
        file: Its name: beside the card, or in the package's ``zoo/weights``.
        sha256: 64 hex digits over the file.
        size_bytes: Its length.
    """

    file: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ConfigError(f"sha256 = {self.sha256!r} is not 64 lower-case hex digits.")
        if Path(self.file).name != self.file or not self.file.endswith(".safetensors"):
            raise ConfigError(f"file = {self.file!r} must be the bare name of a .safetensors file.")
        if self.size_bytes < 1:
            raise ConfigError(f"size_bytes = {self.size_bytes} must be at least 1.")


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
    """

    data: str = ""
    cost: str = ""
    command: str = ""


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
        scores: Measured figures.
    """

    name: str
    summary: str
    dim: int
    licence: str
    weights: Weights
    network: Mapping[str, Any]
    preprocess: Preprocess
    citation: str = ""
    recipe: str = ""
    inference: Inference = Inference()
    training: Training = Training()
    scores: tuple[Score, ...] = field(default=())

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise ConfigError(
                f"name = {self.name!r}: letters, digits, dots, dashes and underscores."
            )
        if self.network.get("dim") != self.dim:
            raise ConfigError(f"dim = {self.dim}, but network.dim = {self.network.get('dim')}.")

    @property
    def size_mb(self) -> float:
        """Size of the weights in megabytes (10^6 bytes)."""
        return self.weights.size_bytes / 1e6

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
        scores = known.get("scores", [])
        if not isinstance(scores, list | tuple):
            raise ConfigError("scores must be a list of tables: [[scores]].")
        known["scores"] = tuple(strict(Score, each, "scores") for each in scores)
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
        scores = [dataclasses.asdict(score) for score in self.scores]
        names = [each.name for each in dataclasses.fields(self)]
        parts: dict[str, Any] = {
            "weights": self.weights,
            "inference": self.inference,
            "training": self.training,
        }
        tables = fixed | {name: dataclasses.asdict(part) for name, part in parts.items()}
        return {
            name: (tables | {"scores": scores}).get(name, getattr(self, name)) for name in names
        }

    def to_toml(self) -> str:
        """The card file's text."""
        return to_toml(self.to_dict())


def _sub_table(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name)
    if not isinstance(table, Mapping):
        raise ConfigError(f"The card lacks the table [{name}].")
    return dict(table)


_ACCEPTS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
}


def strict(kind: type[_T], values: Any, table: str) -> _T:
    """Make a dataclass from a table: every key known, every needed key there, every type right.

    Args:
        kind: The dataclass.
        values: The table.
        table: Its name, for messages; "" for the card's top level.

    Raises:
        ConfigError: With the near miss of an unknown key.
    """
    where = f"[{table}]" if table else "the card"
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where} must be a table, not {type(values).__name__}.")
    fields = {each.name: each for each in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key, value in values.items():
        if key not in fields:
            raise ConfigError(f"Unknown field {key!r} in {where}. {near_miss(key, fields)}")
        accepted = _ACCEPTS.get(str(fields[key].type))
        wrong_bool = isinstance(value, bool) and accepted is not None and bool not in accepted
        if accepted and (wrong_bool or not isinstance(value, accepted)):
            raise ConfigError(
                f"{key} in {where} must be {fields[key].type}, not {type(value).__name__}."
            )
    missing = dataclasses.MISSING
    needed = [n for n, f in fields.items() if f.default is missing and f.default_factory is missing]
    if lacking := [name for name in needed if name not in values]:
        raise ConfigError(f"{where} lacks {', '.join(lacking)}.")
    return kind(**values)
