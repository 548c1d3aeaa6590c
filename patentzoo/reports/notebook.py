"""A result in a notebook: a fragment with its own style, without a script."""

from __future__ import annotations

from patentzoo.hit import Hit
from patentzoo.reports.facts import facts_of, score_words
from patentzoo.reports.html import link, text
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_hits import QueryHits
from patentzoo.reports.query_preview import QueryPreview, note_of

SHOWN = 24
"""More hits are counted, not drawn: a notebook keeps every picture in its file."""

PICTURE_PX = 240
INK, SOFT, LINE, SAME = "#1c1b19", "#5b574f", "#d5d0c5", "#0b6b3a"

# Paper stays white in a dark notebook, so the text on it keeps its colours, too.
_CARD = (
    f"width:9rem;background:#ffffff;color:{INK};border:1px solid {LINE};border-radius:6px;"
    "padding:.5rem;box-sizing:border-box;overflow-wrap:anywhere;font:13px/1.4 sans-serif"
)
_PICTURE = "display:block;width:100%;height:7rem;object-fit:contain;margin:0 0 .4rem"


def fragment(result: QueryHits) -> str:
    """The query and its first hits as HTML."""
    query, pictures = note_of(result), Pictures(PICTURE_PX)
    cards = [_query(result, query, pictures)]
    cards += [_hit(hit, query.patent, pictures) for hit in result[:SHOWN]]
    more, info = len(result) - SHOWN, result.info
    told = [info.model, f"{info.drawings:,} drawings", info.filters, info.ways] if info else []
    head = f"<p>{text(' · '.join(each for each in told if each))}</p>" if told else ""
    rest = f"<p>and {more:,} more hits</p>" if more > 0 else ""
    return (
        f'{head}<div style="display:flex;flex-wrap:wrap;gap:.5rem">{"".join(cards)}</div>'
        f"{rest if result.hits else '<p>No hits.</p>'}"
    )


def _query(result: QueryHits, query: QueryPreview, pictures: Pictures) -> str:
    views = (query, *query.others)
    shown = "".join(
        _image(pictures.uri(each.image, each.page, each.box), f"Query drawing {result.query}")
        for each in views
        if each.image is not None
    )
    lines = ["<b>Query</b>", text(query.patent or ""), _soft(result.query)]
    lines += [_soft(str(result.treatment))] if result.treatment else []
    return _card(shown, lines, f"border:2px solid {INK}")


def _hit(hit: Hit, patent: str | None, pictures: Pictures) -> str:
    same, facts = patent is not None and hit.patent == patent, facts_of(hit)
    lines = [
        f"<b>{hit.rank}</b> &nbsp; {score_words(hit)}",
        f'<span style="color:{SAME}"><b>✓ same patent</b></span>' if same else "",
        link(facts.page_url, hit.patent or ""),
        text(facts.title),
        *(
            _soft(each)
            for each in (facts.granted, facts.classes, facts.owner, facts.view, hit.id)
            if each
        ),
    ]
    picture = _image(pictures.of_hit(hit), f"Hit {hit.rank}: drawing {hit.id}")
    return _card(picture, lines, f"border:3px solid {SAME}" if same else "")


def _card(pictures: str, lines: list[str], style: str) -> str:
    words = "<br>".join(line for line in lines if line)
    return f'<div style="{_CARD};{style}">{pictures}{words}</div>'


def _image(uri: str | None, alt: str) -> str:
    if uri is None:
        return f'<div style="{_PICTURE};color:{SOFT}">no picture</div>'
    return f'<img src="{uri}" alt="{text(alt)}" style="{_PICTURE}">'


def _soft(words: str) -> str:
    return f'<span style="color:{SOFT}">{text(words)}</span>'
