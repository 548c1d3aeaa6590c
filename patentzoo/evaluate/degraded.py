"""The protocol ``degraded``: the development figures as people hold them up, one row a mishap."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError, ImageError, near_miss
from patentzoo.evaluate.degradations import DEGRADATIONS, degrade
from patentzoo.evaluate.gallery import Gallery, encode_gallery
from patentzoo.evaluate.metrics import QueryScore, as_query_scores, siblings, summarise
from patentzoo.evaluate.protocol import load_protocol
from patentzoo.evaluate.ranking import NOT_THERE, rank_rows, unit_rows
from patentzoo.evaluate.run import EvaluationResult
from patentzoo.evaluate.variants import Variant
from patentzoo.options import EmbedOptions, Photos, ReadOptions
from patentzoo.results import Failure

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

NAME = "degraded"
CLEAN = "clean"
ANY = "any"
"""What is added to a row's name for ``orient="any"``: ``photo-page any``."""
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class DegradedOptions:
    """What the protocol ``degraded`` measures.

    Attributes:
        queries: At most so many, drawn once by the seed; None: all 320.
        only: Names of degradations; empty: all.
        photos: How the degraded queries are read, as for ``search``.
        seed: Of every degradation, and of which queries are drawn.
    """

    queries: int | None = None
    only: tuple[str, ...] = ()
    photos: Photos = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.queries is not None and self.queries < 1:
            raise ConfigError(f"queries = {self.queries}: give at least 1.")
        for name in self.only:
            if name not in DEGRADATIONS:
                raise ConfigError(f"No degradation {name!r}. {near_miss(name, DEGRADATIONS)}")
        ReadOptions(photos=self.photos)

    @property
    def names(self) -> tuple[str, ...]:
        """The degradations that are measured, in their order."""
        return tuple(name for name in DEGRADATIONS if not self.only or name in self.only)


def evaluate_degraded(
    model: RetrievalModel,
    data: str | Path,
    options: DegradedOptions | None = None,
    *,
    batch_size: int = 32,
    workers: int | None = None,
    progress: bool = False,
    command: str = "",
) -> EvaluationResult:
    """Search the protocol ``figures`` with degraded queries, upright and with ``orient="any"``.

    The gallery stays as it is, and a query's own figure is left out of its ranking, as in
    ``figures``. A query that cannot be read at all stands behind everything, and is a failure.

    Args:
        model: What is measured.
        data: The folder of the development data.
        options: What is measured; None: everything.
        batch_size: Images of the gallery a pass.
        workers: Threads that decode the gallery.
        progress: Show progress on stderr.
        command: Kept in the result.

    Returns:
        ``metrics`` are those of the clean queries; ``variants`` has a row for each degradation, and
        one with " any" behind its name, each with its share of the clean mAP.
    """
    options = options or DegradedOptions()
    start = time.perf_counter()
    protocol = load_protocol("figures", data)
    run = EmbedOptions(batch_size=batch_size, workers=workers, progress=progress)
    gallery = encode_gallery(model, protocol, run)
    queries = _drawn(siblings(gallery.ids, gallery.patents), options)
    files = dict(protocol.images) if isinstance(protocol.images, tuple) else {}
    measure = _Measure(model, gallery, queries, [files[id_] for id_ in queries], options)
    clean, clean_any = measure.row(CLEAN)
    variants = {f"{CLEAN} {ANY}": _variant(clean_any, clean, measure, f"{CLEAN}, in four turns")}
    for name in _tracked(options.names, progress):
        upright, turned = measure.row(name)
        variants[name] = _variant(upright, clean, measure, name)
        variants[f"{name} {ANY}"] = _variant(turned, clean, measure, f"{name}, in four turns")
    return EvaluationResult(
        protocol=NAME,
        description=f"{protocol.description}; queries degraded, photos={options.photos!r}",
        model=gallery.model,
        fingerprint=gallery.fingerprint,
        counts=measure.counts | {"failures": len(measure.failures)},
        metrics=summarise(clean),
        queries=tuple(clean),
        failures=tuple(measure.failures),
        seconds=time.perf_counter() - start,
        command=command,
        variants=variants,
    )


