"""From an upright grey page to the network's input: one function for training and search."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from patentzoo.errors import BlankImageError, ConfigError, ImageArrayError
from patentzoo.models.downscale import shrink
from patentzoo.models.resampling import FITS, INTERPOLATIONS, Interpolation, placed, resample
from patentzoo.system.opencv import load_cv2
from patentzoo.system.toml import read_table

BLANK_LEVEL = 225
"""A page whose darkest pixel is lighter than this holds no ink (0 black, 255 paper)."""
INK_SHARE = 0.25
"""Pixels with this share of the darkest pixel's ink are the drawing's: pale scans keep theirs."""


@dataclass(frozen=True)
class Preprocess:
    """How a page becomes a tensor; saved with the weights and never changed after training.

    Attributes:
        size_px: Height of the output in pixels, and its width, unless ``width_px`` says otherwise.
        ink_crop: Cut the page to the bounding box of its ink first.
        fit: ``"pad"`` scales the long side to fit and pads with paper (nothing is cut off);
            ``"crop"`` scales the short side to ``size_px / crop_pct`` (antialiased, by Pillow) and
            cuts the middle out: what torchvision's ``Resize`` and ``CenterCrop`` make of it;
            ``"squash"`` does so without keeping the proportions; ``"letterbox"`` scales the long
            side and pads with ``fill``.
        margin: Paper left on each side when padding, as a fraction of ``size_px`` in [0, 0.25].
        binarize: Grey level in [1, 255]; pixels above it become paper, the rest ink. ``None`` keeps
            greys.
        ink_gain: Strokes thinner than a pixel turn pale when a 300-dpi sheet is scaled down; the
            ink density d becomes ``min(1, ink_gain * d / q)`` where q is the 90th percentile of
            density among the drawing's own inked pixels, so that thin-lined drawings are as visible
            as bold ones. 0 leaves d alone.
        ink_positive: True: ink is 1 and paper 0. False: ink is 0 and paper 1, before mean and std.
        mean: Subtracted from the [0, 1] image.
        std: Divides it afterwards.
        width_px: Width of the output where it is no square; 0 is ``size_px``.
        interpolation: Pillow's filter; for every ``fit`` but ``"pad"``.
        crop_pct: Share of the scaled page that is kept, in (0, 1]; for every ``fit`` but ``"pad"``.
        fill: Grey level of what ``"letterbox"`` pads.
    """

    size_px: int = 224
    ink_crop: bool = True
    fit: Literal["pad", "crop", "squash", "letterbox"] = "pad"
    margin: float = 0.02
    binarize: int | None = None
    ink_gain: float = 1.0
    ink_positive: bool = True
    mean: float = 0.0
    std: float = 1.0
    width_px: int = 0
    interpolation: Interpolation = "bilinear"
    crop_pct: float = 1.0
    fill: int = 255

    def __post_init__(self) -> None:
        checks = {
            "size_px": self.size_px >= 16,
            "fit": self.fit in ("pad", *FITS),
            "width_px": not self.width_px or self.width_px >= 16,
            "interpolation": self.interpolation in INTERPOLATIONS,
            "crop_pct": 0 < self.crop_pct <= 1,
            "fill": 0 <= self.fill <= 255,
            "margin": 0 <= self.margin <= 0.25,
            "binarize": self.binarize is None or 1 <= self.binarize <= 255,
            "ink_gain": self.ink_gain >= 0 and math.isfinite(self.ink_gain),
            "std": self.std > 0 and math.isfinite(self.std) and math.isfinite(self.mean),
        }
        for field, good in checks.items():
            if not good:
                raise ConfigError(f"preprocess.{field} = {getattr(self, field)!r} is out of range.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Preprocess:
        """Read a card's ``[preprocess]`` table; an unknown key is a ConfigError."""
        return read_table(cls, values, "[preprocess]")

    def to_dict(self) -> dict[str, Any]:
        """The table :meth:`from_dict` reads (``None`` left out, since TOML has none)."""
        table = {k: v for k, v in dataclasses.asdict(self).items() if v is not None}
        # Later additions are left out at their defaults: older fingerprints stay what they are.
        later = {each.name: each.default for each in dataclasses.fields(self)[-4:]}
        return {k: v for k, v in table.items() if k not in later or v != later[k]}

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the output."""
        return self.size_px, self.width_px or self.size_px

    def __call__(self, grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Turn one page into the network's input.

        Args:
            grey: uint8 (H, W); 0 is ink, 255 is paper; upright.

        Returns:
            float32 (1, height, width), as :attr:`size` says.

        Raises:
            BlankImageError: The page holds no ink.
            ImageArrayError: Not a two-dimensional uint8 array.
        """
        if grey.ndim != 2 or grey.dtype != np.uint8 or 0 in grey.shape:
            raise ImageArrayError(
                f"Preprocessing takes a uint8 array (H, W), got {grey.dtype} {grey.shape}."
            )
        if self.binarize is not None:
            cv2 = load_cv2()
            grey = np.asarray(cv2.threshold(grey, self.binarize, 255, cv2.THRESH_BINARY)[1])
        inked = crop_to_ink(grey)  # also where it is not kept: a blank page is refused either way
        grey = inked if self.ink_crop else grey
        square = self._pad(grey) if self.fit == "pad" else self._fitted(grey)
        if not self.ink_gain:
            return _values(self.ink_positive, self.mean, self.std)[square][None]
        density = _even_ink(1.0 - square.astype(np.float32) / 255.0, self.ink_gain)
        image = density if self.ink_positive else 1.0 - density
        return _normalised(image, self.mean, self.std)[None]

    def placement(self, grey: npt.NDArray[np.uint8]) -> tuple[float, float, float, float]:
        """Where the ink's bounding box comes to lie in the output.

        Args:
            grey: As for the call.

        Returns:
            y0, x0, y1, x1 in pixels of the output; beyond its sides where ``fit="crop"`` cuts.

        Raises:
            BlankImageError: The page holds no ink.
        """
        if self.binarize is not None:
            grey = np.where(grey > self.binarize, 255, 0).astype(np.uint8)
        y0, x0, y1, x1 = box = ink_box(grey)
        shape = (y1 - y0, x1 - x0) if self.ink_crop else (grey.shape[0], grey.shape[1])
        if self.ink_crop:
            box = (0, 0, *shape)
        if self.fit == "pad":
            top, left, height, width = self._padded(shape)
        else:
            top, left, height, width = placed(shape, self.size, self.fit, self.crop_pct)
        down, right = height / shape[0], width / shape[1]
        return (
            *(top + box[0] * down, left + box[1] * right),
            *(top + box[2] * down, left + box[3] * right),
        )

    def _padded(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Top, left, height and width in the output of a page of this shape."""
        inner = [max(1, round(side * (1 - 2 * self.margin))) for side in self.size]
        scale = min(inner[0] / shape[0], inner[1] / shape[1])
        height, width = (max(1, round(side * scale)) for side in shape)
        return (self.size[0] - height) // 2, (self.size[1] - width) // 2, height, width

    def _pad(self, grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        top, left, height, width = self._padded(grey.shape)
        page = np.full(self.size, 255, np.uint8)
        page[top : top + height, left : left + width] = _resize(grey, width, height)
        return page

    def _fitted(self, grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        place = placed(grey.shape, self.size, self.fit, self.crop_pct)
        return resample(grey, place, self.size, self.interpolation, self.fill)


def crop_to_ink(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Cut a page (uint8 (H, W)) to the bounding box of its ink.

    Raises:
        BlankImageError: The page holds no ink.
    """
    y0, x0, y1, x1 = ink_box(grey)
    return grey[y0:y1, x0:x1]


def ink_box(grey: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """y0, x0, y1, x1 of the ink of a page, uint8 (H, W).

    Raises:
        BlankImageError: The page holds no ink.
    """
    of_rows = grey.min(axis=1)
    darkest = int(of_rows.min())
    if darkest > BLANK_LEVEL:
        raise BlankImageError(
            f"The page ({grey.shape[1]} x {grey.shape[0]} px) is blank: its darkest pixel has grey "
            f"level {darkest} of 255. Leave it out, or check that ink is dark on light paper."
        )
    limit = 255 - INK_SHARE * (255 - darkest)
    rows = np.flatnonzero(of_rows <= limit)
    columns = np.flatnonzero(grey[rows[0] : rows[-1] + 1].min(axis=0) <= limit)
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _resize(grey: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """Scale down by area averaging (the only antialiased filter of OpenCV), up linearly."""
    cv2 = load_cv2()
    if height * width < grey.shape[0] * grey.shape[1]:
        return shrink(grey, width, height)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


@functools.lru_cache(maxsize=16)
def _values(ink_positive: bool, mean: float, std: float) -> npt.NDArray[np.float32]:
    """What each of the 256 grey levels becomes where no drawing's own ink has a say."""
    paper = np.arange(256).astype(np.float32) / np.float32(255)
    # Not 1 - (1 - paper) for paper: its last bit differs from torchvision's.
    return _normalised(np.float32(1) - paper if ink_positive else paper, mean, std)


def _normalised(image: npt.NDArray[np.float32], mean: float, std: float) -> npt.NDArray[np.float32]:
    return (image - np.float32(mean)) / np.float32(std)


def _even_ink(density: npt.NDArray[np.float32], gain: float) -> npt.NDArray[np.float32]:
    inked = density[density > 0.04]
    if not inked.size:
        return density
    top = float(np.quantile(inked, 0.9))
    out: npt.NDArray[np.float32] = np.minimum(1.0, density * np.float32(gain / top))
    return out
