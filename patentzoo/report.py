"""One HTML file that shows search results with their pictures.

The file is self-contained: pictures are data URIs, there is no script and nothing is fetched. A hit
of the query's own patent is marked by a word and a border, not by colour alone.
"""

from __future__ import annotations

import functools
import html
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from patentzoo.atomic import write_text
from patentzoo.images import ReadOptions, iter_sources
from patentzoo.results import Hit, SearchResult
from patentzoo.thumbnails import thumbnail

Picture = Callable[[Any, int | None], str | None]


@dataclass(frozen=True)
class QueryNote:
    """What a report says about a query besides its hits.

    Attributes:
        image: The query's picture: a path, array or bytes; None shows no picture.
        page: Its page, from 1, where the image holds several.
        patent: Its patent, if known: hits of the same patent are marked.
        note: A line beside it, e.g. the rank of its first hit.
    """

    image: Any = None
    page: int | None = None
    patent: str | None = None
    note: str = ""


def write_report(
    results: SearchResult | Iterable[SearchResult],
    path: str | os.PathLike[str],
    *,
    title: str = "Design patents found by picture",
    summary: Sequence[str] = (),
    queries: Mapping[str, QueryNote] | None = None,
) -> None:
    """Write search results as one self-contained HTML file; whole or not at all.

    Args:
        results: One result or several; a hit shows the picture at its ``path``, if it can be read.
        path: The file to write.
        title: Heading of the page.
        summary: Paragraphs below the heading.
        queries: By query id: the query's own picture, patent and note.

    Raises:
        OutputError: The file cannot be written there.
    """
    shown = [results] if isinstance(results, SearchResult) else list(results)
    notes = queries or {}
    pictures: dict[tuple[str, int | None], str | None] = {}

    def picture(image: Any, page: int | None) -> str | None:
        if not isinstance(image, str | os.PathLike):
            return thumbnail(image, page)
        key = (os.fspath(image), page)
        if key not in pictures:
            pictures[key] = thumbnail(*key)
        return pictures[key]

    sections = [_section(each, notes.get(each.query, QueryNote()), picture) for each in shown]
    write_text(path, _document(title, summary, sections))


def notes_of(images: Any, *, allow_urls: bool = False) -> dict[str, QueryNote]:
    """The notes of query images: what was given to ``search``, so that reports can show them.

    Args:
        images: What was searched: as for ``embed``.
        allow_urls: As given to ``search``; a fetched query is shown without its picture.

    Raises:
        ImageError: An image that cannot be read.
    """
    return {
        page.id: QueryNote(page.path, page.page, page.patent)
        for source in iter_sources(images, ReadOptions(allow_urls=allow_urls))
        for page in source.read()
    }


def _document(title: str, summary: Sequence[str], sections: Sequence[str]) -> str:
    intro = "".join(f"<p>{_text(line)}</p>" for line in summary)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title>
<style>
{_style()}</style>
</head>
<body>
<header><h1>{_text(title)}</h1>{intro}</header>
<main>
{"".join(sections) or "<p>No queries.</p>"}</main>
<footer>Scores are cosines: 1 is the same drawing, higher is closer.</footer>
</body>
</html>
"""


@functools.cache
def _style() -> str:
    return resources.files("patentzoo.data").joinpath("report.css").read_text(encoding="utf-8")


def _section(result: SearchResult, query: QueryNote, picture: Picture) -> str:
    hits = "".join(_hit(hit, query.patent, picture) for hit in result.hits)
    patent = f'<p class="patent">{_text(query.patent)}</p>' if query.patent else ""
    note = f'<p class="note">{_text(query.note)}</p>' if query.note else ""
    name = _text(result.query)
    return f"""<section aria-label="Query {name}">
<figure class="query">
{_image(picture(query.image, query.page), f"Query drawing {result.query}")}
<figcaption><h2>Query</h2>{patent}<p class="id">{name}</p>{note}</figcaption>
</figure>
<ol>
{hits or '<li class="none">No hits.</li>'}</ol>
</section>
"""


def _hit(hit: Hit, patent: str | None, picture: Picture) -> str:
    same = patent is not None and hit.patent == patent
    badge = '<span class="badge">✓ same patent</span>' if same else ""
    alt = f"Hit {hit.rank}: drawing {hit.id}" + (", same patent as the query" if same else "")
    of = f'<p class="patent">{_text(hit.patent)}</p>' if hit.patent else ""
    return f"""<li{' class="same"' if same else ""}>
<figure>
{_image(picture(hit.path, hit.page), alt)}
<figcaption><p class="rank"><b>{hit.rank}</b><span>{hit.score:.3f}</span></p>{badge}{of}\
<p class="id">{_text(hit.id)}</p></figcaption>
</figure>
</li>
"""


def _image(uri: str | None, alt: str) -> str:
    if uri is None:
        return '<div class="drawing missing">no picture</div>'
    return f'<div class="drawing"><img src="{uri}" alt="{_text(alt)}"></div>'


def _text(value: object) -> str:
    return html.escape(str(value))
