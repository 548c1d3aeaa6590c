"""A query in its quarter turns and mirrored: each is embedded, and one is kept for the whole query.

A wrong turn finds some drawing by chance, and among thousands one of them is close. So no score of
another turn counts beside those of the right one, and a turn is not judged by its closest drawing
alone: the right one parts a few drawings from all the others that are near.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.errors import PatentZooError, QueryError, near_miss
from patentzoo.hit import Treatment
from patentzoo.images.page import held
from patentzoo.index.engines.protocol import Mask, Vectors
from patentzoo.index.query.fusion import number_sheets
from patentzoo.index.state.snapshot import Snapshot
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources
from patentzoo.sources.source import STEPS

if TYPE_CHECKING:
    from patentzoo.images import Page
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)

Orient = Literal["upright", "any"]
"""Which quarter turns of a query are tried: only what was given, or all four."""

CLOSEST, BETWEEN, NEAR = 3, 10, 100
"""By which of its closest drawings a variant is judged; see ``choose_variant``."""

GIVEN = 0.02
"""How much more the variant counts that was given. Chosen with the constants above on 178 figures
of utility patents and 178 drawings of meshes, upright and turned, among 1,899 drawings."""

COPY = 0.95
"""Cosine from which a drawing is nearly the query itself: a variant with one goes before others."""


@dataclass(frozen=True)
class Variant:
    """One way to hold a query.

    Attributes:
        turned: Degrees clockwise: 0, 90, 180 or 270.
        mirrored: Left and right are exchanged, before it is turned.
    """

    turned: int = 0
    mirrored: bool = False

    def __call__(self, grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Hold a page so."""
        return held(grey, self.turned, self.mirrored)


@dataclass(frozen=True, eq=False)
class QueryBatch:
    """Queries ready to be searched.

    Attributes:
        names: Their n ids.
        vectors: float32 (n, t, dim), unit rows: each query in each variant.
        treatments: What was done to the picture of each.
        sheets: The sheet each was cut out of, by number; None: each stands alone.
        variants: The t variants; the first is what was given.
    """

    names: list[str]
    vectors: Vectors
    treatments: list[Treatment]
    sheets: list[int] | None = None
    variants: tuple[Variant, ...] = (Variant(),)

    @property
    def alone(self) -> bool:
        """Whether there is one variant only."""
        return len(self.variants) == 1

    def treatment(self, query: int, variant: int) -> Treatment:
        """What was done to a query that was found in a variant."""
        held = self.variants[variant]
        return dataclasses.replace(
            self.treatments[query], turned=held.turned, mirrored=held.mirrored
        )

    def best(self, snapshot: Snapshot, filter_mask: Mask | None) -> QueryBatch:
        """Keep of each query the one variant that parts its closest drawings best."""
        if self.alone or not self.names:
            return dataclasses.replace(self, vectors=self.vectors[:, :1], variants=(Variant(),))
        count, each, dim = self.vectors.shape
        scores, _ = snapshot.search(self.vectors.reshape(-1, dim), NEAR, filter_mask)
        if not scores.shape[1]:
            return dataclasses.replace(self, vectors=self.vectors[:, :1], variants=(Variant(),))
        chosen = [choose_variant(rows) for rows in scores.reshape(count, each, -1)]
        rows = self.vectors[np.arange(count), chosen][:, None]
        found = [self.treatment(query, variant) for query, variant in enumerate(chosen)]
        return QueryBatch(self.names, rows, found, self.sheets)


def choose_variant(scores: npt.NDArray[np.floating]) -> int:
    """Choose in which variant a query is searched.

    Of each variant the mean of its closest ``CLOSEST`` scores counts, less that of those between
    ``BETWEEN`` and ``NEAR``; what was given counts ``GIVEN`` more, so that it is kept where
    another variant is hardly better. A variant that finds a copy of itself goes before those that
    do not. Where fewer are compared, the closest score alone counts.

    Args:
        scores: (t, n), each row falling: the cosines of a variant's closest drawings; the first
            row is what was given.

    Returns:
        The variant's number.
    """
    far = scores[:, BETWEEN:NEAR]
    clear = scores[:, :CLOSEST].mean(axis=1) - far.mean(axis=1) if far.size else scores[:, 0].copy()
    clear[0] += GIVEN
    clear[scores[:, 0] >= COPY] += 2
    return int(clear.argmax())


def variants_of(orient: str, mirror: bool) -> tuple[Variant, ...]:
    """The ways to hold a query that ``search`` was asked to try.

    Raises:
        QueryError: Another word, or no bool.
    """
    if orient not in get_args(Orient):
        raise QueryError(f"orient = {orient!r}. {near_miss(str(orient), get_args(Orient))}")
    if not isinstance(mirror, bool):
        raise QueryError(f"mirror = {mirror!r} must be True or False.")
    turns = (0, 90, 180, 270) if orient == "any" else (0,)
    sides = (False, True) if mirror else (False,)
    return tuple(Variant(turn, side) for side, turn in itertools.product(sides, turns))


def embed_variants(
    model: RetrievalModel,
    images: Any,
    options: ReadOptions,
    variants: tuple[Variant, ...],
    on_error: str = "raise",
) -> QueryBatch:
    """Embed queries in several variants; those of one query are one batch.

    Raises:
        ImageError: An image that cannot be used.
    """
    pages = list(_readable(images, options, on_error))
    rows = [model.encode(_tensors(model, page, variants)) for page in pages]
    names = [page.id for page in pages]
    known = [{**page.metadata, "path": page.path, "page": page.page} for page in pages]
    return QueryBatch(
        names,
        np.stack(rows) if rows else np.empty((0, len(variants), model.dim), np.float32),
        [Treatment(page.metadata.get(STEPS, "")) for page in pages],
        number_sheets(names, known),
        variants,
    )


def _readable(images: Any, options: ReadOptions, on_error: str) -> Iterator[Page]:
    """The pages that can be read; with ``"skip"`` the others are told in the log."""
    for source in iter_sources(images, options):
        for name, outcome in source.outcomes():
            if not isinstance(outcome, PatentZooError):
                yield outcome
            elif on_error == "raise":
                raise outcome
            else:
                logger.warning("Query left out: %s: %s", name, outcome)


def _tensors(model: RetrievalModel, page: Page, variants: tuple[Variant, ...]) -> Vectors:
    try:
        return np.stack([model.preprocess(each(page.grey)) for each in variants])
    except PatentZooError as error:
        raise type(error)(f"{page.path or page.id}: {error}") from error
