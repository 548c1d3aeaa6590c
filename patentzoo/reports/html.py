"""A result as HTML: what a page and a notebook share.

A hit of the query's own patent is marked by a word and a border, not by colour alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from patentzoo.hit import Hit
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_hits import QueryHits
from patentzoo.reports.query_preview import QueryNote


def section(result: QueryHits, query: QueryNote, pictures: Pictures) -> str:
    """A query with its hits.

    Args:
        result: What was found.
        query: What is shown of the query itself.
        pictures: Where the drawings come from.
    """
    seen: set[str] = set()
    hits = "".join(_hit(each, query.patent, _again(each, seen), pictures) for each in result.hits)
    name = text(result.query)
    return f"""<section aria-label="Query {name}">
<figure class="query">
{_drawing(pictures.uri(query.image, query.page, query.box), f"Query drawing {result.query}")}
{_views(query.others, pictures)}<figcaption><h2>Query</h2>{_line("patent", query.patent)}\
{_line("id", result.query)}{_line("note", query.note)}\
{_line("note", result.treatment)}</figcaption>
</figure>
<ol>
{hits or '<li class="none">No hits.</li>'}</ol>
</section>
"""


def text(value: object) -> str:
    """Text that cannot become markup."""
    return html.escape(str(value))


def _again(hit: Hit, seen: set[str]) -> bool:
    """Whether a better hit of the same patent stands before it."""
    before = hit.patent is not None and hit.patent in seen
    seen.add(hit.patent or "")
    return before


def _hit(hit: Hit, patent: str | None, again: bool, pictures: Pictures) -> str:
    same = patent is not None and hit.patent == patent
    classes = " ".join(name for name, on in (("same", same), ("again", again)) if on)
    badge = '<span class="badge">✓ same patent</span>' if same else ""
    alt = f"Hit {hit.rank}: drawing {hit.id}" + (", same patent as the query" if same else "")
    return f"""<li{f' class="{classes}"' if classes else ""}>
<figure>
{_drawing(pictures.of_hit(hit), alt)}
<figcaption><p class="rank"><b>{hit.rank}</b><span>{hit.score:.3f}</span></p>{badge}\
{_line("patent", hit.patent)}{_line("title", hit.metadata.get("title"))}{_line("id", hit.id)}\
{_line("id", hit.metadata.get("view"))}</figcaption>
</figure>
{_figures(hit.figures[1:], pictures)}</li>
"""


def _figures(figures: Iterable[Hit], pictures: Pictures) -> str:
    """The patent's next best drawings, small."""
    shown = "".join(
        f"<figure>{_drawing(pictures.of_hit(each), f'Also of this patent: {each.id}')}"
        f'<figcaption class="unseen">{each.score:.3f} {text(each.id)}</figcaption></figure>'
        for each in figures
    )
    return f'<div class="strip">{shown}</div>\n' if shown else ""


def _views(views: Iterable[QueryNote], pictures: Pictures) -> str:
    """Further views of the product that was asked for, small."""
    shown = "".join(
        f"<figure>{_drawing(pictures.uri(each.image, each.page, each.box), f'View {number}')}"
        f'<figcaption class="unseen">Query, view {number}</figcaption></figure>'
        for number, each in enumerate(views, start=2)
    )
    return f'<div class="strip">{shown}</div>\n' if shown else ""


def _drawing(uri: str | None, alt: str) -> str:
    if uri is None:
        return '<div class="drawing missing">no picture</div>'
    return f'<button type="button" class="drawing"><img src="{uri}" alt="{text(alt)}"></button>'


def _line(kind: str, value: object) -> str:
    return f'<p class="{kind}">{text(value)}</p>' if value else ""
