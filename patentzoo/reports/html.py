"""A result as HTML: a query, and a card a hit.

A hit of the query's own patent is marked by a word and a border, not by colour alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from patentzoo.hit import Hit, IndexedDrawing
from patentzoo.reports.explained import Overlays
from patentzoo.reports.facts import Facts, facts_of, score_words
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_hits import QueryHits
from patentzoo.reports.query_preview import QueryPreview
from patentzoo.system.text import printable


def section(
    result: QueryHits, query: QueryPreview, pictures: Pictures, overlays: Overlays | None = None
) -> str:
    """A query with its hits.

    Args:
        result: What was found.
        query: What is shown of the query itself.
        pictures: Where the drawings come from.
        overlays: By rank, where query and hit agree.
    """
    seen: set[str] = set()
    explained = overlays or {}
    hits = "".join(
        _hit(each, query.patent, _again(each, seen), pictures, explained.get(each.rank))
        for each in result.hits
    )
    name, count = text(result.query), len(result.hits)
    return f"""<section aria-label="Query {name}">
<figure class="query" data-id="{name}">
{_drawing(pictures.uri(query.image, query.page, query.box), f"Query drawing {result.query}")}
{_views(query.others, pictures)}<figcaption><h2>Query</h2>{_patent(query.patent)}\
{_line("id", result.query)}{_line("note", query.note)}{_line("note", result.treatment)}\
{_line("note", f"{count:,} hits" if count > 1 else "")}</figcaption>
</figure>
<ol>
{hits or '<li class="none">No hits.</li>'}</ol>
</section>
"""


def text(value: object) -> str:
    """Text that cannot become markup."""
    return html.escape(printable(str(value)))


def link(address: str, words: str, kind: str = "") -> str:
    """Words that lead to an address; the words alone where there is none."""
    if not address:
        return text(words)
    named = f' class="{kind}"' if kind else ""
    return f'<a{named} href="{text(address)}" target="_blank" rel="noopener">{text(words)}</a>'


def _again(hit: Hit, seen: set[str]) -> bool:
    """Whether a better hit of the same patent stands before it."""
    before = hit.patent is not None and hit.patent in seen
    seen.add(hit.patent or "")
    return before


def _hit(
    hit: Hit,
    patent: str | None,
    again: bool,
    pictures: Pictures,
    overlays: tuple[str, str, str] | None,
) -> str:
    same = patent is not None and hit.patent == patent
    classes = " ".join(name for name, on in (("same", same), ("again", again)) if on)
    badge = '<span class="badge">✓ same patent</span>' if same else ""
    alt = f"Hit {hit.rank}: drawing {hit.id}" + (", same patent as the query" if same else "")
    heat = explained = ""
    if overlays is not None:
        of_query, of_hit, explained = overlays
        heat = f' data-heat-query="{of_query}" data-heat-hit="{of_hit}"'
    facts = facts_of(hit)
    return f"""<li{f' class="{classes}"' if classes else ""}>
<figure data-id="{text(hit.id)}"{heat}>
{_drawing(pictures.of_hit(hit), alt)}
<figcaption><p class="rank"><b>{hit.rank}</b><span>{_score(hit)}</span></p>{badge}\
{_patent(hit.patent, facts)}{_line("title", facts.title)}\
{_line("fact", " · ".join(each for each in (facts.granted, facts.classes) if each))}\
{_line("fact", facts.owner)}{_line("fact", facts.view)}{_line("fact", explained)}\
{_source(hit, facts)}</figcaption>
</figure>
{_figures(hit.figures[1:], pictures)}</li>
"""


def _score(hit: Hit) -> str:
    """A hit's score and its meaning, whose words stay in one line."""
    word = hit.closeness or ""
    return score_words(hit).replace(word, word.replace(" ", "\N{NO-BREAK SPACE}"))


def _patent(patent: str | None, facts: Facts | None = None) -> str:
    """A patent's number, linked to a page about it, and to its document at the office."""
    if not patent:
        return ""
    known = facts or facts_of(Hit(1, 0.0, "", patent))
    office = ""
    if known.office_url and known.office_url != known.page_url:
        office = " " + link(known.office_url, "PDF", "office")
    return f'<p class="patent">{link(known.page_url, patent)}{office}</p>'


def _source(hit: IndexedDrawing, facts: Facts) -> str:
    """Id and file, to be unfolded."""
    page = f", page {hit.page}" if hit.page else ""
    file = f'<p class="id">{link(facts.file_url, hit.path)}{page}</p>' if hit.path else ""
    return f'<details><summary>Source</summary><p class="id">{text(hit.id)}</p>{file}</details>'


def _figures(figures: Iterable[Hit], pictures: Pictures) -> str:
    """The patent's next best drawings, small."""
    shown = "".join(
        f'<figure data-id="{text(each.id)}">'
        f"{_drawing(pictures.of_hit(each), f'Also of this patent: {each.id}')}"
        f'<figcaption class="unseen">{score_words(each)} {text(facts_of(each).view)}</figcaption>'
        "</figure>"
        for each in figures
    )
    return f'<div class="strip">{shown}</div>\n' if shown else ""


def _views(views: Iterable[QueryPreview], pictures: Pictures) -> str:
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
