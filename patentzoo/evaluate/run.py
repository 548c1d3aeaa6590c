"""Run a protocol with a model or a baseline, and write the JSON that cards quote.

Nothing is cached: every call reads the files again, so a number always belongs to what is on disk.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError
from patentzoo.evaluate.gallery import Gallery, encode_gallery
from patentzoo.evaluate.hardest_queries import write_hardest
from patentzoo.evaluate.metrics import Interval, QueryScore, score_queries, siblings, summarise
from patentzoo.evaluate.protocol import Protocol, load_protocol
from patentzoo.evaluate.variants import (
    Variant,
    counts,
    reranked,
    score_protocol,
    without_gazette_figures,
)
from patentzoo.options import EmbedOptions, RunChanges, changed
from patentzoo.system.arguments import FLAG, checked
from patentzoo.system.files import write_text
from patentzoo.system.keywords import takes
from patentzoo.system.overwrite import check_free
from patentzoo.zoo.card import Score

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.results import Embeddings, Failure

FORMAT = 1


@dataclass(frozen=True)
class EvaluationResult:
    """What one model scored on one protocol.

    Attributes:
        protocol: name of the protocol.
        description: what its gallery is made of.
        model: name of the model or baseline.
        fingerprint: of the model; empty for a baseline.
        counts: gallery, queries, query_patents, unreadable or missing images.
        metrics: `mAP`, `rank-1`, `hit@5` … each with its 95 % bootstrap interval over patents.
        variants: the same drawings measured otherwise, e.g. without the Gazette's figures.
        queries: one entry a query.
        failures: images left out of the gallery, with the reason.
        seconds: wall time of reading, encoding and ranking.
        command: what was typed, empty when called from Python.
    """

    protocol: str
    description: str
    model: str
    fingerprint: str
    counts: dict[str, int] = dataclasses.field(hash=False)
    metrics: dict[str, Interval] = dataclasses.field(hash=False)
    queries: tuple[QueryScore, ...]
    failures: tuple[Failure, ...]
    seconds: float
    command: str = ""
    variants: dict[str, Variant] = dataclasses.field(default_factory=dict, hash=False)

    def to_dict(self, *, per_query: bool = True) -> dict[str, Any]:
        """Return what ``write_json`` writes: plain values, numbers rounded to six decimals.

        Args:
            per_query: Whether the score of each query is in it, as ``queries``.
        """
        values = dataclasses.asdict(self)
        if not per_query:
            del values["queries"]
        if not self.variants:
            del values["variants"]
        for variant in values.get("variants", {}).values():
            if variant["share_of_clean"] is None:
                del variant["share_of_clean"]
        values["seconds"] = round(self.seconds, 1)
        return {"format": FORMAT, **_rounded(values)}


@checked(rerank=FLAG)
@takes(RunChanges, EmbedOptions)
def evaluate(
    model: RetrievalModel | Embeddings | str,
    protocol: Protocol | str,
    data: str | Path | None = None,
    *,
    command: str = "",
    hardest_queries: str | Path | None = None,
    rerank: bool = False,
    overwrite: bool = False,
    options: EmbedOptions | None = None,
    **changes: Unpack[RunChanges],
) -> EvaluationResult:
    """Measure a model, ready-made embeddings, or a baseline on a protocol.

    Args:
        model: A model; ``Embeddings`` of the protocol's images; or a baseline's name: ``"pixels"``,
            ``"phash"``, ``"hog"`` or ``"imagenet"``.
        protocol: A ``Protocol``, or the name of one that reads the folder ``data``.
        data: The folder of a named protocol.
        command: What was typed; kept in the result.
        hardest_queries: PNG to draw the hardest queries into, with what they found.
        rerank: Also measure k-reciprocal re-ranking, as a variant.
        overwrite: Replace the file ``hardest_queries``, if it is there.
        **changes: Options by name; see ``EmbedOptions``.
        options: Several options together; how images are read, the protocol says.

    Returns:
        Every query's score, and each metric's mean in [0, 1] with its 95 % interval over patents.

    Raises:
        ConfigError: An unknown protocol or baseline, or no image has another one of its patent.
        ImageError: An image of a fixed protocol is missing or unusable (``folder`` reports it).
        OutputError: ``hardest_queries`` exists and ``overwrite`` was not given.
    """
    if hardest_queries is not None:
        check_free(hardest_queries, overwrite=overwrite)
    protocol = _read(protocol, data)
    start = time.perf_counter()
    gallery = encode_gallery(model, protocol, changed(EmbedOptions(), options, changes))
    scores = score_protocol(protocol, gallery)
    variants = _variants(protocol, gallery, rerank)
    if hardest_queries is not None:
        write_hardest(hardest_queries, protocol, gallery, scores, overwrite=overwrite)
    return EvaluationResult(
        protocol=protocol.name,
        description=protocol.description,
        model=gallery.model,
        fingerprint=gallery.fingerprint,
        counts=counts(protocol, gallery, scores) | {"failures": len(gallery.failures)},
        metrics=summarise(scores),
        queries=tuple(scores),
        failures=gallery.failures,
        seconds=time.perf_counter() - start,
        command=command,
        variants=variants,
    )


def _read(protocol: Protocol | str, data: str | Path | None) -> Protocol:
    if not isinstance(protocol, str):
        return protocol
    if data is None:
        raise ConfigError(f"Protocol {protocol!r} needs data=, the folder of its images.")
    return load_protocol(protocol, data)


def _variants(protocol: Protocol, gallery: Gallery, rerank: bool) -> dict[str, Variant]:
    without = without_gazette_figures(protocol, gallery)
    variants = {} if without is None else {"without-D00000": without}
    if rerank:
        variants["k-reciprocal"] = reranked(protocol, gallery)
    return variants


def evaluate_vectors(
    gallery_ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    query_ids: Sequence[str] | None = None,
) -> list[QueryScore]:
    """Score every query against all other images; ``summarise`` turns the list into metrics.

    Args:
        gallery_ids: n distinct ids.
        vectors: Floats (n, d), finite, of any length: they are compared by cosine.
        patents: n patents, one an id.
        query_ids: Of the gallery; None: every id with another image of its patent.

    Returns:
        One score a query, in their order.

    Raises:
        ConfigError: Lengths disagree, ids repeat, a vector is not finite, or a query is not in the
            gallery or has no other image of its patent.
    """
    queries = siblings(gallery_ids, patents) if query_ids is None else query_ids
    return score_queries(gallery_ids, vectors, patents, queries)


def development_map(
    encode: Callable[[Sequence[Path]], NDArray[np.floating]],
    data: str | Path,
    protocol: str = "figures",
) -> dict[str, Interval]:
    """The development protocol over any function from n files to (n, d) vectors.

    For looking at a run while it trains: it costs about half a second beyond what `encode` takes.

    Raises:
        ConfigError: the protocol is a folder, whose files are only known when they are read.
    """
    chosen = load_protocol(protocol, data)
    if isinstance(chosen.images, Path) or chosen.queries:
        raise ConfigError("development_map() takes the protocols 'figures' and 'sheets'.")
    ids = [id_ for id_, _ in chosen.images]
    vectors = encode([path for _, path in chosen.images])
    return summarise(evaluate_vectors(ids, vectors, [chosen.patents[id_] for id_ in ids]))


def card_scores(result: EvaluationResult) -> tuple[Score, ...]:
    """The `[[scores]]` of a card: every metric with its interval and the command, four decimals."""
    return tuple(
        Score(
            protocol=result.protocol,
            metric=name,
            value=round(interval.value, 4),
            low=round(interval.low, 4),
            high=round(interval.high, 4),
            command=result.command,
        )
        for name, interval in result.metrics.items()
    )


def write_json(
    results: Sequence[EvaluationResult], path: str | Path, *, overwrite: bool = False
) -> None:
    """Write results, per-query lists included, as one JSON document; whole or not at all.

    Args:
        results: What was measured.
        path: the file.
        overwrite: replace a file that is there.

    Raises:
        OutputError: the file exists and `overwrite` was not given, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    document = {"results": [result.to_dict() for result in results]}
    write_text(path, json.dumps(document, indent=1) + "\n")


def _rounded(value: Any) -> Any:
    """The same nested dicts and lists with floats cut to six decimals."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
