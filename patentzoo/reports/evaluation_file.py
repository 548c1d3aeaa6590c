"""The JSON that ``patentzoo evaluate --out`` writes, as the plots need it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError

Given = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """What one model scored.

    Attributes:
        model: Its name.
        protocol: What it was measured on.
        mean_ap: Mean average precision.
        first_ranks: int64 (q,): the rank of each query's first relevant image.
        places: For each query the ranks of all its relevant images, from 1; empty lists where the
            file was written without them.
        queries: The entries as they stand in the file.
    """

    model: str
    protocol: str
    mean_ap: float
    first_ranks: npt.NDArray[np.int64]
    places: Sequence[Sequence[int]]
    queries: Sequence[Mapping[str, Any]]


def read_measured(results: Given) -> list[Measured]:
    """Every model of a results file.

    Args:
        results: Its path, or what it holds.

    Raises:
        ConfigError: It is missing, or not what ``patentzoo evaluate --out`` writes.
    """
    document = results if isinstance(results, Mapping) else _loaded(Path(results))
    try:
        return [_measured(each) for each in document["results"] if each["queries"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"This is no result of an evaluation ({type(error).__name__}: {error}). Give the JSON "
            "that 'patentzoo evaluate ... --out FILE' writes."
        ) from error


def _measured(result: Mapping[str, Any]) -> Measured:
    queries = result["queries"]
    return Measured(
        str(result["model"]),
        str(result["protocol"]),
        float(result["metrics"]["mAP"]["value"]),
        np.array([each["first_rank"] for each in queries], np.int64),
        [sorted(each.get("places", ())) for each in queries],
        queries,
    )


def _loaded(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no results can be read from it ({error}).") from error
