"""The site builds without a warning: navigation, links, anchors, cross-references, docstrings."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import printed

import patentzoo as pz

# The module and its function share the name: the reference has to say which it means.
HOMES = {"search": "patentzoo.index.query.search"}
ALL_ERRORS = {name for name in pz.__all__ if "Error" in name}


def test_every_page_is_there(site: Path):
    for path in printed.PAGES:
        if path.name != "README.md":
            assert (site / path.relative_to(printed.DOCS).with_suffix(".html")).is_file()
    assert not list(site.glob("*.py"))


def test_the_reference_has_every_public_name(site: Path):
    page = (site / "api.html").read_text(encoding="utf-8")
    for name in set(pz.__all__) - {"__version__"}:
        home = "patentzoo.errors" if name in ALL_ERRORS else HOMES.get(name, "patentzoo")
        assert f'id="{home}.{name}"' in page, name


INTERNAL = {
    "patentzoo.Index": ("store", "read", "check_made_by", "after_fork"),
    "patentzoo.SearchResult": ("of",),
    "patentzoo.Hit": ("unchecked", "lazy"),
    "patentzoo.RetrievalModel": ("on_backend",),
}
"""What a class has for the package's own use."""
GIVEN_BACK = {
    "patentzoo.embedding.classes.ClassScore",
    "patentzoo.embedding.classes.Classified",
    "patentzoo.embedding.classes.ClassifiedList",
    "patentzoo.hit.Drawing",
    "patentzoo.hit.SearchInfo",
    "patentzoo.index.compare.classes.ClassAccuracy",
    "patentzoo.index.state.closeness.Scale",
    "patentzoo.reports.explanation.ExplainedDrawing",
    "patentzoo.reports.explanation.Explanation",
    "patentzoo.results.Changes",
    "patentzoo.results.IndexStats",
    "patentzoo.watching.Alert",
}
"""Types of what public functions give back."""


def test_the_reference_shows_public_names_only(site: Path):
    page = (site / "api.html").read_text(encoding="utf-8")
    for home, names in INTERNAL.items():
        kind = getattr(pz, home.rpartition(".")[2])
        assert f'id="{home}"' in page
        for name in names:
            assert hasattr(kind, name) or name == "store", f"{home} has no {name} any more"
            assert f'id="{home}.{name}"' not in page
    shown = set(re.findall(r'<h3 id="(patentzoo[\w.]*)"', page))
    assert {name for name in shown if name.rpartition(".")[2] not in pz.__all__} == GIVEN_BACK


def test_a_page_fetches_nothing(site: Path):
    for path in site.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        for start in ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis"):
            assert start not in page, f"{path.name}: {start}"


class Anchors(HTMLParser):
    """What a page links to, and what can be linked to in it; pictures without words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = {""}
        self.silent: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.update(value for key, value in attrs if key in ("id", "name") and value)
        self.links += [value for key, value in attrs if key in ("href", "src") and value]
        if tag == "img" and not values.get("alt"):
            self.silent.append(str(values.get("src")))


def test_every_link_and_anchor_of_the_built_site(site: Path):
    pages = {
        path: Anchors(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if path.name != "404.html"  # its addresses begin at the root of a server
    }
    assert len(pages) > 10
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[target].ids if target in pages else {"", parts.fragment}
            if not target.exists() or unquote(parts.fragment) not in known:
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_every_picture_has_words(site: Path):
    for path in site.rglob("*.html"):
        assert Anchors(path.read_text(encoding="utf-8")).silent == [], path.name
