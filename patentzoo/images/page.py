"""One page of drawing, and what a reader is allowed to do to get it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Page:
    """An upright grey page with the id that follows it everywhere.

    Attributes:
        id: Names the page within a run.
        grey: uint8 (H, W); 0 is ink, 255 is paper.
        path: The file or URL it came from, if any.
        page: Its number from 1 where the file holds several, else None.
        patent: The patent it belongs to, if it can be told.
        metadata: What else the user's table says about it.
    """

    id: str
    grey: npt.NDArray[np.uint8]
    path: str | None = None
    page: int | None = None
    patent: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """What is known about a file besides its pixels."""

    patent: str | None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadOptions:
    """How images are read.

    Attributes:
        allow_urls: Fetch strings that begin with http:// or https://. Off by default, so that an
            application that forwards a stranger's string does not fetch by accident.
        max_pixels: Pages larger than this (width x height) are refused before they are decoded.
            150 million is an A4 sheet at 1200 dpi.
        max_bytes: Downloads larger than this are broken off.
        label: From an id and a path to the patent and metadata; None reads names and folders.
    """

    allow_urls: bool = False
    max_pixels: int = 150_000_000
    max_bytes: int = 64_000_000
    label: Callable[[str, str | None], Label | None] | None = None

    def __post_init__(self) -> None:
        if self.max_pixels < 1 or self.max_bytes < 1:
            raise ConfigError("max_pixels and max_bytes must be at least 1.")