@dataclass(eq=False)
class _Measure:
    """Everything that is the same for each row."""

    model: RetrievalModel
    gallery: Gallery
    queries: Sequence[str]
    files: Sequence[Path]
    options: DegradedOptions
    failures: list[Failure] = dataclasses.field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        place = dict(zip(self.gallery.ids, self.gallery.patents, strict=True))
        return {
            "gallery": len(self.gallery.ids),
            "queries": len(self.queries),
            "query_patents": len({place[id_] for id_ in self.queries}),
        }

    def row(self, name: str) -> tuple[list[QueryScore], list[QueryScore]]:
        """Scores of the queries under one degradation: as given, and with ``orient="any"``."""
        vectors = np.stack([self._encoded(name, each) for each in range(len(self.queries))])
        return self._scored(vectors[:, :1]), self._scored(vectors)

    def _encoded(self, name: str, query: int) -> NDArray[np.float32]:
        """One query in its four turns: (4, dim) unit rows; zeros where it cannot be read."""
        from patentzoo.index.query.orient import embed_variants, variants_of

        id_ = self.queries[query]
        drawing = read_drawing(self.files[query])
        held = drawing if name == CLEAN else degrade(name, id_, drawing, self.options.seed)
        turns = variants_of("any", False)
        try:
            options = ReadOptions(
                photos=self.options.photos, without_numerals=self.options.photos != "grey"
            )
            found = embed_variants(self.model, [(id_, held)], options, turns)
            return np.asarray(found.vectors[0], np.float32)
        except ImageError as error:
            self.failures.append(Failure(f"{name}: {id_}", str(error)))
            return np.zeros((len(turns), self.model.dim), np.float32)

    def _scored(self, vectors: NDArray[np.float32]) -> list[QueryScore]:
        from patentzoo.index.query.orient import NEAR, choose_variant

        units = unit_rows(self.gallery.vectors)
        patents = np.asarray(self.gallery.patents)
        own = [self.gallery.ids.index(id_) for id_ in self.queries]
        asked = [str(patents[row]) for row in own]

        def rows() -> Iterator[NDArray[np.float64]]:
            for each, row in zip(vectors, own, strict=True):
                turns = unit_rows(each) @ units.T
                turns[:, row] = NOT_THERE
                yield turns[choose_variant(-np.sort(-turns, axis=1)[:, :NEAR])]

        relevant = [
            np.flatnonzero((patents == patent) & (np.arange(len(patents)) != row))
            for patent, row in zip(asked, own, strict=True)
        ]
        most = int(np.unique(patents, return_counts=True)[1].max()) - 1
        ranked = rank_rows(rows(), relevant)
        return as_query_scores(self.queries, asked, ranked, self.gallery.ids, most)


def read_drawing(file: Path) -> Grey:
    """A figure of the development data: uint8 (H, W)."""
    from PIL import Image

    with Image.open(file) as picture:
        return np.asarray(picture.convert("L"))


def _drawn(queries: list[str], options: DegradedOptions) -> list[str]:
    """As many of the queries as are asked for, in their order."""
    if options.queries is None or options.queries >= len(queries):
        return queries
    draw = np.random.default_rng(options.seed).choice(len(queries), options.queries, replace=False)
    return [queries[row] for row in sorted(draw)]


def _variant(
    scores: list[QueryScore], clean: list[QueryScore], measure: _Measure, description: str
) -> Variant:
    metrics, whole = summarise(scores), summarise(clean)
    share = metrics["mAP"].value / whole["mAP"].value
    return Variant(description, measure.counts, metrics, share_of_clean=share)


def _tracked(names: Sequence[str], progress: bool) -> Iterator[str]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(names, description=NAME, console=console, disable=not progress)
