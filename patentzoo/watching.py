"""watch(): new grants against one's own designs; what is close, told once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError, near_miss
from patentzoo.hit import Hit
from patentzoo.index.build import build_index, load_index
from patentzoo.index.index import Index
from patentzoo.index.query.search import search
from patentzoo.index.query.search_result import SearchResult
from patentzoo.index.state.closeness import ALIKE, SAME, VERY_LIKE, Scale, closeness_of
from patentzoo.index.storage import catalogue
from patentzoo.index.storage.filters import Where
from patentzoo.options import Kind
from patentzoo.reports import QueryPreview, write_report
from patentzoo.reports.watch_tables import Pair, read_memory, write_alerts, write_memory
from patentzoo.results import Embeddings, Failure
from patentzoo.system.arguments import NUMBER, POSSIBLE_PATH, Rule, checked, shown
from patentzoo.system.files import file_to_write
from patentzoo.system.text import printable

LEVELS = {"alike": ALIKE, "very like": VERY_LIKE, "same": None}
DEFAULT_LEVEL = "very like"
_LEVEL = Rule("a word or a percentile", lambda value: isinstance(value, str) or NUMBER.fits(value))


@dataclass(frozen=True)
class Alert:
    """A new drawing that is close to one's own designs.

    Attributes:
        drawing: The id of the new drawing.
        patent: Its patent, if known.
        metadata: What else is known of it, ``path``, ``page`` and ``box`` included.
        result: One's own designs close to it, each by its best drawing.
    """

    drawing: str
    patent: str | None
    metadata: Mapping[str, Any] = field(hash=False)
    result: SearchResult

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict for each of one's own designs."""
        known = self.metadata
        new = {
            "new_patent": self.patent,
            "title": known.get("title"),
            "granted": known.get("granted"),
            "class": known.get("locarno") or known.get("us_class"),
            "owner": known.get("assignee") or known.get("applicant"),
            "new_drawing": self.drawing,
        }
        return [
            new
            | {"own_patent": hit.patent, "own_drawing": hit.id, "score": round(hit.score, 4)}
            | {"percentile": _rounded(hit.percentile), "closeness": hit.closeness}
            for hit in self.result
        ]


@dataclass(frozen=True)
class WatchReport:
    """What ``watch`` found.

    Attributes:
        alerts: The closest first.
        compared: New drawings that were compared.
        min_score: The score from which a drawing is told.
        failures: New images that could not be read.
        memory: The file of what was told before, if any.
    """

    alerts: tuple[Alert, ...]
    compared: int
    min_score: float
    failures: tuple[Failure, ...] = ()
    memory: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.alerts)

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict for each new drawing and each of one's own designs that is close to it."""
        return [row for alert in self.alerts for row in alert.rows()]

    def save_csv(self, path: str | PathLike[str]) -> None:
        """Write ``rows`` as a CSV file.

        With a memory, which tells each pair once, rows that the file holds already stay in it.

        Raises:
            OutputError: Another file is there, or none can be written.
        """
        write_alerts(file_to_write(path), self.rows(), keep=self.memory is not None)

    def save_html(self, path: str | PathLike[str]) -> None:
        """Write a report in which each new drawing stands beside one's own designs.

        Raises:
            OutputError: Another file is there, or none can be written.
        """
        notes = {each.drawing: _note(each) for each in self.alerts}
        lines = [f"{self.compared} new drawings; told from a score of {self.min_score:.3f}."]
        results = [each.result for each in self.alerts]
        write_report(results, path, summary=lines, queries=notes)

    def remember(self) -> None:
        """Add what was found to the memory, so that the next ``watch`` does not tell it again.

        Call it when the report has arrived. The file is replaced in one step.

        Raises:
            ConfigError: ``watch`` was given no ``memory``.
            OutputError: The file cannot be written.
        """
        if self.memory is None:
            raise ConfigError("There is no memory to write: give watch(..., memory=FILE).")
        told = {
            _pair(each.patent or each.drawing, hit) for each in self.alerts for hit in each.result
        }
        write_memory(self.memory, read_memory(self.memory) | told)


@checked(level=_LEVEL | None, min_score=NUMBER | None, memory=POSSIBLE_PATH | None)
def watch(
    index: Index | str | PathLike[str],
    new: Any,
    *,
    level: str | float | None = None,
    min_score: float | None = None,
    where: Where = None,
    memory: str | PathLike[str] | None = None,
    kind: Kind = "design",
    progress: bool = False,
) -> WatchReport:
    """Compare new grants with one's own designs, and tell those that come close.

    Args:
        index: One's own designs: an index, or its folder.
        new: What is new: images as for ``embed`` (an archive of the week's grants), Embeddings, or
            an index. Images that cannot be read are left out and listed in ``failures``.
        level: What is told: ``"alike"``, ``"very like"`` or ``"same"``; or a percentile, of the
            scores that strangers reach (see ``Index.calibrate``). None: ``"very like"``, unless
            ``min_score`` is given.
        min_score: What is told, by score, in place of ``level``.
        where: Only new drawings whose metadata fit, as for ``search``.
        memory: A CSV file of what was told before, which is not told again; see
            ``WatchReport.remember``. It need not be there.
        kind: Of grants, which ones are compared.
        progress: As for ``embed``.

    Returns:
        What was told: false where that is nothing. Scores are cosines in [-1, 1], percentiles
        0 to 100.

    Raises:
        ConfigError: No index; an unknown level; both ``level`` and ``min_score``; or a level where
            neither one's own drawings nor the new ones are enough to say what a score means: give
            ``min_score``.
        OutputError: ``memory`` is a file of another kind.
        IndexMismatchError: Embeddings or an index of another model.
    """
    if level is not None and min_score is not None:
        raise ConfigError("level= and min_score= both say what is told: give one of them.")
    own = _opened(index)
    remembered = read_memory(Path(memory)) if memory is not None else set()
    fresh, failures = _fresh(own, new, kind, progress)
    scale = own.calibration or fresh.calibration
    given = DEFAULT_LEVEL if level is None else level
    least = _least(given, scale) if min_score is None else min_score
    drawings = _embeddings(fresh, where)
    alerts = list(_alerts(own, drawings, least, scale, remembered))
    path = None if memory is None else Path(memory)
    return WatchReport(tuple(alerts), len(drawings), least, tuple(failures), path)


