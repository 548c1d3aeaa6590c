"""One HTML file that shows search results with their pictures.

The file is self-contained: pictures are data addresses, style and script stand in it, and nothing
is fetched. Without the script everything but the enlarging of pictures works.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from patentzoo.reports.explained import overlays_of
from patentzoo.reports.html import section, text
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_hits import QueryHits, as_list
from patentzoo.reports.query_preview import QueryPreview, note_for
from patentzoo.system.files import write_text
from patentzoo.system.overwrite import REPORT, check_rewritable

ENLARGED_PX = 640
"""Longest side of a picture: what an enlarged one is drawn from."""

_SWITCH = (
    '<p class="switch"><label><input type="checkbox" id="group"> '
    "Only the best drawing of each patent</label></p>"
)


def write_report(
    results: QueryHits | Iterable[QueryHits],
    path: str | os.PathLike[str],
    *,
    title: str = "Design patents found by picture",
    summary: Sequence[str] = (),
    queries: Mapping[str, QueryPreview] | None = None,
    explain: bool | None = None,
) -> None:
    """Write search results as one self-contained HTML file; whole or not at all.

    Args:
        results: One result or several; a hit shows the picture at its ``path``, if it can be read.
        path: The file to write.
        title: Heading of the page.
        summary: Paragraphs below the heading.
        queries: By query id: the query's own picture, patent and note, in place of what the result
            knows.
        explain: Put into the file where query and hits agree. None: of the first ten hits a query
            and a hundred in all, where the model allows it.

    Raises:
        OutputError: A file that is no such report is there, or none can be written.
        ModelError: ``explain=True`` with a model that allows no explanation.
        QueryError: ``explain=True`` with a result that was not found in this process.
    """
    check_rewritable(path, REPORT)
    shown = as_list(results)
    pictures = Pictures(ENLARGED_PX)
    sections = [
        section(each, note_for(each, queries), pictures, overlays)
        for each, overlays in zip(shown, overlays_of(shown, explain), strict=True)
    ]
    switch = _SWITCH if any(map(_repeats, shown)) else ""
    write_text(path, _document(title, summary, _head(shown) + switch, sections))


def _head(results: Sequence[QueryHits]) -> str:
    """What was searched, when and how, where that is the same for all results."""
    told = [each.info for each in results]
    info = told[0] if told else None
    if info is None or any(
        each is None or dataclasses.replace(each, searched_at=info.searched_at) != info
        for each in told
    ):
        return ""
    facts = {
        "Model": info.model,
        "Index": "in memory" if info.index is None else info.index,
        "Drawings": f"{info.drawings:,}",
        "Searched": info.searched_at.replace("T", " ").replace("+00:00", " UTC"),
        "Filters": info.filters or "none",
        "Search": info.ways,
    }
    rows = "".join(
        f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    return f"<dl>{rows}</dl>"


def _repeats(result: QueryHits) -> bool:
    patents = [hit.patent for hit in result if hit.patent]
    return len(set(patents)) < len(patents)


def _document(title: str, summary: Sequence[str], head: str, sections: Sequence[str]) -> str:
    intro = "".join(f"<p>{text(line)}</p>" for line in summary)
    return f"""{REPORT}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>
{part("report.css")}</style>
</head>
<body>
<header><h1>{text(title)}</h1>{intro}{head}</header>
<main>
{"".join(sections) or "<p>No queries.</p>"}</main>
<footer>A score lies between −1 and 1; higher is closer. Unless the search was asked to fuse or to \
re-rank, it is a cosine, and 1 is the same drawing.</footer>
<script>
{part("report.js")}</script>
</body>
</html>
"""


@functools.cache
def part(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files("patentzoo.reports").joinpath(name).read_text(encoding="utf-8")
