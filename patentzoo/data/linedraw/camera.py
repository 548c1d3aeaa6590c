"""Cameras: the seven standard views of a design patent, and perspective ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, near_miss

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Where the object is seen from.

    Attributes:
        name: The view's name.
        azimuth_deg: Turn about the vertical axis; 0 front, 90 the object's right side, 180 back.
        elevation_deg: Height of the eye; 90 top, -90 bottom.
        roll_deg: Turn of the picture, counter-clockwise.
        distance: Distance of the eye in object radii; ``None`` is a parallel projection.
    """

    name: str
    azimuth_deg: float
    elevation_deg: float
    roll_deg: float = 0.0
    distance: float | None = None

    def axes(self) -> Doubles:
        """(3, 3) rows: picture right, picture up, toward the eye, in object coordinates."""
        azimuth, elevation, roll = np.radians([self.azimuth_deg, self.elevation_deg, self.roll_deg])
        toward = np.array(
            [
                np.cos(elevation) * np.sin(azimuth),
                np.sin(elevation),
                np.cos(elevation) * np.cos(azimuth),
            ]
        )
        right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
        up = np.cross(toward, right)
        turned_right = np.cos(roll) * right - np.sin(roll) * up
        turned_up = np.sin(roll) * right + np.cos(roll) * up
        return np.stack([turned_right, turned_up, toward])


STANDARD_VIEWS = {
    "front": Camera("front", 0, 0),
    "back": Camera("back", 180, 0),
    "left": Camera("left", -90, 0),
    "right": Camera("right", 90, 0),
    "top": Camera("top", 0, 90),
    "bottom": Camera("bottom", 0, -90),
    "perspective": Camera("perspective", 35, 25),
}
"""The seven views of a design patent application (37 CFR 1.152 asks for all sides disclosed)."""


def standard_view(name: str) -> Camera:
    """One of :data:`STANDARD_VIEWS` by name.

    Raises:
        ConfigError: No view of that name.
    """
    if name not in STANDARD_VIEWS:
        raise ConfigError(f"No view {name!r}. {near_miss(name, STANDARD_VIEWS)}")
    return STANDARD_VIEWS[name]


def random_perspective(rng: np.random.Generator) -> Camera:
    """A view as draughtsmen choose it: mostly from above the front, at times below or behind."""
    azimuth = float(rng.choice([-1, 1]) * rng.uniform(15, 65))
    if rng.random() < 0.3:
        azimuth += 180
    elevation = float(rng.uniform(10, 45)) * (-1 if rng.random() < 0.2 else 1)
    distance = None if rng.random() < 0.5 else float(rng.uniform(3, 9))
    roll = float(rng.uniform(-40, 40)) if rng.random() < 0.2 else 0.0
    return Camera("perspective", azimuth, elevation, roll, distance)
