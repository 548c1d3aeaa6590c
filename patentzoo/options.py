"""How images may be read, and the limits that are kept meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from patentzoo.errors import ConfigError, near_miss

Figures = Literal["auto", "whole", "split"]
"""Whether a sheet is cut into its figures; "auto": where the source holds sheets."""


Kind = Literal["all", "design", "utility", "plant", "reissue"]
"""Which grants of an archive or folder of grants are taken, by the kind of their patent."""


Photos = Literal["auto", "page", "lines", "grey"]
"""What becomes of a picture that is no scan in black on white; see ``ReadOptions.photos``."""


@dataclass(frozen=True)
class Label:
    """What is known about a file besides its pixels.

    Attributes:
        patent: The patent, if it is known.
        metadata: Fields.
        by_folder: The patent is no more than the name of the folder the file lies in.
    """

    patent: str | None
    metadata: dict[str, Any] = field(default_factory=dict)
    by_folder: bool = False


@dataclass(frozen=True)
class ReadOptions:
    """How images are read, and the limits that a file made to do harm runs into.

    Attributes:
        allow_urls: Fetch strings that begin with http:// or https://. Off by default, so that an
            application that forwards a stranger's string does not fetch by accident.
        max_pixels: Pages larger than this (width x height) are refused before they are decoded.
            150 million is an A4 sheet at 1200 dpi.
        max_bytes: Downloads and members of an archive larger than this are refused.
        label: From an id, a path and the patent these tell to the patent and metadata; None reads
            names and folders.
        figures: ``"whole"`` takes a page as it is, ``"split"`` cuts it into its figures,
            ``"auto"`` splits the pages of sources that hold sheets (grant archives, PDFs).
        max_members: Archives with more members, and PDFs or TIFFs with more pages, are refused.
        max_ratio: Archives, and members of more than a megabyte, that unpack to more than this
            many times their size are refused.
        max_nesting: How deep archives may lie in archives; a zip in a tar is 2.
        photos: ``"page"`` makes of the picture of a page what a scan would have been: paper white,
            light even, ink dark, a photographed sheet straightened; without evidence of such a
            page the picture stays as it is, bit for bit. ``"auto"`` does the same, and draws the
            edges of shaded photographs as ``"lines"`` does; where it cannot tell, the picture
            stays. ``"lines"`` draws the edges of every picture with colours, or with more than
            two levels of grey; ``"grey"`` takes it as it is. Pages of PDFs are sheets: no edges
            of theirs are drawn.
        note_untold: Note also where ``photos="auto"`` cannot tell what a picture is.
        kind: Of grants, which ones are taken: ``"design"`` leaves out what is told by its name or
            its XML to be a grant of another kind. What is no grant is always taken.
    """

    allow_urls: bool = False
    max_pixels: int = 150_000_000
    max_bytes: int = 64_000_000
    label: Callable[[str, str | None, str | None], Label | None] | None = None
    figures: Figures = "auto"
    max_members: int = 200_000
    max_ratio: float = 1000.0
    max_nesting: int = 3
    photos: Photos = "grey"
    kind: Kind = "all"
    note_untold: bool = False

    def __post_init__(self) -> None:
        for name in LIMITS:
            if not getattr(self, name) >= 1:
                raise ConfigError(f"{name} = {getattr(self, name)!r} must be at least 1.")
        for name, known in (("figures", Figures), ("photos", Photos), ("kind", Kind)):
            value = getattr(self, name)
            if value not in get_args(known):
                hint = near_miss(str(value), get_args(known))
                raise ConfigError(f"{name} = {value!r}. {hint}")


LIMITS = ("max_pixels", "max_bytes", "max_members", "max_ratio", "max_nesting")
"""The fields of ReadOptions that are limits."""
