"""What users give as keywords -> ReadOptions, strictly."""

from __future__ import annotations

from collections.abc import Mapping

from patentzoo.errors import ConfigError
from patentzoo.images.labels import MetadataRule, PatentRule, make_labeller
from patentzoo.images.page import LIMITS, Figures, Kind, Photos, ReadOptions
from patentzoo.tables import check_keys


def read_options(
    allow_urls: bool = False,
    max_pixels: int = ReadOptions.max_pixels,
    patent: PatentRule = None,
    figures: Figures = "auto",
    limits: Mapping[str, float] | None = None,
    photos: Photos = "grey",
    metadata: MetadataRule = None,
    kind: Kind = "all",
) -> ReadOptions:
    """The options behind the keywords of ``embed`` and ``build_index``.

    Args:
        allow_urls: As for ``embed``.
        max_pixels: As for ``embed``.
        patent: As for ``embed``.
        figures: As for ``embed``.
        limits: As for ``embed``; ``max_pixels`` may stand here, too, and then counts.
        photos: As for ``embed``.
        metadata: As for ``embed``.
        kind: As for ``embed``.

    Raises:
        ConfigError: An unknown limit, a value out of range, a table of patents that cannot be read.
    """
    chosen = dict(limits or {})
    check_keys(chosen, set(LIMITS), "limits")
    for name, value in chosen.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"limits: {name} = {value!r} should be a number.")
    fields = {"max_pixels": max_pixels, **chosen}
    return ReadOptions(
        allow_urls=allow_urls,
        label=make_labeller(patent, metadata),
        figures=figures,
        photos=photos,
        kind=kind,
        **fields,  # type: ignore[arg-type]  # checked above
    )
