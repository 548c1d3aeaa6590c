"""The demonstration gallery: one-bit figures of solids that no training run has seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.data.linedraw.strokes import draw
from patentzoo.data.linedraw.style import Style
from patentzoo.errors import ConfigError
from patentzoo.system.files import replacing

GALLERY_SEED = 77
"""Kept for the gallery: recipes use other seeds."""
GALLERY_FAMILIES = (
    *("bottle", "cup", "knob", "device", "monitor", "camera", "boombox", "wheel", "tire", "fan"),
    *("basket", "rack", "pan", "casket", "chair", "table", "cabinet", "razor", "tap"),
    "spectacles",
)
"""What the gallery in the package shows, in its order."""
_SHADINGS = ("none", "none", "isophote", "none", "glare", "none", "hatch", "none", "stipple")
_VIEWS = (
    Camera("perspective", 35, 25),
    STANDARD_VIEWS["front"],
    STANDARD_VIEWS["right"],
    STANDARD_VIEWS["top"],
    Camera("rear perspective", 205, 20),
)


def write_gallery(
    folder: str | Path, families: tuple[str, ...] = GALLERY_FAMILIES, *, size_px: int = 480
) -> list[Path]:
    """Render one solid of each family from five sides as ``LD<number>-D<view>.png``.

    Args:
        folder: Where to; made if missing.
        families: Names of families of procedural solids.
        size_px: Longer side of a figure.

    Returns:
        The files, in order.

    Raises:
        ConfigError: An unknown family, or none.
    """
    from PIL import Image

    from patentzoo.data.linedraw.solids import family_solid

    if not families:
        raise ConfigError("write_gallery needs at least one family of solids.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, family in enumerate(families):
        rng = np.random.default_rng([GALLERY_SEED, number])
        scene = RayScene(family_solid(family, GALLERY_SEED * 10_000_000 + number))
        style = Style(
            line=float(rng.uniform(2.2, 4.2)),
            shading=_SHADINGS[number % len(_SHADINGS)],
            shade_pitch=float(rng.uniform(12, 30)),
            shade_level=float(rng.uniform(90, 150)),
        )
        for order, camera in enumerate(_VIEWS, start=1):
            grey = draw(see(scene, camera), style, rng, size_px=size_px)
            path = folder / f"LD{number + 1:06d}-D{order:05d}.png"
            bilevel = Image.fromarray(grey).convert("1", dither=Image.Dither.NONE)
            with replacing(path) as unfinished:
                bilevel.save(unfinished, format="PNG", optimize=True)
            written.append(path)
    return written
