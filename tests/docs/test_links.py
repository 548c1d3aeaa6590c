"""Links between the pages as a reader of the repository follows them: files and headings."""

from __future__ import annotations

import re
from pathlib import Path

import printed
import pytest
from markdown.extensions.toc import slugify

PAGES = [*printed.PAGES, printed.ROOT / "CONTRIBUTING.md", printed.ROOT / "CHANGELOG.md"]
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)(?: \{#([\w-]+)\})?$", re.MULTILINE)


def links(path: Path) -> list[str]:
    """Addresses of a page that lead to other files or headings of the project."""
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(text) if not re.match(r"https?:|mailto:", link)]


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings."""
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    plain = ((re.sub(r"[`*]", "", title), own) for title, own in _HEADING.findall(text))
    return {own or slugify(title, "-") for title, own in plain}


def broken(path: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    found = []
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        # The reference makes its anchors from the code: the built site is checked for them.
        known = anchor == "" or target.name in ("api.md", "api-modules.md")
        if not target.exists() or not (known or anchor in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path):
    assert broken(path) == []


def test_broken_links_are_found(tmp_path: Path):
    (tmp_path / "b.md").write_text("# One `Two`\n\n```sh\n# no heading\n```\n", "utf-8")
    page = tmp_path / "a.md"
    page.write_text("[a](b.md#one-two) [b](b.md#no-heading) [c](c.md) [d](#nothing)", "utf-8")
    assert broken(page) == ["b.md#no-heading", "c.md", "#nothing"]
