"""The demonstration: one view of each patent is held out and searched in the rest."""

from __future__ import annotations

import dataclasses
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.errors import ConfigError, EmptyIndexError
from patentzoo.index.query.search_result import SearchResult
from patentzoo.reports import QueryPreview, write_report
from patentzoo.results import Embeddings, Failure
from patentzoo.sources.names import GAZETTE
from patentzoo.system.overwrite import REPORT, check_rewritable

if TYPE_CHECKING:
    from patentzoo.index import Index
    from patentzoo.models.retrieval_model import RetrievalModel

SHOWN = 6
"""Hits shown a query."""

DEEPEST = 1000
"""How far down the first hit of the query's patent is looked for."""


@dataclass(frozen=True)
class QueryFinding:
    """One query of the demonstration.

    Attributes:
        result: Its closest drawings, at most six.
        patent: Its patent, if known.
        first_rank: Rank of the first other drawing of its patent; None where there is none, or
            none among the first thousand.
    """

    result: SearchResult
    patent: str | None
    first_rank: int | None


@dataclass(frozen=True)
class DemoResult:
    """What the demonstration found.

    Attributes:
        findings: One a query.
        compared: Whether patents with two pictures made queries whose answer is known; else nearest
            neighbours are all there is to show.
        indexed: Drawings that were searched.
        model: Name of the model.
        failures: Images that were left out.
        index: Folder of the saved index.
        report: The HTML file.
    """

    findings: tuple[QueryFinding, ...]
    compared: bool
    indexed: int
    model: str
    failures: tuple[Failure, ...]
    index: Path
    report: Path

    @property
    def first(self) -> int:
        """How many queries found their patent at rank 1."""
        return sum(finding.first_rank == 1 for finding in self.findings)

    @property
    def summary(self) -> str:
        """The outcome in one sentence."""
        asked, found = len(self.findings), self.first
        if not self.compared:
            return (
                f"Nearest neighbours of {asked} drawings among {self.indexed}: no patent here has "
                "two pictures, so there is no right answer to compare with."
            )
        return (
            f"{found} of {asked} queries found their patent at rank 1, "
            f"among {self.indexed} drawings that do not hold the query."
        )


def run_demo(
    folder: str | os.PathLike[str] | None = None,
    *,
    out: str | os.PathLike[str] = "patentzoo-demo",
    queries: int | None = None,
    model: RetrievalModel | None = None,
    progress: bool = False,
    overwrite: bool = False,
) -> DemoResult:
    """Search one view of each patent among the other drawings, and write a report.

    Args:
        folder: Drawings of several patents, by USPTO file name or a folder each; None: the gallery
            that ships with the package.
        out: Folder for ``report.html`` and ``index/``.
        queries: At most so many; None: 30.
        model: None: the bundled one.
        progress: Draw a progress bar on the terminal.
        overwrite: Replace the index of an earlier run in ``out``.

    Raises:
        ImageNotFoundError: The folder is missing or holds no images.
        EmptyIndexError: Fewer than two readable drawings.
        ConfigError: ``queries`` is below 1.
        OutputError: ``out`` cannot be written, or holds an index and ``overwrite`` was not given.
    """
    from patentzoo.embedding import embed
    from patentzoo.index.target import check_target
    from patentzoo.zoo.load import load_model

    wanted = 30 if queries is None else queries
    if wanted < 1:
        raise ConfigError(f"queries = {wanted}: give at least 1.")
    target = Path(out)
    check_target(target / "index", overwrite=overwrite)
    check_rewritable(target / "report.html", REPORT)
    model = model or load_model()
    source = gallery_folder() if folder is None else folder
    drawings = embed(model, source, on_error="skip", progress=progress)
    if len(drawings) < 2:
        raise EmptyIndexError(
            f"{source} holds {len(drawings)} readable drawings; a search needs at least two."
            + (f" First failure: {drawings.failures[0].reason}" if drawings.failures else "")
        )
    drawings = without_gazette(drawings)
    held_out = hold_out(drawings)[:wanted]
    if held_out:
        return _compare(model, drawings, held_out, target)
    return _neighbours(model, drawings, wanted, target)