def _opened(index: Any) -> Index:
    """One's own designs, opened where a folder stands for them."""
    if isinstance(index, Index):
        return index
    if not isinstance(index, str | PathLike):
        raise ConfigError(
            f"watch(index, new): {shown(index)} is no index. One's own designs go first: what "
            "build_index() or load_index() gives, or its folder."
        )
    return load_index(index)


def _fresh(own: Index, new: Any, kind: Kind, progress: bool) -> tuple[Index, Sequence[Failure]]:
    """What is new, as an index."""
    if isinstance(new, Index):
        own.check_made_by(new.model_name, new.fingerprint)
        return new, ()
    if not isinstance(new, Embeddings):
        from patentzoo.embedding import embed

        settings: Any = {"figures": own.figures, "photos": own.photos, "kind": kind}
        new = embed(own.model, new, on_error="skip", progress=progress, **settings)
    own.check_made_by(new.model, new.fingerprint)
    return build_index(own.model, new), new.failures


def _least(level: str | float, scale: Scale | None) -> float:
    """The score from which a level is reached."""
    if isinstance(level, str) and level not in LEVELS:
        raise ConfigError(f"level = {level!r}. {near_miss(level, LEVELS)}")
    percentile = LEVELS[level] if isinstance(level, str) else level
    if percentile is None:
        return SAME
    if not 0 <= percentile <= 100:
        raise ConfigError(f"level = {shown(level)}: a percentile lies between 0 and 100.")
    if scale is None:
        raise ConfigError(
            "Neither one's own drawings nor the new ones are enough to say what a score means: "
            "give min_score=, or calibrate the index (Index.calibrate)."
        )
    return min(scale.score_at(percentile), SAME)


def _embeddings(fresh: Index, where: Where) -> Embeddings:
    """The drawings of an index that fit a filter, with what is known of them."""
    with fresh.read() as view:
        snapshot, allowed = view.snapshot, view.filter_mask(where, ())
        positions = snapshot.live() if allowed is None else np.flatnonzero(allowed)
        rows = snapshot.rows[positions]
        records = catalogue.records(view.connection, rows.tolist())
        known = [catalogue.as_dict(records[row]) for row in rows.tolist()]
        ids = [str(each.pop("id")) for each in known]
        vectors = snapshot.vectors(positions)
    return Embeddings(vectors, ids, known, fresh.model_name, fresh.fingerprint)


def _alerts(
    own: Index,
    drawings: Embeddings,
    least: float,
    scale: Scale | None,
    remembered: set[Pair],
) -> Iterator[Alert]:
    """Each pair of a new patent and one's own design once, by the closest drawings."""
    close = search(own, drawings, k=1, min_score=least)
    chosen = [row for row, result in enumerate(close) if len(result)]
    chosen.sort(key=lambda row: -close[row][0].score)
    told = set(remembered)
    asked = drawings.select(chosen)
    found = search(own, asked, k=None, group_by="patent", min_score=least)
    for result, known in zip(found, asked.metadata, strict=True):
        patent = known.get("patent")
        name = patent or result.query
        hits = [hit for hit in result if _is_news(name, patent, hit, told)]
        told |= {_pair(name, hit) for hit in hits}
        if hits:
            ranked = tuple(_placed(hit, rank, scale) for rank, hit in enumerate(hits, start=1))
            yield Alert(result.query, patent, known, SearchResult(result.query, ranked))


def _is_news(name: str, patent: str | None, hit: Hit, told: set[Pair]) -> bool:
    return _pair(name, hit) not in told and (patent is None or hit.patent != patent)


def _pair(new: str, hit: Hit) -> Pair:
    """As the memory keeps it."""
    return printable(new), printable(hit.patent or hit.id)


def _placed(hit: Hit, rank: int, scale: Scale | None) -> Hit:
    """A hit with its rank, and what its score means."""
    percentile, word = hit.percentile, hit.closeness
    if percentile is None and scale is not None:
        percentile = float(scale.percentiles([hit.score])[0])
        word = closeness_of(hit.score, percentile)
    return dataclasses.replace(hit, rank=rank, percentile=percentile, closeness=word)


def _rounded(percentile: float | None) -> float | None:
    return None if percentile is None else round(percentile, 1)


def _note(alert: Alert) -> QueryPreview:
    known, shown_as = alert.metadata, alert.rows()[0]
    words = [shown_as[name] for name in ("title", "granted", "class", "owner")]
    box = tuple(known.get("box") or ())
    text = " · ".join(str(word) for word in words if word)
    return QueryPreview(known.get("path"), known.get("page"), alert.patent, text, box)
