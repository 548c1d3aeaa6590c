"""One page of drawing, and what a reader is allowed to do to get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


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
class SkippedPage:
    """A page or file that is left out on purpose: it shows no drawing, or was not asked for.

    Attributes:
        id: The id it would have had.
        reason: What it is instead.
        kind: What it is counted under, as a plural noun.
    """

    id: str
    reason: str
    kind: str = "pages without a drawing"


def held(
    grey: npt.NDArray[np.uint8], turned: int = 0, mirrored: bool = False
) -> npt.NDArray[np.uint8]:
    """Turn and mirror a page.

    Args:
        grey: uint8 (H, W).
        turned: Degrees clockwise: 0, 90, 180 or 270.
        mirrored: Exchange left and right before it is turned.

    Returns:
        uint8 (H, W) or (W, H).
    """
    page = grey[:, ::-1] if mirrored else grey
    return np.ascontiguousarray(np.rot90(page, -turned // 90))