def gallery_folder() -> Path:
    """The drawings that ship with the package."""
    return Path(str(resources.files("patentzoo").joinpath("samples")))


def without_gazette(drawings: Embeddings) -> Embeddings:
    """Leave out the Official Gazette's pictures of patents that have another drawing.

    They nearly repeat one of the sheets: finding one by the other shows nothing.
    """
    kept = [row for row, data in enumerate(drawings.metadata) if not data.get(GAZETTE)]
    several = {drawings.metadata[row].get("patent") for row in kept} - {None}
    kept = [
        row
        for row, data in enumerate(drawings.metadata)
        if not data.get(GAZETTE) or data.get("patent") not in several
    ]
    if len(kept) == len(drawings):
        return drawings
    return dataclasses.replace(drawings.select(kept), failures=drawings.failures)


def hold_out(drawings: Embeddings) -> list[int]:
    """One row of every patent that has two or more: another view from patent to patent."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, data in enumerate(drawings.metadata):
        if data.get("patent"):
            rows[data["patent"]].append(row)
    several = [views for views in rows.values() if len(views) > 1]
    return [views[turn % len(views)] for turn, views in enumerate(several)]


def _compare(
    model: RetrievalModel, drawings: Embeddings, held_out: Sequence[int], out: Path
) -> DemoResult:
    """Queries with a known answer, none of them in the index."""
    from patentzoo.index import build_index, search

    rest = sorted(set(range(len(drawings))) - set(held_out))
    index = build_index(model, drawings.select(rest), path=out / "index", overwrite=True)
    asked = drawings.select(held_out)
    results = search(index, asked, k=min(DEEPEST, len(index)))
    findings = tuple(
        _finding(result, data.get("patent"))
        for result, data in zip(results, asked.metadata, strict=True)
    )
    return _report(findings, True, index, asked, drawings, out)


def _neighbours(model: RetrievalModel, drawings: Embeddings, wanted: int, out: Path) -> DemoResult:
    """Nearest neighbours of some drawings, each left out of its own ranking."""
    from patentzoo.index import build_index, search

    index = build_index(model, drawings, path=out / "index", overwrite=True)
    asked = drawings.select(range(min(wanted, len(drawings))))
    depth = min(SHOWN, len(index) - 1)
    results = [
        search(index, asked.select([row]), k=depth, exclude=[name])[0]
        for row, name in enumerate(asked.ids)
    ]
    findings = tuple(QueryFinding(result, None, None) for result in results)
    return _report(findings, False, index, asked, drawings, out)


def _finding(result: SearchResult, patent: str | None) -> QueryFinding:
    first = next((hit.rank for hit in result if hit.patent == patent), None)
    return QueryFinding(SearchResult(result.query, result.hits[:SHOWN]), patent, first)


def _report(
    findings: tuple[QueryFinding, ...],
    compared: bool,
    index: Index,
    asked: Embeddings,
    drawings: Embeddings,
    out: Path,
) -> DemoResult:
    outcome = DemoResult(
        findings=findings,
        compared=compared,
        indexed=len(index),
        model=index.model_name,
        failures=tuple(drawings.failures),
        index=out / "index",
        report=out / "report.html",
    )
    notes = {
        finding.result.query: _note(finding, data, compared)
        for finding, data in zip(findings, asked.metadata, strict=True)
    }
    lines = [outcome.summary, f"Model: {outcome.model}."]
    if outcome.failures:
        lines.append(f"{len(outcome.failures)} images could not be used and were left out.")
    results = [finding.result for finding in findings]
    write_report(results, outcome.report, summary=lines, queries=notes)
    return outcome


def _note(finding: QueryFinding, data: Any, compared: bool) -> QueryPreview:
    if not compared:
        text = ""
    elif finding.first_rank is None:
        text = f"Its patent is not among the first {DEEPEST}."
    else:
        text = f"Its patent is first found at rank {finding.first_rank}."
    return QueryPreview(data.get("path"), data.get("page"), finding.patent, text)
