"""The catalogue of families, and the solids drawn from it by seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import (
    appliances,
    audio,
    bent,
    containers,
    controls,
    cookware,
    dispensers,
    fittings,
    furniture,
    garments,
    graphics,
    household,
    hygiene,
    jewellery,
    lamps,
    lathed,
    organic,
    packages,
    profiles,
    roadgear,
    seating,
    softgoods,
    soles,
    stones,
    swept,
    tools,
    toys,
    treats,
    vehicles,
    wearables,
    wheels,
    worksite,
)
from patentzoo.data.linedraw.solids.draft import DegenerateSolidError
from patentzoo.errors import ConfigError, near_miss

Family = Callable[[np.random.Generator], Solid]

FAMILIES: dict[str, Family] = {
    **lathed.FAMILIES,
    **appliances.FAMILIES,
    **wheels.FAMILIES,
    **graphics.FAMILIES,
    **containers.FAMILIES,
    **furniture.FAMILIES,
    **swept.FAMILIES,
    **garments.FAMILIES,
    **organic.FAMILIES,
    **profiles.FAMILIES,
    **tools.FAMILIES,
    **jewellery.FAMILIES,
    **fittings.FAMILIES,
    **toys.FAMILIES,
    **lamps.FAMILIES,
    **wearables.FAMILIES,
    **bent.FAMILIES,
    **seating.FAMILIES,
    **vehicles.FAMILIES,
    **cookware.FAMILIES,
    **dispensers.FAMILIES,
    **stones.FAMILIES,
    **audio.FAMILIES,
    **household.FAMILIES,
    **softgoods.FAMILIES,
    **packages.FAMILIES,
    **treats.FAMILIES,
    **roadgear.FAMILIES,
    **hygiene.FAMILIES,
    **worksite.FAMILIES,
    **soles.FAMILIES,
    **controls.FAMILIES,
}
_TRIES = 20
_MOST_TRIANGLES = 9000


class _PerturbedGenerator(np.random.Generator):
    """Gives what the plain generator gives, but draws some of the lengths and angles again.

    Only `uniform` is touched, so that the course of the construction (how many parts, which kind)
    stays as it was and the result is a near twin.
    """

    def __init__(self, seed: list[int], twin: int) -> None:
        super().__init__(np.random.PCG64(seed))
        self._other = np.random.default_rng([*seed, twin])
        self._share = float(self._other.uniform(0.08, 0.3))
        self._first = int(self._other.integers(1, 4))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """The plain draw, or now and then (and once early on) another from the same range."""
        plain = super().uniform(low, high, size)
        again = self._other.uniform(low, high, size)
        self._first -= 1
        return again if self._first == 0 or self._other.random() < self._share else plain


def random_solid(seed: int) -> Solid:
    """A solid of a random family; the same seed gives the same solid.

    Args:
        seed: Any whole number >= 0.
    """
    return family_solid(_family_of(seed), seed)


def near_twin(seed: int, k: int) -> Solid:
    """The solid of `random_solid(seed)` with some of its lengths and angles drawn again.

    Args:
        seed: The seed of the solid to resemble.
        k: Which twin, >= 1.
    """
    return _drawn(_family_of(seed), seed, k)


def family_solid(family: str, seed: int) -> Solid:
    """A solid of a named family.

    Raises:
        ConfigError: for an unknown family, with the nearest name.
    """
    if family not in FAMILIES:
        raise ConfigError(f"Unknown family {family!r}. {near_miss(family, FAMILIES)}")
    return _drawn(family, seed, 0)


def _family_of(seed: int) -> str:
    names = list(FAMILIES)
    return names[int(np.random.default_rng([seed, 7]).integers(len(names)))]


def _drawn(family: str, seed: int, twin: int) -> Solid:
    build, failure = FAMILIES[family], Exception()
    for attempt in range(_TRIES):
        stream = [seed, attempt, zlib.crc32(family.encode())]
        rng = _PerturbedGenerator(stream, twin) if twin else np.random.default_rng(stream)
        try:
            solid = build(rng)
        except (DegenerateSolidError, ConfigError) as error:
            failure = error
            continue
        if len(solid.faces) <= _MOST_TRIANGLES and np.isfinite(solid.vertices).all():
            return solid
    raise DegenerateSolidError(f"{family}: no usable solid from seed {seed}") from failure
